"""
Mail logs of the past given to an engine, so that it knows who writes to whom and how much.

Main types: `recall_history` reads files and calls the engine's `recall`; `History` counts.  A file
is a mail log of Postfix, Exim or Sendmail, or JSON lines with envelopes as in `sources`, either of
them packed with gzip or not.

A mail log also tells which recipients could not be delivered to; the engine hears of both kinds, as
`Feedback.FAILED` and `Feedback.DELIVERED` of the sender that an envelope names.

What holds: files are read line by line and only once; give rotated logs oldest first.  A message
whose lines are spread over two files is known as far as each file tells of it.
Not here: what the lines mean (`wire.maillog`).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ..errors import SourceError
from ..model import Envelope, Feedback, Sender, SenderKind
from ..wire.maillog import LogReader, PastMessage, infer_year
from .limits import MAX_LINE
from .lines import read_named

__all__ = ["History", "recall_history"]

GZIP = b"\x1f\x8b"


class Recalls(Protocol):
    """What is needed of the engine; `outfall.Engine` has it."""

    def recall(self, envelope: Envelope, at: float | None = None) -> None: ...

    def feedback(
        self, what: Feedback, *, sender: Sender | None = None, mail_from: str | None = None,
        source: str = "", at: float | None = None,
    ) -> bool: ...  # fmt: skip


@dataclass(slots=True)
class History:
    """What was read: `messages` recalled, `failed` recipients among them, lines of no use."""

    messages: int = 0
    failed: int = 0
    lines: int = 0
    unreadable: int = 0


def recall_history(
    engine: Recalls,
    paths: Iterable[Path],
    *,
    zone: tzinfo = UTC,
    seen: Callable[[History], None] = lambda history: None,
) -> History:
    """
    Tell `engine` of every message in `paths`, in their order.

    `zone` is that of time stamps without one; `seen` is told the counts now and then.
    SourceError if a file cannot be read at all.
    """
    history = History()
    for path in paths:
        for past, told in _messages_of(path, zone, history):
            engine.recall(past.envelope, at=past.at)
            history.messages += 1
            history.failed += len(past.failed)
            if told:
                _tell_outcomes(engine, past)
            if history.messages % 1_000 == 0:
                seen(history)
    return history


def _tell_outcomes(engine: Recalls, past: PastMessage) -> None:
    sender = _sender(past.envelope)
    if sender is None:
        return
    mail_from = past.envelope.mail_from
    for recipient in past.envelope.recipients:
        what = Feedback.FAILED if recipient in past.failed else Feedback.DELIVERED
        engine.feedback(what, sender=sender, mail_from=mail_from, source="mail log", at=past.at)


def _sender(envelope: Envelope) -> Sender | None:
    # The rungs of the identity ladder that need no message.  Local mail is named by its header
    # (which script), so nobody can be told of here.
    if envelope.account:
        return Sender(SenderKind.ACCOUNT, envelope.account)
    if envelope.client_ip:
        return Sender(SenderKind.IP, envelope.client_ip)
    return None


# A past message, and whether its source tells what became of it.
_Told = tuple[PastMessage, bool]


def _messages_of(path: Path, zone: tzinfo, history: History) -> Iterator[_Told]:
    try:
        with _opened(path) as file:
            first = file.readline(MAX_LINE)
            reads = _json_lines if first.lstrip()[:1] == b"{" else _log_lines
            yield from reads(path, zone, history, first, file)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def _lines(first: bytes, file: BinaryIO, history: History) -> Iterator[bytes]:
    line = first
    while line:
        history.lines += 1
        yield line
        line = file.readline(MAX_LINE)


def _log_lines(
    path: Path, zone: tzinfo, history: History, first: bytes, file: BinaryIO
) -> Iterator[_Told]:
    ended = datetime.fromtimestamp(path.stat().st_mtime, zone)
    reader = LogReader(infer_year(_text(first), ended), zone)
    for line in _lines(first, file, history):
        for past in reader.feed(_text(line)):
            yield past, True
    for past in reader.finish():
        yield past, True
    history.unreadable += reader.counts.unreadable


def _json_lines(
    path: Path, zone: tzinfo, history: History, first: bytes, file: BinaryIO
) -> Iterator[_Told]:
    for line in _lines(first, file, history):
        named = read_named(path.parent, line)
        if named is None or named.at is None or not named.envelope.recipients:
            history.unreadable += 1
        else:
            yield PastMessage(named.at, named.envelope), False


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")
