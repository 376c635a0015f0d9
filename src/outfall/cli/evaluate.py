"""``outfall evaluate``: your own labelled mail, and what the engine would have made of it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click
from pydantic import SecretStr
from rich.progress import Progress

from ..config import EngineSettings, load
from ..engine import Engine, check_parts
from ..replay import History
from ..replay.evaluation import Evaluation, LabelledMail, Marks, find_labelled
from .evaluate_report import Paper, show
from .past import bar, tell_history, zone_of

__all__ = ["evaluate"]

MAIL = click.Path(exists=True, path_type=Path)

# Each key is a run of its own; more tell nothing that these do not.
MOST_KEYS = 100

# What --json has of the good messages that were wronged, unless --show-false asks for more.
KEPT_FALSE = 20


@click.command()
@click.argument("lines", nargs=-1, type=MAIL, metavar="[LINES]...")
@click.option(
    "--good",
    multiple=True,
    type=MAIL,
    help="Mail that is innocent: an mbox, a maildir, a folder, a message, JSON lines. Repeatable.",
)
@click.option(
    "--bad", multiple=True, type=MAIL, help="Mail that is abuse, in the same forms. Repeatable."
)
@click.option(
    "--history",
    "logs",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An old mail log or JSON lines of envelopes, told to the engine first: see replay.",
)
@click.option(
    "--config",
    "--settings",
    "config",
    type=click.Path(path_type=Path),
    help="Settings to judge by.",
)
@click.option(
    "--timezone", "zone", default="", help="Zone of log stamps without one [this host's]."
)
@click.option(
    "--without",
    "left_out",
    multiple=True,
    metavar="PART",
    help='A part of the rule to leave out, such as "kind link", "evidence turned", "cap conduct" '
    'or "key own"; a wrong name is answered with all. Repeatable.',
)
@click.option(
    "--keys",
    "--seeds",
    "keys",
    type=click.IntRange(1, MOST_KEYS),
    default=1,
    show_default=True,
    help="Repeat under so many random keys, and tell how far the figures move with the key.",
)
@click.option(
    "--show-false",
    type=click.IntRange(0, 1_000),
    default=0,
    metavar="N",
    help="List so many good messages that were slowed or convicted, with the reasons.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write everything as one JSON object to FILE, and no page if FILE is -.",
)
def evaluate(
    lines: tuple[Path, ...],
    good: tuple[Path, ...],
    bad: tuple[Path, ...],
    logs: tuple[Path, ...],
    config: Path | None,
    zone: str,
    left_out: tuple[str, ...],
    keys: int,
    show_false: int,
    json_file: Path | None,
) -> None:
    """
    Mark the engine on your own mail, of which you know what is good and what is bad.

    All of it is put through a fresh engine in the order of its time; each message is judged by
    what came before it. Nothing is sent or changed.

    LINES are JSON lines that name messages with their envelopes, as replay reads them, each with a
    "label" of its own ("good" or "bad"; without one it is poured and not marked) and, if you know
    it, a "campaign" and the accountable "sender" ("account alice"). Mail without envelopes is
    judged by its header, which tells far less: no login, and whatever the sender wrote.

    \b
    Example:
        outfall evaluate --good sent.mbox --bad spam/ --history /var/log/mail.log
        outfall evaluate week.jsonl --show-false 10 --json report.json
        outfall evaluate week.jsonl --keys 5 --without "evidence turned"

    \b
    Exit status:
        0  marked, whatever the marks are
        2  the settings or some mail could not be read: a sentence says why
    """
    _check(lines, good, bad)
    if json_file and not json_file.parent.is_dir():  # told now and not after an hour
        raise click.UsageError(
            f"{json_file} cannot be written: there is no folder {json_file.parent}"
        )
    settings = _settings(config, left_out)
    history = History()
    with bar(json_file == Path("-")) as progress:
        finding = progress.add_task("finding messages", total=None)
        mail = find_labelled(good, bad, lines, lambda n: progress.update(finding, completed=n))
        progress.remove_task(finding)
        runs = []
        for number in range(keys):
            engine = Engine(_with_key(settings, fresh=keys > 1))
            history = tell_history(engine, logs, zone_of(zone), progress)
            kept = max(show_false, KEPT_FALSE) if number == 0 else 0
            runs.append(_pour(engine, mail, kept, progress))
    paper = Paper(runs, history, told=bool(logs), left_out=left_out)
    if json_file:
        _write(json_file, paper)
    if json_file != Path("-"):
        show(paper, mail, show_false)


def _check(lines: tuple[Path, ...], good: tuple[Path, ...], bad: tuple[Path, ...]) -> None:
    if not (lines or good or bad):
        raise click.UsageError("name mail: --good, --bad, or LINES that have labels")
    groups = [{path.resolve() for path in paths} for paths in (good, bad, lines)]
    twice = (groups[0] & groups[1]) | (groups[2] & (groups[0] | groups[1]))
    if twice:
        raise click.UsageError(f"{min(twice)} is named twice: mail is good or bad, not both")


def _settings(config: Path | None, left_out: tuple[str, ...]) -> EngineSettings:
    settings = load(config).engine
    check_parts(left_out)
    return settings.model_copy(update={"without": (*settings.without, *left_out)})


def _with_key(settings: EngineSettings, *, fresh: bool) -> EngineSettings:
    """The settings, under a random key of their own if several keys are to be compared."""
    if not fresh:
        return settings
    return settings.model_copy(update={"key": SecretStr(secrets.token_hex(16))})


def _pour(engine: Engine, mail: LabelledMail, kept: int, progress: Progress) -> Marks:
    run = Evaluation(engine, kept)
    task = progress.add_task("judging", total=sum(one.source.length for one in mail.messages))
    run.run(mail.messages, lambda size: progress.advance(task, size))
    progress.remove_task(task)
    run.marks.unreadable += mail.skipped
    return run.marks


def _write(file: Path, paper: Paper) -> None:
    text = json.dumps(paper.as_json())
    if file == Path("-"):
        click.echo(text)
    else:
        file.write_text(text + "\n")
