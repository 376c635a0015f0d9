"""
What became of labelled mail, added up.  Pure.

Main types: `Truth` is what a message really was; `Marks` takes each message's truth and verdict;
`Fates` counts messages, `Campaign` how long one campaign went unnoticed, `FalseOne` one good
message that was slowed or convicted, with all that speaks for looking into it.

What holds: memory is bounded by `MAX_NAMES` and `MAX_FALSE`; counts go on beyond them.

Who is guilty: the sender that the labels name for a bad message, or, where they name none, the one
that the engine holds accountable for it; and an address that sent bad mail and no good mail, which
is another name of the same attacker.  Everybody else who is accused is innocent.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from ...model import Category, Sender, SenderKind, Verdict
from ..summary import inert

__all__ = ["Campaign", "FalseOne", "Fates", "Label", "Leaks", "Marks", "Truth"]

# Names of campaigns, senders and addresses that are kept each: about 200 MB if all are used.
MAX_NAMES = 1_000_000

# A person looks into some; --show-false cannot ask for more.
MAX_FALSE = 1_000

# Evidence that speaks for abuse at all; weaker is said of most mail.
TELLING = 1.0

# A sender with fewer bad messages than this may be gone before anybody can know.
MANY_MESSAGES = 10


class Label(StrEnum):
    """What a message really was; `neither` is poured for the engine to learn from, not marked."""

    GOOD = "good"
    BAD = "bad"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Truth:
    """One message's label; the campaign it belongs to and who sent it, where anybody knows."""

    label: Label
    campaign: str | None = None
    sender: Sender | None = None


@dataclass(slots=True)
class Fates:
    """Counts of messages; `slowed` includes the convicted."""

    messages: int = 0
    slowed: int = 0
    convicted: int = 0

    def note(self, category: Category) -> None:
        """Count one more."""
        self.messages += 1
        self.slowed += is_slowed(category)
        self.convicted += category.convicts


@dataclass(slots=True)
class Campaign:
    """Messages `seen`, and how many had gone before the first was slowed, or convicted."""

    seen: int = 0
    before_slowing: int | None = None
    before_conviction: int | None = None

    def note(self, category: Category) -> None:
        """Count one more."""
        if is_slowed(category) and self.before_slowing is None:
            self.before_slowing = self.seen
        if category.convicts and self.before_conviction is None:
            self.before_conviction = self.seen
        self.seen += 1


@dataclass(frozen=True, slots=True)
class FalseOne:
    """A good message that was slowed or convicted: where it lies, and why it happened."""

    place: str
    at: float
    subject: str
    sender: str
    category: Category
    reference: str
    reasons: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    would_change: str = ""


class Leaks(NamedTuple):
    """Messages that left before the first was caught: over campaigns, whole ones if none was."""

    campaigns: int
    never: int
    median: float
    p90: int


@dataclass(slots=True)
class Marks:
    """The whole paper.  `note` each message in turn."""

    fates: dict[Label, Fates] = field(default_factory=lambda: {label: Fates() for label in Label})
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    false: list[FalseOne] = field(default_factory=list)
    accused: set[Sender] = field(default_factory=set)
    unreadable: int = 0
    undated: int = 0
    _bad: Counter[Sender] = field(default_factory=Counter)
    _addresses: dict[Label, set[str]] = field(
        default_factory=lambda: {Label.GOOD: set(), Label.BAD: set()}
    )

    @property
    def good(self) -> Fates:
        """What good mail suffered."""
        return self.fates[Label.GOOD]

    @property
    def bad(self) -> Fates:
        """What became of bad mail."""
        return self.fates[Label.BAD]

    def note(self, truth: Truth, verdict: Verdict, client_ip: str | None = None) -> None:
        """Take in one message: what it was, and what the engine said."""
        self.fates[truth.label].note(verdict.category)
        for alert in verdict.alerts:
            _keep(self.accused, alert.sender)
        if truth.label is Label.NEITHER:
            return
        if client_ip:
            _keep(self._addresses[truth.label], client_ip)
        if truth.label is Label.BAD:
            self._note_bad(truth, verdict)
        elif is_slowed(verdict.category):
            telling = (one.name for one in verdict.evidence if one.nats >= TELLING)
            self.reasons.update(telling)

    def _note_bad(self, truth: Truth, verdict: Verdict) -> None:
        sender = truth.sender or verdict.sender
        if sender in self._bad or len(self._bad) < MAX_NAMES:
            self._bad[sender] += 1
        name = truth.campaign
        if name is not None and (name in self.campaigns or len(self.campaigns) < MAX_NAMES):
            self.campaigns.setdefault(name, Campaign()).note(verdict.category)

    # -------------------------------------------------------------- summing up

    @property
    def attackers(self) -> frozenset[Sender]:
        """Who sent `MANY_MESSAGES` bad messages or more."""
        return frozenset(who for who, count in self._bad.items() if count >= MANY_MESSAGES)

    @property
    def attackers_accused(self) -> int:
        """How many of them were named in an alert."""
        return len(self.attackers & self.accused)

    @property
    def innocent_accused(self) -> list[Sender]:
        """Who was named and is not guilty, in a lasting order."""
        only_bad = self._addresses[Label.BAD] - self._addresses[Label.GOOD]
        guilty = self._bad.keys() | {Sender(SenderKind.IP, address) for address in only_bad}
        return sorted(self.accused - guilty, key=lambda who: (who.kind, who.id))

    def leaks_before_slowing(self) -> Leaks | None:
        """How long campaigns went unnoticed; None if no campaign has a name."""
        return _leaks((one.seen, one.before_slowing) for one in self.campaigns.values())

    def leaks_before_conviction(self) -> Leaks | None:
        """The same until one of their messages was convicted."""
        return _leaks((one.seen, one.before_conviction) for one in self.campaigns.values())

    def as_json(self) -> dict[str, Any]:
        """Return everything as values that JSON knows."""
        slowing, conviction = self.leaks_before_slowing(), self.leaks_before_conviction()
        return {
            **{str(label): asdict(fates) for label, fates in self.fates.items()},
            "before_slowing": slowing and slowing._asdict(),
            "before_conviction": conviction and conviction._asdict(),
            "attackers": len(self.attackers),
            "attackers_accused": self.attackers_accused,
            "innocent_accused": [f"{who.kind} {inert(who.id)}" for who in self.innocent_accused],
            "false_rested_on": dict(self.reasons.most_common()),
            "false": [asdict(one) for one in self.false],
            "unreadable": self.unreadable,
            "undated": self.undated,
        }


def is_slowed(category: Category) -> bool:
    """Whether a provider holds the message back: bulk and the convictions."""
    return category.convicts or category is Category.BULK


def _leaks(fates: Iterable[tuple[int, int | None]]) -> Leaks | None:
    pairs = list(fates)
    if not pairs:
        return None
    out = sorted(seen if before is None else before for seen, before in pairs)
    never = sum(before is None for _, before in pairs)
    return Leaks(len(out), never, statistics.median(out), out[int(0.9 * len(out))])


def _keep(names: set[Any], name: object) -> None:
    if len(names) < MAX_NAMES:
        names.add(name)
