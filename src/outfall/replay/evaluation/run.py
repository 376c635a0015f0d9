"""
The evaluation itself: every message through the engine, in time order, held against its label.

Main type: `Evaluation`.  What holds: a message is judged before it is counted, and the engine sees
no label; what cannot be read any more is counted and left out.
Not here: finding messages (`labelled`), adding up (`marks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ...errors import SourceError
from ...model import Envelope, Explanation, Verdict
from ..run import subject_of
from ..sources import BEFORE_MAIL
from ..summary import inert
from .labelled import Labelled
from .marks import MAX_FALSE, FalseOne, Label, Marks, is_slowed

__all__ = ["Evaluation"]


class Judges(Protocol):
    """What is needed of the engine; `outfall.Engine` has it."""

    def scan(self, message: bytes, envelope: Envelope, at: float | None = None) -> Verdict: ...

    def explain(self, reference: str) -> Explanation | None: ...


class Evaluation:
    """One run over one engine, which keeps up to `explained` false ones with their reasons."""

    def __init__(self, engine: Judges, explained: int = 0) -> None:
        self.marks = Marks()
        self._engine = engine
        self._explained = min(explained, MAX_FALSE)

    def run(
        self, messages: Iterable[Labelled], seen: Callable[[int], None] = lambda count: None
    ) -> Marks:
        """Judge every message; `seen` is told after each how many bytes it had."""
        for message in messages:
            try:
                self._judge(message)
            except SourceError:
                self.marks.unreadable += 1
            seen(message.source.length)
        return self.marks

    def _judge(self, message: Labelled) -> None:
        raw, envelope, truth = message.load()
        at = message.source.at
        verdict = self._engine.scan(raw, envelope, at=at)
        self.marks.undated += at < BEFORE_MAIL
        self.marks.note(truth, verdict, envelope.client_ip)
        is_false = truth.label is Label.GOOD and is_slowed(verdict.category)
        if is_false and len(self.marks.false) < self._explained:
            self.marks.false.append(self._explain(message, raw, verdict))

    def _explain(self, message: Labelled, raw: bytes, verdict: Verdict) -> FalseOne:
        # Asked at once, while the engine remembers.
        explanation = self._engine.explain(verdict.reference)
        return FalseOne(
            place=inert(message.place, longest=400),
            at=message.source.at,
            subject=subject_of(raw),
            sender=f"{verdict.sender.kind} {inert(verdict.sender.id)}",
            category=verdict.category,
            reference=verdict.reference,
            reasons=tuple(
                inert(f"{one.name} {one.nats:+.1f}: {one.detail}", longest=400)
                for one in sorted(verdict.evidence, key=lambda one: -one.nats)
            ),
            patterns=tuple(inert(one, longest=400) for one in explanation.patterns)
            if explanation
            else (),
            would_change=inert(explanation.would_change, longest=400) if explanation else "",
        )
