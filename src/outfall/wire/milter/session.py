"""
The filter's side of one milter connection.  Bytes in, events out; no I/O, no clock.

Main types: `FilterSession`, and what it says: `EndOfMessage` (answer it), `TooLarge`, `Aborted`,
`Ended`.  What holds: sequences that are not in `LEGAL` raise `MilterError`; what must
be answered at once is, in `take_output`; after `EndOfMessage` nothing more is read until `answer`.
Not here: sockets and deadlines (`serve.milter`), decisions (`decide`), the MTA's side (`client`).

Postfix sends ABORT after every message, Sendmail only after one that failed; both may send several
messages on a connection, and either ends a message for us.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from ...errors import UsageError
from ...model import Decision, Envelope
from . import replies
from .envelope import Peer, Transaction, envelope
from .limits import MessageLimits
from .macros import Macros
from .message import MessageBuilder
from .negotiation import Actions, Agreement, Offer, Steps, Wishes, agree
from .packets import Command, MilterError, PacketReader, Response, packet

__all__ = ["Aborted", "EndOfMessage", "Ended", "Event", "FilterSession", "TooLarge"]

# What a peer may send while we owe it an answer.  Both MTAs send nothing; an ABORT and a QUIT of
# one that gave up waiting, or a whole next message of a test, find room.
MAX_AHEAD = 256 * 1024

# ------------------------------------------------------------------ events


@dataclass(frozen=True, slots=True)
class EndOfMessage:
    """
    A whole message waits for `FilterSession.answer`.

    `macros` by bare name.  `recipients_total` and `headers_left_out` say what the limits kept
    out of `envelope` and `message`.
    """

    message: bytes
    envelope: Envelope
    macros: Mapping[bytes, bytes]
    recipients_total: int
    headers_left_out: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A message of `size` bytes was over the limit and has been let through unread."""

    envelope: Envelope
    size: int


@dataclass(frozen=True, slots=True)
class Aborted:
    """The MTA gave up a message that had begun."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The MTA says goodbye: close the connection."""


Event = EndOfMessage | TooLarge | Aborted | Ended

# ------------------------------------------------------------------ the machine


class Phase(IntEnum):
    """Where the conversation stands, named by what came last."""

    START = 0
    AGREED = 1
    CONNECTED = 2  # also between messages
    MAIL = 3
    RECIPIENT = 4
    DATA = 5
    HEADERS = 6
    BODY = 7  # the headers are over
    DECIDING = 8
    ENDED = 9


_TO_BODY = {
    Command.HEADER: Phase.HEADERS,
    Command.END_OF_HEADERS: Phase.BODY,
    Command.BODY: Phase.BODY,
    Command.END_OF_MESSAGE: Phase.DECIDING,
}
_IN_SESSION = {
    Command.HELO: Phase.CONNECTED,
    Command.MAIL: Phase.MAIL,
    Command.ABORT: Phase.CONNECTED,
}


def _row(phase: Phase, *rows: Mapping[int, Phase]) -> dict[int, Phase]:
    row = {Command.MACRO: phase, Command.QUIT: Phase.ENDED}
    if phase is not Phase.START:
        row[Command.QUIT_NEW_CONNECTION] = Phase.AGREED
        row[Command.UNKNOWN] = phase
        row[Command.ABORT] = phase
    for more in rows:
        row.update(more)
    return row


# Which command may follow in which phase, and where it leads.  MAIL and HELO within a message
# begin anew, as libmilter has it.
LEGAL: tuple[Mapping[int, Phase], ...] = (
    {Command.NEGOTIATE: Phase.AGREED, Command.QUIT: Phase.ENDED},
    _row(Phase.AGREED, {Command.CONNECT: Phase.CONNECTED}),
    _row(Phase.CONNECTED, _IN_SESSION),
    _row(Phase.MAIL, _IN_SESSION, {Command.RECIPIENT: Phase.RECIPIENT}),
    _row(
        Phase.RECIPIENT,
        _IN_SESSION,
        _TO_BODY,
        {Command.RECIPIENT: Phase.RECIPIENT, Command.DATA: Phase.DATA},
    ),
    _row(Phase.DATA, _IN_SESSION, _TO_BODY),
    _row(Phase.HEADERS, _IN_SESSION, _TO_BODY),
    _row(
        Phase.BODY,
        _IN_SESSION,
        {Command.BODY: Phase.BODY, Command.END_OF_MESSAGE: Phase.DECIDING},
    ),
    {},
    {},
)


class FilterSession:
    """
    The state of one connection.

    `feed` it what arrived, take events with `next` until it says None, send what `take_output`
    returns.  `local` says that the listener serves mail handed in on this host, `header_prefix`
    how the names of our own header fields begin.  After a `MilterError` the session is spent.
    """

    def __init__(
        self,
        limits: MessageLimits | None = None,
        *,
        local: bool = False,
        header_prefix: str = "X-Outfall",
        wishes: Wishes | None = None,
    ) -> None:
        self._limits = limits or MessageLimits()
        self._wishes = wishes or Wishes()
        self._local = local
        self._reader = PacketReader()
        self._output = bytearray()
        self._phase = Phase.START
        self._before = Phase.START  # the phase that the command being handled came in
        self._agreement = Agreement(0, Actions(0), Steps(0), {})
        self._answered: frozenset[int] = frozenset()
        self._macros = Macros()
        self._peer = Peer()
        self._transaction = Transaction("")
        self._message = MessageBuilder(self._limits, header_prefix)
        self._waiting = 0  # bytes of the message that waits for its decision
        self._handlers: Mapping[int, Callable[[bytes], Event | None]] = {
            Command.NEGOTIATE: self._negotiate,
            Command.MACRO: self._macros.store,
            Command.CONNECT: self._connect,
            Command.HELO: self._hello,
            Command.MAIL: self._mail,
            Command.RECIPIENT: self._recipient,
            Command.DATA: _nothing,
            Command.HEADER: self._message.header,
            Command.END_OF_HEADERS: self._message.end_headers,
            Command.BODY: self._message.body,
            Command.END_OF_MESSAGE: self._end_message,
            Command.ABORT: self._abort,
            Command.UNKNOWN: _nothing,
            Command.QUIT: self._quit,
            Command.QUIT_NEW_CONNECTION: self._new_connection,
        }

    # -------------------------------------------------------------- the caller's side

    @property
    def held(self) -> int:
        """How many bytes of the peer's are in memory."""
        return self._reader.buffered + self._message.held + self._transaction.held + self._waiting

    @property
    def agreement(self) -> Agreement:
        """What was agreed on; version 0 until then."""
        return self._agreement

    @property
    def deciding(self) -> bool:
        """Whether a message waits for `answer`."""
        return self._phase is Phase.DECIDING

    @property
    def ended(self) -> bool:
        """Whether the MTA has said goodbye."""
        return self._phase is Phase.ENDED

    @property
    def in_message(self) -> bool:
        """Whether a message has begun and is not answered."""
        return Phase.MAIL <= self._phase <= Phase.DECIDING

    def feed(self, data: bytes) -> None:
        """Add bytes from the peer."""
        self._reader.feed(data)
        if self.deciding and self._reader.buffered > MAX_AHEAD:
            raise MilterError("order", f"over {MAX_AHEAD} bytes came before our answer did")

    def next(self) -> Event | None:
        """Return the oldest event, or None to ask for bytes or for an answer."""
        next_packet, handlers = self._reader.next, self._handlers
        while self._phase < Phase.DECIDING and (found := next_packet()) is not None:
            command, data = found
            following = LEGAL[self._phase].get(command)
            if following is None:
                raise self._out_of_order(command)
            self._before, self._phase = self._phase, following
            event = handlers[command](data)
            if command in self._answered:
                self._output += self._step_answer(command)
            if event is not None:
                return event
        return None

    def answer(self, decision: Decision) -> None:
        """Carry out `decision` on the message that waits."""
        self._finish(replies.answer(decision, self._message.own, self._agreement))

    def pass_unread(self) -> None:
        """Let the message that waits through; for when there is no decision."""
        self._finish(replies.pass_unread(self._message.own, self._agreement))

    def progress(self) -> None:
        """Tell the MTA that we are still at it, so that its read deadline starts anew."""
        if not self.deciding:
            raise UsageError("no message waits for an answer")
        self._output += packet(Response.PROGRESS)

    def take_output(self) -> bytes:
        """Return what is to be sent, once."""
        output = bytes(self._output)
        self._output.clear()
        return output

    # -------------------------------------------------------------- one handler a command

    def _negotiate(self, data: bytes) -> None:
        self._agreement = agree(Offer.parse(data), self._wishes)
        self._answered = self._agreement.answered
        self._output += self._agreement.packet
        if self._agreement.leading_space:
            self._message.expect_leading_space()

    def _connect(self, data: bytes) -> None:
        self._peer.connect(data)

    def _hello(self, data: bytes) -> Event | None:
        self._peer.hello(data)
        return self._abort(b"")

    def _mail(self, data: bytes) -> Event | None:
        given_up = Aborted() if self._before >= Phase.MAIL else None
        self._macros.begin_message()
        self._transaction = Transaction.begin(data)
        if given_up:
            self._message.begin()
        return given_up

    def _recipient(self, data: bytes) -> None:
        self._transaction.recipient(data, self._limits)

    def _end_message(self, data: bytes) -> Event:
        if data:
            self._message.body(data)
        macros = self._macros.all()
        known = envelope(self._peer, self._transaction, macros, local=self._local)
        message = self._message.finish()
        if self._message.too_large:
            too_large = TooLarge(known, self._message.size)
            self.pass_unread()
            return too_large
        self._waiting = len(message)
        total, left_out = self._transaction.recipients_total, self._message.headers_left_out
        return EndOfMessage(message, known, macros, total, left_out)

    def _abort(self, data: bytes) -> Event | None:
        self._macros.end_message()
        if self._before < Phase.MAIL:
            return None
        self._forget_message()
        return Aborted()

    def _quit(self, data: bytes) -> Event:
        return Ended()

    def _new_connection(self, data: bytes) -> Event | None:
        event = self._abort(data)
        self._macros.forget()
        self._peer = Peer()
        return event

    # -------------------------------------------------------------- what they share

    def _finish(self, packets: bytes) -> None:
        if not self.deciding:
            raise UsageError("no message waits for an answer")
        self._output += packets
        self._phase = Phase.CONNECTED
        self._forget_message()

    def _forget_message(self) -> None:
        self._transaction = Transaction("")
        self._message.begin()
        self._waiting = 0

    def _step_answer(self, command: int) -> bytes:
        # Sendmail takes a skip only in answer to a body chunk.
        skip = command == Command.BODY and self._agreement.skips and self._message.too_large
        return packet(Response.SKIP if skip else Response.CONTINUE)

    def _out_of_order(self, command: int) -> MilterError:
        name = chr(command) if 33 <= command <= 126 else f"0x{command:02x}"
        return MilterError("order", f"packet {name!r} may not come in phase {self._phase.name}")


def _nothing(data: bytes) -> None:
    """DATA and UNKNOWN tell us nothing that we need."""
