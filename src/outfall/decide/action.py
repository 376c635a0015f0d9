"""
One verdict, one decision: the action, the headers, the reply.

Main functions: `decide` and `unscanned`.

What holds:

* In monitor mode every message passes.
* Clean mail passes in every mode.
* Mail that is accepted although it is not clean passes without a word of that; to tag is to say it.
* Mail handed in on the host itself is never rejected or throttled, only held.  Postfix turns a
  reject of such mail into a bounce to its envelope sender, which a script can forge: the spam
  would go out after all, as backscatter.  A throttle leaves it in the maildrop for pickup to try
  again for ever.  Held mail waits for a person and goes nowhere.
* A reply says category, reason code and reference, and nothing of the evidence.

A bounce (null sender) is treated like any mail: rejecting one is safe.  RFC 5321 section 6.1
forbids answering it with another bounce, so a reject ends it, and what a spammer loses is the
backscatter that he wanted.  Forwarders' bounces that are innocent are the engine's to tell apart.

Which headers may leave the network: the category, which the recipient may filter by, and the
reference, which is a random token to everyone but this provider.  Scores, evidence and the
sender's identity stay in the log: a spammer who mails himself would tune against the first two,
and the last is personal.  In monitor mode the action that enforce would have taken stands beside
the category.  ``actions.headers`` narrows this to the reference or to nothing.

Not here: removing such headers as a client may have written himself (the listeners do, for the
default prefix).
"""

from __future__ import annotations

from ..config import ActionSettings, Mode, StampedHeaders
from ..config.actions import fill_in, reason_code
from ..config.values import Duration
from ..model import Action, Category, Decision, Envelope, Reply, Verdict

__all__ = ["decide", "enforced_action", "unscanned"]

# RFC 3463: X.7.1 is "delivery not authorized, message refused", the class follows the code.
REJECT_CODE = (550, "5.7.1")
# RFC 5321 section 4.2.3: 451 is "requested action aborted", so the client keeps the message.
THROTTLE_CODE = (451, "4.7.1")

UNSCANNED_REPLY = Reply(451, "4.7.1", "The message could not be checked for now, please retry")


def decide(verdict: Verdict, envelope: Envelope, settings: ActionSettings) -> Decision:
    """Return what the MTA is told of a message with this verdict."""
    planned = enforced_action(verdict.category, envelope, settings)
    if settings.mode is Mode.MONITOR:
        says = _monitored(verdict.category, planned)
        return Decision(Action.ACCEPT, verdict, _headers(says, verdict, settings))
    return Decision(
        planned,
        verdict,
        _headers(_stamped(verdict.category, planned), verdict, settings),
        _reply(planned, verdict, settings),
        _hold_reason(verdict) if planned is Action.HOLD else None,
    )


def enforced_action(category: Category, envelope: Envelope, settings: ActionSettings) -> Action:
    """The action in enforce mode, whatever the mode is."""
    action = settings.enforce.of(category)
    if envelope.local and action in (Action.REJECT, Action.THROTTLE):
        return Action.HOLD
    return action


def unscanned(envelope: Envelope, settings: ActionSettings, *, tempfail: bool) -> Decision:
    """Return what the MTA is told where the engine gave no verdict in time."""
    if not tempfail:
        stamped = settings.headers is StampedHeaders.ALL
        header = (f"{settings.header_prefix}-Verdict", "unscanned")
        return Decision(Action.ACCEPT, None, (header,) if stamped else ())
    if envelope.local:
        return Decision(Action.HOLD, None, quarantine_reason="outfall: not scanned")
    return Decision(Action.THROTTLE, None, reply=UNSCANNED_REPLY)


def _monitored(category: Category, planned: Action) -> str:
    """What the verdict's header says in monitor mode: also what would have been done."""
    return str(category) if planned is Action.ACCEPT else f"{category}; monitor; would={planned}"


def _stamped(category: Category, action: Action) -> str | None:
    """What it says in enforce mode; None for no such header."""
    says_it = action in (Action.TAG, Action.HOLD) or category is Category.CLEAN
    return str(category) if says_it else None


def _headers(
    says: str | None, verdict: Verdict, settings: ActionSettings
) -> tuple[tuple[str, str], ...]:
    """The headers that go on the message if it passes or is held; see above for their limits."""
    if settings.headers is StampedHeaders.NONE:
        return ()
    reference = (f"{settings.header_prefix}-Reference", verdict.reference)
    if says is None or settings.headers is StampedHeaders.REFERENCE:
        return (reference,)
    return ((f"{settings.header_prefix}-Verdict", says), reference)


def _reply(action: Action, verdict: Verdict, settings: ActionSettings) -> Reply | None:
    if action is Action.REJECT:
        (code, enhanced), text = REJECT_CODE, settings.reject_text
    elif action is Action.THROTTLE:
        (code, enhanced), text = THROTTLE_CODE, settings.throttle_text
    else:
        return None
    filled = fill_in(
        text,
        category=verdict.category,
        code=reason_code(verdict.category),
        reference=verdict.reference,
        retry=Duration.format(settings.throttle_retry),
    )
    return Reply(code, enhanced, filled)


def _hold_reason(verdict: Verdict) -> str:
    """What the MTA's log says of a held message."""
    return f"outfall: {verdict.category}, reference {verdict.reference}"
