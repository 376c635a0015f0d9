"""The replay: what it adds up, in which order, and what its history tells the engine."""

import gzip
import json
import os

import pytest

from outfall.config import ActionSettings
from outfall.errors import SourceError
from outfall.model import (
    Alert,
    Category,
    Envelope,
    Evidence,
    Feedback,
    Sender,
    SenderKind,
    Verdict,
)
from outfall.replay import Replay, find_sources, recall_history
from outfall.replay import summary as summary_module

SPAMMER = Sender(SenderKind.ACCOUNT, "mallory")


class Recorder:
    """An engine for the arithmetic of the report: convicts what has SPAM in it, notes all else."""

    def __init__(self):
        self.scanned, self.recalled, self.told = [], [], []

    def scan(self, message, envelope, at=None):
        """One verdict by what stands in the message."""
        self.scanned.append((at, envelope))
        word = message.partition(b"Subject: ")[2].split(b"\n")[0].decode().lower()
        category = Category(word) if word in list(Category) else Category.CLEAN
        sender = SPAMMER if category is not Category.CLEAN else Sender(SenderKind.IP, "192.0.2.7")
        alerts = (Alert(sender, "high", "much\x1b[2J", {"spam": 1}),) if category.convicts else ()
        evidence = (Evidence("strangers", 2.0, "x"), Evidence("pattern", 6.0, "y"))
        return Verdict(category, 9.0, evidence, sender, alerts, "REF1")

    def recall(self, envelope, at=None):
        """Note a past message."""
        self.recalled.append((at, envelope))

    def feedback(self, what, *, sender=None, mail_from=None, source="", at=None):
        """Note what became of a sender's mail."""
        self.told.append((what, sender, at))
        return True


def folder(tmp_path, *subjects):
    """A folder of messages, an hour apart."""
    for hour, subject in enumerate(subjects):
        date = f"Tue, 03 Mar 2026 {hour:02}:00:00 +0000"
        text = f"To: a@x.example, b@x.example\nDate: {date}\nSubject: {subject}\n\nx"
        (tmp_path / f"{9 - hour}.eml").write_text(text)
    return find_sources([tmp_path]).messages


def test_everything_is_counted_once(tmp_path):
    """Messages, recipients, actions and alerts add up to what went in."""
    summary = Replay(Recorder()).run(folder(tmp_path, "hello", "bulk", "spam", "spam", "malware"))

    assert 5 == summary.total == sum(summary.actions.values())
    assert (2, 4) == (summary.messages[Category.SPAM], summary.recipients[Category.SPAM])
    assert {"accept": 1, "throttle": 1, "reject": 3} == {
        str(action): count for action, count in summary.actions.items() if count
    }
    assert 3 == summary.alerts


def test_engine_sees_the_order_of_time(tmp_path):
    """An engine that learns must see messages as they came, not as they lie in folders."""
    engine = Recorder()
    Replay(engine).run(folder(tmp_path, "a", "b", "c"))
    times = [at for at, _ in engine.scanned]

    assert sorted(times) == times
    assert 7200.0 == times[-1] - times[0]


def test_who_would_have_been_named(tmp_path):
    """Senders with alerts are named with their counts; clean senders are not listed at all."""
    summary = Replay(Recorder()).run(folder(tmp_path, "hello", "bulk", "spam", "spam"))
    [named] = summary.named

    assert ("mallory", 3, 2) == (named.id, named.slowed, named.convicted)
    assert [named] == summary.noticed


def test_slowed_sender_is_noticed_but_not_named(tmp_path):
    """Only an alert names a sender; slowed mail alone does not."""
    summary = Replay(Recorder()).run(folder(tmp_path, "bulk"))

    assert ([], 1) == (summary.named, len(summary.noticed))


def test_settings_say_what_would_have_been_done(tmp_path):
    """The actions counted are those of the settings, not of the defaults."""
    actions = ActionSettings(enforce={"spam": "hold"})
    summary = Replay(Recorder(), actions).run(folder(tmp_path, "spam"))

    assert 1 == summary.as_json()["actions"]["hold"]


def test_samples_are_few_and_inert(tmp_path, monkeypatch):
    """Of each category a few different samples are kept, with nothing that moves a terminal."""
    monkeypatch.setattr("outfall.replay.run.MAX_SAMPLES", 2)
    subjects = ["spam", "spam", "SPAM", "Spam"]
    summary = Replay(Recorder()).run(folder(tmp_path, *subjects))
    report = summary.as_json()

    assert ["spam", "SPAM"] == [sample["subject"] for sample in report["samples"]["spam"]]

    assert ["pattern +6.0", "strangers +2.0"] == list(report["samples"]["spam"][0]["reasons"])
    assert ["high: much\\x1b[2J"] * 2 == report["named"][0]["alerts"]
    json.dumps(report)


def test_senders_are_bounded(tmp_path, monkeypatch):
    """A run over endless senders keeps only so many of them; the totals stay right."""
    monkeypatch.setattr("outfall.replay.run.MAX_SENDERS", 0)
    summary = Replay(Recorder()).run(folder(tmp_path, "spam"))

    assert (0, 1) == (len(summary.senders), summary.messages[Category.SPAM])
    assert summary_module.MAX_SENDERS > 0


def test_message_that_went_away_is_left_out(tmp_path):
    """A file that is gone when its turn comes is counted, and the run goes on."""
    sources = folder(tmp_path, "spam", "hello")
    (tmp_path / "9.eml").unlink()
    summary = Replay(Recorder()).run(sources)

    assert (1, 1) == (summary.unreadable, summary.total)


def test_only_the_engine_is_timed(tmp_path):
    """The speed is the engine's own: a clock of one second a look gives one second a message."""
    ticks = iter(range(1_000))
    summary = Replay(Recorder(), clock=lambda: float(next(ticks))).run(folder(tmp_path, "a", "b"))

    assert 2.0 == summary.seconds


# ------------------------------------------------------------------ history

LOG = """\
Dec 30 10:00:00 mx postfix/smtpd[1]: A1B2C3D4E5: client=pc[192.0.2.7], sasl_username=alice
Dec 30 10:00:00 mx postfix/qmgr[2]: A1B2C3D4E5: from=<a@x.example>, size=1, nrcpt=1 (queue active)
Dec 30 10:00:01 mx postfix/smtp[3]: A1B2C3D4E5: to=<b@y.example>, relay=none, delay=1, \
dsn=5.1.1, status=bounced (no such user)
Dec 30 10:00:01 mx postfix/qmgr[2]: A1B2C3D4E5: removed
what is this
"""


@pytest.mark.parametrize("packed", [False, True])
def test_log_is_recalled_in_its_own_year(tmp_path, packed):
    """A log that ended in January 2026 and begins in December is of 2025, packed or not."""
    path = tmp_path / "mail.log"
    path.write_bytes(gzip.compress(LOG.encode()) if packed else LOG.encode())
    os.utime(path, (1767312000, 1767312000))  # 2 January 2026
    engine = Recorder()
    history = recall_history(engine, [path])

    [(at, envelope)] = engine.recalled

    assert (1767088800.0, "alice") == (at, envelope.account)
    assert (1, 1, 5, 1) == (history.messages, history.failed, history.lines, history.unreadable)


def test_log_tells_what_became_of_the_mail(tmp_path):
    """The engine hears of each recipient that failed or not, as of the sender who wrote."""
    two = LOG.splitlines()
    other = two[2].replace("<b@y", "<c@y").replace("status=bounced", "status=sent")
    path = tmp_path / "mail.log"
    path.write_text("\n".join([*two[:3], other, *two[3:]]))
    os.utime(path, (1767312000, 1767312000))
    engine = Recorder()
    recall_history(engine, [path])
    alice = Sender(SenderKind.ACCOUNT, "alice")

    assert [
        (Feedback.FAILED, alice, 1767088800.0),
        (Feedback.DELIVERED, alice, 1767088800.0),
    ] == engine.told


def test_mail_of_nobody_known_is_told_of_nobody(tmp_path):
    """Local mail names its script only in its header, so no outcome is told of it."""
    path = tmp_path / "mail.log"
    path.write_text(
        LOG.replace("smtpd[1]", "pickup[1]").replace(
            "client=pc[192.0.2.7], sasl_username=alice", "uid=33 from=<www>"
        )
    )
    engine = Recorder()
    recall_history(engine, [path])

    assert ([], 1) == (engine.told, len(engine.recalled))


def test_envelopes_in_json_lines_are_recalled(tmp_path):
    """A history may also be JSON lines; lines that say no time or no recipients are counted."""
    path = tmp_path / "history.jsonl"
    path.write_text(
        '{"at": 5, "recipients": ["b@y.example"]}\n{"at": 6}\nnonsense\n'
        '{"recipients": ["c@y.example"]}\n'
    )
    engine = Recorder()
    history = recall_history(engine, [path])

    assert [(5.0, Envelope(("b@y.example",)))] == engine.recalled
    assert [] == engine.told  # such lines say nothing of deliveries
    assert (1, 3) == (history.messages, history.unreadable)


@pytest.mark.parametrize("junk", [b"\x1f\x8bnot gzip", gzip.compress(LOG.encode() * 500)[:200]])
def test_broken_archive_is_a_sentence(tmp_path, junk):
    """A damaged archive is refused with its name; it is no crash."""
    path = tmp_path / "mail.log.gz"
    path.write_bytes(junk)

    with pytest.raises(SourceError, match="cannot be read"):
        recall_history(Recorder(), [path])
