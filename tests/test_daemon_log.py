"""The log: every line whole and in order, and nobody who logs ever waits for its reader."""

import json
import logging
import os
from datetime import UTC, datetime

import pytest
import structlog

from outfall.config import LogSettings
from outfall.daemon import log as daemon_log
from outfall.daemon.log import LineWriter, configure


class Log:
    """A pipe with a writer in front."""

    def __init__(self):
        self.reader, self.writer_end = os.pipe()
        self.writer = LineWriter(self.writer_end)

    def read(self):
        """End the writer and return all lines."""
        self.writer.close()
        os.close(self.writer_end)
        with os.fdopen(self.reader, "r") as file:
            return file.read().splitlines()


@pytest.fixture
def log():
    yield Log()
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def test_lines_arrive_whole_and_in_order(log):
    """More lines than one batch come out as they went in."""
    lines = [f"line {number}" for number in range(daemon_log.BATCH * 3 + 1)]
    for line in lines:
        log.writer.write(line)

    assert lines == log.read()


def test_json_is_one_object_a_line(log):
    """Each line has when, how bad and what first, and survives hostile values."""
    configure(LogSettings(), log.writer).info("verdict", sender="a\nb\udcff", count=3)
    (line,) = log.read()
    event = json.loads(line)

    assert ["timestamp", "level", "event"] == list(event)[:3]
    assert {"level": "info", "event": "verdict", "sender": "a\nb\udcff", "count": 3} == {
        name: event[name] for name in ("level", "event", "sender", "count")
    }


def test_text_keeps_the_order_of_its_words(log):
    """What was said first stands first, where a narrow terminal shows it."""
    configure(LogSettings(format="text"), log.writer).info("verdict", reference="K7", action="hold")
    (line,) = log.read()

    assert "reference=K7 action=hold" in line


@pytest.mark.parametrize("value", ["\u202egnp.exe", "\x9b2J", "\x7f", "müller", "\udcff", "plain"])
def test_json_lines_are_printable_ascii(log, value):
    """No value steers the terminal on which the log is read, and each can be read back."""
    configure(LogSettings(), log.writer).info("verdict", sender=value)
    (line,) = log.read()

    assert line.isascii() and line.isprintable()
    assert value == json.loads(line)["sender"]


def test_json_takes_any_value(log):
    """A value that JSON does not know is written as Python shows it, and costs no line."""
    configure(LogSettings(), log.writer).info("verdict", raw=b"\xff", of=Log)
    (line,) = log.read()

    assert ["b'\\xff'", str(Log)] == [json.loads(line)[name] for name in ("raw", "of")]


def test_lines_say_when_they_were_logged(log):
    """A line's time is that of its logging, in UTC to the microsecond."""
    logger = configure(LogSettings(), log.writer)
    before = datetime.now(UTC)
    logger.info("verdict")
    after = datetime.now(UTC)
    (line,) = log.read()
    said = json.loads(line)["timestamp"]

    assert len("2026-03-02T10:00:00.123456Z") == len(said) and said.endswith("Z")
    assert before <= datetime.fromisoformat(said) <= after


def test_text_is_for_people(log):
    """The text format is one line with the same facts, and line ends in values escaped."""
    configure(LogSettings(format="text"), log.writer).info("verdict", sender="a\nb")
    (line,) = log.read()

    assert "verdict" in line and "sender='a\\nb'" in line


def test_level_hides_what_is_less(log):
    """With level warning an info line costs nothing and a warning is written."""
    logger = configure(LogSettings(level="warning"), log.writer)
    logger.info("quiet")
    logger.warning("loud")

    assert ["loud"] == [json.loads(line)["event"] for line in log.read()]


def test_libraries_log_into_it(log):
    """What asyncio or uvicorn complain of is a line of the same log, with its traceback."""
    configure(LogSettings(), log.writer)
    try:
        raise RuntimeError("odd")
    except RuntimeError:
        logging.getLogger("asyncio").exception("task %s failed", "x")
    (line,) = log.read()
    event = json.loads(line)

    assert ("asyncio", "task x failed") == (event["logger"], event["message"])
    assert "RuntimeError: odd" in event["exception"]


def test_a_reader_that_does_not_read_is_not_waited_for(log, monkeypatch):
    """With a full pipe lines are dropped and counted, and the gap is told once it reads again."""
    monkeypatch.setattr(daemon_log, "MAX_WAITING", 50)
    received, dropped, told = b"", [], 0
    with os.fdopen(log.reader, "rb", buffering=0) as reader:
        for _ in range(2):
            for number in range(2000):
                log.writer.write(f"{number} " + "x" * 1000)  # far more than a pipe holds
            dropped.append(log.writer.dropped)
            while told < log.writer.dropped:
                received += reader.read(65536)
                gaps = [line for line in received.splitlines(True) if b"dropped" in line]
                told = sum(json.loads(line)["lines"] for line in gaps if line.endswith(b"\n"))
    log.writer.close()
    os.close(log.writer_end)

    assert 0 < dropped[0] < dropped[1]
    assert dropped[1] == told


def test_a_closed_reader_is_no_error(log):
    """When nobody reads any more, logging goes on as if somebody did."""
    os.close(log.reader)
    log.writer.write("to nobody")
    log.writer.close()
    os.close(log.writer_end)

    assert not log.writer._thread.is_alive()
