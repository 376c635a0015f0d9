"""From verdict to decision: what passes, what a refused client reads, what leaves the network."""

import contextlib
import itertools

import pytest

from outfall.config import ActionSettings
from outfall.decide import decide, enforced_action, unscanned
from outfall.model import Action, Category, Envelope, Evidence, Reply, Sender, SenderKind, Verdict

OVER_SMTP = Envelope(["b@example.org"], mail_from="a@example.net", account="alice")
LOCAL = Envelope(["b@example.org"], mail_from="www@example.net", local=True)
BOUNCE = Envelope(["b@example.org"], mail_from="")


def verdict(category):
    """A verdict with something in every field that must not leave the network."""
    return Verdict(
        Category(category),
        9.75,
        (Evidence("spread", 9.75, "seen from 31 senders"),),
        Sender(SenderKind.ACCOUNT, "alice"),
        (),
        "K7Q2M4",
    )


def enforcing(**settings):
    return ActionSettings(mode="enforce", **settings)


@pytest.mark.parametrize("envelope", [OVER_SMTP, LOCAL])
@pytest.mark.parametrize("category", [*Category])
def test_monitor_lets_everything_pass(category, envelope):
    """In monitor mode no verdict changes the fate of a message."""
    decision = decide(verdict(category), envelope, ActionSettings())

    assert (Action.ACCEPT, None, None) == (
        decision.action,
        decision.reply,
        decision.quarantine_reason,
    )


@pytest.mark.parametrize(
    "category, says",
    [
        ("clean", "clean"),
        ("suspect", "suspect; monitor; would=tag"),
        ("bulk", "bulk; monitor; would=throttle"),
        ("phishing", "phishing; monitor; would=reject"),
    ],
)
def test_monitor_says_what_enforce_would_do(category, says):
    """The verdict's header names the category and the action that was not taken."""
    headers = dict(decide(verdict(category), OVER_SMTP, ActionSettings()).add_headers)

    assert {"X-Outfall-Verdict": says, "X-Outfall-Reference": "K7Q2M4"} == headers


@pytest.mark.parametrize(
    "category, action",
    [
        ("clean", Action.ACCEPT),
        ("suspect", Action.TAG),
        ("bulk", Action.THROTTLE),
        ("spam", Action.REJECT),
        ("phishing", Action.REJECT),
        ("malware", Action.REJECT),
    ],
)
def test_enforce_does_as_the_table_says(category, action):
    """Each category has its action, and the defaults slow bulk and refuse what is convicted."""
    assert action is decide(verdict(category), OVER_SMTP, enforcing()).action


def test_reject_tells_the_client_what_to_quote():
    """The reply has 550 5.7.1, the category, the code and the reference."""
    reply = decide(verdict("spam"), OVER_SMTP, enforcing()).reply

    assert reply == Reply(
        550,
        "5.7.1",
        "Message refused as spam (OF-SPAM, reference K7Q2M4): "
        "contact your provider's abuse desk and quote the reference",
    )


def test_throttle_tells_the_client_when():
    """The reply has 451 4.7.1 and the configured wait."""
    settings = enforcing(throttle_text="{code} {reference} {retry} 5%", throttle_retry="30 min")

    assert Reply(451, "4.7.1", "OF-BULK K7Q2M4 30 min 5%") == (
        decide(verdict("bulk"), OVER_SMTP, settings).reply
    )


@pytest.mark.parametrize("category", ["bulk", "spam", "phishing", "malware"])
def test_local_mail_is_held_where_other_mail_is_refused(category):
    """A reject of local mail would bounce to a forgeable sender, so it is held with a reason."""
    decision = decide(verdict(category), LOCAL, enforcing())

    assert Action.HOLD is decision.action
    assert decision.reply is None
    assert f"outfall: {category}, reference K7Q2M4" == decision.quarantine_reason


def test_local_mail_is_discarded_if_so_configured():
    """Only reject and throttle are changed for local mail: a discard bounces nowhere."""
    settings = enforcing(enforce={"spam": "discard", "bulk": "tag"})

    assert Action.DISCARD is decide(verdict("spam"), LOCAL, settings).action
    assert Action.TAG is decide(verdict("bulk"), LOCAL, settings).action


def test_a_bounce_is_refused_like_any_mail():
    """The null sender protects nobody: no second bounce can follow (RFC 5321 section 6.1)."""
    assert Action.REJECT is decide(verdict("spam"), BOUNCE, enforcing()).action


def permitted():
    """Every category with every action that it may have, but clean, which has none."""
    for category, action in itertools.product([*Category][1:], Action):
        with contextlib.suppress(ValueError):
            enforcing(enforce={category: action})
            yield category, action


def test_what_is_not_convicted_cannot_be_refused():
    """Suspect may be tagged, bulk slowed or held; only a conviction may be refused."""
    refusable = {c for c, action in permitted() if action in (Action.REJECT, Action.DISCARD)}
    slowable = {category for category, action in permitted() if action is Action.THROTTLE}

    assert {category for category in Category if category.convicts} == refusable
    assert refusable | {Category.BULK} == slowable


@pytest.mark.parametrize("envelope", [OVER_SMTP, LOCAL])
@pytest.mark.parametrize("headers", ["all", "reference", "none"])
@pytest.mark.parametrize("category, action", [*permitted()])
def test_every_decision_is_whole(category, action, envelope, headers):
    """A throttle and a reject have a reply, a hold has a reason, nothing else has either."""
    settings = enforcing(enforce={category: action}, headers=headers)
    decision = decide(verdict(category), envelope, settings)
    digit = {Action.THROTTLE: 4, Action.REJECT: 5}.get(decision.action)

    assert digit == (decision.reply.code // 100 if decision.reply else None)
    assert digit == (int(decision.reply.enhanced[0]) if decision.reply else None)
    assert (decision.action is Action.HOLD) == (decision.quarantine_reason is not None)
    assert decision.action is enforced_action(category, envelope, settings)


@pytest.mark.parametrize("category", [*Category])
@pytest.mark.parametrize("settings", [ActionSettings(), enforcing()])
def test_nothing_of_the_evidence_leaves(category, settings):
    """Score, evidence and sender are in no header and no reply."""
    decision = decide(verdict(category), OVER_SMTP, settings)
    told = repr((decision.add_headers, decision.reply, decision.quarantine_reason))

    assert not [secret for secret in ("9.75", "spread", "31", "alice") if secret in told]


def test_headers_can_be_narrowed():
    """Header settings take away the verdict or everything, and choose the names."""
    bare = decide(verdict("spam"), OVER_SMTP, ActionSettings(headers="none"))
    narrow = decide(
        verdict("spam"), OVER_SMTP, ActionSettings(headers="reference", header_prefix="X-Net")
    )

    assert () == bare.add_headers
    assert (("X-Net-Reference", "K7Q2M4"),) == narrow.add_headers


def test_accepting_says_nothing_and_tagging_does():
    """In enforce mode the category is on the message only if it is tagged, held or clean."""
    settings = enforcing(enforce={"suspect": "accept", "bulk": "tag"})
    named = {
        category: "X-Outfall-Verdict"
        in dict(decide(verdict(category), OVER_SMTP, settings).add_headers)
        for category in ("clean", "suspect", "bulk")
    }

    assert {"clean": True, "suspect": False, "bulk": True} == named


def test_unscanned_mail_passes_and_says_so():
    """Without a verdict and with on_failure accept, mail passes marked as unscanned."""
    decision = unscanned(OVER_SMTP, ActionSettings(), tempfail=False)

    assert Action.ACCEPT is decision.action
    assert (("X-Outfall-Verdict", "unscanned"),) == decision.add_headers


def test_unscanned_mail_waits_if_so_configured():
    """With on_failure tempfail a client is asked to retry, and local mail is held instead."""
    over_smtp = unscanned(OVER_SMTP, ActionSettings(), tempfail=True)
    local = unscanned(LOCAL, ActionSettings(), tempfail=True)

    assert (Action.THROTTLE, 451, "4.7.1") == (
        over_smtp.action,
        over_smtp.reply.code,
        over_smtp.reply.enhanced,
    )
    assert (Action.HOLD, None) == (local.action, local.reply)
    assert local.quarantine_reason
