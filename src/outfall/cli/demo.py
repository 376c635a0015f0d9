"""``outfall demo``: a made-up provider's day, poured through the real road, and what was found."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..config import Settings
from ..testing.rehearsal import Rehearsal, demo_settings, rehearse
from ..testing.tally import Tally
from ..testing.world import World
from .demo_report import Report

__all__ = ["demo"]

# Enough that every kind of mail is there, and done within half a minute on a small machine.
MESSAGES = 6_000
QUICK = 1_500

# An outbreak of this many senders is what the engine is for.
MANY_SENDERS = 5


@click.command()
@click.option("--seed", default=1, show_default=True, help="Another seed, another provider.")
@click.option(
    "--messages",
    type=click.IntRange(300, 1_000_000),
    default=MESSAGES,
    show_default=True,
    help="About how many messages the day has.",
)
@click.option("--quick", is_flag=True, help=f"A smaller day, of {QUICK} messages.")
def demo(seed: int, messages: int, quick: bool) -> None:
    """
    Show what Outfall finds in a day of a made-up mail provider.

    Engine, gate and milter server run as in the daemon, on a free port of this machine; nothing
    leaves it and nothing is kept. The day is simulated and goes by as fast as it can be poured.

    \b
    Example:
        outfall demo
        outfall demo --quick --seed 7

    \b
    Exit status:
        0  an outbreak of many senders was convicted, and no innocent was
           convicted or named
        1  otherwise
        2  the demo could not run: a sentence says why
    """  # fmt: skip
    settings, report = demo_settings(seed), Report()
    world = World(seed, QUICK if quick else messages)
    report.opening(world, seed, settings)
    rehearsal = _pour(world, settings)
    report.speed(world, rehearsal)
    for outbreak in rehearsal.tally.outbreaks.values():
        report.outbreak(outbreak)
    report.innocents(rehearsal.tally)
    report.example(rehearsal)
    report.what_next()
    raise click.exceptions.Exit(0 if is_success(rehearsal.tally) else 1)


def is_success(tally: Tally) -> bool:
    """Whether no innocent suffered more than a delay and an outbreak of many was convicted."""
    return tally.is_clean() and any(
        one.convicted and len(one.outbreak.actors) >= MANY_SENDERS
        for one in tally.outbreaks.values()
    )


def _pour(world: World, settings: Settings) -> Rehearsal:
    console = Console(file=sys.stdout)
    columns = (TextColumn("pouring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=len(world.day))
        return rehearse(world, settings, lambda count: progress.advance(task, count))
