"""
The reader of a mail log: lines in, past messages out, whichever MTA wrote them.  No I/O.

Main types: `LogReader`, `LogCounts`.  `infer_year` finds the year of a log that does not tell it.
Not here: what each MTA's lines mean (`postfix`, `exim`, `sendmail`), and joining them (`join`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from . import exim, postfix
from .join import MAX_OPEN, Fact, Join, PastMessage
from .line import Line, Stamps, split
from .sendmail import SendmailReader

__all__ = ["LogCounts", "LogReader", "infer_year"]


@dataclass(slots=True)
class LogCounts:
    """
    How a log was read: `lines` in all, of which `unreadable` had no form or no possible time and
    `unrelated` told nothing of a message; `messages` came out, `evicted` of them before their end.
    """

    lines: int = 0
    unreadable: int = 0
    unrelated: int = 0
    messages: int = 0
    evicted: int = 0


class LogReader:
    """
    One log, read in its order.  `feed` it lines, then `finish`.

    `year` is the year of the first line (for stamps without one), `zone` the zone of stamps that
    name none.  A message is given once the MTA is done with it, so its `at` may lie days back.
    """

    def __init__(self, year: int, zone: tzinfo = UTC, max_open: int = MAX_OPEN) -> None:
        self.counts = LogCounts()
        self._stamps = Stamps(year, zone)
        self._join = Join(max_open)
        self._sendmail = SendmailReader()

    def feed(self, text: str) -> list[PastMessage]:
        """Read one line; return the messages that it completed."""
        self.counts.lines += 1
        line = split(text)
        at = self._stamps.seconds(line.stamp) if line else None
        if line is None or at is None:
            self.counts.unreadable += 1
            return []
        fact = self._fact(line)
        if fact is None:
            self.counts.unrelated += 1
            return []
        return self._counted(self._join.take(line.host, at, fact))

    def finish(self) -> list[PastMessage]:
        """Return the messages that were still under way where the log ends."""
        return self._counted(self._join.finish())

    def _fact(self, line: Line) -> Fact | None:
        first = line.program.partition("/")[0]
        if first.startswith("postfix"):
            return postfix.read(line.program, line.process, line.text)
        if line.program == "exim":
            return exim.read(line.program, line.process, line.text)
        if first in ("sendmail", "sm-mta", "sm-msp-queue", "sm-que"):
            return self._sendmail.read(line.host, line.process, line.text)
        return None

    def _counted(self, done: list[PastMessage]) -> list[PastMessage]:
        self.counts.messages += len(done)
        self.counts.evicted = self._join.evicted
        return done


def infer_year(first: str, ended: datetime) -> int:
    """Return the year of a log's first line, if the log ended at `ended` and spans under a year."""
    line = split(first)
    if line is None or not line.stamp[0].isalpha():
        return ended.year
    begun = Stamps(ended.year, ended.tzinfo or UTC).seconds(line.stamp)
    # A day's grace: the file may have been copied from a machine with another zone.
    return ended.year - 1 if begun is None or begun > ended.timestamp() + 86_400 else ended.year
