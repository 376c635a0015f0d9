"""
What a replay found, added up: by category, by sender, with a few samples of each.

Main types: `Summary`, `SenderCount`, `Sample`.  `inert` makes hostile text fit to be shown.

What holds: memory is bounded by `MAX_SENDERS`, `MAX_SAMPLES` and `MAX_SHOWN`.
Not here: how it is printed (`cli.replay`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..model import Action, Category, Sender

__all__ = ["Sample", "SenderCount", "Summary", "inert"]

# A report that a person reads has no use for more; the JSON form for programs has the same.
MAX_SAMPLES = 5
MAX_SHOWN = 100
MAX_REASONS = 4

# Senders with anything but clean mail; a provider of a million has some thousand.  Who comes
# after this many is counted in the totals only.
MAX_SENDERS = 100_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One message: its subject made inert, its reference, and the strongest reasons."""

    subject: str
    reference: str
    at: float
    sender: str
    reasons: tuple[str, ...]


@dataclass(slots=True)
class SenderCount:
    """One sender: messages and recipients in all and convicted, and the alerts it caused."""

    kind: str
    id: str
    messages: int = 0
    recipients: int = 0
    slowed: int = 0
    convicted: int = 0
    alerts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Summary:
    """
    The whole replay.

    `actions` are what the settings, in enforce mode, would have done; `seconds` the time that the
    engine took over `size` bytes.
    """

    messages: dict[Category, int] = field(default_factory=lambda: dict.fromkeys(Category, 0))
    recipients: dict[Category, int] = field(default_factory=lambda: dict.fromkeys(Category, 0))
    samples: dict[Category, list[Sample]] = field(
        default_factory=lambda: {category: [] for category in Category}
    )
    actions: dict[Action, int] = field(default_factory=lambda: dict.fromkeys(Action, 0))
    senders: dict[Sender, SenderCount] = field(default_factory=dict)
    alerts: int = 0
    unreadable: int = 0
    first: float | None = None
    last: float | None = None
    seconds: float = 0.0
    size: int = 0

    @property
    def total(self) -> int:
        """How many messages were judged."""
        return sum(self.messages.values())

    @property
    def named(self) -> list[SenderCount]:
        """Who would have been named to the abuse desk, those with the most convicted mail first."""
        return self._ranked([sender for sender in self.senders.values() if sender.alerts])

    @property
    def noticed(self) -> list[SenderCount]:
        """Who had mail slowed or convicted, whether named or not; the most first."""
        return self._ranked(list(self.senders.values()))

    def _ranked(self, senders: list[SenderCount]) -> list[SenderCount]:
        return sorted(senders, key=lambda one: (-one.convicted, -one.slowed, one.kind, one.id))

    def as_json(self) -> dict[str, Any]:
        """Return everything as values that JSON knows; categories and actions by their names."""
        return {
            "messages": {str(key): count for key, count in self.messages.items()},
            "recipients": {str(key): count for key, count in self.recipients.items()},
            "actions": {str(key): count for key, count in self.actions.items()},
            "named": [asdict(sender) for sender in self.named],
            "noticed": [asdict(sender) for sender in self.noticed],
            "samples": {
                str(category): [asdict(sample) for sample in samples]
                for category, samples in self.samples.items()
                if samples
            },
            "alerts": self.alerts,
            "unreadable": self.unreadable,
            "first": self.first,
            "last": self.last,
            "seconds": round(self.seconds, 3),
            "bytes": self.size,
        }


def inert(text: str, longest: int = MAX_SHOWN) -> str:
    """
    Return hostile text on one line, cut, with everything escaped that is not printable.

    Control characters could move a terminal's cursor and change what stood before; characters
    that turn the direction of writing could hide what a name ends in.
    """
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "replace").decode()
        for letter in text[:longest]
    )
    return shown if len(text) <= longest else f"{shown}..."
