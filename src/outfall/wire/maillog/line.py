"""
One line of a log taken apart: when, which host, which program, what it says.  No I/O.

Main types: `Line`, and `Stamps`, which turns the three time stamps in use into seconds since 1970:
RFC 3339 (rsyslog, systemd), traditional syslog without a year (RFC 3164), and Exim's own.

What holds: `Stamps` needs no clock.  A traditional stamp gets its year from the line before it, so
a log may run over New Year, and a line that is late by days stays in its year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["MAX_LINE", "Line", "Stamps", "split"]

# Postfix cuts at 2,000 characters and syslog at 8 KiB; an Exim line with all its recipients may
# be longer.  What goes beyond is no line of a mail log.
MAX_LINE = 64 * 1024

# A line this much earlier than the one before it belongs to the next year, and the other way round.
HALF_A_YEAR = timedelta(days=183)

MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}

TRADITIONAL = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
EXIM = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: [+-]\d{4})?"

SYSLOG_LINE = re.compile(
    rf"(?:<\d{{1,3}}>)?(?P<stamp>{TRADITIONAL}|{RFC3339}) (?P<host>\S{{1,255}}) "
    r"(?P<program>[\w./-]{1,64})(?:\[(?P<process>\d{1,10})\])?: (?P<text>.*)",
    re.ASCII | re.DOTALL,
)
EXIM_LINE = re.compile(
    rf"(?P<stamp>{EXIM}) (?:\[(?P<process>\d{{1,10}})\] )?(?P<text>.*)", re.ASCII | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `stamp` as written, `process` the process id or "", `text` what was said."""

    stamp: str
    host: str
    program: str
    process: str
    text: str


def split(text: str) -> Line | None:
    """Take a line apart, or return None if it is no line of a log."""
    text = text.rstrip("\r\n")
    if len(text) > MAX_LINE or "\n" in text:
        return None
    if match := SYSLOG_LINE.match(text):
        line = Line(
            match["stamp"], match["host"], match["program"], match["process"] or "", match["text"]
        )
        return _exim_inside(line) if line.program in ("exim", "exim4") else line
    if match := EXIM_LINE.match(text):
        return Line(match["stamp"], "", "exim", match["process"] or "", match["text"])
    return None


def _exim_inside(outer: Line) -> Line:
    # With log_file_path = syslog Exim writes its own stamp again, unless syslog_timestamp is off.
    if match := EXIM_LINE.match(outer.text):
        return Line(
            outer.stamp, outer.host, "exim", match["process"] or outer.process, match["text"]
        )
    return Line(outer.stamp, outer.host, "exim", outer.process, outer.text)


class Stamps:
    """
    Time stamps of one log, read in its order.

    `year` is the year of the first line, for logs that do not tell; `zone` the zone of stamps
    that name none.
    """

    def __init__(self, year: int, zone: tzinfo = UTC) -> None:
        self._year = year
        self._zone = zone
        self._last: datetime | None = None
        self._known: tuple[str, float | None] = ("", None)

    def seconds(self, stamp: str) -> float | None:
        """Return seconds since 1970, or None for a time that does not exist."""
        # A busy log has many lines a second; the same stamp again is the same time again.
        if stamp != self._known[0]:
            self._known = (stamp, self._seconds(stamp))
        return self._known[1]

    def _seconds(self, stamp: str) -> float | None:
        try:
            if not stamp[0].isalpha():
                return self._full(stamp)
            return self._without_year(stamp).replace(tzinfo=self._zone).timestamp()
        except (ValueError, OverflowError):
            return None

    def _full(self, stamp: str) -> float:
        when = datetime.fromisoformat(stamp.replace(" ", "T", 1).replace(" ", ""))
        return (when if when.tzinfo else when.replace(tzinfo=self._zone)).timestamp()

    def _without_year(self, stamp: str) -> datetime:
        month, day = MONTHS.get(stamp[:3], 0), int(stamp[4:6])
        hour, minute, second = (int(part) for part in stamp[7:].split(":"))
        when = datetime(self._year, month, day, hour, minute, second)
        if self._last is not None and self._last - when > HALF_A_YEAR:
            self._year += 1
            when = when.replace(year=self._year)
        elif self._last is not None and when - self._last > HALF_A_YEAR:
            return when.replace(year=self._year - 1)  # a late line; the log has moved on
        self._last = when
        return when
