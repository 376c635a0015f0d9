"""``outfall config``: check, show and write the settings file."""

from __future__ import annotations

from pathlib import Path

import click

from ..config import example, read, show
from ..engine import check_parts

FILE = click.argument("file", type=click.Path(path_type=Path), required=False)


@click.group()
def config() -> None:
    """
    Check, show or write the settings file.

    \b
    Example:
        outfall config example > outfall.toml
        outfall config check outfall.toml

    \b
    Exit status:
        0  done
        2  the settings are refused: each line says where, why and what to do
    """


@config.command("check")
@FILE
def check_file(file: Path | None) -> None:
    """
    Say whether the daemon would take a settings file.

    \b
    Example:
        outfall config check /etc/outfall/outfall.toml

    \b
    Exit status:
        0  it would
        2  it would not: each line says where, why and what to do
    """
    check_parts(read(file).settings.engine.without)
    click.echo(f"{file or 'the defaults'}: good")


@config.command("show")
@FILE
def show_file(file: Path | None) -> None:
    """
    Print every setting in force and where it comes from.

    What is printed is a settings file itself.  The key is masked.

    \b
    Example:
        outfall config show /etc/outfall/outfall.toml | grep -v '# default'

    \b
    Exit status:
        0  printed
        2  the settings are refused: each line says where, why and what to do
    """
    click.echo(show(read(file)), nl=False)


@config.command("example")
def show_example() -> None:
    """
    Print a settings file of all defaults, each explained.

    \b
    Example:
        outfall config example > /etc/outfall/outfall.toml

    \b
    Exit status:
        0  printed
        2  wrong use
    """
    click.echo(example(), nl=False)
