r"""
Milter conversations as text: what vectors/milter/*/*.talk say, how they are made and replayed.

    # the birth certificate, in comments
    = local                      how the session is made: local, version N, skip, message_bytes N
    > O 00000006 000001ff 001fffff   the MTA offers version, actions, steps; only `O` is in hex
    > M <a@example.net>\0        the MTA sends packet M (after the space: its data)
    . SIZE=100\0                 more data of the packet above
    * 3 the same line\r\n        the same, three times over
    ? mail_from a@example.net    what we saw of the message, once it is whole
    ! reject 550 5.7.1 no        what we decided
    < y 550 5.7.1 no\0           what we send

Bytes that are not printable ASCII, and backslashes, are written \xNN, \\, \r, \n, \t; NUL is \0.

`Conversation` plays the `>` and `!` lines to a `FilterSession` and writes all of them down, so a
recording and its replay are made by the same few lines, and are compared as text.
"""

import hashlib
import itertools
import re

from outfall.model import Action, Decision, Reply
from outfall.wire.milter import (
    Aborted,
    Ended,
    EndOfMessage,
    FilterSession,
    MessageLimits,
    TooLarge,
    Wishes,
)
from outfall.wire.milter.packets import PacketReader, packet

_NAMED = {0: r"\0", 9: r"\t", 10: r"\n", 13: r"\r", 92: r"\\"}
_ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)")


class Conversation:
    """A session that is written down as it happens, in `lines`."""

    def __init__(self, options=()):
        named = dict(option.partition(" ")[::2] for option in options)
        size = int(named.get("message_bytes", MessageLimits().message_bytes))
        wishes = Wishes(version=int(named.get("version", 6)), skip="skip" in named)
        self.session = FilterSession(
            MessageLimits(message_bytes=size), local="local" in named, wishes=wishes
        )
        self.lines = [f"= {option}" for option in options]
        self.messages = []
        self._headers = []

    def hear(self, command: int, data: bytes) -> None:
        """Take in a packet of the MTA."""
        self.lines += packet_lines(">", command, data)
        self.session.feed(packet(bytes([command]), data))
        while (event := self.session.next()) is not None:
            self._note(event)
        self._speak()

    def decide(self, words: str) -> None:
        """Do what a ``!`` line says."""
        self.lines.append(f"! {words}")
        action, _, rest = words.partition(" ")
        if action == "progress":
            self.session.progress()
        elif action == "header":
            self._headers.append(tuple(rest.split(": ", 1)))
            return
        else:
            self.session.answer(decision(action, rest, tuple(self._headers)))
            self._headers = []
        self._speak()

    def _note(self, event) -> None:
        match event:
            case EndOfMessage(message=message, envelope=envelope):
                self.messages.append(message)
                digest = hashlib.sha256(message).hexdigest()
                facts = [*_envelope_facts(envelope), f"size {len(message)}", f"sha256 {digest}"]
            case TooLarge(envelope=envelope, size=size):
                facts = [*_envelope_facts(envelope), f"too_large {size}"]
            case Aborted():
                facts = ["aborted"]
            case Ended():
                facts = ["ended"]
        self.lines += [f"? {fact}" for fact in facts]

    def _speak(self) -> None:
        output = self.session.take_output()
        self._send(output)
        reader = PacketReader()
        reader.feed(output)
        while (found := reader.next()) is not None:
            self.lines += packet_lines("<", *found)

    def _send(self, output: bytes) -> None:
        """Where a recording sends what we say."""


def replay(text: str) -> list[str]:
    """Play the ``=``, ``>`` and ``!`` lines of a talk; return what is then written down."""
    conversation, pending = None, None
    options = [line[2:] for line in text.splitlines() if line.startswith("= ")]
    conversation = Conversation(options)
    for line in [*spoken(text), "# end"]:
        mark, rest = line[:1], line[2:]
        if mark in ".*":
            if pending is not None:
                pending += read_data(mark, rest)
            continue
        if pending is not None:
            conversation.hear(pending[0], bytes(pending[1:]))
            pending = None
        if mark == ">":
            hexadecimal = rest[:1] == "O"
            data = bytes.fromhex(rest[2:]) if hexadecimal else read_data(".", rest[2:])
            pending = bytearray(rest[:1].encode()) + data
        elif mark == "!":
            conversation.decide(rest)
    return conversation.lines


def spoken(text: str) -> list[str]:
    """Return the lines of a talk that are no comment."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def decision(action: str, rest: str, headers: tuple) -> Decision:
    """Return the decision that the words of a ``!`` line mean."""
    if action in ("reject", "throttle"):
        code, enhanced, text = rest.split(" ", 2)
        reply = Reply(int(code), enhanced, text.replace(r"\n", "\n"))
        return Decision(Action(action), None, reply=reply)
    return Decision(Action(action), None, headers, quarantine_reason=rest or None)


# ------------------------------------------------------------------ bytes as text


def packet_lines(mark: str, command: int, data: bytes) -> list[str]:
    """Write a packet, a line for each line or string of its data."""
    if command == ord("O"):
        return _offer_lines(mark, data)
    pieces = re.findall(rb"(?s).+?\r\n|.+", data) if command == ord("B") else _strings(data)
    groups = [(piece, len(list(same))) for piece, same in itertools.groupby(pieces)]
    lines = [f"{mark} {chr(command)}"]
    for index, (piece, count) in enumerate(groups):
        if count > 1:
            lines.append(f"* {count} {written(piece)}")
        elif index:
            lines.append(f". {written(piece)}")
        else:
            lines[0] += f" {written(piece)}"
    return lines


def _offer_lines(mark: str, data: bytes) -> list[str]:
    """Write a negotiation: version, actions and steps in hex, then a line for each macro list."""
    lists = re.findall(rb"(?s)(....)([^\0]*)\0", data[12:])
    lines = [f"{mark} O {data[:12].hex(' ', 4)}"]
    return lines + [f". {stage[3]} {names.decode()}" for stage, names in lists]


def _strings(data: bytes) -> list[bytes]:
    return re.findall(rb"(?s)[^\0]*\0[^\0]*\0|.+", data) if len(data) > 70 else [data][: len(data)]


def written(data: bytes) -> str:
    """Escape bytes."""
    return "".join(
        _NAMED.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in data
    )


def read_data(mark: str, rest: str) -> bytes:
    """Return the bytes that the rest of a line stands for."""
    count, text = rest.split(" ", 1) if mark == "*" else ("1", rest)
    return _ESCAPE.sub(_unescaped, text.encode("ascii")) * int(count)


def _unescaped(found: re.Match) -> bytes:
    what = found[1]
    if what[:1] == b"x" and len(what) == 3:
        return bytes([int(what[1:], 16)])
    return {b"0": b"\0", b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\"}[what]


def _envelope_facts(envelope) -> list[str]:
    facts = [f"mail_from {envelope.mail_from or '<>'}"]
    facts += [f"recipient {recipient}" for recipient in envelope.recipients]
    for name in ("client_ip", "client_name", "helo", "account", "queue_id"):
        value = getattr(envelope, name)
        facts += [] if value is None else [f"{name} {value}"]
    return facts + ["local"] * envelope.local
