"""
How a verdict is shown to a person or a program.  No command of its own.

Main functions: `verdict_table` and `explanation_table` for people, `as_json` for programs.  They
take the plain form (``dataclasses.asdict``), which is also what the daemon's HTTP gives.
What holds: whatever a message or an envelope put into the words, a terminal only gets printable
text.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..gate import bounded

__all__ = ["Terminal", "as_json", "explanation_table", "verdict_table"]

COLOURS = {"clean": "green", "suspect": "cyan", "bulk": "yellow"}
CONVICTED = "bold red"


class Terminal(Console):
    """A console that leaves a reader that went away to the one who deals with it for all."""

    def on_broken_pipe(self) -> None:
        """Raise it again; rich itself would end the process with status 1."""
        raise BrokenPipeError(errno.EPIPE, "nobody reads")


def as_json(value: Mapping[str, Any]) -> str:
    """One object on one line."""
    return json.dumps(value, default=str)


def verdict_table(verdict: Mapping[str, Any]) -> RenderableType:
    """The category, who sent it, and each reason with its weight."""
    head = Table.grid(padding=(0, 2))
    category = verdict["category"]
    head.add_row("category", Text(str(category), COLOURS.get(category, CONVICTED)))
    head.add_row("score", f"{_nats(verdict['score'])} nats")
    sender = verdict["sender"]
    head.add_row("sender", _plain(f"{sender['kind']} {sender['id'] or '(not known)'}"))
    head.add_row("channel", str(verdict["channel"]))
    head.add_row("reference", _plain(verdict["reference"]))
    for alert in verdict["alerts"]:
        head.add_row("alert", _plain(f"{alert['level']}: {alert['reason']}"))
    return Group(head, "", _evidence(verdict["evidence"]))


def explanation_table(explanation: Mapping[str, Any]) -> RenderableType:
    """The verdict, the patterns behind it, and what would have changed it."""
    when = datetime.fromtimestamp(explanation["at"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    lines: list[RenderableType] = [f"judged at {when}", verdict_table(explanation["verdict"])]
    if explanation["patterns"]:
        lines += ["", "Patterns, strongest first"]
        lines += [_indented(pattern) for pattern in explanation["patterns"]]
    lines += ["", "How it was reckoned"]
    lines += [_indented(line) for line in explanation["reckoning"]]
    return Group(*lines, "", _plain(explanation["would_change"]))


def _evidence(evidence: Any) -> RenderableType:
    if not evidence:
        return Text("No evidence either way.")
    table = Table("nats", "evidence", "why", box=None, padding=(0, 2), header_style="dim")
    table.columns[0].justify = "right"
    for one in evidence:
        table.add_row(_nats(one["nats"]), _plain(one["name"]), _plain(one["detail"]))
    return table


def _indented(text: str) -> RenderableType:
    return Padding(_plain(text), (0, 0, 0, 2), expand=False)


def _nats(value: float) -> str:
    """With its sign, but for a zero that is only rounded."""
    return f"{round(value, 1) + 0.0:+.1f}"


def _plain(text: str) -> Text:
    """Text without markup and without what a terminal would obey."""
    return Text(bounded(str(text)) or "")
