"""``outfall scan``: judge one message."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from ..model import Category
from .message import Asked, engine_of, envelope_options
from .show import Terminal, as_json, verdict_table

PASSING = (Category.CLEAN, Category.SUSPECT)


@click.command()
@click.argument("file", metavar="FILE|-")
@envelope_options
@click.option("--json", "as_object", is_flag=True, help="One JSON object, for programs.")
def scan(file: str, state: Path | None, config: Path | None, as_object: bool, **who: Any) -> None:
    """
    Judge one message: a file as the MTA has it, or standard input.

    This is a dry run: nobody is accused and nothing is remembered.  A fresh engine has seen no
    other mail and finds little; with --state it judges as the daemon would have.  Sender and
    recipients are taken from the message's header where no option gives them.

    \b
    Example:
        outfall scan odd.eml
        outfall scan --account alice --state /var/lib/outfall --json - < odd.eml

    \b
    Exit status:
        0  clean or suspect: it would pass
        1  bulk, spam, phishing or malware
        2  could not tell: a sentence says why
    """
    verdict = Asked.of(file, **who).judge(engine_of(state, config))
    shown = dataclasses.asdict(verdict)
    if as_object:
        click.echo(as_json(shown))
    else:
        Terminal().print(verdict_table(shown))
    raise click.exceptions.Exit(int(verdict.category not in PASSING))
