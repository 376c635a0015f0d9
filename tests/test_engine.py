"""The contract of `outfall.Engine`, which integrators and the exam stand on."""

import stat
import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

import outfall
from outfall.config import EngineSettings
from outfall.engine import check_parts, parts
from outfall.errors import SettingsError, SnapshotError

NOW = 1_772_409_600.0
DAY = 86_400.0
MEMORY = 40 * 1024 * 1024
SMALL = EngineSettings(memory=MEMORY, key="00" * 16)

OFFER = (
    b"From: somebody@example.test\r\nSubject: Offer\r\n\r\n"
    b"Our pharmacy sells every kind of pills without prescription at the lowest prices on the "
    b"market, order today at http://shop%d.pills-offer.test/buy and save money.\r\n"
)

ANYTHING = st.one_of(st.none(), st.text(max_size=30))
ENVELOPES = st.builds(
    outfall.Envelope,
    recipients=st.lists(st.text(max_size=20), max_size=5),
    mail_from=ANYTHING,
    client_ip=st.one_of(ANYTHING, st.just("127.0.0.1")),
    account=ANYTHING,
    helo=ANYTHING,
    local=st.booleans(),
    tenant=ANYTHING,
)


@pytest.fixture(scope="module")
def engine():
    """One engine for the questions that leave no trace that matters."""
    return outfall.Engine(SMALL)


def outbreak(engine, count, start=0):
    """Let newcomers with made-up senders send the same offer to strangers; return the verdicts."""
    return [
        engine.scan(
            OFFER % number,
            outfall.Envelope(
                recipients=[f"victim{number}@far{number}.test"],
                mail_from=f"x{number}@made-up{number}.test",
                client_ip=f"198.51.100.{number % 12}",
            ),
            at=NOW + 30 * number,
        )
        for number in range(start, start + count)
    ]


def with_a_past(settings=SMALL):
    """Return an engine that knows life here from a log with mail on every day."""
    engine = outfall.Engine(settings)
    for day in range(28, 0, -1):
        engine.recall(outfall.Envelope(["a@far.test"], account="alice"), at=NOW - day * DAY)
    return engine


@given(message=st.binary(max_size=300), envelope=ENVELOPES)
def test_scan_never_raises(engine, message, envelope):
    """Any bytes with any envelope get a verdict of the contract's types."""
    verdict = engine.scan(message, envelope, at=NOW)

    assert isinstance(verdict.category, outfall.Category)
    assert isinstance(verdict.sender.kind, outfall.SenderKind)
    assert isinstance(verdict.score, float)
    assert verdict.reference


def test_text_that_no_utf8_holds_is_taken(engine):
    """Names with undecodable bytes, as milter hands them on, are no error."""
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    verdict = engine.scan(b"", outfall.Envelope([odd], account=odd, mail_from=odd), at=NOW)

    assert verdict.sender.id.startswith("caf")


def test_only_recipients_are_needed(engine):
    """Everything else of the envelope, and the time, may be missing."""
    verdict = engine.scan(b"Subject: x\r\n\r\nhello\r\n", outfall.Envelope(recipients=[]))

    assert verdict.sender == outfall.Sender(outfall.SenderKind.IP, "")


def test_an_outbreak_is_convicted_named_and_explained():
    """Reasons, sender, alert and explanation are there once it is convicted."""
    engine = with_a_past()
    last = outbreak(engine, 40)[-1]
    explanation = engine.explain(last.reference)

    assert last.category is outfall.Category.SPAM
    assert last.category.convicts
    assert {"recurrence", "newcomer"} <= {one.name for one in last.evidence}
    assert explanation is not None
    assert explanation.verdict == last
    assert any("pills-offer.test" in line for line in explanation.patterns)


def test_an_alert_names_the_sender_with_counts():
    """Whoever goes on is accused once, with figures of the day."""
    alerts = [alert for verdict in outbreak(with_a_past(), 60) for alert in verdict.alerts]

    assert alerts
    assert len(alerts) == len({alert.sender for alert in alerts})
    assert alerts[0].sender.kind == "ip"
    assert alerts[0].counts["convicted"] >= 2


def test_a_release_is_heard_once_and_unknown_references_are_not():
    """`feedback` says whether it counted."""
    engine = with_a_past()
    last = outbreak(engine, 40)[-1]
    release = outfall.Feedback.RELEASE

    assert engine.feedback(release, reference=last.reference, source="desk", at=NOW)
    assert not engine.feedback(release, reference=last.reference, source="desk", at=NOW)
    assert not engine.feedback(release, reference="000000000000", source="desk", at=NOW)
    assert not outbreak(engine, 1, start=41)[0].category.convicts


def test_two_steps_are_one_scan():
    """Examine and judge give what scan gives, and scanners' findings add to it."""
    one, two = with_a_past(), with_a_past()
    envelope = outfall.Envelope(["b@far.test"], account="alice")
    examination = two.examine(OFFER % 1)

    assert one.scan(OFFER % 1, envelope, at=NOW) == two.judge(examination, envelope, at=NOW)
    found = [outfall.Finding("clamd", "Eicar", outfall.Category.MALWARE)]
    names = {one.name for one in two.judge(examination, envelope, NOW, found).evidence}
    assert "scanner" in names


def test_examination_lists_what_scanners_need():
    """Links with hosts and domains, attachments with hashes, oddities by name."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee http://a.b.example.co.uk/\r\n"
        b"--x\r\nContent-Type: application/zip; name=a.zip\r\n"
        b"Content-Disposition: attachment\r\n\r\nPK\x03\x04\r\n--x--\r\n"
    )
    seen = outfall.Engine(SMALL).examine(raw)

    assert [("a.b.example.co.uk", "example.co.uk")] == [(x.host, x.domain) for x in seen.links]
    assert [("a.zip", "application/zip", 64)] == [
        (x.name, x.content_type, len(x.sha256)) for x in seen.attachments
    ]


def test_the_same_history_gives_the_same_verdicts():
    """Key, settings, messages and times are all that verdicts depend on."""
    assert outbreak(with_a_past(), 40) == outbreak(with_a_past(), 40)


def test_memory_is_never_exceeded():
    """What is set aside stays within the setting, whatever was seen."""
    engine = outfall.Engine(SMALL)
    outbreak(engine, 300)

    assert 0 < engine.counts().memory_bytes <= MEMORY


def test_counts_add_up():
    """Every message is in exactly one category."""
    engine = with_a_past()
    outbreak(engine, 25)
    counts = engine.counts()

    assert (25, 28) == (counts.messages, counts.recalled)
    assert sum(counts.categories.values()) == 25


def test_feedback_by_sender_counts_once_and_names_whom_it_means():
    """A source counts once a day for a sender; a shared address needs the envelope sender."""
    engine = with_a_past()
    alice = outfall.Sender(outfall.SenderKind.ACCOUNT, "alice")
    host = outfall.Sender(outfall.SenderKind.IP, "127.0.0.1")
    complain = partial(engine.feedback, outfall.Feedback.COMPLAINT, source="desk")

    assert [True, False] == [complain(sender=alice, at=NOW) for _ in range(2)]
    assert complain(sender=alice, at=NOW + DAY)
    assert not complain(sender=host, at=NOW)
    assert complain(sender=host, mail_from="www@here.test", at=NOW)
    failed = [engine.feedback(outfall.Feedback.FAILED, sender=alice, at=NOW) for _ in range(2)]
    assert [True, True] == failed


# ------------------------------------------------------------------ numbers that cross the seam

HERE = {"client_ip": "127.0.0.1", "mail_from": "www@here.test"}


@pytest.mark.parametrize(
    ("kind", "head", "known"),
    [
        ("account", b"", {"account": "alice"}),
        ("script", b"X-PHP-Originating-Script: 33:x.php\r\n", {"local": True}),
        ("header", b"X-Customer: c-17\r\n", {}),
        ("subscriber", b"", {"subscriber": "line-4"}),
        ("ip", b"", {"client_ip": "192.0.2.9"}),
    ],
)
def test_each_rung_of_the_ladder_keeps_its_name(kind, head, known):
    """The core's kind of sender is the one of the same name here."""
    settings = EngineSettings(memory=MEMORY, key="00" * 16, identity_header="X-Customer")
    verdict = outfall.Engine(settings).scan(head + b"\r\n", outfall.Envelope([], **known), at=NOW)

    assert kind == verdict.sender.kind


@pytest.mark.parametrize(
    ("channel", "head", "known"),
    [
        ("submission", b"", {"account": "alice"}),
        ("relay", b"", {"client_ip": "192.0.2.9"}),
        ("webmail", b"User-Agent: Roundcube Webmail/1.6\r\n", {"account": "alice"}),
        ("script", b"X-PHP-Originating-Script: 33:x.php\r\n", HERE),
        ("forward", b"Received: x\r\n", {**HERE, "mail_from": "SRS0=x=y=far.test=a@here.test"}),
        ("bounce", b"From: mailer-daemon@here.test\r\n", {**HERE, "mail_from": ""}),
        ("auto-reply", b"Auto-Submitted: auto-replied\r\n", HERE),
        ("list", b"List-Id: <a.b.test>\r\n", {"account": "alice"}),
    ],
)
def test_each_channel_keeps_its_name(engine, channel, head, known):
    """The core's channel is the one of the same name here."""
    verdict = engine.scan(head + b"\r\n", outfall.Envelope(["a@far.test"], **known), at=NOW)

    assert channel == verdict.channel


@pytest.mark.parametrize("category", ["spam", "phishing", "malware"])
def test_what_a_scanner_found_names_the_conviction(category):
    """A finding's category reaches the core and comes back as what it was."""
    engine = with_a_past()
    stranger = outfall.Envelope([f"x{n}@far.test" for n in range(6)], client_ip="198.51.100.1")
    found = [outfall.Finding("clamd", "X", outfall.Category(category))]

    assert category == engine.judge(engine.examine(OFFER % 1), stranger, NOW, found).category


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (outfall.Feedback.COMPLAINT, "complained"),
        (outfall.Feedback.TRAP, "spam trap"),
        (outfall.Feedback.CONFIRM, "confirmed"),
    ],
)
def test_each_word_of_feedback_is_told_apart(word, said):
    """What was said of one message is evidence against the like, in its own words."""
    engine = with_a_past()
    first = outbreak(engine, 1)[0]
    engine.feedback(word, reference=first.reference, source="desk", at=NOW + 1)
    details = {one.name: one.detail for one in outbreak(engine, 1, start=1)[0].evidence}

    assert said in details["hard-facts"]


def test_what_became_of_deliveries_is_told_apart():
    """Failures speak against their sender, deliveries for it."""
    nats = {}
    for word in (outfall.Feedback.FAILED, outfall.Feedback.DELIVERED):
        engine = with_a_past()
        sender = outbreak(engine, 1)[0].sender
        for source in ("one", "two", "three"):
            engine.feedback(word, sender=sender, source=source, at=NOW + 1)
        heard = {one.name: one.nats for one in outbreak(engine, 1)[0].evidence}
        nats[word] = heard["deliveries"]

    assert nats[outfall.Feedback.FAILED] > 0 > nats[outfall.Feedback.DELIVERED]


# ------------------------------------------------------------------ snapshots


def test_a_restored_engine_goes_on_as_before(tmp_path):
    """The next verdict after a restart is the one there would have been."""
    engine = with_a_past()
    outbreak(engine, 20)
    engine.snapshot(tmp_path / "state")
    restored = outfall.Engine.restore(tmp_path / "state", SMALL)

    assert outbreak(engine, 5, start=20) == outbreak(restored, 5, start=20)


def test_a_snapshot_keeps_its_own_key(tmp_path):
    """Without a key in the settings, the one that the engine made comes back with the snapshot."""
    settings = EngineSettings(memory=MEMORY)
    engine = outfall.Engine(settings)
    verdict = engine.scan(b"", outfall.Envelope([]), at=NOW)
    engine.snapshot(tmp_path / "state")

    assert outfall.Engine.restore(tmp_path / "state", settings).explain(verdict.reference)


def test_only_the_owner_reads_a_snapshot(tmp_path):
    """It holds the key."""
    outfall.Engine(SMALL).snapshot(tmp_path / "state")

    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600


def test_nothing_is_left_beside_a_snapshot(tmp_path):
    """It is written beside and renamed: afterwards there is one file."""
    outfall.Engine(SMALL).snapshot(tmp_path / "state")

    assert [tmp_path / "state"] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
        lambda data: b"",
        bytes.lower,
    ],
)
def test_a_damaged_snapshot_is_refused(tmp_path, damage):
    """Cut, changed or foreign: refused with the path in the sentence."""
    path = tmp_path / "state"
    outfall.Engine(SMALL).snapshot(path)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(SnapshotError, match=str(path)):
        outfall.Engine.restore(path, SMALL)


def test_another_key_is_refused(tmp_path):
    """Hashes of another key mean nothing here."""
    outfall.Engine(SMALL).snapshot(tmp_path / "state")

    with pytest.raises(SnapshotError, match="another key"):
        outfall.Engine.restore(tmp_path / "state", EngineSettings(memory=MEMORY, key="11" * 16))


def test_a_snapshot_that_cannot_be_written_says_so(tmp_path):
    """The sentence names the path; an older snapshot there would be unchanged."""
    with pytest.raises(SnapshotError, match="cannot be written"):
        outfall.Engine(SMALL).snapshot(tmp_path / "no" / "such" / "folder")


# ------------------------------------------------------------------ threads


def test_threads_may_share_an_engine():
    """Many threads scan at once; every message is counted once."""
    engine = outfall.Engine(SMALL)
    threads = [threading.Thread(target=outbreak, args=(engine, 50)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert engine.counts().messages == 200


def test_the_least_memory_that_settings_allow_is_enough():
    """Settings and engine agree on what is too little."""
    assert outfall.Engine(EngineSettings(memory=32 * 1024 * 1024)).counts().memory_bytes > 0


# ------------------------------------------------------------------ leaving parts out


def test_a_part_left_out_changes_verdicts():
    """Without the evidence of recurrence an outbreak that would be convicted is not."""

    def convicted(*without):
        engine = with_a_past(SMALL.model_copy(update={"without": without}))
        return sum(verdict.category.convicts for verdict in outbreak(engine, 60))

    assert convicted() > 20
    assert 0 == convicted("evidence recurrence")


def test_every_part_can_be_left_out():
    """Each name that is listed is taken, alone and with all others; a kind by number, too."""
    names = parts()
    for chosen in [*((name,) for name in names), names, ("kind 3",)]:
        check_parts(chosen)

    assert {"kind", "evidence", "cap", "key"} == {name.split()[0] for name in names}


@pytest.mark.parametrize("name", ["recurrence", "kind 0", "kind 99", "", "key\x1b[2J"])
def test_what_is_no_part_is_refused_with_all_that_are(name, tmp_path):
    """A wrong name is one sentence that lists the right ones; a snapshot is not touched for it."""
    wrong = SMALL.model_copy(update={"without": (name,)})
    outfall.Engine(SMALL).snapshot(tmp_path / "state")
    with pytest.raises(SettingsError, match="evidence recurrence, "):
        outfall.Engine(wrong)
    with pytest.raises(SettingsError, match="cap hard, key outside, key own"):
        outfall.Engine.restore(tmp_path / "state", wrong)
