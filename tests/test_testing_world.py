"""The made-up provider: the same every time, silent about its truth, innocents of all kinds."""

import email
import ipaddress
import random
import re
from collections import defaultdict
from email import policy

import pytest

from outfall.model import SenderKind
from outfall.testing import FakeClock
from outfall.testing.world import Label, World
from outfall.testing.world.letter import Letter, Part, Program, compose
from outfall.testing.world.people import DAY, START

SMALL = 700
WORLD = World(seed=7, messages=SMALL)

KINDS = {
    "home", "firm", "webmail", "phone", "disclaimer", "viral", "patches", "calendar", "pdf",
    "auto-reply", "web form", "list", "newsletter", "first newsletter", "notice", "monitoring",
    "bounce", "codes and orders",
}  # fmt: skip


def of(label):
    """The day's messages of one label."""
    return [item for item in WORLD.day if item.truth.label is label]


def test_same_seed_gives_the_same_bytes():
    """A world is told entirely by its seed and size; another seed is another world."""
    again, other = World(seed=7, messages=SMALL), World(seed=8, messages=SMALL)

    assert (WORLD.history, WORLD.day) == (again.history, again.day)
    assert [item.raw for item in other.day] != [item.raw for item in WORLD.day]


def test_day_and_history_are_in_order_and_apart():
    """The log ends where the day begins, and both run forwards."""
    past, day = [past.at for past in WORLD.history], [item.at for item in WORLD.day]

    assert sorted(past) == past
    assert sorted(day) == day
    assert START - 29 * DAY < past[0] <= past[-1] < START <= day[0] <= day[-1] < START + 2 * DAY


def test_size_is_about_what_was_asked_for():
    """`messages` scales the day."""
    assert 5_500 < len(World(messages=6_000).day) < 6_500
    assert SMALL * 0.8 < len(WORLD.day) < SMALL * 1.4


def test_every_kind_of_innocent_lives_here():
    """No recurring innocent is left out, even from a small day."""
    assert KINDS == {item.truth.kind for item in of(Label.INNOCENT)}
    assert of(Label.FORWARDED)


def test_outbreaks_tell_the_truth_of_the_day():
    """What an outbreak says of itself is what its messages say."""
    actors, counts = defaultdict(set), defaultdict(int)
    for item in of(Label.ABUSE):
        actors[item.truth.outbreak].add(item.truth.actor)
        counts[item.truth.outbreak] += 1

    assert dict(counts) == {outbreak.name: outbreak.messages for outbreak in WORLD.outbreaks}
    assert dict(actors) == {outbreak.name: set(outbreak.actors) for outbreak in WORLD.outbreaks}


def test_actor_is_who_the_envelope_shows():
    """The accountable sender can be found from what an MTA knows of the message."""
    for item in WORLD.day:
        actor, envelope = item.truth.actor, item.envelope
        shown = {
            SenderKind.ACCOUNT: envelope.account,
            SenderKind.IP: envelope.client_ip if envelope.account is None else None,
            SenderKind.SCRIPT: actor.id if actor.id.encode() in item.raw else None,
        }

        assert actor.id == shown[actor.kind]


def test_truth_does_not_leak_into_words():
    """No name of a label, kind or outbreak that only the truth knows stands in a message."""
    names = {outbreak.name for outbreak in WORLD.outbreaks} | {str(label) for label in Label}
    names |= {"spam", "phish", "malware", "abuse", "attack", "infected", "stolen", "campaign"}
    telling = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names)), re.I)
    for item in WORLD.day:
        found = telling.search(item.raw.decode()) or telling.search(repr(item.envelope))

        assert found is None


def test_truth_does_not_leak_into_form():
    """No header field, helo form or client name is used by attackers alone."""

    def forms(items):
        names = {name for item in items for name in email.message_from_bytes(item.raw)}
        return names | {re.sub(r"[0-9a-f]+", "0", item.envelope.helo) for item in items}

    assert set() == forms(of(Label.ABUSE)) - forms(of(Label.INNOCENT))


def test_attackers_write_from_where_innocents_live():
    """Some senders of abuse send innocent mail of their own on the same day."""
    innocent = {item.truth.actor for item in of(Label.INNOCENT)}

    assert innocent & {item.truth.actor for item in of(Label.ABUSE)}


def test_addresses_belong_to_nobody():
    """Every address is one that standards set aside for examples and tests."""
    reserved = [
        ipaddress.ip_network(text)
        for text in ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
                     "127.0.0.0/8", "2001:db8::/32"]
    ]  # fmt: skip
    for message in [*WORLD.day, *WORLD.history]:
        envelope = message.envelope
        where = ipaddress.ip_address(envelope.client_ip)
        domains = {name.rpartition("@")[2] for name in [*envelope.recipients, envelope.mail_from]}

        assert any(where in network for network in reserved if network.version == where.version)
        assert all(name == "" or name.endswith((".example", ".test")) for name in domains)


def test_messages_are_mail():
    """Every message is read without defects by another parser, in CRLF lines."""
    for item in WORLD.day:
        message = email.message_from_bytes(item.raw, policy=policy.default)

        assert [] == message.defects + [d for part in message.walk() for d in part.defects]
        assert b"\n" not in item.raw.replace(b"\r\n", b"") and b"\r\r" not in item.raw
        assert message["Date"] is not None


def test_many_scripts_are_written():
    """A day has Latin, Cyrillic, Greek and Chinese letters in it."""
    text = "".join(item.raw.decode() for item in WORLD.day)

    assert all(letter in text for letter in "aßñжλ们")


@pytest.mark.parametrize("subject", ["plain", "Grüße " * 30, "会议" * 40])
def test_subject_survives_its_encoding(subject):
    """A long subject in any script is folded into encoded words that say the same."""
    program = Program(("From", "Subject"))
    raw = compose(
        random.Random(1), Letter(subject, "x"), program, "a@x.example", ["b@y.example"], 0.0
    )

    assert (
        subject.strip() == email.message_from_bytes(raw, policy=policy.default)["Subject"].strip()
    )
    assert all(len(line) < 100 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("count, shown", [(3, "c2@y.example"), (4, "undisclosed-recipients:;")])
def test_many_recipients_are_not_shown(count, shown):
    """A letter to more than three shows none of them, as programs do with Bcc."""
    to = [f"c{number}@y.example" for number in range(count)]
    raw = compose(random.Random(1), Letter("x", "y"), Program(("To",)), "a@x.example", to, 0.0)

    assert shown in email.message_from_bytes(raw)["To"]


def test_file_survives_its_encoding():
    """A file in a letter is the same file for who reads it."""
    letter = Letter("x", "y", (Part("application/pdf", bytes(range(256)), "all.pdf"),))
    raw = compose(random.Random(1), letter, Program(("From",)), "a@x.example", ["b@y.example"], 0.0)
    [part] = email.message_from_bytes(raw, policy=policy.default).iter_attachments()

    assert ("all.pdf", bytes(range(256))) == (part.get_filename(), part.get_content())


def test_clock_moves_only_when_told():
    """A fake clock says the same time until somebody moves it."""
    clock = FakeClock(10.0)
    clock.advance(2.5)

    assert 12.5 == clock() == clock()
    clock.set(3.0)
    assert 3.0 == clock()
