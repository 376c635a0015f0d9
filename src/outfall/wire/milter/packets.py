"""
Milter packets: four bytes of length, one byte of command, data.  No I/O.

Main types: `PacketReader` cuts a stream into packets, `packet` makes one, `MilterError` is what
every part of the codec raises at a peer.  What holds: each byte is copied a bounded number of
times, however the network cut it; no more than one packet is kept beside what was just fed.
Not here: what the packets mean (`session`, `client`).

Spec: there is no RFC; libmilter's mfdef.h, and Sendmail 8.17 and Postfix 3.7 as recorded in
vectors/milter.
"""

import struct

from ...errors import PeerError

__all__ = ["MAX_PACKET", "Command", "MilterError", "PacketReader", "Response", "packet", "strings"]

# Sendmail can be built to send chunks of 1 MiB - 1 bytes ("Milter.maxdatasize"); everyone else
# stays at 65,535.  The command byte comes on top.
MAX_PACKET = 1024 * 1024 + 1

_LENGTH = struct.Struct(">I")


class Command:
    """What the MTA sends, as the number of its byte."""

    ABORT = ord("A")
    BODY = ord("B")
    CONNECT = ord("C")
    MACRO = ord("D")
    END_OF_MESSAGE = ord("E")
    HELO = ord("H")
    QUIT_NEW_CONNECTION = ord("K")
    HEADER = ord("L")
    MAIL = ord("M")
    END_OF_HEADERS = ord("N")
    NEGOTIATE = ord("O")
    QUIT = ord("Q")
    RECIPIENT = ord("R")
    DATA = ord("T")
    UNKNOWN = ord("U")


class Response:
    """What the filter sends, as the byte itself."""

    NEGOTIATE = b"O"
    CONTINUE = b"c"
    ACCEPT = b"a"
    DISCARD = b"d"
    REJECT = b"r"
    TEMPORARY_FAILURE = b"t"
    SKIP = b"s"
    PROGRESS = b"p"
    REPLY_CODE = b"y"
    ADD_HEADER = b"h"
    INSERT_HEADER = b"i"
    CHANGE_HEADER = b"m"
    QUARANTINE = b"q"


class MilterError(PeerError):
    """
    The peer broke the milter protocol; `kind` is one of a few words, for counting.

    Kinds: ``size``, ``order``, ``malformed``, ``version``.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class PacketReader:
    """
    The incoming half of one connection.

    `feed` it what arrived and take packets with `next` until it says None.
    """

    def __init__(self) -> None:
        self._whole = b""  # what is being cut, from `_at` on
        self._at = 0
        self._partial = bytearray()  # grows in place while a packet is incomplete
        self._needed = 4  # until `_partial` is this long, there is nothing new to see in it

    @property
    def buffered(self) -> int:
        """How many bytes are kept and not yet given out."""
        return len(self._whole) - self._at + len(self._partial)

    def feed(self, data: bytes) -> None:
        """Add bytes from the peer."""
        if self._partial:
            self._partial += data
        elif self._at == len(self._whole):
            self._whole, self._at = data, 0  # the usual case: nothing was left over
        else:
            self._set_aside(4)
            self._partial += data

    def next(self) -> tuple[int, bytes] | None:
        """Return the oldest whole packet as command and data, or None to ask for bytes."""
        if self._partial:
            if len(self._partial) < self._needed:
                return None
            self._whole, self._at = bytes(self._partial), 0
            self._partial = bytearray()
        whole, start = self._whole, self._at
        if len(whole) - start < 4:
            self._set_aside(4)
            return None
        (length,) = _LENGTH.unpack_from(whole, start)
        if not 1 <= length <= MAX_PACKET:
            raise MilterError(
                "size", f"a packet of {length} bytes is not between 1 and {MAX_PACKET}"
            )
        end = start + 4 + length
        if end > len(whole):
            self._set_aside(4 + length)
            return None
        self._at = end
        return whole[start + 4], whole[start + 5 : end]

    def _set_aside(self, needed: int) -> None:
        self._partial += memoryview(self._whole)[self._at :]
        self._whole, self._at = b"", 0
        self._needed = needed


def packet(command: bytes, data: bytes = b"") -> bytes:
    """Return one packet, ready to send."""
    return b"%b%b%b" % ((len(data) + 1).to_bytes(4, "big"), command, data)


def strings(data: bytes, what: str) -> list[bytes]:
    """Return the NUL-terminated strings of which `data` consists, or refuse it."""
    if data[-1:] != b"\0":
        raise MilterError("malformed", f"{what} does not end with a NUL byte")
    return data[:-1].split(b"\0")
