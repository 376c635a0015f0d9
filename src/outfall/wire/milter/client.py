"""
The MTA's side of a milter connection, for tests, demos and benchmarks.  No I/O.

Main types: `MilterClient` makes the packets that Postfix or Sendmail would send and reads what the
filter answers; `Outcome` is what became of a message.  It does not wait for the answers to single
steps but counts them, so that one write may carry a whole message.
Not here: sockets (`outfall.testing`), the filter's side (`session`).
"""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ...errors import PeerError, UsageError
from .negotiation import NO_REPLY, Actions, Offer, Steps
from .packets import Command, PacketReader, Response, packet

__all__ = ["MilterClient", "Negotiated", "Outcome", "Style", "header_fields"]

# Postfix and Sendmail send body chunks of this size.
CHUNK = 65_535

OFFERED_ACTIONS = Actions(0x1FF)
OFFERED_STEPS = Steps(0x1FFFFF)

_NUMBERS = struct.Struct(">III")
_FINAL = frozenset(b"acdrty")


class Style(Enum):
    """Whose habits to follow."""

    POSTFIX = "postfix"  # macros before every packet, ABORT after every message
    SENDMAIL = "sendmail"  # macros where they change, ABORT only for what failed


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The filter's answer to our offer."""

    version: int
    actions: Actions
    steps: Steps
    macros: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What the filter said at the end of a message.

    `final` is the byte of its last word (``c``, ``a``, ``d``, ``r``, ``t`` or ``y``), `reply` the
    SMTP reply of a ``y`` as the client would see it, `deleted` names and indexes of header fields.
    """

    final: str
    reply: str = ""
    added: tuple[tuple[bytes, bytes], ...] = ()
    deleted: tuple[tuple[bytes, int], ...] = ()
    quarantine: str | None = None
    progress: int = 0


@dataclass(slots=True)
class _Edits:
    added: list[tuple[bytes, bytes]] = field(default_factory=list)
    deleted: list[tuple[bytes, int]] = field(default_factory=list)
    quarantine: str | None = None
    progress: int = 0


class MilterClient:
    """
    One connection to a filter.

    The methods return bytes to send, in the order of an SMTP session: `offer`, then (once
    `next` has said `Negotiated`) `connect`, `hello`, any number of `message`, `quit`.
    """

    def __init__(
        self,
        *,
        style: Style = Style.POSTFIX,
        version: int = 6,
        actions: Actions = OFFERED_ACTIONS,
        steps: Steps = OFFERED_STEPS,
    ) -> None:
        self._offer = Offer(version, actions, steps)
        self._style = style
        self._reader = PacketReader()
        self._agreed: Negotiated | None = None
        self._answered: frozenset[int] = frozenset()
        self._open: list[int] = []  # commands whose answers are still to come, oldest first
        self._edits = _Edits()
        self._skipped = False

    # -------------------------------------------------------------- what we send

    def offer(self) -> bytes:
        """Open the conversation."""
        offer = self._offer
        return packet(b"O", _NUMBERS.pack(offer.version, offer.actions, offer.steps))

    def connect(
        self, name: str, address: str, port: int = 4444, macros: Mapping[str, str] | None = None
    ) -> bytes:
        """Say who connected; an address with a colon is IPv6."""
        family = b"6" if ":" in address else b"4"
        text = f"IPv6:{address}" if family == b"6" else address
        data = b"%b\0%b%b%b\0" % (name.encode(), family, port.to_bytes(2, "big"), text.encode())
        return self._macros(b"C", macros or {}) + self._step(b"C", data)

    def hello(self, name: str) -> bytes:
        """Say how the client called itself."""
        return self._macros(b"H", {}) + self._step(b"H", name.encode() + b"\0")

    def message(
        self,
        raw: bytes,
        mail_from: str,
        recipients: Sequence[str],
        *,
        account: str | None = None,
        queue_id: str = "4XYZ1",
    ) -> bytes:
        """Send a whole message, CRLF line ends; the answer is an `Outcome`."""
        return b"".join(self.pieces(raw, mail_from, recipients, account=account, queue_id=queue_id))

    def pieces(
        self,
        raw: bytes,
        mail_from: str,
        recipients: Sequence[str],
        *,
        account: str | None = None,
        queue_id: str = "4XYZ1",
    ) -> Iterator[bytes]:
        """Yield the packets of a whole message, for callers that cut it or stop within."""
        macros = {"i": queue_id} | ({"{auth_authen}": account} if account else {})
        yield self._macros(b"M", macros) + self._step(b"M", f"<{mail_from}>".encode() + b"\0")
        for recipient in recipients:
            macro = self._macros(b"R", {"i": queue_id, "{rcpt_addr}": recipient})
            yield macro + self._step(b"R", f"<{recipient}>".encode() + b"\0")
        if self._version >= 4:
            yield self._macros(b"T", {"i": queue_id}) + self._step(b"T", b"")
        repeated = {"i": queue_id} if self._style is Style.POSTFIX else None
        fields, body = header_fields(raw)
        space = Steps.HEADER_LEADING_SPACE in self._steps
        for name, value in fields:
            shown = value if space else value.removeprefix(b" ")
            yield self._macros(b"L", repeated) + self._step(b"L", b"%b\0%b\0" % (name, shown))
        yield self._macros(b"N", repeated) + self._step(b"N", b"")
        for start in range(0, len(body), CHUNK):
            yield self._macros(b"B", repeated) + self._step(b"B", body[start : start + CHUNK])
        yield self._macros(b"E", {"i": queue_id}) + self._step(b"E", b"")
        if self._style is Style.POSTFIX:
            yield self.abort()

    def abort(self) -> bytes:
        """Give up the message, or (Postfix) end one that was answered."""
        return packet(b"A")

    def quit(self, *, another_connection: bool = False) -> bytes:
        """Say goodbye; with `another_connection` a `connect` follows on the same socket."""
        return packet(b"K" if another_connection else b"Q")

    # -------------------------------------------------------------- what we hear

    def feed(self, data: bytes) -> None:
        """Add bytes from the filter."""
        self._reader.feed(data)

    def next(self) -> Negotiated | Outcome | None:
        """Return the next thing of note, or None to ask for bytes."""
        while (found := self._reader.next()) is not None:
            response, data = found
            if self._agreed is None:
                return self._negotiated(response, data)
            if not self._open:
                raise PeerError(f"the filter said {chr(response)!r} when nothing was asked")
            if self._open[0] == Command.END_OF_MESSAGE:
                outcome = self._at_end(response, data)
                if outcome is not None:
                    return outcome
            elif response in b"cs":
                self._open.pop(0)
            else:
                raise PeerError(f"the filter said {chr(response)!r} to {chr(self._open[0])!r}")
        return None

    # -------------------------------------------------------------- how

    @property
    def _version(self) -> int:
        return self._agreed.version if self._agreed else self._offer.version

    @property
    def _steps(self) -> Steps:
        return self._agreed.steps if self._agreed else Steps(0)

    def _macros(self, command: bytes, macros: Mapping[str, str] | None) -> bytes:
        if macros is None:
            return b""
        pairs = "".join(f"{name}\0{value}\0" for name, value in macros.items())
        return packet(b"D", command + pairs.encode())

    def _step(self, command: bytes, data: bytes) -> bytes:
        if self._agreed is None:
            raise UsageError("nothing is agreed yet: send `offer` and wait for `Negotiated`")
        if command[0] in self._answered:
            self._open.append(command[0])
        return packet(command, data)

    def _negotiated(self, response: int, data: bytes) -> Negotiated:
        if response != ord(Response.NEGOTIATE) or len(data) < _NUMBERS.size:
            raise PeerError(f"the filter answered our offer with {chr(response)!r}")
        version, actions, steps = _NUMBERS.unpack_from(data)
        offer = self._offer
        if version > offer.version or actions & ~offer.actions or steps & ~offer.steps:
            raise PeerError("the filter wants what was not offered")
        self._agreed = Negotiated(version, Actions(actions), Steps(steps), _macro_lists(data[12:]))
        silent = {command for command, bit in NO_REPLY.items() if steps & bit}
        self._answered = frozenset(NO_REPLY) - silent | {Command.END_OF_MESSAGE}
        return self._agreed

    def _at_end(self, response: int, data: bytes) -> Outcome | None:
        edits = self._edits
        match bytes([response]):
            case Response.PROGRESS:
                edits.progress += 1
            case Response.ADD_HEADER:
                name, value, _ = data.split(b"\0")
                edits.added.append((name, value))
            case Response.CHANGE_HEADER:
                name, value, _ = data[4:].split(b"\0")
                if value:
                    raise PeerError("the filter changes a header; only deleting is understood here")
                edits.deleted.append((name, int.from_bytes(data[:4], "big")))
            case Response.QUARANTINE:
                edits.quarantine = data[:-1].decode()
            case _ if response in _FINAL:
                return self._outcome(response, data)
            case _:
                raise PeerError(f"the filter said {chr(response)!r} at the end of a message")
        return None

    def _outcome(self, response: int, data: bytes) -> Outcome:
        self._open.pop(0)
        edits, self._edits = self._edits, _Edits()
        return Outcome(
            chr(response),
            data[:-1].decode().replace("%%", "%"),
            tuple(edits.added),
            tuple(edits.deleted),
            edits.quarantine,
            edits.progress,
        )


def header_fields(raw: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """
    Return the header fields of a message with CRLF line ends, and its body.

    As MTAs do, folds become LF and the space after the colon is kept; a line that is no field
    ends the headers.
    """
    fields, at = [], 0
    while field_ := _FIELD.match(raw, at):
        fields.append((field_[1], field_[2].replace(b"\r\n", b"\n")))
        at = field_.end()
    return fields, raw[at:].removeprefix(b"\r\n") if raw[at : at + 2] == b"\r\n" else raw[at:]


_FIELD = re.compile(rb"([!-9;-~]+):((?:[^\r\n]|\r(?!\n)|\n|\r\n(?=[ \t]))*)\r\n")


def _macro_lists(data: bytes) -> Mapping[int, str]:
    lists, at = {}, 0
    while at + 4 < len(data):
        end = data.index(b"\0", at + 4)
        lists[int.from_bytes(data[at : at + 4], "big")] = data[at + 4 : end].decode()
        at = end + 1
    return lists
