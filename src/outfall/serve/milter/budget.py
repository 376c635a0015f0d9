"""
One budget of memory for all connections, kept by not reading from some of them.

Main type: `Budget`.  What holds:

* With less than three quarters in use nobody is paused.
* Above that, memory is short until use is down to half: who holds nothing is paused, so that no
  message begins, and the others finish theirs.
* Above the budget one connection is read, the one that holds most, and no other before its
  message is done.  So use stays below the budget plus one message plus one read each.
* It cannot deadlock: messages that wait for a decision leave by the gate's deadline, the one that
  is read comes to its end or becomes the `laggard`, and with nothing held nothing is short.

Not here: sockets.  A member is anything that can pause and resume.
"""

from typing import Protocol

__all__ = ["LEAST_GAIN", "Budget", "Member"]

# A peer on the slowest of links between an MTA and its filter brings far more in any seconds.
LEAST_GAIN = 64 * 1024


class Member(Protocol):
    """A connection, as far as the budget is concerned."""

    heard: int  # bytes it ever sent

    @property
    def deciding(self) -> bool:
        """Whether its message waits for us and not we for it."""

    def pause(self) -> None:
        """Read no more from it."""

    def resume(self) -> None:
        """Read again."""


class Budget:
    """Who holds how much, and who must wait; `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._held: dict[Member, int] = {}
        self._paused: set[Member] = set()
        self._short = False
        self._only: Member | None = None  # the one that is read while over the limit
        self._watched: tuple[Member, int] | None = None

    def join(self, member: Member) -> None:
        """Take in a new member, which holds nothing."""
        self._held[member] = 0
        if self._short:
            self._settle()

    def leave(self, member: Member) -> None:
        """Let a member go with all it held."""
        self.total -= self._held.pop(member, 0)
        self._paused.discard(member)
        if self._only is member:
            self._only = None
        if self._short:
            self._settle()

    def change(self, member: Member, held: int) -> None:
        """Note how much a member holds now."""
        before = self._held.get(member)
        if before is None or before == held:
            return
        self._held[member] = held
        self.total += held - before
        if self._short or self.total > self.limit * 3 // 4:
            self._settle()

    def laggard(self) -> Member | None:
        """Return whom to close, if called every so often: the largest that brings nothing."""
        reading = [
            member
            for member, held in self._held.items()
            if held and member not in self._paused and not member.deciding
        ]
        if not self._short or not reading:
            self._watched = None
            return None
        largest = max(reading, key=self._held.__getitem__)
        before, self._watched = self._watched, (largest, largest.heard)
        if before and before[0] is largest and largest.heard - before[1] < LEAST_GAIN:
            return largest
        return None

    def _settle(self) -> None:
        self._short = self.total > self.limit // 2
        over = self.total > self.limit
        if not over or (self._only and not self._held[self._only]):
            self._only = None
        if over and self._only is None and not any(member.deciding for member in self._held):
            self._only = max(self._held, key=self._held.__getitem__)
        for member, held in self._held.items():
            allowed = member is self._only if over else held > 0
            self._let(member, allowed or not self._short)

    def _let(self, member: Member, read: bool) -> None:
        if read and member in self._paused:
            self._paused.remove(member)
            member.resume()
        elif not read and member not in self._paused:
            self._paused.add(member)
            member.pause()
