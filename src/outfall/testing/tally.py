"""
What became of the made-up provider's day, held against the truth.

Main types: `Tally` takes each message's truth, its decision and its fate; `OutbreakTally` tells how
one attack fared, `InnocentTally` what innocent mail suffered.

What holds: a sender is innocent unless it sent abuse that day, and a name is right only if it is
that of the sender who is accountable for the very message.
Not here: how it is shown (`cli.demo`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..model import Category, Decision, Sender, Verdict
from .world import Item, Label, Outbreak

__all__ = ["InnocentTally", "OutbreakTally", "Tally"]

# Evidence that speaks for abuse at all; weaker is said of innocents too.
TELLING = 1.0


@dataclass(slots=True)
class OutbreakTally:
    """
    One attack: `out` messages left, of which `before_slowing` until the first was held back and
    `before_conviction` until the first was convicted (both None if that never came).
    """

    outbreak: Outbreak
    seen: int = 0
    out: int = 0
    convicted: int = 0
    before_slowing: int | None = None
    before_conviction: int | None = None
    named: set[Sender] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    categories: Counter[Category] = field(default_factory=Counter)
    example: str = ""  # the reference of the first conviction


@dataclass(slots=True)
class InnocentTally:
    """Innocent mail: of all `messages`, what was held back or convicted, by kind of mail."""

    messages: int = 0
    senders: set[Sender] = field(default_factory=set)
    held_back: Counter[str] = field(default_factory=Counter)
    convicted: Counter[str] = field(default_factory=Counter)


class Tally:
    """The whole day.  `note` each message in turn."""

    def __init__(self, outbreaks: Iterable[Outbreak]) -> None:
        self.outbreaks = {outbreak.name: OutbreakTally(outbreak) for outbreak in outbreaks}
        self.guilty = {actor for one in self.outbreaks.values() for actor in one.outbreak.actors}
        self.innocent = InnocentTally()
        self.collateral = InnocentTally()  # innocent mail of senders who are abused that day
        self.forwarded = InnocentTally()  # foreign abuse, sent on by forwarding rules
        self.wrongly_named: dict[Sender, str] = {}  # and the kind of mail that led to it
        self.unjudged = 0

    def note(self, item: Item, decision: Decision | None, out: bool) -> None:
        """Take in one message: what was decided, and whether it left."""
        verdict = decision.verdict if decision else None
        if verdict is None:
            self.unjudged += 1
            return
        for alert in verdict.alerts:
            self._named(item, alert.sender)
        if item.truth.label is Label.ABUSE:
            self._abuse(item, verdict, out)
        else:
            self._other(item, verdict.category, out)

    def is_clean(self) -> bool:
        """Whether no innocent was convicted or named."""
        return not self.wrongly_named and not self.innocent.convicted

    def _named(self, item: Item, sender: Sender) -> None:
        if sender == item.truth.actor and sender in self.guilty:
            for one in self.outbreaks.values():
                if sender in one.outbreak.actors:
                    one.named.add(sender)
        else:
            self.wrongly_named.setdefault(sender, item.truth.kind)

    def _abuse(self, item: Item, verdict: Verdict, out: bool) -> None:
        one = self.outbreaks[item.truth.outbreak]
        one.seen += 1
        one.categories[verdict.category] += 1
        if not out and one.before_slowing is None:
            one.before_slowing = one.out
        if verdict.category.convicts:
            one.convicted += 1
            if one.before_conviction is None:
                one.before_conviction, one.example = one.out, verdict.reference
        one.reasons.update(reason.name for reason in verdict.evidence if reason.nats >= TELLING)
        one.out += out

    def _other(self, item: Item, category: Category, out: bool) -> None:
        tally = self.collateral if item.truth.actor in self.guilty else self.innocent
        if item.truth.label is Label.FORWARDED:
            tally = self.forwarded
        tally.messages += 1
        tally.senders.add(item.truth.actor)
        tally.held_back[item.truth.kind] += not out
        tally.convicted[item.truth.kind] += category.convicts
        tally.held_back, tally.convicted = +tally.held_back, +tally.convicted
