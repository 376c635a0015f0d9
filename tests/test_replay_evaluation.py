"""Labelled mail: which label, in which order, what is added up, and what hostile files do to it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfall.errors import SourceError
from outfall.model import (
    Alert,
    Category,
    Envelope,
    Evidence,
    Explanation,
    Sender,
    SenderKind,
    Verdict,
)
from outfall.replay import find_sources
from outfall.replay.evaluation import Evaluation, Label, Marks, Truth, find_labelled
from outfall.replay.evaluation import labelled as labelled_module
from outfall.replay.evaluation import marks as marks_module
from outfall.replay.evaluation.labelled import read_truth

MALLORY = Sender(SenderKind.ACCOUNT, "mallory")
ALICE = Sender(SenderKind.ACCOUNT, "alice")
BAD, GOOD = Truth(Label.BAD), Truth(Label.GOOD)


def verdict(category="clean", sender=ALICE, accused=(), evidence=()):
    """A verdict of this category."""
    alerts = tuple(Alert(who, "high", "much", {}) for who in accused)
    reasons = tuple(Evidence(name, nats, "x") for name, nats in evidence)
    return Verdict(Category(category), 0.0, reasons, sender, alerts, "REF")


def eml(hour, subject, **fields):
    """A message of one hour."""
    more = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"Date: Tue, 03 Mar 2026 {hour:02}:00:00 +0000\nSubject: {subject}\n{more}\nx\n"


class Recorder:
    """An engine that convicts what has the word in its subject, and notes the order."""

    def __init__(self):
        self.subjects, self.envelopes = [], []

    def scan(self, message, envelope, at=None):
        """One verdict by the subject."""
        subject = message.partition(b"Subject: ")[2].split(b"\n")[0].strip().decode()
        self.subjects.append(subject)
        self.envelopes.append(envelope)
        return verdict("spam" if subject.startswith("pills") else "clean", MALLORY, (), [("a", 9)])

    def explain(self, reference):
        """What a person would ask for."""
        return Explanation(
            verdict(), 0.0, ("link: \x1b[2J 7 other senders",), ("bulk from 8",), "1 nat fewer"
        )


def poured(mail, explained=0):
    """The marks of a run over `mail`, and the engine that saw it."""
    engine = Recorder()
    return Evaluation(engine, explained).run(mail.messages), engine


# ------------------------------------------------------------------ finding


def test_good_and_bad_are_poured_in_one_order_of_time(tmp_path):
    """An mbox, a maildir, a folder, one message and JSON lines become one stream by time."""
    (tmp_path / "a.mbox").write_text(f"From x\n{eml(1, 'one')}\nFrom x\n{eml(6, 'six')}\n")
    (tmp_path / "box" / "cur").mkdir(parents=True)
    (tmp_path / "box" / "cur" / "1:2,S").write_text(eml(2, "two"))
    (tmp_path / "spam").mkdir()
    (tmp_path / "spam" / "1.eml").write_text(eml(3, "pills"))
    (tmp_path / "one.eml").write_text(eml(4, "pills again"))
    inline = base64.b64encode(eml(9, "five").encode()).decode()
    line = {"at": 1772496000 + 5 * 3600, "recipients": ["a@x.example"], "message": inline}
    (tmp_path / "lines.jsonl").write_text(json.dumps(line | {"account": "bob"}) + "\n")
    good = [tmp_path / name for name in ("a.mbox", "box", "lines.jsonl")]
    marks, engine = poured(find_labelled(good, [tmp_path / "spam", tmp_path / "one.eml"]))

    assert ["one", "two", "pills", "pills again", "five", "six"] == engine.subjects
    assert ("bob", ("a@x.example",)) == (
        engine.envelopes[4].account,
        engine.envelopes[4].recipients,
    )
    assert (4, 0, 2, 2) == (
        marks.good.messages, marks.good.convicted, marks.bad.messages, marks.bad.convicted,
    )  # fmt: skip


def test_a_line_tells_its_own_label(tmp_path):
    """What a line says of its message counts more than the option; unlabelled is not marked."""
    message = base64.b64encode(b"Subject: pills\n\nx").decode()
    labels = ["good", "HAM", "spam", "bad", "phishing", "forwarded", None]
    lines = [{"message": message, "label": label, "at": 1e9} for label in labels]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    alone, _ = poured(find_labelled([], [], [tmp_path / "a.jsonl"]))
    as_good, _ = poured(find_labelled([tmp_path / "a.jsonl"], []))

    assert [2, 3, 2] == [alone.fates[label].messages for label in Label]
    assert [3, 3, 1] == [as_good.fates[label].messages for label in Label]


def test_lines_tell_campaign_and_sender():
    """Campaign and accountable sender are taken from a line; what is no name is passed over."""
    line = b'{"label": "bad", "campaign": "c1", "sender": "account mallory"}'

    assert Truth(Label.BAD, "c1", MALLORY) == read_truth(line)
    assert Truth(Label.BAD) == read_truth(b'{"label": "bad", "campaign": 7, "sender": "nobody x"}')


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["label", "campaign", "sender", "x"]), inner, max_size=4),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_line_is_some_truth(line):
    """Whatever a line is, reading it raises nothing and gives a label."""
    assert read_truth(line, Label.GOOD).label in Label


# ------------------------------------------------------------------ hostile files


def test_broken_dates_keep_the_order_of_the_file(tmp_path):
    """Messages whose dates are nonsense are poured as they lie, and their number is told."""
    texts = [f"Date: {date}\nSubject: {date}\n\nx\n" for date in ("never", "32 Foo 99999", "-1")]
    (tmp_path / "a.mbox").write_text("".join(f"From x\n{text}\n" for text in texts))
    marks, engine = poured(find_labelled([tmp_path / "a.mbox"], []))

    assert ["never", "32 Foo 99999", "-1"] == engine.subjects
    assert 3 == marks.undated


def test_an_empty_mailbox_is_no_message(tmp_path):
    """An mbox that nothing came to yet, and an empty folder, are no error and no message."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.mbox").write_bytes(b"")

    assert [] == find_labelled([tmp_path / "empty"], [tmp_path / "none.mbox"]).messages


def test_a_line_of_a_hundred_megabytes_is_one_message_or_none(tmp_path):
    """Without a line end for 100 MB an mbox has one message; JSON lines have none, and say so."""
    huge = b"x" * (100 * 1024 * 1024)
    (tmp_path / "a.mbox").write_bytes(b"From x\nSubject: huge\n\n" + huge)
    (tmp_path / "b.jsonl").write_bytes(b'{"message": "' + huge + b'"}\n')
    mail = find_labelled([tmp_path / "a.mbox"], [tmp_path / "b.jsonl"])
    marks, engine = poured(mail)

    assert (["huge"], 1) == (engine.subjects, marks.good.messages)
    assert mail.skipped >= 100


def test_a_folder_that_contains_itself_ends(tmp_path):
    """Links that lead back are not followed: each message is poured once."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.eml").write_text(eml(1, "one"))
    (tmp_path / "in" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "in" / "self").symlink_to(tmp_path / "in" / "self")

    assert 1 == len(find_labelled([tmp_path], []).messages)


@pytest.mark.parametrize("message", ["!!!", "YQ", 7, "\ud800"])
def test_bytes_that_are_no_base64_are_skipped(tmp_path, message):
    """An inline message that cannot be unpacked is counted as skipped."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"message": message, "at": 1.0}) + "\n")
    found = find_sources([tmp_path / "a.jsonl"])

    assert ([], 1) == (found.messages, found.skipped)


def test_more_messages_than_fit_are_refused(tmp_path, monkeypatch):
    """Good and bad mail share one limit, and the refusal says what to do."""
    monkeypatch.setattr(labelled_module, "MAX_MESSAGES", 1)
    for name in ("a", "b"):
        (tmp_path / name).write_text(eml(1, name))
    with pytest.raises(SourceError, match="in parts"):
        find_labelled([tmp_path / "a"], [tmp_path / "b"])


def test_a_file_that_shrank_is_counted(tmp_path):
    """What was there when messages were found and is gone when they are read is told as unread."""
    path = tmp_path / "1.eml"
    path.write_text(eml(1, "one"))
    mail = find_labelled([path], [])
    path.write_text("")
    marks, engine = poured(mail)

    assert (1, []) == (marks.unreadable, engine.subjects)
    with pytest.raises(SourceError):
        mail.messages[0].load()


# ------------------------------------------------------------------ adding up


def test_slowed_includes_convicted_and_suspect_is_neither():
    """Bulk is slowed, the three convictions are both, suspect and clean are nothing."""
    marks = Marks()
    for category in Category:
        marks.note(BAD, verdict(category))
        marks.note(Truth(Label.NEITHER), verdict(category))

    assert (6, 4, 3) == (marks.bad.messages, marks.bad.slowed, marks.bad.convicted)
    assert (0, 0) == (marks.good.messages, marks.good.slowed)


def test_a_campaign_leaks_until_it_is_noticed():
    """What went before the first slowed or convicted one; all of it where none ever was."""
    marks = Marks()
    for name, fates in {
        "a": ["clean", "suspect", "bulk", "clean", "spam"],
        "b": ["spam"],
        "c": ["clean"] * 7,
    }.items():
        for category in fates:
            marks.note(Truth(Label.BAD, name), verdict(category))

    assert (3, 1, 2, 7) == marks.leaks_before_slowing()
    assert (3, 1, 4, 7) == marks.leaks_before_conviction()
    assert None is Marks().leaks_before_slowing()


def test_who_sent_bad_mail_is_not_innocent():
    """Accused are wronged unless they sent bad mail; a told sender overrules the engine."""
    marks = Marks()
    marks.note(BAD, verdict(sender=MALLORY), "192.0.2.1")
    marks.note(Truth(Label.BAD, sender=MALLORY), verdict("spam", ALICE, [MALLORY, ALICE]))

    assert [ALICE] == marks.innocent_accused


def test_an_address_is_guilty_only_if_no_good_mail_came_from_it():
    """The attacker's own address is another name of his; one that others share is innocent."""
    own, shared = (Sender(SenderKind.IP, f"192.0.2.{number}") for number in (1, 2))
    marks = Marks()
    for address in (own.id, shared.id):
        marks.note(BAD, verdict(sender=MALLORY, accused=[own, shared]), address)
    marks.note(GOOD, verdict(), shared.id)

    assert [shared] == marks.innocent_accused


def test_attackers_are_those_of_ten_messages():
    """Who sent nine bad messages is not asked for; of the others it counts who was named."""
    marks = Marks()
    for number in range(10):
        marks.note(BAD, verdict(sender=MALLORY, accused=[MALLORY] if number == 9 else []))
        if number:
            marks.note(BAD, verdict(sender=ALICE, accused=[ALICE]))

    assert (frozenset([MALLORY]), 1) == (marks.attackers, marks.attackers_accused)


def test_false_ones_rest_on_what_spoke_for_abuse():
    """Of good mail that was slowed the reasons of a nat or more are counted, of other mail none."""
    marks = Marks()
    reasons = [("recurrence", 3.0), ("maturity", -1.0), ("newcomer", 0.9)]
    marks.note(GOOD, verdict("bulk", evidence=reasons))
    marks.note(GOOD, verdict("suspect", evidence=reasons))
    marks.note(BAD, verdict("spam", evidence=reasons))

    assert {"recurrence": 1} == marks.reasons


def test_names_are_bounded(monkeypatch):
    """Past the limit no new name is kept, and everything is still counted."""
    monkeypatch.setattr(marks_module, "MAX_NAMES", 2)
    marks = Marks()
    for number in range(9):
        who = Sender(SenderKind.IP, f"192.0.2.{number}")
        marks.note(Truth(Label.BAD, f"c{number}"), verdict("spam", who, [who]), who.id)

    assert (9, 2, 2) == (marks.bad.convicted, len(marks.campaigns), len(marks.accused))


def test_a_false_one_says_where_it_lies_and_why(tmp_path):
    """Each that is kept has its place, subject, reasons and patterns, all fit for a terminal."""
    (tmp_path / "a.mbox").write_text(
        f"From x\n{eml(1, 'fine')}\nFrom x\n{eml(2, 'pills =?utf-8?q?=1b[2J?=')}\n"
        f"From x\n{eml(3, 'pills')}\n"
    )
    (tmp_path / "bad.eml").write_text(eml(0, "pills that are bad"))
    mail = find_labelled([tmp_path / "a.mbox"], [tmp_path / "bad.eml"])
    marks, _ = poured(mail, explained=1)
    (one,) = marks.false

    assert 2 == marks.good.convicted
    assert one.place.startswith(f"{tmp_path / 'a.mbox'} at byte ")
    assert ("pills \\x1b[2J", ("a +9.0: x",)) == (one.subject, one.reasons)
    assert "\x1b" not in one.patterns[0] and "7 other senders" in one.patterns[0]
    assert "REF" == json.loads(json.dumps(marks.as_json()))["false"][0]["reference"]


def test_the_engine_sees_no_label(tmp_path):
    """Nothing of the truth is in the envelope that an engine is given."""
    line = {"message": "eA==", "at": 1.0, "label": "bad", "campaign": "c", "sender": "ip 192.0.2.9"}
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    _, engine = poured(find_labelled([], [], [tmp_path / "a.jsonl"]))

    assert [Envelope(())] == engine.envelopes
