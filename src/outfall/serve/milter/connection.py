"""
One MTA's connection: an asyncio protocol around `wire.milter.FilterSession`.

Main type: `MilterConnection`.  What holds: many packets in one read make one write; a message is
answered exactly once, by its decision, or by letting it pass where none came in time; nothing a
peer sends raises out of here.
Not here: the limits over all connections (`server`, `budget`).
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, cast

import structlog

from ...errors import UsageError
from ...model import Decision
from ...wire.milter import Aborted, Ended, EndOfMessage, Event, FilterSession, MilterError, TooLarge

if TYPE_CHECKING:
    from .server import MilterServer

__all__ = ["MilterConnection"]

log = structlog.get_logger("outfall.serve.milter")


# Postfix writes a message in two goes, from two processes, and since we agreed to answer nothing
# in between, its kernel holds the second back until ours acknowledges the first (RFC 896), which
# ours puts off (RFC 1122, 4.2.3.2): 44 ms a message, measured.  So acknowledge at once, where the
# kernel can (Linux); it forgets that by itself, so after each read.
TCP_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class MilterConnection(asyncio.Protocol):
    """The state of one connection; made by the server's listeners."""

    def __init__(self, server: MilterServer, *, local: bool) -> None:
        self._server = server
        self._local = local
        self._session = FilterSession(
            server.limits.message, local=local, header_prefix=server.header_prefix
        )
        self._transport: asyncio.Transport | None = None
        self._tcp: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._progress: asyncio.TimerHandle | None = None
        self._asked_at = 0.0
        self._slow_reader = False
        self._memory_is_short = False
        self.heard = 0  # bytes, for the budget
        self.last_heard = server.loop.time()

    # -------------------------------------------------------------- from asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the others, or be closed at once if there are too many."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        connected = transport.get_extra_info("socket")
        if TCP_QUICKACK is not None and connected.family != socket.AF_UNIX:
            self._tcp = connected
        if not self._server.admit(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take in what came and answer what can be answered."""
        self.heard += len(data)
        self.last_heard = self._server.loop.time()
        self._acknowledge()
        self._advance(data)

    def _acknowledge(self) -> None:
        if self._tcp is not None and TCP_QUICKACK is not None:
            self._tcp.setsockopt(socket.IPPROTO_TCP, TCP_QUICKACK, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave; a decision under way is let come to its end, as it may have been counted."""
        self._stop_progress()
        if self._task is None and self._session.in_message:
            self._server.counters.aborted += 1
        self._transport = None
        self._server.forget(self)

    def pause_writing(self) -> None:
        """The peer does not read: neither do we, until it does."""
        self._slow_reader = True
        self._apply_pauses()

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._slow_reader = False
        self._apply_pauses()

    # -------------------------------------------------------------- from the server and its budget

    @property
    def deciding(self) -> bool:
        """Whether a message waits for its decision."""
        return self._session.deciding

    @property
    def in_message(self) -> bool:
        """Whether a message has begun and is not answered."""
        return self._session.in_message

    @property
    def agreed(self) -> bool:
        """Whether the MTA has said which protocol it speaks."""
        return self._session.agreement.version > 0

    @property
    def waits_for_us(self) -> bool:
        """Whether it is our turn, so that silence is not the peer's fault."""
        return self._memory_is_short or self._session.deciding

    @property
    def peer(self) -> str:
        """Who is at the other end, for the log."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return f"{name[0]}:{name[1]}" if isinstance(name, tuple) else "unix"

    def pause(self) -> None:
        """Read no more for now: memory is short."""
        self._memory_is_short = True
        self._apply_pauses()

    def resume(self) -> None:
        """Read again."""
        self._memory_is_short = False
        self.last_heard = self._server.loop.time()
        self._apply_pauses()

    def close(self, reason: str = "") -> None:
        """Hang up after what was written has gone out; a reason is logged."""
        if self._transport is None or self._transport.is_closing():
            return
        if reason:
            log.warning("milter connection closed", reason=reason, peer=self.peer)
        self._transport.close()

    def cut_off(self) -> None:
        """Hang up at once, whatever is under way."""
        if self._task:
            self._task.cancel()
        if self._transport:
            self._transport.abort()

    # -------------------------------------------------------------- messages

    def _advance(self, data: bytes = b"") -> None:
        session, ending = self._session, ""
        try:
            session.feed(data)
            while (event := session.next()) is not None:
                self._handle(event)
        except MilterError as error:
            self._server.counters.protocol_errors[error.kind] += 1
            ending = f"protocol error: {error}"
        if self._transport is not None and (output := session.take_output()):
            self._transport.write(output)
        self._server.budget.change(self, session.held)
        if ending or session.ended or (self._server.draining and not session.in_message):
            self.close(ending)

    def _handle(self, event: Event) -> None:
        counters = self._server.counters
        match event:
            case EndOfMessage():
                counters.messages += 1
                counters.message_bytes += len(event.message)
                self._ask(event)
            case Aborted():
                counters.aborted += 1
            case TooLarge():
                counters.too_large += 1
                log.warning(
                    "message passed unread, as it is over the size limit",
                    size=event.size,
                    queue_id=event.envelope.queue_id,
                    account=event.envelope.account,
                )
            case Ended():
                pass  # closed once what is owed has been written

    def _ask(self, event: EndOfMessage) -> None:
        loop = self._server.loop
        self._asked_at = loop.time()
        self._task = loop.create_task(self._decide(event))
        self._progress = loop.call_later(self._server.limits.progress_seconds, self._tell_progress)

    async def _decide(self, event: EndOfMessage) -> None:
        decision: Decision | None = None
        try:
            decision = await self._server.decide(event.message, event.envelope, self._local)
        except Exception:
            log.exception("no decision: message passed", queue_id=event.envelope.queue_id)
        if self._task is asyncio.current_task():  # else it was given up waiting for
            self._answer(decision)

    def _answer(self, decision: Decision | None) -> None:
        self._task = None
        self._stop_progress()
        if self._transport is None:
            self._server.counters.unanswered += 1
            return
        if decision is None or not self._carry_out(decision):
            self._server.counters.undecided += 1
            self._session.pass_unread()
        self._advance()

    def _carry_out(self, decision: Decision) -> bool:
        try:
            self._session.answer(decision)
        except UsageError:
            log.exception("decision cannot be told to the MTA: message passed")
            return False
        return True

    def _tell_progress(self) -> None:
        limits = self._server.limits
        if self._server.loop.time() - self._asked_at >= limits.decision_seconds and self._task:
            log.error("no decision in time: message passed", seconds=limits.decision_seconds)
            self._task.cancel()
            self._answer(None)
            return
        self._session.progress()
        if self._transport is not None:
            self._transport.write(self._session.take_output())
        self._progress = self._server.loop.call_later(limits.progress_seconds, self._tell_progress)

    def _stop_progress(self) -> None:
        if self._progress is not None:
            self._progress.cancel()
            self._progress = None

    def _apply_pauses(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        # Both calls are harmless when repeated.
        if self._slow_reader or self._memory_is_short:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
