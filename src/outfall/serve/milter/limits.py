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


@dataclass(slots=True)
class MilterCounters:
    """What happened since the start; only `connections_open` and `held_bytes` go down again."""

    connections_open: int = 0
    connections: int = 0  # taken in, all together
    connections_refused: int = 0  # over `MilterLimits.connections`
    messages: int = 0  # that reached their end
    message_bytes: int = 0
    held_bytes: int = 0  # in memory now, over all connections
    too_large: int = 0  # let through unread
    undecided: int = 0  # let through because no usable decision came
    unanswered: int = 0  # the MTA was gone before the answer
    aborted: int = 0  # given up by the MTA
    idle_closed: int = 0
    starved: int = 0  # closed for bringing nothing while memory was short
    cut_off: int = 0  # messages in flight at the end of a drain
    protocol_errors: Counter[str] = field(default_factory=Counter)  # by `MilterError.kind`
