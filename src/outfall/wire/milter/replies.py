"""
From a `Decision` to the packets that answer the end of a message.  Pure.

Main functions: `answer` and `reply_code`.  What holds: a packet never has more than 65,535 bytes
of data; nothing a verdict says can add a line, a header or a second reply; copies of our own
header fields that came with the message are deleted before ours are added.
Not here: which action fits a verdict (`decide`), and that local mail is never refused (also
`decide`: Postfix would bounce it to a forged sender).

Spec: libmilter mfapi.h, smfi.c (`smfi_setmlreply` for the limits on replies).
"""

import re
from collections.abc import Mapping

from ...errors import UsageError
from ...model import Action, Decision, Reply
from .negotiation import Agreement
from .packets import Response, packet

__all__ = ["answer", "pass_unread", "reply_code"]

# libmilter's MAXREPLYLEN and MAXREPLIES; Sendmail's own MAXLINE is above.
MAX_REPLY_LINE = 980
MAX_REPLY_LINES = 32
# Postfix truncates a header at 60,000 bytes; ours are far below, a longer one is a mistake.
MAX_HEADER_VALUE = 32_768
# Nobody's mail has a hundred forged verdicts.  Where there are more, the first of them stay: to
# take out millions would cost the MTA more than the forgery is worth.  Ours comes after them.
MAX_DELETIONS = 100
# RFC 5322 2.1.1: "SHOULD be no more than 78 characters".
HEADER_LINE = 78

_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}")
_ENHANCED = re.compile(r"([45])\.\d{1,3}\.\d{1,3}")


def answer(decision: Decision, own: Mapping[bytes, int], agreement: Agreement) -> bytes:
    """Return the packets that carry out `decision`; `own` as in `MessageBuilder.own`."""
    match decision.action:
        case Action.REJECT:
            return _refusal(decision.reply, Response.REJECT)
        case Action.THROTTLE:
            return _refusal(decision.reply, Response.TEMPORARY_FAILURE)
        case Action.DISCARD:
            return packet(Response.DISCARD)
        case Action.HOLD:
            return _hold(decision, own, agreement)
        case _:
            return _headers(decision, own, agreement) + packet(Response.CONTINUE)


def pass_unread(own: Mapping[bytes, int], agreement: Agreement) -> bytes:
    """Return the packets that let a message through which nobody looked at."""
    return _deletions(own, agreement) + packet(Response.CONTINUE)


def reply_code(reply: Reply) -> bytes:
    """
    Return the packet for an SMTP reply: one line of text, or several where it has newlines.

    Every line carries the code and the enhanced status; long ones are broken, and what is over
    `MAX_REPLY_LINES` is left out.
    """
    enhanced = _ENHANCED.fullmatch(reply.enhanced)
    if not 400 <= reply.code <= 599 or not enhanced or enhanced[1] != str(reply.code)[0]:
        raise UsageError(
            f"{reply.code} {reply.enhanced} is no refusal: use 4xx with 4.x.x or 5xx with 5.x.x"
        )
    lines = [piece for line in reply.text.splitlines() or [""] for piece in _pieces(line)]
    lines = lines[:MAX_REPLY_LINES]
    marks = "-" * (len(lines) - 1) + " "
    data = "\r\n".join(
        f"{reply.code}{mark}{reply.enhanced} {line}"
        for mark, line in zip(marks, lines, strict=True)
    )
    return packet(Response.REPLY_CODE, data.encode("ascii") + b"\0")


# ------------------------------------------------------------------ refusals


def _refusal(reply: Reply | None, without_text: bytes) -> bytes:
    return packet(without_text) if reply is None else reply_code(reply)


def _pieces(line: str) -> list[str]:
    # Sendmail and Postfix expand "%", so each is doubled, after cutting.  SMTP
    # without SMTPUTF8 is ASCII (RFC 5321 2.4).
    room = MAX_REPLY_LINE - len("550-5.123.123 ")
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in line)
    step = room // 2 if "%" in plain else room
    starts = range(0, len(plain) or 1, step)
    return [plain[start : start + step].replace("%", "%%") for start in starts]


# ------------------------------------------------------------------ what goes on


def _hold(decision: Decision, own: Mapping[bytes, int], agreement: Agreement) -> bytes:
    # An MTA that cannot quarantine is asked to have the client try again: neither lost nor sent.
    if not agreement.quarantines:
        return packet(Response.TEMPORARY_FAILURE)
    reason = _one_line(decision.quarantine_reason or "held by Outfall")[:MAX_REPLY_LINE]
    return (
        _headers(decision, own, agreement)
        + packet(Response.QUARANTINE, reason + b"\0")
        + packet(Response.CONTINUE)
    )


def _headers(decision: Decision, own: Mapping[bytes, int], agreement: Agreement) -> bytes:
    if not agreement.adds_headers:
        return _deletions(own, agreement)
    # An MTA that leaves us the space after the colon also wants it from us.
    space = b" " if agreement.leading_space else b""
    added = b"".join(
        packet(Response.ADD_HEADER, b"%b\0%b%b\0" % (_name(name), space, _value(name, value)))
        for name, value in decision.add_headers
    )
    return _deletions(own, agreement) + added


def _deletions(own: Mapping[bytes, int], agreement: Agreement) -> bytes:
    # From the last to the first, so that no index shifts; an empty value deletes.
    if not own or not agreement.changes_headers:
        return b""
    return b"".join(
        packet(Response.CHANGE_HEADER, b"%b%b\0\0" % (index.to_bytes(4, "big"), name))
        for name, count in own.items()
        for index in range(count, max(0, count - MAX_DELETIONS), -1)
    )


def _name(name: str) -> bytes:
    if not _HEADER_NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not a header name: use printable ASCII without a colon")
    return name.encode("ascii")


def _value(name: str, value: str) -> bytes:
    """Fold at spaces with LF TAB (never CRLF, both MTAs want LF); newlines become spaces."""
    line = _one_line(value)[:MAX_HEADER_VALUE]
    room = HEADER_LINE - len(name) - 2
    if len(line) <= room:
        return line
    lines, current = [], b""
    for word in line.split(b" "):
        if current and len(current) + 1 + len(word) > room:
            lines.append(current)
            current, room = word, HEADER_LINE - 8
        else:
            current = current + b" " + word if current else word
    return b"\n\t".join([*lines, current])


def _one_line(words: str) -> bytes:
    # Beyond ASCII a header needs SMTPUTF8, which the next hop may not have.
    return " ".join(words.replace("\0", " ").split()).encode("ascii", "backslashreplace")
