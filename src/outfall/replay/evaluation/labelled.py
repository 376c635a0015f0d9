"""
Good and bad mail found where it lies, in one order of time.

Main types: `find_labelled` lists `Labelled` messages; each is loaded as (bytes, envelope, `Truth`).
A JSON line may say of its message, beside what `sources` reads: ``"label"`` (good or ham; bad,
spam, phishing, malware or abuse; anything else is poured and not marked), ``"campaign"`` (any name)
and ``"sender"`` (who is accountable for it: ``"account alice"``, ``"ip 192.0.2.7"`` and so on).

What holds: a line's own label counts more than the option under which its file was given; what a
line says that is no name is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ...errors import SourceError
from ...model import Envelope, Sender, SenderKind
from ..limits import MAX_MESSAGES
from ..sources import Source, find_sources
from .marks import Label, Truth

__all__ = ["Labelled", "LabelledMail", "find_labelled", "read_truth"]

LABELS = {
    **dict.fromkeys(("good", "ham"), Label.GOOD),
    **dict.fromkeys(("bad", "spam", "phishing", "malware", "abuse"), Label.BAD),
}

# What is longer is no name of anybody.
MAX_NAME = 1_024


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message's place, and its label unless its own line says otherwise."""

    source: Source
    label: Label

    @property
    def place(self) -> str:
        """Where a person finds it: the file, and in which byte it begins if it is one of many."""
        path, offset, _ = self.source.line or (self.source.path, self.source.offset, 0)
        return f"{path} at byte {offset:,}" if offset else str(path)

    def load(self) -> tuple[bytes, Envelope, Truth]:
        """Read message, envelope and truth; SourceError if a file changed or cannot be read."""
        raw, envelope = self.source.load()
        told = self.source.told()
        return raw, envelope, Truth(self.label) if told is None else read_truth(told, self.label)


@dataclass(slots=True)
class LabelledMail:
    """Messages in time order, and how many had to be skipped."""

    messages: list[Labelled]
    skipped: int = 0


def find_labelled(
    good: Iterable[Path],
    bad: Iterable[Path],
    lines: Iterable[Path] = (),
    seen: Callable[[int], None] = lambda count: None,
) -> LabelledMail:
    """
    List all messages of `good`, `bad` and of `lines`, which tell themselves, by time.

    `seen` is told the count now and then.  SourceError as `find_sources` raises it.
    """
    mail = LabelledMail([])
    for label, paths in ((Label.GOOD, good), (Label.BAD, bad), (Label.NEITHER, lines)):
        found = find_sources(paths, seen)
        mail.messages += [Labelled(source, label) for source in found.messages]
        mail.skipped += found.skipped
        if len(mail.messages) > MAX_MESSAGES:
            raise SourceError(
                f"more than {MAX_MESSAGES} messages in all do not fit in memory in order: "
                "evaluate them in parts"
            )
    mail.messages.sort(key=lambda one: one.source.at)
    return mail


def read_truth(line: bytes, label: Label = Label.NEITHER) -> Truth:
    """Return what a JSON line tells of its message; `label` where it has none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return Truth(label)
    if not isinstance(told, dict):
        return Truth(label)
    word, campaign = told.get("label"), told.get("campaign")
    if isinstance(word, str):
        label = LABELS.get(word.lower(), Label.NEITHER)
    return Truth(label, campaign if _is_name(campaign) else None, _sender(told.get("sender")))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME


def _sender(value: object) -> Sender | None:
    if not isinstance(value, str) or len(value) > MAX_NAME:
        return None
    kind, _, name = value.partition(" ")
    return Sender(SenderKind(kind), name) if name and kind in list(SenderKind) else None
