"""
What one peer, and all together, may use of the milter server; and what it counts.

Main types: `MilterLimits` and `MilterCounters`.  Not here: limits within one message
(`wire.milter.limits`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ...config import MilterSettings
from ...wire.milter import MessageLimits

__all__ = ["MilterCounters", "MilterLimits"]


@dataclass(frozen=True, slots=True)
class MilterLimits:
    """Limits of a server; times in seconds, sizes in bytes."""

    # Over all listeners.  Postfix opens one connection for each SMTP client it serves and ships
    # with a limit of 100 processes a service.
    connections: int = 1000
    # Message bytes in memory at a time over all connections; see `budget` for what happens above.
    held_bytes: int = 512 * 1024 * 1024
    # libmilter's own default, above the longest pause that MTAs allow an SMTP client.
    idle_seconds: float = 7210.0
    # Both MTAs negotiate in the first packet; Postfix itself waits 30 s for the answer.
    opening_seconds: float = 30.0
    # Sendmail gives a filter ten seconds to answer by default; Postfix 300 between two packets.
    progress_seconds: float = 5.0
    # The gate has its own, shorter deadline.  Should it fail to keep it, the message passes.
    decision_seconds: float = 60.0
    # While memory is short, who brings less than `budget.LEAST_GAIN` in so long is closed.
    stall_seconds: float = 15.0
    message: MessageLimits = field(default_factory=MessageLimits)

    @classmethod
    def of(cls, settings: MilterSettings) -> MilterLimits:
        """Return the limits that the operator set; the others keep their defaults."""
        return cls(
            connections=settings.connections,
            held_bytes=settings.buffered,
            idle_seconds=settings.idle,
            message=MessageLimits(message_bytes=settings.message_size),
        )


def _counted(says: str) -> int:
    """A count from zero, with the sentence that /metrics shows for it."""
    return field(default=0, metadata={"says": says})


@dataclass(slots=True)
class MilterCounters:
    """What happened since the start; only `connections_open` and `held_bytes` go down again."""

    connections_open: int = _counted("Connections of mail servers that are open.")
    connections: int = _counted("Connections taken in, all together.")
    connections_refused: int = _counted("Connections closed at once, over milter.connections.")
    messages: int = _counted("Messages that reached their end.")
    message_bytes: int = _counted("Bytes of these messages.")
    held_bytes: int = _counted("Message bytes in memory now, over all connections.")
    too_large: int = _counted("Messages over milter.message_size, let through unread.")
    undecided: int = _counted("Messages let through because no usable decision came.")
    unanswered: int = _counted("Decisions for which the mail server was gone.")
    aborted: int = _counted("Messages that the mail server gave up.")
    idle_closed: int = _counted("Connections closed after milter.idle without a byte.")
    starved: int = _counted("Connections closed for bringing nothing while memory was short.")
    cut_off: int = _counted("Messages in flight that a stop did not wait for.")
    # By `MilterError.kind`.
    protocol_errors: Counter[str] = field(default_factory=Counter)
