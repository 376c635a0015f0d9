"""
A mailbox file taken apart as a stream: where each message begins and how long it is.

Main functions: `messages` and `unescape`.  A message begins after a line ``From ...`` that opens
the file or follows an empty line (RFC 4155, appendix A).  Lines ``>From`` within are unescaped by
one ``>`` (the "mboxrd" form), which does no harm to files that never escaped.

What holds: lines of any length are read in pieces of `MAX_LINE`; nothing but the first `MAX_HEAD`
bytes of each message is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from .limits import MAX_HEAD, MAX_LINE

__all__ = ["messages", "unescape"]

ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


def messages(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset, length, beginning) of each message, without its ``From`` line."""
    at, begun, head = 0, -1, bytearray()
    blank, line_begins, separator = True, True, False
    while piece := file.readline(MAX_LINE):
        if line_begins and blank and piece.startswith(b"From "):
            if begun >= 0:
                yield begun, at - begun, bytes(head)
            separator, head = True, bytearray()
        elif line_begins:
            separator = False
        at += len(piece)
        if separator:
            begun = at  # the message begins where the line ends, however many pieces that takes
        elif begun >= 0 and len(head) < MAX_HEAD:
            head += piece
        blank = line_begins and piece in (b"\n", b"\r\n")
        line_begins = piece.endswith(b"\n")
    if begun >= 0:
        yield begun, at - begun, bytes(head)


def unescape(raw: bytes) -> bytes:
    """Return the message as it was before it was put into the mailbox."""
    return ESCAPED.sub(rb"\1", raw)
