"""
Where old messages lie: mboxes, maildirs, folders of files, and JSON lines that name messages.

Main types: `Source` says where one message lies; `find_sources` lists them in time order and
`Source.load` reads one.  A JSON line has the message as ``"file"``, or as ``"blob"``, ``"offset"``
and ``"length"`` (without ``"blob"``: the file messages.bin beside it), or its bytes themselves in
Base64 as ``"message"`` (lines of more than a megabyte are skipped); and what was known beside it:
``"at"`` (seconds since 1970), ``"mail_from"``, ``"recipients"``, ``"client_ip"``,
``"account"``, ``"helo"``, ``"client_name"``, ``"local"``, ``"subscriber"``, ``"tenant"``,
``"queue_id"``.  Paths are relative to the file that names them and may not lead out of its folder.

What holds: files are only read; symbolic links in folders are not followed; what cannot be read
as it says is skipped and counted.  Not here: what the header alone tells (`headers`).
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import SourceError
from ..model import Envelope
from . import mbox
from .headers import derive, time_of
from .history import GZIP
from .limits import MAX_HEAD, MAX_LINE, MAX_MESSAGE, MAX_MESSAGES
from .lines import Named, read_named

__all__ = ["BEFORE_MAIL", "Found", "Source", "find_sources"]

# Without any time at all, messages follow each other at this distance.
STEP = 1.0

# They are counted from 1970 on; no mail is that old.
BEFORE_MAIL = 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Source:
    """
    One message's place: `path`, `offset` and `length` of its bytes, and its time.

    `line` is where the JSON line that names it lies (file, offset, length), None without one.
    """

    at: float
    path: Path
    offset: int
    length: int
    is_mbox: bool = False
    line: tuple[Path, int, int] | None = None

    def load(self) -> tuple[bytes, Envelope]:
        """Read the message and its envelope; SourceError if the file changed or cannot be read."""
        told = self.told()
        if self.line is not None and told is not None:
            path = self.line[0]
            named = read_named(path.parent, told)
            if named is None:
                raise SourceError(f"{path} changed while it was read: start again")
            if named.message is not None:
                return named.message, named.envelope
            return _read(self.path, self.offset, self.length), named.envelope
        raw = _read(self.path, self.offset, self.length)
        if self.is_mbox:
            raw = mbox.unescape(raw)
        return raw, derive(raw)[1]

    def told(self) -> bytes | None:
        """Read the JSON line that names the message; None without one, SourceError as `load`."""
        if self.line is None:
            return None
        path, offset, length = self.line
        return _read(path, offset, length)


@dataclass(slots=True)
class Found:
    """What `find_sources` found: messages in time order, and how many it had to skip."""

    messages: list[Source]
    skipped: int = 0


def find_sources(paths: Iterable[Path], seen: Callable[[int], None] = lambda count: None) -> Found:
    """
    List the messages of all `paths` in time order; `seen` is told the count now and then.

    A message without a time keeps its place after the one before it.  SourceError if a path
    cannot be read at all or there are more than `MAX_MESSAGES`.
    """
    found, last = Found([]), 0.0
    for path in paths:
        for item in _messages_of(path):
            if item is None or item[2] > MAX_MESSAGE:
                found.skipped += 1
                continue
            at, offset, length, where, is_mbox, line = item
            last = at if at is not None else last + STEP
            found.messages.append(Source(last, where, offset, length, is_mbox, line))
            if len(found.messages) > MAX_MESSAGES:
                raise SourceError(
                    f"{path}: more than {MAX_MESSAGES} messages, which do not fit in memory in "
                    "order: replay them in parts"
                )
            if len(found.messages) % 1_000 == 0:
                seen(len(found.messages))
    found.messages.sort(key=lambda source: source.at)
    return found


# time, offset, length, file, whether an mbox, and the JSON line; None for what is skipped
_Place = tuple[float | None, int, int, Path, bool, tuple[Path, int, int] | None]


def _messages_of(path: Path) -> Iterator[_Place | None]:
    try:
        if path.is_dir():
            yield from _folder(path)
        elif (opening := _opening(path)) == GZIP:  # it would pass for one message of no words
            raise SourceError(f"{path} is packed with gzip: unpack it first")
        elif path.suffix in (".jsonl", ".ndjson") or opening.startswith(b"{"):
            yield from _named(path)
        else:
            yield from _file(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error


def _opening(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(GZIP))


def _folder(path: Path) -> Iterator[_Place | None]:
    # A maildir (new, cur and tmp, the last never to be read), or any folder of files.
    is_maildir = (path / "cur").is_dir() or (path / "new").is_dir()
    folders = [path / "new", path / "cur"] if is_maildir else [path]
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if not hidden and stat.S_ISREG(file.lstat().st_mode):
                yield from _file(file)


def _file(path: Path) -> Iterator[_Place | None]:
    # A file that opens with a "From " line is a mailbox wherever it lies, if only of one message.
    try:
        with path.open("rb") as file:
            head = file.read(MAX_HEAD)
        size = path.stat().st_size
    except OSError:
        yield None
        return
    if not head:
        return  # a mailbox that nothing has come to yet
    if head.startswith(b"From "):
        yield from _mailbox(path)
    else:
        yield time_of(head), 0, size, path, False, None


def _mailbox(path: Path) -> Iterator[_Place]:
    with path.open("rb") as file:
        for offset, length, head in mbox.messages(file):
            yield time_of(head), offset, length, path, True, None


def _named(path: Path) -> Iterator[_Place | None]:
    at = 0
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE):
            if line.strip():
                yield _place_of(path, at, line)
            at += len(line)


def _place_of(path: Path, at: int, line: bytes) -> _Place | None:
    named: Named | None = read_named(path.parent, line)
    if named is not None and named.message is not None:
        return named.at, at, len(line), path, False, (path, at, len(line))
    if named is None or named.file is None:
        return None
    try:
        size = named.file.stat().st_size
    except OSError:
        return None
    length = size - named.offset if named.length is None else named.length
    if length < 0 or named.offset + length > size:
        return None
    return named.at, named.offset, length, named.file, False, (path, at, len(line))


def _read(path: Path, offset: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            raw = file.read(length)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) < length:
        raise SourceError(f"{path} became shorter while it was read: start again")
    return raw
