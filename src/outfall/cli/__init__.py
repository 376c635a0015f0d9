"""
The command line: ``outfall COMMAND``.  One file a command; `COMMANDS` is the list of them.

What holds: every error is one sentence on standard error and status 2; a reader that went away
(a broken pipe) is no error; a command's file is only imported when it is asked for, so that help
and completion come at once.
Not here: what a command does.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import click

from ..errors import OutfallError

__all__ = ["COMMANDS", "main"]

# Name, what it does, and the module here that has it; the order is that of an operator's first day.
COMMANDS = {
    "serve": ("Run the daemon that Postfix and Sendmail ask.", "serve"),
    "config": ("Check, show or write the settings file.", "config"),
    "scan": ("Judge one message.", "scan"),
    "explain": ("Say why a message was judged as it was.", "explain"),
    "replay": ("Pour old mail through an engine and sum up.", "replay"),
    "evaluate": ("Mark the engine on your own good and bad mail.", "evaluate"),
    "demo": ("Show a small provider's day.", "demo"),
}

# An operator's error, as click has it too.
FAILED = 2


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """Take a broken pipe for success: whoever read `outfall config example | head` has enough."""
    try:
        yield
    except BrokenPipeError:
        # What Python would still flush at its end has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(0) from None


class Commands(click.Group):
    """Imports a command when it is run or asked for its help, and not to list it."""

    def make_context(self, *words: Any, **extra: Any) -> click.Context:
        """Parse; help is printed here."""
        with readers_may_leave():
            return super().make_context(*words, **extra)

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        with readers_may_leave():
            return super().invoke(context)

    def list_commands(self, context: click.Context) -> list[str]:
        """The names, in the order of the list."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import the command; its module has a function of its name."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[name][1]}", __name__)
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a slip is answered with the name that was probably meant."""
        name = words[0]
        near = get_close_matches(name, COMMANDS, n=1)
        if name not in COMMANDS and near and not name.startswith("-"):
            context.fail(f'No such command "{name}": did you mean "{near[0]}"?')
        return super().resolve_command(context, words)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (says, _) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outfall", message="%(package)s %(version)s")
def commands() -> None:
    """
    Outbound anti-spam for mail providers.

    \b
    Example:
        outfall serve
        outfall scan message.eml

    \b
    Exit status:
        0  done
        1  an answer of the command that is no error: see its help
        2  wrong use, or it cannot be done: a sentence says why
    """


def main() -> None:
    """Run ``outfall``; the console script."""
    try:
        status = commands.main(standalone_mode=False)
    except OutfallError as error:
        status = _say(str(error))
    except OSError as error:  # a full disk under standard output, above all
        what, why = error.filename or "the output", error.strerror or error
        status = _say(
            f"{what} cannot be read or written ({why}): check that it is allowed and not full"
        )
    except click.ClickException as error:
        error.show()
        status = FAILED
    except click.Abort:
        status = _say("interrupted")
    sys.exit(status)


def _say(sentence: str) -> int:
    click.echo(f"outfall: {sentence}", err=True)
    return FAILED
