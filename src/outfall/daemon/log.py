"""
Log lines to standard error without ever waiting for it.

Main types: `LineWriter`, a thread behind a bounded queue, and `configure`, which leads structlog
and the libraries' logging into it.  What holds: whoever logs never waits; if standard error is
slower than the log for long, lines are dropped, counted, and the gap is told in the log itself.
Not here: what is logged.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import select
import threading
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog
from pydantic_core import PydanticSerializationError, to_json

from ..config import LogSettings

__all__ = ["LineWriter", "configure"]

# At 1,000 messages a second, ten seconds of a journal that does not read, in some 5 MB.
MAX_WAITING = 10_000

# How many lines go out in one write: a pipe takes 64 KiB at a time.
BATCH = 128

# How long the thread rests between two writes, in seconds.  Woken for each line, it would fight
# the event loop for Python's lock; fifty times a second nobody notices.
REST = 0.02

# At the end, how long a reader that does not read may keep the daemon from ending, in seconds.
FAREWELL = 2.0


class LineWriter:
    """Writes lines to a file descriptor from its own thread."""

    def __init__(self, descriptor: int = 2) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._told = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Take a line, without its end; drop it if too many wait already."""
        if self._waiting.qsize() >= MAX_WAITING:
            self.dropped += 1
        else:
            self._waiting.put(line)

    # What structlog calls on the logger it wraps.
    debug = info = warning = error = critical = msg = write

    def close(self) -> None:
        """Write what waits and end, within `FAREWELL` seconds."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join(FAREWELL)

    def _run(self) -> None:
        ended = False
        while not ended:
            lines = [self._waiting.get()]
            while len(lines) < BATCH and not self._waiting.empty():
                lines.append(self._waiting.get())
            ended = None in lines
            text = "".join(f"{line}\n" for line in lines if line is not None)
            self._out((text + self._gap()).encode("utf-8", "backslashreplace"))
            if self._waiting.empty():
                self._closing.wait(REST)

    def _gap(self) -> str:
        """A line that tells of lines dropped since the last time, or nothing."""
        missing, self._told = self.dropped - self._told, self.dropped
        if not missing:
            return ""
        return (
            json.dumps({"level": "warning", "event": "log lines dropped", "lines": missing}) + "\n"
        )

    def _out(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError:
                return  # nobody reads: mail goes on without a log


# ------------------------------------------------------------------ structlog and logging


def configure(settings: LogSettings, writer: LineWriter, *, colours: bool = False) -> Any:
    """Lead all logging into `writer`; return the logger for lines that come often."""
    processors: list[Any] = [_as_json]
    if settings.format == "text":
        processors = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            # In the order of JSON, which tells the verdict before its circumstances.
            structlog.dev.ConsoleRenderer(colors=colours, sort_keys=False),
        ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(settings.level),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,  # a reload changes level and format
    )
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    return structlog.get_logger().bind()


def _as_json(logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
    """
    One object a line, when and what first, for people who look at it raw.

    Does in one step what structlog's own processors do in four: this is half the cost of a line,
    and a line goes with every message.
    """
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, level, event)
    return _dumps({"timestamp": _timestamp(), "level": level, "event": event.pop("event"), **event})


def _timestamp() -> str:
    """The time in UTC, to the microsecond, as ISO 8601 has it."""
    now = time.time_ns()
    return f"{_second(now // 1_000_000_000)}.{now // 1_000 % 1_000_000:06d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    """The part of it that all lines of one second have in common."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _dumps(event: dict[str, Any]) -> str:
    """JSON in printable ASCII, so that no value can steer the terminal of who reads it."""
    try:
        line = to_json(event, fallback=str).decode()
    except PydanticSerializationError:
        line = ""  # half a surrogate pair, from undecodable bytes
    if line.isascii() and line.isprintable() and line:
        return line
    return json.dumps(event, separators=(",", ":"), default=str)


class _Forward(logging.Handler):
    """Takes what libraries log (asyncio, uvicorn) into the one log."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            max(record.levelno, logging.DEBUG),
            "library",
            logger=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info or None,
        )
