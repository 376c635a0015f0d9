"""``outfall explain``: why a message was judged as it was."""

from __future__ import annotations

import dataclasses
import http.client
import json
import re
import socket
from pathlib import Path
from typing import Any

import click

from ..config import Address, load
from ..errors import SourceError
from .message import Asked, engine_of, envelope_options
from .show import Terminal, as_json, explanation_table

# What a reference looks like; anything else is a file.
REFERENCE = re.compile(r"[A-Za-z0-9_-]{4,40}")

# The daemon answers in milliseconds, or is not well; in seconds.
ASKING_TIMEOUT = 5.0

# An explanation has a few KiB.  What is longer is not from our daemon.
MAX_ANSWER = 1024 * 1024


@click.command()
@click.argument("what", metavar="REFERENCE|FILE|-")
@envelope_options
@click.option("--json", "as_object", is_flag=True, help="One JSON object, for programs.")
def explain(
    what: str, state: Path | None, config: Path | None, as_object: bool, **who: Any
) -> None:
    """
    Say why a message was judged as it was: what was found, and what would have changed it.

    A REFERENCE (from a reply, a header or the log) is looked up in the running daemon, over the
    [http] address of its settings, or with --state in a snapshot.  A FILE is judged first, as
    `outfall scan` does it: a dry run.

    \b
    Example:
        outfall explain K7Q2M4R8T0VX
        outfall explain --state /var/lib/outfall K7Q2M4R8T0VX
        outfall explain --account alice odd.eml

    \b
    Exit status:
        0  explained
        1  the reference is not remembered (any more)
        2  could not ask: a sentence says why
    """
    if what == "-" or Path(what).is_file():
        explanation = _of_file(what, state, config, who)
    elif not REFERENCE.fullmatch(what):
        raise SourceError(f"{what!a} is neither a file nor a reference: check its spelling")
    elif state is not None:
        found = engine_of(state, config).explain(what)
        explanation = dataclasses.asdict(found) if found else None
    else:
        explanation = ask(_daemon(config), what)
    if explanation is None:
        click.echo(f"outfall: {what} is not remembered: it is unknown or too old", err=True)
        raise click.exceptions.Exit(1)
    if as_object:
        click.echo(as_json(explanation))
    else:
        Terminal().print(explanation_table(explanation))


def _of_file(
    what: str, state: Path | None, config: Path | None, who: dict[str, Any]
) -> dict[str, Any] | None:
    engine = engine_of(state, config)
    found = engine.explain(Asked.of(what, **who).judge(engine).reference)
    return dataclasses.asdict(found) if found else None


# ------------------------------------------------------------------ asking the daemon


def _daemon(config: Path | None) -> Address:
    http = load(config).http
    if not http.enabled:
        raise SourceError("the daemon has http.enabled = false: look into a snapshot with --state")
    return http.listen


def ask(address: Address, reference: str) -> dict[str, Any] | None:
    """The daemon's explanation, or None if it has none; `SourceError` if it cannot be asked."""
    connection = _Connection(address)
    try:
        connection.request("GET", f"/explain/{reference}")
        response = connection.getresponse()
        body = response.read(MAX_ANSWER)
        if response.status == 404:
            return None
        if response.status != 200:
            raise SourceError(
                f"the daemon at {address} refuses ({response.status}): ask on its host"
            )
        answer: dict[str, Any] = json.loads(body)
        return answer
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SourceError(
            f"no daemon answers at {address} ({error}): start it, name its --config, "
            "or look into a snapshot with --state"
        ) from error
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """HTTP over a TCP or unix address; a daemon that listens everywhere is asked on loopback."""

    def __init__(self, address: Address) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104
        self._path = address.host if address.kind == "unix" else None
        super().__init__(
            "localhost" if self._path else host, address.port or 80, timeout=ASKING_TIMEOUT
        )

    def connect(self) -> None:
        if self._path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ASKING_TIMEOUT)
        self.sock.connect(self._path)
