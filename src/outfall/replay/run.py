"""
The replay itself: every message through the engine, in time order, and added up.

Main type: `Replay`.  What holds: a message that cannot be read any more is counted and left out;
nothing stops the run but the caller.  Not here: finding messages (`sources`), printing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Protocol

from ..config import ActionSettings
from ..decide import enforced_action
from ..errors import SourceError
from ..model import Category, Envelope, Verdict
from .headers import fields_of
from .sources import Source
from .summary import MAX_REASONS, MAX_SAMPLES, MAX_SENDERS, Sample, SenderCount, Summary, inert

__all__ = ["Replay", "subject_of"]


class Scans(Protocol):
    """What is needed of the engine; `outfall.Engine` has it."""

    def scan(self, message: bytes, envelope: Envelope, at: float | None = None) -> Verdict: ...


class Replay:
    """
    One run over one engine.

    `clock` gives seconds to measure the engine with; `actions` say what would have been done.
    """

    def __init__(
        self,
        engine: Scans,
        actions: ActionSettings | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.summary = Summary()
        self._engine = engine
        self._actions = actions or ActionSettings()
        self._clock = clock

    def run(
        self, sources: Iterable[Source], seen: Callable[[int], None] = lambda count: None
    ) -> Summary:
        """Judge every message of `sources`; `seen` is told after each how many bytes it had."""
        for source in sources:
            try:
                raw, envelope = source.load()
            except SourceError:
                self.summary.unreadable += 1
            else:
                self._judge(source.at, raw, envelope)
            seen(source.length)
        return self.summary

    def _judge(self, at: float, raw: bytes, envelope: Envelope) -> None:
        began = self._clock()
        verdict = self._engine.scan(raw, envelope, at=at)
        summary = self.summary
        summary.seconds += self._clock() - began
        summary.size += len(raw)
        summary.first = at if summary.first is None else summary.first
        summary.last = at
        summary.messages[verdict.category] += 1
        summary.recipients[verdict.category] += len(envelope.recipients)
        summary.actions[enforced_action(verdict.category, envelope, self._actions)] += 1
        self._count_sender(verdict, envelope)
        samples = summary.samples[verdict.category]
        if verdict.category is not Category.CLEAN and len(samples) < MAX_SAMPLES:
            sample = _sample(at, raw, verdict)
            # The hundredth copy of one message tells a person nothing new.
            if all(one.subject != sample.subject for one in samples):
                samples.append(sample)

    def _count_sender(self, verdict: Verdict, envelope: Envelope) -> None:
        summary, sender = self.summary, verdict.sender
        is_slowed = verdict.category.convicts or verdict.category is Category.BULK
        count = summary.senders.get(sender)
        if count is None:
            if not (is_slowed or verdict.alerts) or len(summary.senders) >= MAX_SENDERS:
                return
            count = SenderCount(str(sender.kind), inert(sender.id))
            summary.senders[sender] = count
        count.messages += 1
        count.recipients += len(envelope.recipients)
        count.slowed += is_slowed
        count.convicted += verdict.category.convicts
        for alert in verdict.alerts:
            summary.alerts += 1
            if len(count.alerts) < MAX_SAMPLES:
                count.alerts.append(inert(f"{alert.level}: {alert.reason}"))


def _sample(at: float, raw: bytes, verdict: Verdict) -> Sample:
    reasons = sorted(verdict.evidence, key=lambda one: -one.nats)[:MAX_REASONS]
    return Sample(
        subject=subject_of(raw),
        reference=verdict.reference,
        at=at,
        sender=f"{verdict.sender.kind} {inert(verdict.sender.id)}",
        reasons=tuple(f"{one.name} {one.nats:+.1f}" for one in reasons),
    )


def subject_of(raw: bytes) -> str:
    """Return the message's subject, decoded and inert."""
    written = next((value for name, value in fields_of(raw) if name == "subject"), "")
    try:
        return inert(str(make_header(decode_header(written[:1_000]))))
    except (ValueError, LookupError, HeaderParseError, AssertionError):
        return inert(written)  # unknown charset, broken base64: shown as it was written
