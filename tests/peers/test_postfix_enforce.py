"""In enforce mode a real Postfix refuses an outbreak and delivers everything else."""

from collections.abc import Callable

import pytest

from peers.client import Letter, pour, send
from peers.daemon import Daemon
from peers.postfix import Postfix
from peers.sink import Sink
from peers.waiting import wait_until

pytestmark = pytest.mark.peers

StartDaemon = Callable[..., Daemon]

VICTIMS = 40
PER_VICTIM = 6

LURE = """Dear customer,

your parcel could not be delivered because the customs fee of 2.99 was not paid. Please settle
the amount within 24 hours, otherwise the parcel will be returned to its sender and storage
will be charged. Pay the fee here and choose a new day of delivery:

http://parcel-fee-desk.test/pay?c={ticket}

Kind regards
Your delivery service, desk {ticket}
"""


def outbreak() -> list[Letter]:
    """Write one campaign from many stolen logins: each victim's account mails many strangers."""
    return [
        Letter(
            f"outbreak-{victim}-{number}",
            mail_from=f"victim{victim}@provider.example",
            recipients=(f"stranger{victim * PER_VICTIM + number}@town{number}.example",),
            body=LURE.format(ticket=1000 * number + victim),
            account=f"victim{victim}",
            address=f"203.0.113.{victim + 1}",
        )
        for number in range(PER_VICTIM)
        for victim in range(VICTIMS)
    ]


def everyday_mail() -> list[Letter]:
    """Write what other people send meanwhile: each something else, to people they know."""
    errands = ["the invoice", "Friday's rehearsal", "your old bicycle", "the school trip", "lunch"]
    return [
        Letter(
            f"everyday-{person}-{number}",
            mail_from=f"person{person}@provider.example",
            recipients=(f"friend{person}-{number % 2}@elsewhere.example",),
            body=(
                f"Hello friend {number}, about {errands[(person + number) % 5]}: "
                f"it is {person * 17 + number * 5} now, so let us say {number + 2} o'clock.\n"
            ),
            account=f"person{person}",
            address=f"198.51.100.{person + 1}",
        )
        for person in range(12)
        for number in range(5)
    ]


def interleaved(campaign: list[Letter], rest: list[Letter]) -> list[Letter]:
    """Spread the rest evenly over the campaign."""
    step = len(campaign) // len(rest)
    letters = list(campaign)
    for index, letter in enumerate(rest):
        letters.insert((step + 1) * index, letter)
    return letters


def test_outbreak_is_refused_and_nothing_else(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """A campaign from forty stolen logins is stopped early; everyone else's mail is delivered."""
    start_daemon("enforce")
    campaign, rest = outbreak(), everyday_mail()

    codes = pour(postfix.port, interleaved(campaign, rest))

    assert {codes[letter.subject] for letter in rest} == {250}
    sink.wait_for_subjects({letter.subject for letter in rest})
    refused = [letter for letter in campaign if codes[letter.subject] == 550]
    assert len(refused) > len(campaign) / 2
    passed = {letter.subject for letter in campaign if codes[letter.subject] == 250}
    sink.wait_for_subjects(passed)
    assert {delivery.subject for delivery in sink.about("outbreak-")} == passed


def test_refusal_says_what_to_quote(start_daemon: StartDaemon, postfix: Postfix) -> None:
    """The refused client reads a reason code and the reference of the log's line, no internals."""
    daemon = start_daemon("enforce")
    pour(postfix.port, outbreak())

    code, text = send(postfix.port, outbreak()[-1])

    assert code == 550
    verdict = next(line for line in daemon.verdicts() if line["reference"] in text)
    assert f"OF-{verdict['category'].upper()}" in text


def test_local_mail_is_held_and_can_be_released(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """The campaign handed in on the host is put on hold, never bounced; an operator releases it."""
    start_daemon("enforce")
    pour(postfix.port, outbreak())
    script = Letter("held-1", mail_from="www-data@provider.example", body=LURE.format(ticket=7))

    assert postfix.submit(script.content(), script.mail_from, list(script.recipients)) == 0

    held = wait_until(lambda: postfix.held(script.mail_from), "the message to be on hold")
    assert sink.about("held-1") == []
    assert [one["address"] for one in held[0]["recipients"]] == list(script.recipients)

    postfix.release_held()
    assert len(sink.wait_for("held-1")) == 1
