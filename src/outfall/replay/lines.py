"""
JSON lines: an envelope, and where the message to it lies.  Pure but for looking at paths.

Main types: `Named`, made by `read_named`; `sources` lists the names of the fields.  The same lines
without a message are a history.
What holds: a line that is not as described is None, whatever it is; a path never leads out of the
folder it is relative to.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model import Envelope

__all__ = ["Named", "read_named"]

# Where a line gives an offset and a length and no file.
DEFAULT_BLOB = "messages.bin"

TEXTS = (
    "mail_from",
    "client_ip",
    "account",
    "helo",
    "client_name",
    "subscriber",
    "tenant",
    "queue_id",
)

# As in the mail logs: what is longer is no name of anybody.
MAX_NAME = 1_024


@dataclass(frozen=True, slots=True)
class Named:
    """One line: when, the envelope, and the message's file or its bytes, if it has either."""

    at: float | None
    envelope: Envelope
    file: Path | None
    offset: int = 0
    length: int | None = None
    message: bytes | None = None


def read_named(folder: Path, line: bytes) -> Named | None:
    """Read one line whose paths are relative to `folder`; None if it is not as described."""
    try:
        told = json.loads(line)
        return _named(folder, told) if isinstance(told, dict) else None
    except (ValueError, RecursionError, _NotAsDescribedError):
        return None


class _NotAsDescribedError(Exception):
    """Carries nothing: the line is skipped and counted."""


def _named(folder: Path, told: dict[str, Any]) -> Named:
    at = told.get("at")
    if at is not None and (not isinstance(at, int | float) or not math.isfinite(at)):
        raise _NotAsDescribedError
    recipients = told.get("recipients", [])
    if not isinstance(recipients, list) or not all(_is_name(name) for name in recipients):
        raise _NotAsDescribedError
    known = {name: told[name] for name in TEXTS if told.get(name) is not None}
    if not all(_is_name(value) for value in known.values()):
        raise _NotAsDescribedError
    envelope = Envelope(tuple(recipients), local=told.get("local") is True, **known)
    file, offset, length = _where(folder, told)
    when = None if at is None else float(at)
    return Named(when, envelope, file, offset, length, _inline(told))


def _inline(told: dict[str, Any]) -> bytes | None:
    packed = told.get("message")
    if packed is None:
        return None
    if not isinstance(packed, str):
        raise _NotAsDescribedError
    return base64.b64decode(packed, validate=True)  # binascii.Error is a ValueError


def _is_name(value: object) -> bool:
    # A lone surrogate ("\ud800") is valid JSON and no text.
    return isinstance(value, str) and len(value) <= MAX_NAME and _is_text(value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _where(folder: Path, told: dict[str, Any]) -> tuple[Path | None, int, int | None]:
    name = told.get("file", told.get("blob", DEFAULT_BLOB if "offset" in told else None))
    if name is None:
        return None, 0, None
    offset, length = (0, None) if "file" in told else (told.get("offset"), told.get("length"))
    counts = [offset, length] if "file" not in told else []
    if not _is_name(name) or not all(type(count) is int and count >= 0 for count in counts):
        raise _NotAsDescribedError
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise _NotAsDescribedError
    return file, offset or 0, length
