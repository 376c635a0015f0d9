"""
What the made-up world gives: messages, and the truth about them.

Main types: `Item`, `Truth`, `Label`, `Outbreak`.  Not here: how they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ...model import Category, Envelope, Sender

__all__ = ["Item", "Label", "Outbreak", "Truth"]


class Label(StrEnum):
    """
    What a message truly is.

    `FORWARDED` is abuse that a subscriber's forwarding rule sends on: it may be called abuse, but
    the subscriber must not be accused.
    """

    INNOCENT = "innocent"
    FORWARDED = "forwarded"
    ABUSE = "abuse"


@dataclass(frozen=True, slots=True)
class Truth:
    """
    What an engine should find and may not see.

    `kind` names the sort of mail, `outbreak` the attack it belongs to or "", `actor` who is
    accountable for it.
    """

    label: Label
    kind: str
    actor: Sender
    outbreak: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One message: `at` in seconds since 1970, `raw` with CRLF line ends."""

    at: float
    raw: bytes
    envelope: Envelope
    truth: Truth


@dataclass(frozen=True, slots=True)
class Outbreak:
    """One attack: how it was sent, how its texts vary, which category fits, and who sent it."""

    name: str
    variation: str
    category: Category
    actors: tuple[Sender, ...]
    messages: int
