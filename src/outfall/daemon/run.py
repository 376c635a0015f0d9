"""
The daemon: what `outfall serve` starts, reloads and stops.

Main types: `Daemon`, which runs on an event loop that is there, and `run`, which makes one and
listens to signals.

What holds:

* It is ready (systemd is told) when every listener is open, and not before.
* SIGHUP takes the file anew; settings that are refused, or a listener that cannot be opened, leave
  the old ones in force, and the log says why.
* SIGTERM and SIGINT let messages in flight finish, write a snapshot and end with status 0; a second
  one ends the process at once.
* What cannot start ends in one `SettingsError`.

Not here: the way of a message (`gate`), sockets (`serve`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvloop

from ..config import EngineSettings, Loaded
from ..engine import Engine
from ..errors import SettingsError
from ..gate import Gate, GateCounters
from ..model import Decision, Envelope
from ..serve.http import HttpServer, Sources
from ..serve.milter import MilterCounters, MilterLimits, MilterServer
from . import notify
from .listeners import Listeners
from .log import LineWriter, configure
from .metrics import DaemonCollector
from .state import Keeper, restored, state_directory

__all__ = ["Daemon", "run"]

# Beside connections: logs, snapshot, libraries, HTTP clients.
SPARE_DESCRIPTORS = 128

# A second signal means that somebody has no time; nothing is finished then.
ENDED_AT_ONCE = 1

# Takes the file anew; the same callable as at the start.
Read = Callable[[], Loaded]

# From the state directory, the settings and the log to an engine; tests bring one with faults.
BringEngine = Callable[[Path | None, EngineSettings, Any], Engine]


def run(read: Read) -> None:
    """Run until a signal ends it; raise `SettingsError` if it cannot start."""
    loaded = read()
    writer = LineWriter()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            stuck = runner.run(_serve(loaded, read, writer))
    finally:
        writer.close()
    if stuck:
        # Python would wait for threads that the engine does not give back.
        os._exit(0)


async def _serve(loaded: Loaded, read: Read, writer: LineWriter) -> int:
    """From start to stop; the number of threads that are still stuck in the engine."""
    daemon = Daemon(loaded, writer)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        reloads.add(task := loop.create_task(daemon.reload(read)))
        task.add_done_callback(reloads.discard)

    def end() -> None:
        if stop.is_set():
            writer.close()
            os._exit(ENDED_AT_ONCE)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        await daemon.start()
        await stop.wait()
    finally:
        await daemon.stop()
    return daemon.gate.stuck


class Daemon:
    """All parts together.  Make it within a running event loop; `start`, `reload`, `stop`."""

    def __init__(
        self, loaded: Loaded, writer: LineWriter, bring_engine: BringEngine = restored
    ) -> None:
        self.settings = loaded.settings
        self.status = "starting"
        self._writer = writer
        self._log = self._configured_log(loaded)
        directory = state_directory(self.settings.state)
        self.engine = bring_engine(directory, self.settings.engine, self._log)
        self.gate = Gate(self.engine, self.settings, counters=GateCounters(), log=self._log)
        self.keeper = Keeper(
            self.engine, self.gate, directory, self.settings.state.snapshot_interval
        )
        milter_counters = MilterCounters()
        self.milter = MilterServer(
            self._decide,
            limits=MilterLimits.of(self.settings.milter),
            counters=milter_counters,
            header_prefix=self.settings.actions.header_prefix,
        )
        self.listeners = Listeners(self.milter)
        self._collector = DaemonCollector(
            version("outfall"), self.engine, milter_counters, self.keeper, writer
        )
        registry = self.gate.counters.registry
        registry.register(self._collector)
        self.http = HttpServer(Sources(registry, self.engine.explain, self.health))
        self._reloading = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open everything, then say that it is ready."""
        _raise_descriptor_limit(self.settings.milter.connections, self._log)
        if self.settings.http.enabled:
            address = await self.http.listen(self.settings.http.listen)
            self._log.info("listening", what="http", address=str(address))
        await self.listeners.change_to(self.settings.milter.listeners)
        self._tell_listeners()
        self._tasks = [
            asyncio.create_task(self.keeper.run()),
            asyncio.create_task(_keep_watchdog_quiet()),
        ]
        self.status = "ok"
        self._log.info(
            "ready", version=self._collector.version, mode=str(self.settings.actions.mode)
        )
        notify.notify("READY=1", f"STATUS=Serving, mode {self.settings.actions.mode}")

    async def reload(self, read: Read) -> None:
        """Take other settings, or keep the old ones and say why."""
        async with self._reloading:
            if self.status != "ok":
                return  # the file was read a moment ago, or is not needed any more
            notify.notify(*notify.reloading())
            try:
                loaded = read()
                await self.listeners.change_to(loaded.settings.milter.listeners)
            except SettingsError as refusal:
                self._collector.failed_reloads += 1
                self._log.error("reload refused, old settings stay", reason=str(refusal))
            else:
                self._use(loaded)
            notify.notify("READY=1", f"STATUS=Serving, mode {self.settings.actions.mode}")

    async def stop(self) -> None:
        """Let messages in flight finish, write a snapshot, close; also after half a start."""
        was_serving, self.status = self.status == "ok", "draining"
        notify.notify("STOPPING=1", "STATUS=Finishing messages in flight")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.milter.drain(self.settings.milter.drain)
        await self.http.close()
        if was_serving:  # else it may be another daemon's state that this one found in use
            await self.keeper.snapshot()
        self.gate.close()
        self._log.info("stopped")

    def health(self) -> dict[str, Any]:
        """What /healthz says; the status "ok" is a 200, anything else a 503."""
        failing = self.status == "ok" and self.gate.failing
        return {
            "status": "failing" if failing else self.status,
            "mode": str(self.settings.actions.mode),
            "version": self._collector.version,
            "connections": self.milter.counters.connections_open,
        }

    # -------------------------------------------------------------- how

    async def _decide(self, message: bytes, envelope: Envelope, local: bool) -> Decision:
        return await self.gate.decide(message, envelope, local=local, at=time.time())

    def _use(self, loaded: Loaded) -> None:
        old, self.settings = self.settings, loaded.settings
        self._log = self._configured_log(loaded)
        self.gate.reload(self.settings, self._log)
        limits, prefix = MilterLimits.of(self.settings.milter), self.settings.actions.header_prefix
        self.milter.use(self._decide, limits, prefix)
        self.keeper.interval = self.settings.state.snapshot_interval
        self._tell_listeners()
        waiting = _needs_restart(old, loaded.settings)
        if waiting:
            self._log.warning("some settings wait for a restart", settings=waiting)
        # Without a file there is nothing to take anew, which an operator may not know.
        self._log.info(
            "reloaded", mode=str(self.settings.actions.mode), file=loaded.name or "none: defaults"
        )

    def _configured_log(self, loaded: Loaded) -> Any:
        """JSON for programs; text for a person who started it by hand and set nothing."""
        settings, is_terminal = loaded.settings.log, sys.stderr.isatty()
        if is_terminal and ("log", "format") not in loaded.lines:
            settings = settings.model_copy(update={"format": "text"})
        return configure(settings, self._writer, colours=is_terminal)

    def _tell_listeners(self) -> None:
        for listener, address in self.listeners.addresses.items():
            self._log.info("listening", what="milter", address=str(address), local=listener.local)
        if sys.stderr.isatty():
            self._log.info("attach Postfix with: " + "; ".join(self._postfix_lines()))

    def _postfix_lines(self) -> list[str]:
        """What to give to postconf, one line for each kind of listener."""
        lines = {
            "non_smtpd_milters" if listener.local else "smtpd_milters": address
            for listener, address in self.listeners.addresses.items()
        }
        return [f"postconf -e {name}={address}" for name, address in sorted(lines.items())]


def _needs_restart(old: Any, new: Any) -> list[str]:
    """The changed settings that only a start takes: what the engine and HTTP were made with."""
    pairs = {
        "engine": (old.engine, new.engine),
        "http": (old.http, new.http),
        "state.directory": (old.state.directory, new.state.directory),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _raise_descriptor_limit(connections: int, log: Any) -> None:
    """Ask the kernel for room for every connection that the settings allow."""
    wanted = connections + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    if hard < wanted:
        log.warning(
            "fewer file descriptors than milter.connections needs", limit=hard, needs=wanted
        )


async def _keep_watchdog_quiet() -> None:
    """Prove to systemd that the event loop turns, if it asks."""
    interval = notify.watchdog_seconds()
    while interval is not None:
        notify.notify("WATCHDOG=1")
        await asyncio.sleep(interval)
