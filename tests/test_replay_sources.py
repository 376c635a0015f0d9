"""Old mail found and read: every form of it, in order, whatever hostile files hold."""

import gzip
import json
import mailbox
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from outfall.errors import SourceError
from outfall.replay import find_sources, inert
from outfall.replay import sources as module
from outfall.replay.headers import derive
from outfall.replay.lines import read_named
from outfall.replay.mbox import messages, unescape

LOOSE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def letter(subject, date="Tue, 03 Mar 2026 10:00:00 +0000", body="hello\n"):
    """A message as it lies in a file."""
    return (
        f"From: a@x.example\nTo: b@y.example\nDate: {date}\nSubject: {subject}\n\n{body}".encode()
    )


def subjects(found):
    """The subjects of what was found, in order."""
    return [
        source.load()[0].split(b"Subject: ")[1].split(b"\n")[0].decode()
        for source in found.messages
    ]


# ------------------------------------------------------------------ mbox

BODIES = st.lists(
    st.sampled_from(["", "text", "From here", ">From there", ">>From", "from", "x" * 50]),
    max_size=6,
)


@given(st.lists(BODIES, min_size=1, max_size=5))
@LOOSE
def test_mailbox_gives_back_what_was_put_in(tmp_path, bodies):
    """What Python's own mailbox writes is read back, message by message, byte by byte."""
    path = tmp_path / "box"
    path.unlink(missing_ok=True)
    box = mailbox.mbox(path)
    for lines in bodies:
        message = EmailMessage()
        message["Subject"] = "x"
        message.set_payload("\n".join(lines) + "\n")
        box.add(message)
    box.close()
    with path.open("rb") as file:
        found = [(offset, length) for offset, length, _ in messages(file)]
    raw = path.read_bytes()
    got = [raw[offset : offset + length] for offset, length in found]

    assert [box_bytes.rstrip(b"\n") for box_bytes in _stored(path)] == [
        one.rstrip(b"\n") for one in got
    ]
    assert len(bodies) == len(got)


def _stored(path):
    box = mailbox.mbox(path)
    return [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 - a mailbox is no dict


@given(st.binary(max_size=300), st.integers(1, 9))
@example(b"From a\n\nFrom b\n\n", 3)
@example(b"From a\r\nx\r\n\r\nFrom b\r\ny\r\n", 4)
@example(b"abcde\nFrom y\n\n", 5)  # the rest of a cut line is no empty line
@LOOSE
def test_size_of_reads_is_invisible(tmp_path, monkeypatch, junk, size):
    """However the lines of a mailbox are cut for reading, the same messages are in it."""
    path = tmp_path / "box"
    path.write_bytes(b"From x\n" + junk)
    with path.open("rb") as file:
        whole = list(messages(file))
    with monkeypatch.context() as patch, path.open("rb") as file:
        patch.setattr("outfall.replay.mbox.MAX_LINE", max(5, size))
        pieces = list(messages(file))

    assert whole == pieces


def test_from_line_within_a_paragraph_begins_nothing():
    """Only after an empty line does a message begin; other "From " lines are text."""
    import io

    box = b"From x\nSubject: a\n\ntext\nFrom here on\n\nFrom y\nSubject: b\n\n"

    assert 2 == len(list(messages(io.BytesIO(box))))


@pytest.mark.parametrize(
    "stored, true",
    [(b">From a\n", b"From a\n"), (b">>From a\n", b">From a\n"), (b"x >From\n", b"x >From\n")],
)
def test_one_escape_is_taken_away(stored, true):
    """A mailbox writes one ">" more than there was."""
    assert true == unescape(stored)


# ------------------------------------------------------------------ folders and files


def test_maildir_is_read_but_for_its_unfinished_mail(tmp_path):
    """new and cur are read; tmp holds mail that is still being written."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1:2,S").write_bytes(letter(name))

    assert {"new", "cur"} == set(subjects(find_sources([tmp_path])))


def test_messages_come_in_the_order_of_their_time(tmp_path):
    """Order is by the time in the messages, not by the names of the files."""
    for name, hour in [("a.eml", 12), ("b.eml", 9), ("c.eml", 15)]:
        (tmp_path / name).write_bytes(letter(name, f"Tue, 03 Mar 2026 {hour:02}:00:00 +0000"))

    assert ["b.eml", "a.eml", "c.eml"] == subjects(find_sources([tmp_path]))


def test_without_times_the_order_of_the_source_stays(tmp_path):
    """A message that tells no time follows the one before it."""
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(letter(name, date="never"))

    assert ["a", "b", "c"] == subjects(find_sources([tmp_path]))


def test_message_without_time_stays_behind_the_one_before(tmp_path):
    """Between messages with times, one without keeps its neighbour."""
    (tmp_path / "a").write_bytes(letter("a", "Tue, 03 Mar 2026 10:00:00 +0000"))
    (tmp_path / "b").write_bytes(letter("b", date="never"))
    (tmp_path / "c").write_bytes(letter("c", "Tue, 03 Mar 2026 09:00:00 +0000"))

    assert ["c", "a", "b"] == subjects(find_sources([tmp_path]))


def test_mailbox_is_loaded_unescaped_and_with_its_envelope(tmp_path):
    """A message out of a mailbox is as it was before, and its header makes its envelope."""
    path = tmp_path / "box"
    path.write_bytes(b"From x\n" + letter("a", body=">From me\n"))
    [source] = find_sources([path]).messages
    raw, envelope = source.load()

    assert raw.endswith(b"\n\nFrom me\n")
    assert ("b@y.example",) == envelope.recipients


def test_mailboxes_in_a_folder_are_taken_apart(tmp_path):
    """A file with a "From " line is a mailbox wherever it lies, and its line is no header."""
    (tmp_path / "one").write_bytes(b"From x\n" + letter("a") + b"\nFrom y\n" + letter("b"))
    found = find_sources([tmp_path])

    assert {"a", "b"} == set(subjects(found))
    assert [("b@y.example",)] * 2 == [source.load()[1].recipients for source in found.messages]


def test_empty_files_are_empty_mailboxes(tmp_path):
    """A mailbox that nothing has come to holds no message, not an empty one."""
    (tmp_path / "sent").touch()

    assert [] == find_sources([tmp_path, tmp_path / "sent"]).messages


def test_packed_mailbox_is_refused(tmp_path):
    """A mailbox packed with gzip is not taken for a message of no words."""
    path = tmp_path / "sent.mbox.gz"
    path.write_bytes(gzip.compress(b"From a\n\nhello\n"))

    with pytest.raises(SourceError, match="unpack it first"):
        find_sources([path])


def test_hidden_files_are_not_mail(tmp_path):
    """What a folder hides (indexes, half-written files) is not read."""
    (tmp_path / ".index").write_bytes(letter("hidden"))
    (tmp_path / "real").write_bytes(letter("real"))

    assert ["real"] == subjects(find_sources([tmp_path]))


def test_links_out_of_a_folder_are_not_followed(tmp_path):
    """A symbolic link in a folder of mail is not mail."""
    inside = tmp_path / "mail"
    inside.mkdir()
    (tmp_path / "secret").write_bytes(letter("secret"))
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "real").write_bytes(letter("real"))

    assert ["real"] == subjects(find_sources([inside]))


def test_file_that_shrinks_is_refused(tmp_path):
    """A message that is no longer where it was is an error of that message."""
    path = tmp_path / "box"
    path.write_bytes(b"From x\n" + letter("a"))
    [source] = find_sources([path]).messages
    path.write_bytes(b"From x\n")

    with pytest.raises(SourceError, match="shorter"):
        source.load()


def test_missing_source_names_itself(tmp_path):
    """A source that cannot be read is a sentence with its name."""
    with pytest.raises(SourceError, match="nowhere"):
        find_sources([tmp_path / "nowhere"])


def test_too_many_messages_are_refused(tmp_path, monkeypatch):
    """The list of messages is bounded, and the refusal says what to do."""
    monkeypatch.setattr(module, "MAX_MESSAGES", 2)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(letter(name))

    with pytest.raises(SourceError, match="in parts"):
        find_sources([tmp_path])


def test_message_over_the_limit_is_skipped_and_counted(tmp_path, monkeypatch):
    """An endless message costs itself, not the run."""
    (tmp_path / "a").write_bytes(letter("a"))
    (tmp_path / "b").write_bytes(letter("b", body="x" * 500))
    monkeypatch.setattr(module, "MAX_MESSAGE", 300)
    found = find_sources([tmp_path])

    assert (["a"], 1) == (subjects(found), found.skipped)


# ------------------------------------------------------------------ JSON lines


def named(tmp_path, *lines):
    """A file of JSON lines beside some mail."""
    (tmp_path / "a.eml").write_bytes(letter("a"))
    (tmp_path / "messages.bin").write_bytes(letter("x") + letter("y"))
    path = tmp_path / "day.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return find_sources([path])


def test_line_brings_its_envelope(tmp_path):
    """What a line says of the envelope is what the engine gets; the header is not asked."""
    told = {"mail_from": "", "recipients": ["c@z.example"], "client_ip": "192.0.2.7",
            "account": "alice", "helo": "pc", "local": True, "tenant": "t"}  # fmt: skip
    [source] = named(tmp_path, {"file": "a.eml", "at": 5.0, **told}).messages
    envelope = source.load()[1]

    assert 5.0 == source.at
    assert told == {
        name: list(value) if name == "recipients" else value
        for name in told
        if (value := getattr(envelope, name)) is not None
    }


def test_line_may_name_a_piece_of_a_file(tmp_path):
    """An offset and a length mean messages.bin, or the blob that is named."""
    half = len(letter("x"))
    found = named(
        tmp_path,
        {"offset": half, "length": half, "at": 2},
        {"blob": "messages.bin", "offset": 0, "length": half, "at": 1},
    )

    assert ["x", "y"] == subjects(found)


@pytest.mark.parametrize(
    "line",
    [
        {"file": "../secret"},
        {"file": "/etc/passwd"},
        {"file": "none.eml"},
        {"file": 7},
        {"file": "a.eml", "at": "soon"},
        {"file": "a.eml", "at": float("inf")},
        {"file": "a.eml", "recipients": "b@y.example"},
        {"file": "a.eml", "account": ["alice"]},
        {"file": "a.eml", "account": "x" * 2_000},
        {"file": "a.eml", "account": "\ud800"},
        {"offset": 10**9, "length": 1},
        {"offset": -1, "length": 1},
        {"offset": 0, "length": 10**9},
        {"offset": True, "length": 1},
        {"at": 1.0},
        [],
        "text",
    ],
    ids=str,
)
def test_line_that_is_not_as_described_is_skipped(tmp_path, line):
    """A wrong line is counted and costs nothing else; no path leads out of the folder."""
    (tmp_path.parent / "secret").write_bytes(letter("secret"))
    found = named(tmp_path, line, {"file": "a.eml"})

    assert (["a"], 1) == (subjects(found), found.skipped)


@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"recipients": ["\\ud800"]}')
@LOOSE
def test_no_line_raises(tmp_path, line):
    """Whatever a line holds, it is read or it is None."""
    read_named(tmp_path, line)


# ------------------------------------------------------------------ headers


def test_envelope_is_guessed_from_the_header():
    """Without an envelope the header's own words are taken, as the module says."""
    raw = (
        b"Return-Path: <a@x.example>\r\n"
        b"Received: from mx by mx2; Tue, 03 Mar 2026 10:00:05 +0000\r\n"
        b"Received: from pc (pc.example [192.0.2.7])\r\n\tby mx; Tue, 03 Mar 2026 10:00 +0000\r\n"
        b"From: Other <o@x.example>\r\nTo: B <b@y.example>, c@y.example\r\nCc: b@y.example\r\n"
        b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nx"
    )
    at, envelope = derive(raw)

    assert 1772532005.0 == at
    assert ("a@x.example", ("b@y.example", "c@y.example")) == (
        envelope.mail_from,
        envelope.recipients,
    )
    assert ("192.0.2.7", "pc") == (envelope.client_ip, envelope.helo)


def test_bounce_has_the_null_sender():
    """An empty Return-Path is the null sender, not an unknown one and not the author."""
    raw = b"Return-Path: <>\nFrom: mailer-daemon@x.example\n\nx"

    assert "" == derive(raw)[1].mail_from


def test_webmail_tells_where_it_was_written():
    """X-Originating-IP is nearer to the writer than the first hop."""
    raw = b"Received: from x [192.0.2.7] by y; z\nX-Originating-IP: [2001:db8::7]\n\nx"

    assert "2001:db8::7" == derive(raw)[1].client_ip


@pytest.mark.parametrize(
    "date", ["", "never", "Mon, 01 Jan 1900 00:00:00 +0000", "1 Jan 9999 00:00 +0"]
)
def test_impossible_date_is_no_date(date):
    """A date nobody can have written at is not believed."""
    assert derive(f"Date: {date}\n\nx".encode())[0] is None


FRAGMENTS = st.sampled_from(
    [b"To: ", b"From: ", b"Received: ", b"Date: ", b"X-Originating-IP: ", b"\n", b"\r\n", b"\n ",
     b"<", b">", b"a@b", b",", b"(", b'"', b";", b"[", b"]", b"\\", b":", b"=?utf-8?b?", b"\xff",
     b"\0"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=300), st.lists(FRAGMENTS, max_size=40).map(b"".join)))
@example(b"To: " + b"(" * 50_000 + b"\n\n")
@example(b"To: " + b'"' * 50_001 + b"\n\n")
@settings(deadline=None)
def test_no_header_raises(raw):
    """Whatever a message holds, an envelope comes out that is text."""
    at, envelope = derive(raw)
    for text in [*envelope.recipients, envelope.mail_from or "", envelope.helo or ""]:
        text.encode()

    assert at is None or at > 0


@given(st.text(max_size=150))
def test_inert_text_is_printable_and_short(text):
    """What is shown of hostile mail has no control characters and one line."""
    shown = inert(text, 20)

    assert shown.isprintable()
    assert "\n" not in shown


def test_inert_text_shows_what_it_hides():
    """A character that turns the direction of writing is shown as its number."""
    assert "a\\u202eb\\x1b[2J" == inert("a\u202eb\x1b[2J")
