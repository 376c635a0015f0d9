"""The made-up day on the real road: what is poured is what is judged, and the tally is true."""

import pytest

from outfall.engine import Engine
from outfall.model import (
    Action,
    Alert,
    Category,
    Decision,
    Envelope,
    Evidence,
    Sender,
    SenderKind,
    Verdict,
)
from outfall.testing.rehearsal import demo_settings, rehearse
from outfall.testing.tally import Tally
from outfall.testing.world import Item, Label, Outbreak, Truth, World

GUILTY = Sender(SenderKind.ACCOUNT, "mallory")
INNOCENT = Sender(SenderKind.ACCOUNT, "alice")
OUTBREAK = Outbreak("attack", "exact", Category.SPAM, (GUILTY,), 3)


@pytest.fixture(scope="module")
def day():
    """One small day on the road, and the same day told to the engine directly."""
    world = World(seed=3, messages=600)
    return world, rehearse(world)


def test_every_message_is_judged_on_the_road(day):
    """Nothing is lost between the pourer and the engine, and nothing is judged twice."""
    world, rehearsal = day
    tally = rehearsal.tally
    innocent = (tally.innocent, tally.collateral, tally.forwarded)
    seen = sum(one.seen for one in tally.outbreaks.values()) + sum(one.messages for one in innocent)

    assert (0, len(world.day)) == (tally.unjudged, seen)
    assert len(world.day) == rehearsal.engine.counts().messages
    assert len(world.history) == rehearsal.engine.counts().recalled


def test_day_repeats_exactly(day):
    """The same seed gives the same verdicts through sockets, as time is an argument."""
    world, rehearsal = day
    again = rehearse(world)

    assert rehearsal.engine.counts().categories == again.engine.counts().categories
    assert [(one.out, one.before_slowing) for one in rehearsal.tally.outbreaks.values()] == [
        (one.out, one.before_slowing) for one in again.tally.outbreaks.values()
    ]


def test_road_changes_no_verdict(day):
    """A message through the milter gets the category that `Engine.scan` gives the same bytes."""
    world, rehearsal = day
    engine = Engine(demo_settings().engine)
    for past in world.history:
        engine.recall(past.envelope, at=past.at)
    for item in world.day:
        engine.scan(item.raw, item.envelope, at=item.at)

    assert engine.counts().categories == rehearsal.engine.counts().categories


def test_an_outbreak_of_many_senders_is_convicted(day):
    """Even on a small day the engine convicts an outbreak of many, and no innocent."""
    tally = day[1].tally

    assert any(one.convicted and len(one.outbreak.actors) >= 5 for one in tally.outbreaks.values())
    assert tally.is_clean()


# ------------------------------------------------------------------ the tally alone


def item(label, actor, kind="mail", outbreak=""):
    """A message of which only the truth matters."""
    return Item(0.0, b"", Envelope(("b@x.example",)), Truth(label, kind, actor, outbreak))


def decision(category, *named):
    """What the gate would say, with an alert for each of `named`."""
    alerts = tuple(Alert(sender, "high", "why", {}) for sender in named)
    evidence = (Evidence("strong", 5.0, ""), Evidence("weak", 0.5, ""), Evidence("good", -2.0, ""))
    verdict = Verdict(category, 9.0, evidence, GUILTY, alerts, f"REF-{category}")
    return Decision(Action.REJECT, verdict)


def tally_of(*notes):
    """A tally that saw these (item, decision, out)."""
    tally = Tally([OUTBREAK])
    for note in notes:
        tally.note(*note)
    return tally


ATTACK = item(Label.ABUSE, GUILTY, outbreak="attack")
LETTER = item(Label.INNOCENT, INNOCENT)


def test_tally_counts_what_got_out_before():
    """Before the first slowing and before the first conviction are told apart."""
    tally = tally_of(
        (ATTACK, decision(Category.CLEAN), True),
        (ATTACK, decision(Category.BULK), False),
        (ATTACK, decision(Category.CLEAN), True),
        (ATTACK, decision(Category.SPAM), False),
    )
    one = tally.outbreaks["attack"]

    assert (2, 1, 2, 1) == (one.out, one.before_slowing, one.before_conviction, one.convicted)
    assert ("REF-spam", {"strong": 4}) == (one.example, dict(one.reasons))


def test_missed_outbreak_has_no_numbers():
    """An outbreak that was never held back says so instead of counting."""
    one = tally_of((ATTACK, decision(Category.SUSPECT), True)).outbreaks["attack"]

    assert (1, None, None) == (one.out, one.before_slowing, one.before_conviction)


def test_naming_the_guilty_is_right():
    """The sender of abuse may be named, and counts for its outbreak."""
    tally = tally_of((ATTACK, decision(Category.SPAM, GUILTY), False))

    assert ({GUILTY}, {}, True) == (
        tally.outbreaks["attack"].named,
        tally.wrongly_named,
        tally.is_clean(),
    )


@pytest.mark.parametrize(
    "message, named",
    [
        (LETTER, INNOCENT),
        (LETTER, GUILTY),  # guilty, but not of this message
        (ATTACK, INNOCENT),
        (ATTACK, Sender(SenderKind.IP, "192.0.2.25")),
        (item(Label.FORWARDED, INNOCENT), INNOCENT),
    ],
)
def test_naming_anyone_else_is_wrong(message, named):
    """A name is wrong if it is an innocent's, or not that of who sent the very message."""
    tally = tally_of((message, decision(Category.CLEAN, named), True))

    assert [named] == list(tally.wrongly_named)
    assert not tally.is_clean()


def test_convicted_innocent_spoils_the_day_and_a_slowed_one_is_told():
    """A conviction of innocent mail is a failure; a slowed letter is only counted."""
    slowed = tally_of((LETTER, decision(Category.BULK), False))
    convicted = tally_of((LETTER, decision(Category.SPAM), False))

    assert (True, {"mail": 1}) == (slowed.is_clean(), dict(slowed.innocent.held_back))
    assert (False, {"mail": 1}) == (convicted.is_clean(), dict(convicted.innocent.convicted))


def test_mail_of_the_abused_is_told_apart():
    """Innocent mail of a sender who is abused that day is neither innocent's nor attack's."""
    tally = tally_of((item(Label.INNOCENT, GUILTY), decision(Category.SPAM), False))

    assert (1, 0) == (tally.collateral.messages, tally.innocent.messages)
    assert tally.is_clean()


def test_message_without_verdict_is_counted():
    """Mail that went unscanned is told, not taken for clean."""
    tally = tally_of((LETTER, Decision(Action.ACCEPT, None), True), (LETTER, None, True))

    assert (2, 0) == (tally.unjudged, tally.innocent.messages)
