"""
What ``outfall evaluate`` prints.  No command of its own.

Main types: `Paper` is one or several runs over the same mail; `show` prints it for people.
What holds: a share comes with the bounds that its count allows; whatever mail put into words, a
terminal only gets printable text, in lines of 80 columns.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..replay import History
from ..replay.evaluation import FalseOne, LabelledMail, Leaks, Marks, proportion_bounds
from ..replay.sources import BEFORE_MAIL
from .past import NO_HISTORY, WIDTH, count_of, minute

__all__ = ["Paper", "bounds_of", "show"]

SHOWN_INNOCENTS = 12
SHOWN_REASONS = 8

# A share below this reads better as so many in ten thousand than in percent.
SMALL_SHARE = 0.01

UNDATED = (
    "{} no date and went first, in the order of the files: bad and good mail of one time must be "
    "mixed as it was, or outbreaks and bystanders never meet.\n"
)
NOTHING = "No message has a label: give --good, --bad, or lines with a label each.\n"


@dataclass(frozen=True, slots=True)
class Paper:
    """The runs, one for each key, and what the engine knew before."""

    runs: list[Marks]
    history: History
    told: bool
    left_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The whole as values that JSON knows: each run, and the shares with their bounds."""
        shares = {
            name: {"messages": messages, "counts": counts, "bounds": list(bounds)}
            for name, counts, messages in _counts(self.runs)
            for bounds in [proportion_bounds(_middle(counts), messages)]
        }
        return {
            "shares": shares,
            "runs": [marks.as_json() for marks in self.runs],
            "history": self.history.messages,
            "without": list(self.left_out),
        }


def show(paper: Paper, mail: LabelledMail, show_false: int) -> None:
    """Print the page."""
    console = Console(
        file=sys.stdout, width=WIDTH if not sys.stdout.isatty() else None, highlight=False
    )
    first = paper.runs[0]
    console.print(Text(_opening(paper, mail)))
    if paper.told and not paper.history.messages:
        console.print(Text(NO_HISTORY))
    if 0 < first.undated < len(mail.messages):
        has = "1 message has" if first.undated == 1 else f"{first.undated:,} messages have"
        console.print(Text(UNDATED.format(has)))
    if not (first.good.messages or first.bad.messages):
        console.print(Text(NOTHING))
        return
    console.print(_shares(paper))
    _print_campaigns(console, paper.runs)
    _print_senders(console, paper.runs)
    _print_false(console, first, show_false)


def _opening(paper: Paper, mail: LabelledMail) -> str:
    times = [one.source.at for one in mail.messages if one.source.at >= BEFORE_MAIL]
    text = f"{count_of(len(mail.messages))} poured"
    if times:
        text += f", {minute(times[0])} to {minute(times[-1])}"
    if paper.history.messages:
        text += f", after {count_of(paper.history.messages)} of history"
    if len(paper.runs) > 1:
        text += f", under {len(paper.runs)} keys in turn"
    if paper.left_out:
        text += f", without {', '.join(paper.left_out)}"
    if paper.runs[0].unreadable:
        text += f"; {paper.runs[0].unreadable:,} could not be read and were left out"
    return f"{text}.\n"


# ------------------------------------------------------------------ shares


def _counts(runs: list[Marks]) -> list[tuple[str, list[int], int]]:
    """Each share's name, its count in every run, and of how many messages."""
    bad, good = runs[0].bad.messages, runs[0].good.messages
    found = [
        ("bad convicted", [one.bad.convicted for one in runs], bad),
        ("bad convicted or slowed", [one.bad.slowed for one in runs], bad),
        ("good convicted", [one.good.convicted for one in runs], good),
        ("good convicted or slowed", [one.good.slowed for one in runs], good),
    ]
    return [row for row in found if row[2]]


def _middle(counts: list[int]) -> int:
    return statistics.median_low(counts)


def _shares(paper: Paper) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in ("messages", "share", "95 % sure to be"):
        table.add_column(name, justify="right")
    if len(paper.runs) > 1:
        table.add_column("over keys", justify="right")
    for name, counts, messages in _counts(paper.runs):
        middle = _middle(counts)
        row = [name, f"{middle:,} of {messages:,}", _percent(middle / messages)]
        row.append(bounds_of(middle, messages))
        if len(paper.runs) > 1:
            row.append(_span(counts))
        table.add_row(*row)
    return table


def bounds_of(count: int, messages: int) -> str:
    """What a count proves, in words: "91.8 to 92.8 %", "fewer than 3.0 in 10,000"."""
    low, high = proportion_bounds(count, messages)
    if count == messages:
        return f"more than {_percent(low)}"
    if high >= SMALL_SHARE:
        return f"{100 * low:.1f} to {_percent(high)}" if count else f"fewer than {_percent(high)}"
    scale = 10 ** math.ceil(-math.log10(high))
    if count:
        return f"{low * scale:.2g} to {high * scale:.1f} in {scale:,}"
    return f"fewer than {high * scale:.1f} in {scale:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= SMALL_SHARE or share == 0 else f"{100 * share:.3f} %"


def _span(counts: list[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


# ------------------------------------------------------------------ campaigns and senders


def _print_campaigns(console: Console, runs: list[Marks]) -> None:
    asked: list[tuple[str, str, Callable[[Marks], Leaks | None]]] = [
        ("slowed", "slowed", Marks.leaks_before_slowing),
        ("convicted", "convicted", Marks.leaks_before_conviction),
    ]
    for position, (verb, never, leaks_of) in enumerate(asked):
        leaks = [found for one in runs if (found := leaks_of(one))]
        if not leaks:
            return
        if position == 0:
            console.print(Text(f"\nCampaigns: {leaks[0].campaigns:,}", style="bold"))
        console.print(
            Text(
                f"  sent before the first was {verb}: median {_over(leaks, 'median')}, "
                f"p90 {_over(leaks, 'p90')}; never {never}: {_over(leaks, 'never')}"
            )
        )


def _over(leaks: list[Leaks], name: str) -> str:
    values = sorted({getattr(one, name) for one in leaks})
    shown = [f"{value:g}" for value in (values[0], values[-1])]
    return shown[0] if len(values) == 1 else " to ".join(shown)


def _print_senders(console: Console, runs: list[Marks]) -> None:
    console.print(Text("\nSenders accused", style="bold"))
    attackers = _span([len(one.attackers) for one in runs])
    accused = _span([one.attackers_accused for one in runs])
    console.print(Text(f"  {accused} of {attackers} who sent ten bad messages or more"))
    wronged = [one.innocent_accused for one in runs]
    console.print(Text(f"  innocent: {_span([len(names) for names in wronged])}"))
    names = runs[0].as_json()["innocent_accused"]
    for name in names[:SHOWN_INNOCENTS]:
        console.print(Text(f"    {name}"), no_wrap=True, overflow="ellipsis")
    if len(names) > SHOWN_INNOCENTS:
        console.print(Text(f"    and {len(names) - SHOWN_INNOCENTS:,} more (--json has all)"))


# ------------------------------------------------------------------ good mail that was wronged


def _print_false(console: Console, marks: Marks, wanted: int) -> None:
    if not marks.good.slowed:
        return
    names = ", ".join(f"{name} {n:,}" for name, n in marks.reasons.most_common(SHOWN_REASONS))
    console.print(Text("\nGood mail slowed or convicted rested on", style="bold"))
    console.print(Text(f"  {names}"))
    for one in marks.false[:wanted]:
        _print_one(console, one)
    if marks.good.slowed > wanted:
        console.print(
            Text(f"  {marks.good.slowed - wanted:,} not shown (--show-false N lists them)")
        )


def _print_one(console: Console, one: FalseOne) -> None:
    lines = [
        f"\n  {one.reference}  {one.category}, from {one.sender}: {one.subject or '(no subject)'}",
        f"    {one.place}",
        *(f"    {reason}" for reason in one.reasons),
        *(f"    {pattern}" for pattern in one.patterns[:SHOWN_REASONS]),
        f"    {one.would_change}",
    ]
    for line in lines:
        console.print(Text(line), no_wrap=True, overflow="ellipsis")
