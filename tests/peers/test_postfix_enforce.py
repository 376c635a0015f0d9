"""In enforce mode a real Postfix refuses an outbreak and delivers everything else."""

import re
import time

import pytest

from outfall import Envelope
from peers.client import Letter, pour, send
from peers.daemon import StartDaemon
from peers.postfix import Postfix
from peers.sink import Sink
from peers.waiting import wait_until

pytestmark = pytest.mark.peers

VICTIMS = 40
PER_VICTIM = 6
PEOPLE = 12

LURE = """Dear customer,

your parcel could not be delivered because the customs fee of 2.99 was not paid. Please settle
the amount within 24 hours, otherwise the parcel will be returned to its sender and storage
will be charged. Pay the fee here and choose a new day of delivery:

http://parcel-fee-desk.test/pay?c={ticket}

Kind regards
Your delivery service, desk {ticket}
"""


ERRANDS = [
    "The invoice for the kitchen came, and I have paid it. Its number is",
    "Rehearsal is on Friday as always, bring the second violin; we start at bar",
    "Your bicycle is repaired and stands in the yard. The shop asked for",
    "Can you take the children to the pool tomorrow? The bus is line",
    "We found the photographs of grandmother's house! I scanned page",
]

DAY = 86400.0


def past() -> list[tuple[float, Envelope]]:
    """Write a quiet month: everybody mails two friends a day, from where they live."""
    names = [f"victim{n}" for n in range(VICTIMS)] + [f"person{n}" for n in range(PEOPLE)]
    now = time.time()
    return [
        (now - day * DAY + place, Envelope([friend_of(name, number)], **who(name, home(place))))
        for day in range(28, 0, -1)
        for place, name in enumerate(names)
        for number in range(2)
    ]


def home(place: int) -> str:
    """Return the address from which the customer at a place mails on ordinary days."""
    return f"198.51.100.{place + 1}"


def friend_of(name: str, number: int) -> str:
    """Name somebody to whom a customer writes every day."""
    return f"friend{number}.of.{name}@elsewhere.example"


def who(name: str, address: str) -> dict[str, str]:
    """Return what an envelope says of its sender."""
    return {"mail_from": f"{name}@provider.example", "account": name, "client_ip": address}


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
    """Write what other people send meanwhile: each something of their own, to their friends."""
    return [
        Letter(
            f"everyday-{person}-{number}",
            mail_from=f"person{person}@provider.example",
            recipients=(friend_of(f"person{person}", number % 2),),
            body=f"{ERRANDS[(person + number) % len(ERRANDS)]} {person * 17 + number}.\n",
            account=f"person{person}",
            address=home(VICTIMS + person),
        )
        for person in range(PEOPLE)
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
    start_daemon("enforce", past())
    campaign, rest = outbreak(), everyday_mail()

    codes = pour(postfix.port, interleaved(campaign, rest))

    assert {codes[letter.subject] for letter in rest} == {250}
    sink.wait_for_subjects({letter.subject for letter in rest})
    refused = [letter for letter in campaign if codes[letter.subject] == 550]
    assert len(refused) > 0.8 * len(campaign)
    passed = {letter.subject for letter in campaign if codes[letter.subject] == 250}
    sink.wait_for_subjects(passed)
    assert {delivery.subject for delivery in sink.about("outbreak-")} == passed


def test_refusal_says_what_to_quote(start_daemon: StartDaemon, postfix: Postfix) -> None:
    """The refused client reads a reason code and the reference of the log's line, no internals."""
    daemon = start_daemon("enforce", past())
    pour(postfix.port, outbreak())

    code, text = send(postfix.port, outbreak()[-1])

    assert code == 550
    verdict = daemon.wait_for_verdict(re.search(r"reference (\w+)", text)[1])
    assert f"OF-{verdict['category'].upper()}" in text


def test_local_mail_is_held_and_can_be_released(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """The campaign handed in on the host is put on hold, never bounced; an operator releases it."""
    start_daemon("enforce", past())
    pour(postfix.port, outbreak())
    script = Letter("held-1", mail_from="www-data@provider.example", body=LURE.format(ticket=7))

    assert postfix.submit(script.content(), script.mail_from, list(script.recipients)) == 0

    held = wait_until(lambda: postfix.held(script.mail_from), "the message to be on hold")
    assert sink.about("held-1") == []
    assert [one["address"] for one in held[0]["recipients"]] == list(script.recipients)

    postfix.release_held()
    assert len(sink.wait_for("held-1")) == 1
