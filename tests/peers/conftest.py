"""One private Postfix and one sink for all scenarios; a daemon of its own for each."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from peers.daemon import Daemon, Past, StartDaemon
from peers.install import missing_postfix
from peers.postfix import Postfix, remove_abandoned
from peers.sink import Sink


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    """Where everything arrives; tests tell their mail apart by its subjects."""
    with Sink() as running:
        yield running


@pytest.fixture(scope="session")
def postfix(sink: Sink) -> Iterator[Postfix]:
    """A private Postfix, or a skip that says why there is none."""
    missing = missing_postfix()
    if missing:
        pytest.skip(missing)
    remove_abandoned()
    # A run that is told to end cleans up as one that is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Postfix(sink.port) as running:
        yield running


@pytest.fixture
def start_daemon(postfix: Postfix, tmp_path: Path) -> Iterator[StartDaemon]:
    """Start the daemon in a mode, with a past if one is given; it ends with the test."""
    with ExitStack() as running:

        def start(mode: str = "monitor", past: Past = ()) -> Daemon:
            daemon = Daemon(postfix, tmp_path, mode)
            daemon.remember(past)
            return running.enter_context(daemon)

        yield start
