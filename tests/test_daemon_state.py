"""What outlives a restart: a good snapshot is used, a bad one is kept and mail goes on."""

import asyncio

import pytest
from structlog.testing import CapturingLogger

from outfall.config import SNAPSHOT, EngineSettings, Settings, StateSettings
from outfall.daemon.state import Keeper, restored, state_directory
from outfall.engine import Engine
from outfall.errors import SettingsError, SnapshotError
from outfall.gate import Gate
from outfall.model import Envelope

SMALL = EngineSettings(memory="64 MiB")
ENVELOPE = Envelope(["b@example.org"], account="alice")


def events(log):
    return [call.args[0] for call in log.calls]


def keeper_of(engine, directory):
    gate = Gate(engine, Settings(), log=CapturingLogger())
    return Keeper(engine, gate, directory, 60.0), gate


def test_memory_survives_a_restart(tmp_path):
    """What the engine counted before a snapshot it still has after the next start."""
    engine = Engine(SMALL)
    engine.scan(b"Subject: x\r\n\r\nx", ENVELOPE, 1.0)
    keeper, _ = keeper_of(engine, tmp_path)
    asyncio.run(keeper.snapshot())
    log = CapturingLogger()

    assert 1 == restored(tmp_path, SMALL, log).counts().messages
    assert ["snapshot restored"] == events(log)
    assert 0 == keeper.failures
    assert keeper.age is not None


@pytest.mark.parametrize("content", [b"", b"not a snapshot", b"\0" * 5000])
def test_a_refused_snapshot_is_kept_aside(tmp_path, content):
    """A snapshot that cannot be used is renamed, told of loudly, and the daemon starts empty."""
    (tmp_path / SNAPSHOT).write_bytes(content)
    log = CapturingLogger()

    assert 0 == restored(tmp_path, SMALL, log).counts().messages
    assert ["snapshot refused, started with nothing"] == events(log)
    assert "error" == log.calls[0].method_name
    assert content == (tmp_path / (SNAPSHOT + ".refused")).read_bytes()
    assert not (tmp_path / SNAPSHOT).exists()


def test_without_a_directory_it_says_so():
    """Memory only is fine, and the log says what it means."""
    log = CapturingLogger()
    restored(None, SMALL, log)

    assert ["nothing outlives a restart: set state.directory"] == events(log)


def test_a_failed_snapshot_is_counted_and_changes_nothing(tmp_path):
    """A full or missing disk costs a count and a line of the log each time, and no mail."""

    class FullDisk(Engine):
        def snapshot(self, path):
            raise SnapshotError("the disk is full")

    keeper, gate = keeper_of(FullDisk(SMALL), tmp_path)
    asyncio.run(keeper.snapshot())
    decision = asyncio.run(gate.decide(b"", ENVELOPE, local=False, at=1.0))

    assert (1, None) == (keeper.failures, keeper.age)
    assert decision.verdict is not None


def test_the_loop_never_waits_for_a_snapshot(tmp_path):
    """While a snapshot is written, even small mail is scanned off the event loop."""
    seen = []

    class Watching(Engine):
        def snapshot(self, path):
            seen.append(gate._threads_only)

    engine = Watching(SMALL)
    keeper, gate = keeper_of(engine, tmp_path)
    asyncio.run(keeper.snapshot())

    assert [1] == seen
    assert 0 == gate._threads_only


@pytest.mark.parametrize(
    "configured, environment, expected",
    [
        (None, {}, None),
        (None, {"STATE_DIRECTORY": "{}/b:/elsewhere"}, "{}/b"),
        ("{}/a", {"STATE_DIRECTORY": "{}/b"}, "{}/a"),
    ],
)
def test_the_directory(tmp_path, configured, environment, expected):
    """The setting comes first, then the first of systemd's; it is made if it is missing."""
    fill = lambda text: text.format(tmp_path) if text else None  # noqa: E731
    settings = StateSettings(directory=fill(configured))
    environment = {name: fill(value) for name, value in environment.items()}
    found = state_directory(settings, environment)

    assert fill(expected) == (str(found) if found else None)
    assert found is None or found.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_cannot_be_used_stops_the_start(tmp_path):
    """A file in the way, or a missing parent, is a sentence and not a daemon without memory."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "no" / "parent"):
        with pytest.raises(SettingsError, match=r"cannot be used \(.+\): give it to the user"):
            state_directory(StateSettings(directory=path), {})
