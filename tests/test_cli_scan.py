"""`outfall scan`: its answers, its exit status, and what hostile mail can do to a terminal."""

import dataclasses
import json

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from outfall.cli.message import MAX_MESSAGE, Asked
from outfall.cli.scan import scan
from outfall.cli.show import verdict_table
from outfall.config import EngineSettings
from outfall.engine import Engine
from outfall.errors import SnapshotError, SourceError
from outfall.model import Category, Envelope, Evidence, Sender, SenderKind, Verdict

MESSAGE = (
    b"From: a@example.net\r\nTo: b@example.org, C <c@example.org>\r\nSubject: x\r\n\r\nHello\r\n"
)


def invoke(*words, message=MESSAGE):
    return CliRunner().invoke(scan, [*words, "-"], input=message, standalone_mode=False)


def test_json_is_one_object():
    """--json prints the verdict as one object and nothing else."""
    answer = json.loads(invoke("--json", "--account", "alice").output)

    assert "clean" == answer["category"]
    assert {"kind": "account", "id": "alice"} == answer["sender"]
    assert {"score", "evidence", "alerts", "reference", "channel"} < set(answer)


def test_the_table_is_for_people(tmp_path):
    """Without --json there are words: category, sender, reference."""
    path = tmp_path / "odd.eml"
    path.write_bytes(MESSAGE)
    output = CliRunner().invoke(scan, [str(path), "--client-ip", "192.0.2.7"]).output

    assert "category   clean" in output and "ip 192.0.2.7" in output


@pytest.mark.parametrize("address", ["1.2.3", "pc.example", ""])
def test_what_is_no_address_is_refused(address):
    """A slip in --client-ip is told of, and not judged as a sender of that name."""
    done = invoke("--client-ip", address)

    assert isinstance(done.exception, click.BadParameter)


@pytest.mark.parametrize(
    "category, status",
    [("clean", 0), ("suspect", 0), ("bulk", 1), ("spam", 1), ("phishing", 1), ("malware", 1)],
)
def test_exit_status_answers(category, status, monkeypatch):
    """A shell can branch on the answer: what would pass is 0, what would not is 1."""
    verdict = Verdict(Category(category), 1.0, (), Sender(SenderKind.IP, ""), (), "K7Q2")
    monkeypatch.setattr(Asked, "judge", lambda self, engine: verdict)

    assert status == CliRunner().invoke(scan, ["-"], input=MESSAGE).exit_code


def test_state_is_used_and_not_changed(tmp_path):
    """With --state the engine remembers what the daemon does, and the snapshot stays as it is."""
    engine = Engine(EngineSettings(memory="64 MiB"))
    engine.snapshot(tmp_path / "engine.snapshot")
    before = (tmp_path / "engine.snapshot").read_bytes()

    assert "clean" == json.loads(invoke("--json", "--state", str(tmp_path)).output)["category"]
    assert before == (tmp_path / "engine.snapshot").read_bytes()


def test_a_missing_or_damaged_snapshot_is_refused(tmp_path):
    """A state that cannot be used is an error, not a verdict without memory."""
    (tmp_path / "damaged").write_bytes(b"nothing")

    assert isinstance(invoke("--state", str(tmp_path)).exception, SnapshotError)
    assert isinstance(invoke("--state", str(tmp_path / "damaged")).exception, SnapshotError)


def test_the_envelope_comes_from_the_header_where_nothing_is_said(tmp_path):
    """From, To and Cc stand in for what no option gives; options win."""
    path = tmp_path / "odd.eml"
    path.write_bytes(MESSAGE)

    assert Envelope(["b@example.org", "c@example.org"], mail_from="a@example.net") == (
        Asked.of(str(path), None, (), None, None).envelope
    )
    assert Envelope(("d@example.org",), mail_from="", account="alice", client_ip="192.0.2.7") == (
        Asked.of(str(path), "", ("d@example.org",), "alice", "192.0.2.7").envelope
    )


@given(st.binary(max_size=300))
def test_any_bytes_get_a_verdict(tmp_path_factory, content):
    """No bytes make it fail, whatever the header claims."""
    path = tmp_path_factory.getbasetemp() / "any.eml"
    path.write_bytes(b"From: " + content + b"\nTo: " + content + b"\n\n")
    asked = Asked.of(str(path), None, (), None, None)

    assert all(isinstance(one, str) for one in asked.envelope.recipients)


def test_what_is_over_the_limit_is_refused(tmp_path):
    """A message that the daemon would pass unseen is said to be one."""
    path = tmp_path / "large.eml"
    with path.open("wb") as file:
        file.truncate(MAX_MESSAGE + 1)
    with pytest.raises(SourceError, match="the daemon passes it unseen"):
        Asked.of(str(path), None, (), None, None)


def test_a_terminal_gets_printable_text_only():
    """Escape sequences and markup in a sender or in evidence are shown, not obeyed."""
    hostile = "\x1b]0;x\x07[red]\u202e"
    verdict = Verdict(
        Category.SPAM,
        9.0,
        (Evidence("links", 9.0, hostile),),
        Sender(SenderKind.ACCOUNT, hostile),
        (),
        "K7Q2",
    )
    console = Console(width=200, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(verdict_table(dataclasses.asdict(verdict)))

    assert "\x1b]" not in capture.get() and "\u202e" not in capture.get()
    assert 2 == capture.get().count("\\x1b]0;x\\x07[red]\\u202e")
