"""
An envelope guessed from a message's own header, for mail whose envelope nobody kept.

Main functions: `derive`, and `time_of` for the time alone.  They take

* the sender from Return-Path, else From;
* the recipients from To and Cc;
* the client's address from X-Originating-IP, else from the last Received field (the first hop),
  and the name it gave itself from there as well;
* the time from the first Received field, which the last server wrote, else from Date.

What holds: no bytes raise, and a header that lies makes only this guess wrong.  All of it was
written by the sender, so a replay of such mail shows less than one with envelopes.
Not here: the login, which only the MTA knows.
"""

from __future__ import annotations

import ipaddress
import re
from email.utils import getaddresses, parsedate_to_datetime

from ..model import Envelope
from .limits import MAX_HEAD

__all__ = ["derive", "fields_of", "time_of"]

# RFC 5321 4.5.3.1.8 asks for room for 100 recipients; a header with more is no address list that
# tells anything, and parsing it is slow.
MAX_RECIPIENTS = 1_000
MAX_ADDRESSES = 64 * 1024

# Mail with an earlier or later date than this has a broken clock or a forged date.
EARLIEST, LATEST = 315_532_800.0, 4_102_444_800.0  # 1980 and 2100

FIELD = re.compile(rb"([!-9;-~]{1,128})[ \t]*:((?:[^\n]|\n(?=[ \t]))*)\n?")
BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]")
FROM_HOST = re.compile(r"from\s+([^\s()\[\];]{1,255})")


def fields_of(raw: bytes) -> list[tuple[str, str]]:
    """Return the fields within the first `MAX_HEAD` bytes: names in lower case, values unfolded."""
    head, fields, at = raw[:MAX_HEAD].replace(b"\r\n", b"\n"), [], 0
    while match := FIELD.match(head, at):
        value = match[2].replace(b"\n", b" ").strip().decode("utf-8", "backslashreplace")
        fields.append((match[1].decode("ascii").lower(), value))
        at = match.end()
    return fields


def derive(raw: bytes) -> tuple[float | None, Envelope]:
    """Return the time (None if the message tells none) and the envelope as it can be told."""
    fields = fields_of(raw)
    first: dict[str, str] = {}
    for name, value in fields:
        first.setdefault(name, value)
    received = _received(fields)
    origin = received[-1] if received else ""
    host = FROM_HOST.match(origin)
    envelope = Envelope(
        recipients=tuple(_recipients(fields)),
        mail_from=_sender(first),
        client_ip=_address(first.get("x-originating-ip", ""), bare=True) or _address(origin),
        helo=host[1] if host else None,
    )
    return _told_time(fields), envelope


def time_of(raw: bytes) -> float | None:
    """Return only the time that `derive` would, without the addresses, which cost most."""
    return _told_time(fields_of(raw))


def _told_time(fields: list[tuple[str, str]]) -> float | None:
    received = _received(fields)
    arrived = received[0].rpartition(";")[2] if received else ""
    date = next((value for name, value in fields if name == "date"), "")
    return _time(arrived) or _time(date)


def _received(fields: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in fields if name == "received"]


def _sender(first: dict[str, str]) -> str | None:
    if first.get("return-path", "").strip() == "<>":
        return ""
    for name in ("return-path", "from"):
        addresses = _addresses([first.get(name, "")])
        if addresses:
            return addresses[0]
    return None


def _recipients(fields: list[tuple[str, str]]) -> list[str]:
    found = _addresses([value for name, value in fields if name in ("to", "cc")])
    return list(dict.fromkeys(found))[:MAX_RECIPIENTS]


def _addresses(values: list[str]) -> list[str]:
    try:
        pairs = getaddresses([value[:MAX_ADDRESSES] for value in values])
    except (ValueError, IndexError, AttributeError, TypeError, RecursionError):
        return []  # the standard library's parser has stumbled over each of these
    return [address for _, address in pairs if "@" in address and not re.search(r"\s", address)]


def _address(text: str, *, bare: bool = False) -> str | None:
    candidates = BRACKETED.findall(text) or ([text.strip()] if bare else [])
    for candidate in candidates[:1]:
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            return None
    return None


def _time(text: str) -> float | None:
    try:
        at = parsedate_to_datetime(text.strip()[:128]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if EARLIEST <= at <= LATEST else None
