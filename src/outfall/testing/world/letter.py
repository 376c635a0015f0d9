"""
A letter written down as bytes: header fields in the order of the program that sends it, and MIME.

Main types: `Letter`, `Part`, `Program`; `compose` gives the bytes, with CRLF line ends.
What holds: only the `random.Random` given decides what is random (Python's own e-mail package
makes its boundaries from the global one).  Not here: who writes what to whom.
"""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from .words import token

__all__ = ["Letter", "Part", "Program", "compose"]


@dataclass(frozen=True, slots=True)
class Program:
    """A mail program as its header shows it: the order of fields and how it names itself."""

    order: tuple[str, ...]
    names_itself: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part beside the text: an HTML version (`name` is "") or a file."""

    content_type: str
    data: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written: `fields` come first, as a server or a list would add them."""

    subject: str
    text: str
    parts: tuple[Part, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    multipart: str = "mixed"


def compose(
    rng: random.Random, letter: Letter, program: Program, sender: str, to: list[str], at: float
) -> bytes:
    """Return the message that `sender` (as shown) hands in at `at`."""
    domain = sender.rpartition("@")[2].strip("<>") or "localhost"
    known = {
        "From": sender,
        "To": ", ".join(to) if len(to) <= 3 else "undisclosed-recipients:;",
        "Subject": _encoded(letter.subject),
        "Date": format_datetime(datetime.fromtimestamp(int(at), UTC)),
        "Message-ID": f"<{token(rng, 8)}.{token(rng, 10)}@{domain}>",
        "MIME-Version": "1.0",
    }
    head = [*letter.fields, *((name, known[name]) for name in program.order)]
    if program.names_itself:
        head.append(program.names_itself)
    kind, body = _body(rng, letter)
    head += [("Content-Type", kind)]
    if not letter.parts:
        head.append(("Content-Transfer-Encoding", "8bit"))
    return "".join(f"{name}: {value}\r\n" for name, value in head).encode() + b"\r\n" + body


def _body(rng: random.Random, letter: Letter) -> tuple[str, bytes]:
    text = letter.text.replace("\n", "\r\n").encode() + b"\r\n"
    if not letter.parts:
        return "text/plain; charset=utf-8", text
    edge = f"=-{token(rng, 24)}"
    parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text]
    parts += [_part(part) for part in letter.parts]
    joined = b"".join(b"--%b\r\n%b" % (edge.encode(), part) for part in parts)
    return f'multipart/{letter.multipart}; boundary="{edge}"', joined + f"--{edge}--\r\n".encode()


def _part(part: Part) -> bytes:
    head = f"Content-Type: {part.content_type}"
    if part.name:
        head += f'; name="{part.name}"\r\nContent-Disposition: attachment; filename="{part.name}"'
    if part.content_type.startswith(("text/", "message/")):
        lines = part.data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return head.encode() + b"\r\n\r\n" + lines + b"\r\n"
    coded = base64.encodebytes(part.data).replace(b"\n", b"\r\n")
    return head.encode() + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + coded


def _encoded(text: str) -> str:
    # RFC 2047, section 2: an encoded word has at most 75 characters, so 15 letters each are safe.
    if text.isascii():
        return text
    pieces = [text[start : start + 12] for start in range(0, len(text), 12)]
    words = (f"=?utf-8?B?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces)
    return "\r\n ".join(words)
