"""
The message as the MTA has it, put together again from header and body packets.  Pure.

Main type: `MessageBuilder`.  What holds: header lines end in CRLF, folds too; names, values and
body are otherwise byte for byte what came; the cost is linear; no more than
`MessageLimits.message_bytes` are ever held.
Not here: which packet may come when (`session`).
"""

from .limits import MessageLimits
from .packets import MilterError

__all__ = ["MessageBuilder"]

# What we put on messages (`decide`): copies of these that come from outside are always noticed.
STAMPS = ("verdict", "reference")
# Further names that begin like ours are noticed up to here, so that nobody fills our memory.
MAX_OWN_NAMES = 64


class MessageBuilder:
    """
    One message growing; `begin` starts the next.

    `own` counts, by lower-case name, header fields that only we should have set: those whose
    names begin with `prefix` and a hyphen.
    """

    def __init__(self, limits: MessageLimits, prefix: str) -> None:
        self._limits = limits
        self._colon = b": "
        self._prefix = prefix.lower().encode("ascii") + b"-"
        self._stamps = frozenset(self._prefix + stamp.encode("ascii") for stamp in STAMPS)
        initial = self._prefix[:1]
        self._initials = frozenset((initial, initial.upper()))  # spares most a closer look
        self.begin()

    def expect_leading_space(self) -> None:
        """From now on header values come with the space after the colon."""
        self._colon = b":"

    def begin(self) -> None:
        """Forget what there was of a message."""
        self._raw = bytearray()
        self._headers = 0
        self._in_headers = True
        self.headers_left_out = 0
        self.own: dict[bytes, int] = {}
        self.size = 0  # of the whole message, kept or not, in bytes

    @property
    def held(self) -> int:
        """How many bytes of the message are in memory."""
        return len(self._raw)

    @property
    def too_large(self) -> bool:
        """Whether the message is over the limit and has been let go of."""
        return self.size > self._limits.message_bytes

    def header(self, data: bytes) -> None:
        """Add a header field from the data of its packet: name NUL value NUL."""
        parts = data.split(b"\0")
        if len(parts) != 3 or parts[2]:
            raise MilterError("malformed", "a header is not a name and a value, each ended by NUL")
        name, value, _ = parts
        if name[:1] in self._initials:
            self._notice(name.lower())
        if b"\n" in value:
            value = _folded_by_crlf(value)
        line = b"%b%b%b\r\n" % (name, self._colon, value)
        self._headers += 1
        if (
            self._headers > self._limits.headers
            or self.size + len(line) > self._limits.header_bytes
        ):
            self.headers_left_out += 1
        else:
            self._add(line)

    def end_headers(self, data: bytes = b"") -> None:
        """Add the empty line, once; the packet has no data that counts."""
        if self._in_headers:
            self._in_headers = False
            self._add(b"\r\n")

    def body(self, data: bytes) -> None:
        """Add a body chunk."""
        self.end_headers()
        self._add(data)

    def finish(self) -> bytes:
        """Return the message; the builder is empty then.  b"" for one that is too large."""
        self.end_headers()
        message = bytes(self._raw)
        self._raw = bytearray()
        return message

    def _notice(self, lower: bytes) -> None:
        if not lower.startswith(self._prefix):
            return
        if lower in self._stamps or lower in self.own or len(self.own) < MAX_OWN_NAMES:
            self.own[lower] = self.own.get(lower, 0) + 1

    def _add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= self._limits.message_bytes:
            self._raw += data
        elif self._raw:
            self._raw = bytearray()


def _folded_by_crlf(value: bytes) -> bytes:
    # Both MTAs fold with a bare LF; a CRLF that another one sends is not doubled.
    return value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
