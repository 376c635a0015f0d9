"""
The milter server: listeners, what they share, and a graceful end.

Main type: `MilterServer`.  What holds: connections over the limit are closed at once; silent ones
by their deadline; memory stays within its budget (`budget`); `drain` answers what is in flight.
Not here: one connection (`connection`), decisions (`gate`, passed in as `decide`).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from ...config import Address, ListenerSettings
from ...errors import UsageError
from ...model import Decision, Envelope
from .budget import Budget
from .connection import MilterConnection
from .limits import MilterCounters, MilterLimits
from .listening import BACKLOG, bind, bound_address, inode, remove_socket_file

__all__ = ["Decide", "MilterServer"]

log = structlog.get_logger("outfall.serve.milter")

# (message, envelope, local) -> decision.  It should never raise and has its own deadline.
Decide = Callable[[bytes, Envelope, bool], Awaitable[Decision]]

# The log says so at most this often, in seconds, when connections are refused.
REFUSAL_LOG_INTERVAL = 60.0


class MilterServer:
    """
    A milter on any number of sockets.  Make it within a running event loop.

    Header fields whose names begin with `header_prefix` and a hyphen are ours alone: copies that
    come with a message are deleted.

        server = MilterServer(decide, limits=MilterLimits(), counters=MilterCounters())
        await server.listen(ListenerSettings(address=Address.parse("inet:127.0.0.1:6785")))
        ...
        server.use(other_decide)        # at a reload: for messages that end from now on
        await server.drain(10.0)
    """

    def __init__(
        self,
        decide: Decide,
        *,
        limits: MilterLimits | None = None,
        counters: MilterCounters | None = None,
        header_prefix: str = "X-Outfall",
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.decide = decide
        self.limits = limits or MilterLimits()
        self.counters = counters or MilterCounters()
        self.header_prefix = header_prefix
        self.budget = Budget(self.limits.held_bytes)
        self.draining = False
        self._listeners: dict[Address, asyncio.Server] = {}
        self._socket_files: dict[Path, int] = {}
        self._connections: set[MilterConnection] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._refusal_logged_at = -REFUSAL_LOG_INTERVAL
        self._last_stall_check = self.loop.time()
        self._sweeping: asyncio.TimerHandle | None = None

    async def listen(self, listener: ListenerSettings) -> Address:
        """Listen there too; return the address with the true port.  SettingsError if it cannot."""
        if self.draining:
            raise UsageError("the server is being drained: make a new one")
        listening = bind(listener)
        address = bound_address(listening)
        is_unix = listening.family == socket.AF_UNIX
        if is_unix:
            self._socket_files[Path(address.host)] = inode(Path(address.host))
        create = self.loop.create_unix_server if is_unix else self.loop.create_server
        self._listeners[address] = await create(
            lambda: MilterConnection(self, local=listener.local), sock=listening, backlog=BACKLOG
        )
        if self._sweeping is None:
            self._sweep()
        return address

    def stop_listening(self, address: Address) -> None:
        """
        Take no new connections there; `address` is what `listen` returned.

        Those that are open stay until the MTA is done with them.
        """
        self._listeners.pop(address).close()
        if address.kind == "unix":
            path = Path(address.host)
            remove_socket_file(path, self._socket_files.pop(path))

    def use(
        self,
        decide: Decide,
        limits: MilterLimits | None = None,
        header_prefix: str | None = None,
    ) -> None:
        """
        Take other settings: `decide` for messages that end from now on, `limits` at once.

        Limits within a message, and the prefix, hold for connections that open from now on.
        """
        self.decide = decide
        self.header_prefix = header_prefix or self.header_prefix
        if limits is not None:
            self.limits = limits
            self.budget.limit = limits.held_bytes

    async def drain(self, seconds: float) -> None:
        """
        Stop: take no connections, close those between messages, let messages in flight finish.

        Returns when the last connection is gone, after `seconds` at the latest; what is then still
        in flight is cut off, and the MTA does with it what its default action says.
        """
        self.draining = True
        self._stop_listening()
        for connection in tuple(self._connections):
            if not connection.in_message:
                connection.close()
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            self._cut_off_the_rest()

    # -------------------------------------------------------------- from the connections

    def admit(self, connection: MilterConnection) -> bool:
        """Take in a new connection, or say no."""
        if len(self._connections) >= self.limits.connections or self.draining:
            self._refuse(connection)
            return False
        self._connections.add(connection)
        self._empty.clear()
        self.counters.connections += 1
        self.counters.connections_open = len(self._connections)
        self.budget.join(connection)
        return True

    def forget(self, connection: MilterConnection) -> None:
        """Let a connection go that is closed."""
        self._connections.discard(connection)
        self.counters.connections_open = len(self._connections)
        self.budget.leave(connection)
        if not self._connections:
            self._empty.set()

    # -------------------------------------------------------------- how

    def _refuse(self, connection: MilterConnection) -> None:
        self.counters.connections_refused += 1
        now = self.loop.time()
        if now - self._refusal_logged_at >= REFUSAL_LOG_INTERVAL:
            self._refusal_logged_at = now
            log.warning(
                "milter connections refused: the MTA takes its default action",
                limit=self.limits.connections,
                refused=self.counters.connections_refused,
                peer=connection.peer,
            )

    def _sweep(self) -> None:
        limits, now = self.limits, self.loop.time()
        for connection in tuple(self._connections):
            silent = 0.0 if connection.waits_for_us else now - connection.last_heard
            allowed = limits.idle_seconds if connection.agreed else limits.opening_seconds
            if silent > allowed:
                self.counters.idle_closed += 1
                connection.close(f"nothing came for {silent:.0f} s")
        if now - self._last_stall_check >= limits.stall_seconds:
            self._last_stall_check = now
            self._close_laggard()
        self.counters.held_bytes = self.budget.total
        shortest = min(limits.idle_seconds, limits.opening_seconds, limits.stall_seconds)
        self._sweeping = self.loop.call_later(min(5.0, shortest / 4), self._sweep)

    def _close_laggard(self) -> None:
        laggard = self.budget.laggard()
        if isinstance(laggard, MilterConnection):
            self.counters.starved += 1
            laggard.close("it brings too little while memory is short")

    def _stop_listening(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        for path, number in self._socket_files.items():
            remove_socket_file(path, number)
        self._listeners.clear()
        self._socket_files.clear()
        if self._sweeping is not None:
            self._sweeping.cancel()

    def _cut_off_the_rest(self) -> None:
        for connection in tuple(self._connections):
            self.counters.cut_off += connection.in_message
            connection.cut_off()
        log.warning("milter messages in flight were cut off", messages=self.counters.cut_off)
