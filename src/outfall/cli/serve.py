"""``outfall serve``: the daemon."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help="The settings file; without it, defaults for a mail server on this host.",
)
def serve(file: Path | None) -> None:
    """
    Run the daemon that Postfix and Sendmail ask for a verdict.

    Without a settings file it listens on loopback (6785 for smtpd_milters, 6786 for
    non_smtpd_milters, 6780 for /metrics and /healthz), lets everything pass and writes its
    verdicts to the log.  SIGHUP takes the settings file anew; SIGTERM finishes what is in flight.

    \b
    Example:
        outfall serve
        outfall serve --config /etc/outfall/outfall.toml

    \b
    Exit status:
        0  ended by SIGTERM or SIGINT, with nothing left in flight
        1  ended at once by a second signal
        2  could not start: a sentence says why
    """
    # Imported here: the other commands need neither the event loop nor the web server.
    from ..config import read
    from ..daemon import run

    run(partial(read, file))
