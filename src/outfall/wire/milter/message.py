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

# Names that only we may put on a message, in lower case; copies from outside are forged or stale.
OWN_HEADERS = b"x-outfall-"
_OWN_INITIALS = frozenset((b"X", b"x"))  # spares most fields the closer look


class MessageBuilder:
    """
    One message growing; `begin` starts the next.

    `own` counts, by lower-case name, header fields that only we should have set.
    """

    def __init__(self, limits: MessageLimits) -> None:
        self._limits = limits
        self._colon = b": "
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
        if name[:1] in _OWN_INITIALS and name.lower().startswith(OWN_HEADERS):
            lower = name.lower()
            self.own[lower] = self.own.get(lower, 0) + 1
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

    def _add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= self._limits.message_bytes:
            self._raw += data
        elif self._raw:
            self._raw = bytearray()


def _folded_by_crlf(value: bytes) -> bytes:
    # Both MTAs fold with a bare LF; a CRLF that another one sends is not doubled.
    return value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
