"""In enforce mode a real Postfix refuses an outbreak and delivers everything else."""

import re

import pytest

from peers.client import Letter, pour, send
from peers.daemon import StartDaemon
from peers.outbreak import LURE, Provider, interleaved
from peers.postfix import Postfix
from peers.sink import Sink
from peers.waiting import wait_until

pytestmark = pytest.mark.peers

HOSTER = Provider(one_domain=False)
FREEMAIL = Provider(one_domain=True)


@pytest.mark.parametrize(
    "provider",
    [
        pytest.param(HOSTER, id="hoster"),
        pytest.param(FREEMAIL, id="freemail"),
    ],
)
def test_outbreak_is_refused_and_nothing_else(
    provider: Provider, start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """A campaign from forty stolen logins is stopped early; everyone else's mail is delivered."""
    start_daemon("enforce", provider.past())
    campaign, rest = provider.outbreak(), provider.everyday_mail()
    before = len(sink.deliveries)

    def arrived() -> list[str]:
        return sorted(one.subject for one in sink.deliveries[before:] if one.subject in codes)

    codes = pour(postfix.port, interleaved(campaign, rest))

    assert {codes[letter.subject] for letter in rest} == {250}
    refused = [letter for letter in campaign if codes[letter.subject] == 550]
    assert len(refused) > 0.8 * len(campaign)
    accepted = sorted(subject for subject, code in codes.items() if code == 250)
    wait_until(lambda: len(arrived()) >= len(accepted), "what was accepted to arrive")

    assert accepted == arrived()


def test_refusal_says_what_to_quote(start_daemon: StartDaemon, postfix: Postfix) -> None:
    """The refused client reads a reason code and the reference of the log's line, no internals."""
    daemon = start_daemon("enforce", HOSTER.past())
    pour(postfix.port, HOSTER.outbreak())

    code, text = send(postfix.port, HOSTER.outbreak()[-1])

    assert code == 550
    verdict = daemon.wait_for_verdict(re.search(r"reference (\w+)", text)[1])
    assert f"OF-{verdict['category'].upper()}" in text


def test_local_mail_is_held_and_can_be_released(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """The campaign handed in on the host is put on hold, never bounced; an operator releases it."""
    start_daemon("enforce", HOSTER.past())
    pour(postfix.port, HOSTER.outbreak())
    script = Letter("held-1", mail_from="www-data@provider.example", body=LURE.format(ticket=7))

    assert postfix.submit(script.content(), script.mail_from, list(script.recipients)) == 0

    held = wait_until(lambda: postfix.held(script.mail_from), "the message to be on hold")
    assert sink.about("held-1") == []
    assert [one["address"] for one in held[0]["recipients"]] == list(script.recipients)

    postfix.release_held()
    assert len(sink.wait_for("held-1")) == 1
