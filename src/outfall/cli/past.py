"""
What the commands that pour old mail have in common: history first, a bar, words for counts.

No command of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ..engine import Engine
from ..replay import History, recall_history

__all__ = ["NO_HISTORY", "WIDTH", "bar", "count_of", "minute", "tell_history", "zone_of"]

# Reports are mailed and printed: a line has to fit everywhere.
WIDTH = 80

NO_HISTORY = (
    "The history told of no message: is it a mail log of Postfix, Exim or Sendmail, or JSON "
    "lines with recipients?\n"
)


def tell_history(
    engine: Engine, logs: tuple[Path, ...], zone: tzinfo, progress: Progress
) -> History:
    """Tell the engine of old mail logs, with a bar of its own."""
    if not logs:
        return History()
    task = progress.add_task("reading history", total=None)
    history = recall_history(
        engine,
        logs,
        zone=zone,
        seen=lambda history: progress.update(task, completed=history.messages),
    )
    progress.remove_task(task)
    return history


def bar(quiet: bool = False) -> Progress:
    """A bar on standard error; nothing where that is no terminal, or where it is not wanted."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=quiet or not console.is_terminal,
    )  # fmt: skip


def zone_of(name: str) -> tzinfo:
    """The zone of this name, this host's for none; BadParameter if there is no such zone."""
    if not name:
        return _local_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(
            f"{name!r} is not a time zone: try Europe/Berlin or UTC"
        ) from error


def _local_zone() -> tzinfo:
    # The offset of today would be wrong for a log from before the clocks were changed.
    try:
        with Path("/etc/localtime").open("rb") as rules:
            return ZoneInfo.from_file(rules)
    except (OSError, ValueError):
        return datetime.now().astimezone().tzinfo or UTC


def count_of(messages: int) -> str:
    """So many messages, in words."""
    return "1 message" if messages == 1 else f"{messages:,} messages"


def minute(at: float) -> str:
    """Seconds since 1970 as a date and a time of day, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
