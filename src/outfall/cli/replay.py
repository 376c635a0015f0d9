"""``outfall replay``: what would have been stopped, and who named, had Outfall been there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..config import SNAPSHOT, load
from ..engine import Engine
from ..model import Action, Category
from ..replay import BEFORE_MAIL, History, Replay, SenderCount, Summary, find_sources
from .past import NO_HISTORY, WIDTH, bar, count_of, minute, tell_history, zone_of

__all__ = ["replay"]

# Of senders who were named, a person reads the worst; --json has all.
SHOWN_SENDERS = 12


@click.command()
@click.argument(
    "sources",
    nargs=-1,
    type=click.Path(exists=True, path_type=Path),
    metavar="[SOURCE]...",
)
@click.option(
    "--history",
    "logs",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An old mail log (Postfix, Exim, Sendmail; gzip too) or JSON lines of envelopes, told to "
    "the engine first. Repeat for rotated logs, oldest first.",
)
@click.option(
    "--save",
    "state",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIRECTORY",
    help="Leave what the engine learnt in the daemon's state directory, while the daemon is "
    "stopped; a state that is there is never overwritten.",
)
@click.option("--config", "config", type=click.Path(path_type=Path), help="Settings to judge by.")
@click.option(
    "--timezone", "zone", default="", help="Zone of log stamps without one [this host's]."
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many messages.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def replay(
    sources: tuple[Path, ...],
    logs: tuple[Path, ...],
    state: Path | None,
    config: Path | None,
    zone: str,
    limit: int | None,
    as_json: bool,
) -> None:
    """
    Put old mail through a fresh engine, in the order of its time.

    SOURCE is an mbox, a maildir, a folder of messages, one message, or a file of JSON lines that
    name messages with their envelopes. Nothing is sent or changed, and nothing is remembered but
    with --save: then the daemon begins with a past, and SOURCE may be left out.

    Each JSON line has "recipients" and what else is known: "at" (seconds since 1970),
    "mail_from", "account", "client_ip", "helo", "local"; and, but for a history, the message's
    "file", relative to the folder of the lines.

    \b
    Example:
        outfall replay sent.mbox --history /var/log/mail.log
        outfall replay day.jsonl --json | jq .named
        outfall replay --history /var/log/mail.log --save /var/lib/outfall

    \b
    Exit status:
        0  replayed
        2  the settings or a source could not be read: a sentence says why
    """  # fmt: skip
    if not sources and not (logs and state):
        raise click.UsageError("name a SOURCE, or --history and --save")
    settings = load(config)
    snapshot = _free_place(state)
    engine = Engine(settings.engine)
    with bar(as_json) as progress:
        history = tell_history(engine, logs, zone_of(zone), progress)
        finding = progress.add_task("finding messages", total=None)
        found = find_sources(sources, lambda count: progress.update(finding, completed=count))
        progress.remove_task(finding)
        messages = found.messages[:limit]
        run = Replay(engine, settings.actions)
        judging = progress.add_task("judging", total=sum(one.length for one in messages))
        run.run(messages, lambda size: progress.advance(judging, size))
    run.summary.unreadable += found.skipped
    if snapshot:
        engine.snapshot(snapshot)
    if as_json:
        report = run.summary.as_json() | {
            "history": history.messages,
            "history_failed": history.failed,
        }
        click.echo(json.dumps(report))
    else:
        _print(run.summary, history, told=bool(logs))
        if snapshot:
            click.echo(f"Saved as {snapshot}: the daemon begins with it.")


def _free_place(state: Path | None) -> Path | None:
    """Where the daemon looks for its state; refused if there is one already."""
    snapshot = state / SNAPSHOT if state else None
    if snapshot and snapshot.exists():
        raise click.UsageError(
            f"{snapshot} is there already: stop the daemon and move it away, or leave out --save"
        )
    return snapshot


# ------------------------------------------------------------------ for people


def _print(summary: Summary, history: History, *, told: bool) -> None:
    console = Console(
        file=sys.stdout, width=WIDTH if not sys.stdout.isatty() else None, highlight=False
    )
    console.print(_opening(summary, history))
    if told and not history.messages:
        console.print(Text(NO_HISTORY))
    if not summary.total:
        return
    console.print(_categories(summary))
    console.print(_consequences(summary))
    _print_senders(console, summary)
    _print_samples(console, summary)
    _print_speed(console, summary)


def _opening(summary: Summary, history: History) -> Text:
    text = f"{count_of(summary.total)} judged"
    if summary.first is not None and summary.last is not None:
        dated = summary.first >= BEFORE_MAIL
        text += (
            f", {minute(summary.first)} to {minute(summary.last)}" if dated else ", not all dated"
        )
    if history.messages:
        text += f", after {count_of(history.messages)} of history"
    if history.unreadable:
        text += f" ({history.unreadable:,} lines of it unreadable)"
    if summary.unreadable:
        text += f"; {summary.unreadable:,} could not be read and were left out"
    return Text(f"{text}.\n")


def _categories(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("category")
    for name in ("messages", "recipients", "share"):
        table.add_column(name, justify="right")
    for category in Category:
        count = summary.messages[category]
        share = f"{100 * count / summary.total:.1f} %"
        table.add_row(str(category), f"{count:,}", f"{summary.recipients[category]:,}", share)
    return table


def _consequences(summary: Summary) -> Text:
    done = [
        f"{count:,} {verb}"
        for action, verb in (
            (Action.REJECT, "rejected"),
            (Action.DISCARD, "discarded"),
            (Action.HOLD, "held"),
            (Action.THROTTLE, "slowed"),
            (Action.TAG, "tagged"),
        )
        if (count := summary.actions[action])
    ]
    told = ", ".join(done) or "nothing held back"
    return Text(
        f"\nThese settings, in enforce mode: {told}, {summary.actions[Action.ACCEPT]:,} passed."
    )


def _print_senders(console: Console, summary: Summary) -> None:
    named = summary.named
    console.print(Text(f"\nWho would have been named: {len(named) or 'nobody'}", style="bold"))
    for sender in named[:SHOWN_SENDERS]:
        console.print(_sender_line(sender), no_wrap=True, overflow="ellipsis")
        console.print(Text(f"    {sender.alerts[0]}"), no_wrap=True, overflow="ellipsis")
    if len(named) > SHOWN_SENDERS:
        console.print(Text(f"  and {len(named) - SHOWN_SENDERS:,} more (--json has all)"))


def _sender_line(sender: SenderCount) -> Text:
    return Text(
        f"  {sender.kind} {sender.id}: {sender.convicted:,} convicted and "
        f"{sender.slowed - sender.convicted:,} slowed of {sender.messages:,}"
    )


def _print_samples(console: Console, summary: Summary) -> None:
    for category in reversed(Category):
        samples = summary.samples[category]
        if samples:
            console.print(Text(f"\n{category}, for example", style="bold"))
        for sample in samples:
            console.print(
                Text(f"  {sample.reference}  {sample.subject or '(no subject)'}"),
                no_wrap=True, overflow="ellipsis",
            )  # fmt: skip
            console.print(
                Text(f"    {', '.join(sample.reasons)}"), no_wrap=True, overflow="ellipsis"
            )


def _print_speed(console: Console, summary: Summary) -> None:
    if summary.seconds > 0:
        rate, size = summary.total / summary.seconds, summary.size / 1e6
        took = f"The engine took {summary.seconds:.2f} s for {size:.1f} MB"
        console.print(Text(f"\n{took}: {rate:,.0f} messages a second."))
