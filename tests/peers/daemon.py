"""
The real daemon, as an operator runs it: a settings file, a process, signals.

Main type: `Daemon`.  It can be started again after it ended, on the same ports and state.
"""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from outfall import Engine, Envelope
from outfall.config import SNAPSHOT, load
from peers.postfix import Postfix, free_port
from peers.waiting import wait_until

OUTFALL = Path(sys.executable).with_name("outfall")

# Longer than any drain set here: what has not ended then hangs.
END_TIMEOUT = 30

SETTINGS = """\
[engine]
memory = "64 MiB"

[actions]
mode = "{mode}"

[milter]
drain = "10 s"

[[milter.listeners]]
address = "inet:127.0.0.1:{milter_port}"

[[milter.listeners]]
address = "inet:127.0.0.1:{local_milter_port}"
local = true

[[milter.listeners]]
address = "unix:{milter_socket}"
local = true
mode = "0666"

[http]
listen = "inet:127.0.0.1:{http_port}"

[log]
format = "json"

[state]
directory = "{state}"
snapshot_interval = "1 s"
"""


# Messages of former days, as a mail log has them: when, and from whom to whom.
Past = Sequence[tuple[float, Envelope]]

# In a mode, with a past.
StartDaemon = Callable[..., "Daemon"]


class Daemon:
    """`outfall serve` for one private Postfix; starts as a context, `log_lines` tell its story."""

    def __init__(self, postfix: Postfix, folder: Path, mode: str = "monitor") -> None:
        self.http_port = free_port()
        # In Postfix's own folder, as its processes cannot enter that of a test.
        self.milter_socket = postfix.base / "milter.sock"
        self.settings = folder / "outfall.toml"
        self._ports = (postfix.milter_port, postfix.local_milter_port)
        self._log = folder / "outfall.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._state = folder / "state"
        self._state.mkdir()
        self.settings.write_text(
            SETTINGS.format(
                mode=mode,
                milter_port=postfix.milter_port,
                local_milter_port=postfix.local_milter_port,
                milter_socket=self.milter_socket,
                http_port=self.http_port,
                state=self._state,
            )
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def remember(self, past: Past) -> None:
        """Before the start: leave a snapshot of an engine that has seen the past go by."""
        engine = Engine(load(self.settings).engine)
        for at, envelope in past:
            engine.recall(envelope, at=at)
        if past:
            engine.snapshot(self._state / SNAPSHOT)

    def start(self) -> None:
        """Start the process and wait until both milter sockets answer."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                # It ends with the test run, even if that is killed: prctl(2), PR_SET_PDEATHSIG.
                ["setpriv", "--pdeathsig", "KILL", OUTFALL, "serve", "--config", self.settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for port in (*self._ports, self.http_port):
            wait_until(lambda port=port: self._listens(port), f"the daemon on port {port}")

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, no farewell."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_TIMEOUT)
            self._process = None

    def terminate(self) -> int:
        """Ask it to end (SIGTERM) and return its exit status."""
        self.ask_to_end()
        return self.wait()

    def ask_to_end(self) -> None:
        """Send SIGTERM and return at once."""
        self._running.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end and return its exit status."""
        status = self._running.wait(END_TIMEOUT)
        self._process = None
        return status

    def change_settings(self, old: str, new: str) -> None:
        """Edit its settings file; it notices at the next `reload`."""
        text = self.settings.read_text()
        assert old in text
        self.settings.write_text(text.replace(old, new))

    def reload(self) -> None:
        """Make it read its settings again (SIGHUP)."""
        self._running.send_signal(signal.SIGHUP)

    def log_lines(self) -> Iterator[dict[str, Any]]:
        """Yield each line of its log so far; a line that is no JSON object fails the test."""
        whole_lines = self._log.read_text().rpartition("\n")[0]
        for line in whole_lines.splitlines():
            yield json.loads(line)

    def verdicts(self) -> list[dict[str, Any]]:
        """Return the log's lines about verdicts so far."""
        return [line for line in self.log_lines() if line["event"] == "verdict"]

    def wait_for_verdict(self, reference: str) -> dict[str, Any]:
        """Return the log's line about one message."""
        found = wait_until(
            lambda: [line for line in self.verdicts() if line["reference"] == reference],
            f"a line of the log about {reference}",
        )
        assert len(found) == 1, f"{len(found)} lines about {reference}"
        return found[0]

    def bytes_read(self) -> int:
        """Return how much it has read so far, from sockets too: proc(5), `rchar`."""
        lines = Path(f"/proc/{self._running.pid}/io").read_text().splitlines()
        return int(dict(line.split(": ") for line in lines)["rchar"])

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the daemon was not started"
        return self._process

    def _listens(self, port: int) -> bool:
        status = self._running.poll()
        assert status is None, f"the daemon ended with {status}:\n{self._log.read_text()[-2000:]}"
        return _accepts(port)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
