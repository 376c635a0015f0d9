"""
The engine for Python: judges messages in this process.  The only file that imports the Rust core.

Main type: `Engine`, whose contract integrators stand on.
What holds: `Engine.scan` raises nothing for any bytes; the same key, settings, messages and times
give the same verdicts; every method may be called from any thread, and the GIL is free while
the core works.
Not here: what happens to a message after its verdict (`decide`, `gate`).
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from . import _core
from .config import EngineSettings
from .errors import SettingsError, SnapshotError
from .model import (
    Alert,
    Attachment,
    Category,
    Channel,
    EngineCounts,
    Envelope,
    Evidence,
    Examination,
    Explanation,
    Feedback,
    Finding,
    Link,
    Sender,
    SenderKind,
    Verdict,
)

__all__ = ["Engine", "check_parts", "parts"]

# The core speaks in numbers: positions in these.
_CATEGORIES = tuple(Category)
_CHANNELS = tuple(Channel)
_FEEDBACK = tuple(Feedback)
_SENDER_KINDS = tuple(SenderKind)


def parts() -> tuple[str, ...]:
    """Return the name of every part of the rule that `EngineSettings.without` can leave out."""
    return tuple(_core.Core.parts())


def check_parts(names: Sequence[str]) -> None:
    """Raise `SettingsError`, which lists all that are known, if a name is no part of the rule."""
    try:
        _core.Core.check_without(names)
    except ValueError as error:
        raise SettingsError(f"engine.without: {error}") from error


class Engine:
    """
    Judges messages, and remembers what it needs to, in bounded memory.

    >>> import outfall
    >>> engine = outfall.Engine()
    >>> envelope = outfall.Envelope(recipients=["b@example.org"], account="alice")
    >>> verdict = engine.scan(b"Subject: hello\\r\\n\\r\\nSee you on Friday.\\r\\n", envelope)
    >>> verdict.category, verdict.sender.id
    (<Category.CLEAN: 'clean'>, 'alice')
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        """
        Start with nothing remembered; without a key in *settings* one is made at random.

        Raise `SettingsError` if `without` names what is no part of the rule.
        """
        self._settings = settings or EngineSettings()
        key = _configured_key(self._settings) or secrets.token_bytes(16)
        check_parts(self._settings.without)
        self._core = _core.Core(key, _options(self._settings))

    # -------------------------------------------------------------- judging

    def scan(self, message: bytes, envelope: Envelope, at: float | None = None) -> Verdict:
        """
        Judge one message: its bytes as the MTA has it, at *at* seconds since 1970 (now if None).

        The message is counted: ask once a message, however many recipients it has.
        """
        return _verdict(self._core.scan(message, envelope, time.time() if at is None else at))

    def examine(self, message: bytes) -> Examination:
        """Parse *message* once and count nothing: the first of two steps around scanners."""
        core = self._core.examine(message)
        return Examination(
            links=tuple(Link(url, host, domain or None) for url, host, domain in core.links),
            attachments=tuple(Attachment(*fields) for fields in core.attachments),
            oddities=tuple(core.oddities),
            core=core,
        )

    def judge(
        self,
        examination: Examination,
        envelope: Envelope,
        at: float | None = None,
        findings: Sequence[Finding] = (),
    ) -> Verdict:
        """Judge what `examine` saw with what outside scanners found; counts the message."""
        assert isinstance(examination.core, _core.Examined)  # noqa: S101 (for the type checker)
        found = [(one.scanner, one.name, _CATEGORIES.index(one.category)) for one in findings]
        when = time.time() if at is None else at
        return _verdict(self._core.judge(examination.core, envelope, when, found))

    # -------------------------------------------------------------- learning

    def recall(self, envelope: Envelope, at: float | None = None) -> None:
        """Learn a past message that only the mail log knows: no content, no verdict."""
        self._core.recall(envelope, time.time() if at is None else at)

    def feedback(
        self,
        what: Feedback,
        *,
        reference: str | None = None,
        sender: Sender | None = None,
        mail_from: str | None = None,
        source: str = "",
        at: float | None = None,
    ) -> bool:
        """
        Tell what became of a message (by its *reference*) or of a sender's mail.

        *source* names who says so, as the caller authenticated them; each source counts once for
        each message, and once a day for a sender (but for deliveries and failures: tell each once).
        An address that stands for many is told apart by *mail_from*, the envelope sender.

        Return whether it counted: False if the reference is no longer remembered, the source said
        so before, or the address stands for many and *mail_from* is missing.
        """
        number = _FEEDBACK.index(what)
        who = None if sender is None else (_SENDER_KINDS.index(sender.kind), sender.id, mail_from)
        when = time.time() if at is None else at
        return self._core.feedback(number, reference, who, source, when)

    # -------------------------------------------------------------- looking

    def explain(self, reference: str) -> Explanation | None:
        """Return why a message was judged as it was, while that is remembered."""
        found = self._core.explain(reference.strip().upper())
        if found is None:
            return None
        verdict, at, patterns, reckoning, would_change = found
        return Explanation(_verdict(verdict), at, tuple(patterns), tuple(reckoning), would_change)

    def counts(self) -> EngineCounts:
        """Return the engine's own accounts."""
        messages, recalled, categories, memory, patterns, senders, forgotten = self._core.counts()
        by_category = dict(zip(_CATEGORIES, categories, strict=True))
        return EngineCounts(messages, recalled, by_category, memory, patterns, senders, forgotten)

    # -------------------------------------------------------------- outliving a restart

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """
        Write all that is remembered to *path*, whole or not at all.

        Other threads may scan meanwhile: they wait for less than a millisecond at a time, and
        what they count is in the file or not.  The file holds the engine's key, so only its
        owner may read it.  Raise `SnapshotError` if it cannot be written; an older file at
        *path* is then unchanged.
        """
        try:
            _write_whole(Path(path), self._core.snapshot())
        except OSError as error:
            raise SnapshotError(
                f"the snapshot {os.fspath(path)} cannot be written ({error.strerror}): "
                "check that the folder is there, writable and not full"
            ) from error

    @classmethod
    def restore(
        cls, path: str | os.PathLike[str], settings: EngineSettings | None = None
    ) -> Engine:
        """
        Return an engine that remembers what `snapshot` wrote.

        Raise `SnapshotError` if the file cannot be read, is damaged, comes from a version that is
        not known here, or was made under another key than *settings* names; `SettingsError` as
        `Engine` does.
        """
        settings = settings or EngineSettings()
        check_parts(settings.without)
        try:
            data = Path(path).read_bytes()
            key = _configured_key(settings) or _core.Core.key_of(data)
            core = _core.Core.restore(data, key, _options(settings))
        except OSError as error:
            raise SnapshotError(
                f"the snapshot {os.fspath(path)} cannot be read ({error.strerror})"
            ) from error
        except ValueError as error:
            raise SnapshotError(f"the snapshot {os.fspath(path)} is refused: {error}") from error
        engine = cls.__new__(cls)
        engine._settings, engine._core = settings, core
        return engine


# ------------------------------------------------------------------ conversions


def _verdict(found: tuple[Any, ...]) -> Verdict:
    category, score, evidence, (kind, name), alerts, reference, channel = found
    sender = Sender(_SENDER_KINDS[kind], name)
    return Verdict(
        _CATEGORIES[category],
        score,
        tuple([Evidence(*fields) for fields in evidence]),
        sender,
        tuple([Alert(sender, level, reason, counts) for level, reason, counts in alerts]),
        reference,
        _CHANNELS[channel],
    )


def _options(settings: EngineSettings) -> _core.Options:
    return {
        "memory": settings.memory,
        "false_alarms_per_day": settings.false_alarms_per_day,
        "shared_networks": [
            (str(network.network_address), network.prefixlen)
            for network in settings.shared_networks
        ],
        "identity_header": settings.identity_header,
        "learning_seconds": settings.learning,
        "without": settings.without,
    }


def _configured_key(settings: EngineSettings) -> bytes | None:
    return None if settings.key is None else bytes.fromhex(settings.key.get_secret_value())


def _write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write beside *path*, make it durable, then rename: a power cut leaves the old or the new."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
