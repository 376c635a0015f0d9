"""
What the engine remembers, brought over a restart: restore at the start, snapshots from then on.

Main type: `Keeper`.

What holds: a snapshot is written in a thread, and while it is, the gate scans in threads too, so
that the event loop never waits for the engine's lock.  A message that comes meanwhile waits as
long as the engine takes to copy its memory, and never past its deadline.  A snapshot that cannot
be used is set aside, never overwritten by an empty one.
Not here: the file's form (the engine's).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from ..config import SNAPSHOT, EngineSettings, StateSettings
from ..engine import Engine
from ..errors import SettingsError, SnapshotError
from ..gate import Gate

__all__ = ["Keeper", "restored", "state_directory"]


def state_directory(
    settings: StateSettings, environment: Mapping[str, str] = os.environ
) -> Path | None:
    """The directory set, or systemd's; it is made if need be.  None: memory only."""
    given = settings.directory or environment.get("STATE_DIRECTORY", "").partition(":")[0]
    if not given:
        return None
    directory = Path(given)
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unusable(directory, error.strerror or str(error)) from error
    if not directory.is_dir() or not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise _unusable(directory, "not writable")
    return directory


def restored(directory: Path | None, settings: EngineSettings, log: Any) -> Engine:
    """An engine with what the last snapshot holds, or with nothing; SettingsError if stuck."""
    path = directory / SNAPSHOT if directory else None
    if path is None:
        log.warning("nothing outlives a restart: set state.directory")
        return Engine(settings)
    if not path.exists():
        log.info("no snapshot yet", path=str(path))
        return Engine(settings)
    try:
        engine = Engine.restore(path, settings)
    except SnapshotError as refusal:
        aside = _set_aside(path)
        log.error("snapshot refused, started with nothing", reason=str(refusal), kept=str(aside))
        return Engine(settings)
    counts = engine.counts()
    log.info(
        "snapshot restored", path=str(path), messages=counts.messages, recalled=counts.recalled
    )
    return engine


def _set_aside(path: Path) -> Path:
    """Keep a snapshot that is refused: it may be good for the version that wrote it."""
    aside = path.with_name(path.name + ".refused")
    try:
        path.replace(aside)
    except OSError as error:
        raise _unusable(path.parent, error.strerror or str(error)) from error
    return aside


def _unusable(directory: Path, reason: str) -> SettingsError:
    return SettingsError(
        f"the state directory {directory} cannot be used ({reason}): "
        "give it to the user that outfall runs as, or set another state.directory"
    )


class Keeper:
    """Writes snapshots while it runs, and a last one at the end."""

    def __init__(
        self,
        engine: Engine,
        gate: Gate,
        directory: Path | None,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.interval = interval  # seconds; a reload may change it
        self.failures = 0
        self._engine = engine
        self._gate = gate
        self._path = directory / SNAPSHOT if directory else None
        self._clock = clock
        self._written_at: float | None = None
        self._log = structlog.get_logger()

    @property
    def age(self) -> float | None:
        """Seconds since the last snapshot of this process; None before the first."""
        return None if self._written_at is None else self._clock() - self._written_at

    async def run(self) -> None:
        """Snapshot at each interval until cancelled."""
        while self._path is not None:
            await asyncio.sleep(self.interval)
            await self.snapshot()

    async def snapshot(self) -> None:
        """Write one snapshot; a failure is counted and told, and changes nothing else."""
        if self._path is None:
            return
        try:
            with self._gate.threads_only():
                await asyncio.to_thread(self._engine.snapshot, self._path)
        except Exception as error:
            self.failures += 1
            self._log.error("snapshot failed", reason=str(error), failures=self.failures)
        else:
            self._written_at = self._clock()
