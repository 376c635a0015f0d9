"""
A message from a file with its envelope, and an engine to judge it.  No command of its own.

Main type: `Asked`, what `scan` and `explain` share; `envelope_options` gives a command its options.
Nothing here changes anything: an engine restored from a snapshot is not written back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import click

from ..config import SNAPSHOT, MilterSettings, load
from ..engine import Engine
from ..errors import SnapshotError, SourceError
from ..model import Envelope, Verdict

__all__ = ["Asked", "engine_of", "envelope_options"]

Command = TypeVar("Command", bound=Callable[..., Any])

# The daemon looks at no more of a message either.
MAX_MESSAGE = MilterSettings().message_size


@dataclass(frozen=True)
class Asked:
    """A message and all that the command line says of it."""

    message: bytes
    envelope: Envelope

    @classmethod
    def of(
        cls,
        file: str,
        mail_from: str | None,
        recipients: tuple[str, ...],
        account: str | None,
        client_ip: str | None,
    ) -> Asked:
        """Read the message; who and whom come from its header where they are not given."""
        message = _read(file)
        senders, others = _addresses(message)
        return cls(
            message,
            Envelope(
                recipients=recipients or others,
                mail_from=mail_from if mail_from is not None else next(iter(senders), None),
                client_ip=client_ip,
                account=account,
            ),
        )

    def judge(self, engine: Engine) -> Verdict:
        """The verdict of `engine`, as of now."""
        return engine.scan(self.message, self.envelope)


def envelope_options(command: Command) -> Command:
    """Add the options that describe the message's envelope, and those that choose the engine."""
    options = [
        click.option("--mail-from", metavar="ADDRESS", help='Envelope sender; "" is the null one.'),
        click.option(
            "--recipient", "recipients", metavar="ADDRESS", multiple=True, help="May be repeated."
        ),
        click.option("--account", metavar="LOGIN", help="The SMTP login that sent it."),
        click.option(
            "--client-ip",
            metavar="IP",
            callback=_address,
            help="The address that it came from.",
        ),
        *ENGINE_OPTIONS,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no address: a verdict on it would be on nobody."""
    try:
        return None if value is None else str(ip_address(value))
    except ValueError:
        raise click.BadParameter(f"{value!a} is not an IP address: write 192.0.2.7") from None


ENGINE_OPTIONS = [
    click.option(
        "--state",
        type=click.Path(path_type=Path),
        help="What the daemon remembers: its state directory or a snapshot. Not changed.",
    ),
    click.option(
        "--config", type=click.Path(path_type=Path), help="The settings file of the daemon."
    ),
]


def engine_of(state: Path | None, config: Path | None) -> Engine:
    """A fresh engine, or one that remembers what the snapshot at `state` holds."""
    settings = load(config).engine
    if state is None:
        return Engine(settings)
    path = state / SNAPSHOT if state.is_dir() else state
    if not path.exists():
        raise SnapshotError(f"there is no snapshot at {path}: name the daemon's state directory")
    return Engine.restore(path, settings)


def _read(file: str) -> bytes:
    try:
        if file == "-":
            message = sys.stdin.buffer.read(MAX_MESSAGE + 1)
        else:
            with Path(file).open("rb") as source:
                message = source.read(MAX_MESSAGE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{file!a} cannot be read ({reason}): name a message") from error
    if len(message) > MAX_MESSAGE:
        raise SourceError(f"{file!a} is over {MAX_MESSAGE} bytes: the daemon passes it unseen")
    return message


def _addresses(message: bytes) -> tuple[list[str], list[str]]:
    """Who sent it and to whom, as its header says; nothing where that cannot be read."""
    head = message[: 64 * 1024]
    try:
        fields = BytesHeaderParser().parsebytes(head)
        senders = getaddresses([str(value) for value in fields.get_all("From", [])])
        lines = fields.get_all("To", []) + fields.get_all("Cc", [])
        others = getaddresses([str(value) for value in lines])
    except (ValueError, LookupError, IndexError, AttributeError, TypeError):
        return [], []  # the standard library's parser is not made for every hostile header
    return [address for _, address in senders if address], [a for _, a in others if a]
