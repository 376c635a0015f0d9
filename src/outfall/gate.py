"""
The way of a message: ask the engine, in time; decide; count; log.

Main types: `Gate`, whose `decide` every listener calls, and `GateCounters`, what it counts.

What holds:

* `Gate.decide` raises nothing (but its own cancellation) and takes no longer than the deadline.
* A message without a verdict goes as ``milter.on_failure`` says, marked as unscanned and counted.
* An engine that fails is said loudly, once per `OUTCRY_INTERVAL` and with a count.
* Settings are swapped as a whole: each message is decided under the old ones or the new ones.
* What hostile mail puts into a log line is cut to `MAX_LOGGED` characters, and escaped.

Not here: the rules (`decide`), the bytes (`serve`), where log lines go (`daemon`).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from .config import Settings
from .decide import decide, enforced_action, unscanned
from .model import Action, Alert, Category, Decision, Envelope, Verdict

__all__ = ["Gate", "GateCounters", "Scanner"]

# The engine reads some 50 MB/s at the least, so this much takes around a millisecond: no longer
# than handing it to another thread and back on a busy machine.
INLINE_BYTES = 64 * 1024

# A person notices within a minute, and the log of a node that fails for an hour stays readable.
OUTCRY_INTERVAL = 60.0

# RFC 5321 section 4.5.3.1.3: a path has at most 256 octets; identities are of that size too.
MAX_LOGGED = 256

# Beyond the strongest three reasons, `outfall explain` has the rest.
LOGGED_EVIDENCE = 3

# What must not be taken for a failure of the engine.  A panic in the Rust core arrives as a
# BaseException of its own kind and must be.
PASSED_ON = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)


class Scanner(Protocol):
    """What the gate needs of the engine; `outfall.Engine` has it."""

    def scan(self, message: bytes, envelope: Envelope, at: float | None = None) -> Verdict: ...


# ------------------------------------------------------------------ the gate


class Gate:
    """
    Decides on messages, one coroutine call each, on one event loop.

    `log` takes a line a verdict and a line an alert; `clock` gives seconds that never step back
    and is only used to measure.
    """

    def __init__(
        self,
        engine: Scanner,
        settings: Settings,
        *,
        counters: GateCounters | None = None,
        log: Any = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.counters = counters or GateCounters()
        self._engine = engine
        self._settings = settings
        self._log = log if log is not None else structlog.get_logger()
        self._clock = clock
        self._workers = max(2, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(self._workers, "scan")
        self._threads_only = 0
        self._stuck = 0
        self.failing = False  # whether the latest message got no verdict
        self._outcry = Outcry()

    async def decide(
        self, message: bytes, envelope: Envelope, *, local: bool, at: float
    ) -> Decision:
        """
        Return what the MTA is told of `message`, which was handed in at time `at`.

        `local` is what the listener knows: that mail from this host itself arrives there.
        """
        if local and not envelope.local:
            envelope = replace(envelope, local=True)
        settings = self._settings
        began = self._clock()
        try:
            verdict = await self._verdict(message, envelope, at, settings.milter.deadline)
            decision = decide(verdict, envelope, settings.actions)
        except PASSED_ON:
            raise
        except BaseException as failure:
            return self._unscanned(envelope, settings, failure)
        self.failing = False
        took = self._clock() - began
        self.counters.note(verdict, decision, took)
        self._tell(verdict, decision, envelope, settings, took)
        return decision

    def reload(self, settings: Settings, log: Any = None) -> None:
        """Decide under `settings` from the next message on; the engine stays as it is."""
        self._settings = settings
        self._log = log if log is not None else self._log

    @contextmanager
    def threads_only(self) -> Iterator[None]:
        """While the engine may be locked (a snapshot), keep the event loop from waiting for it."""
        self._threads_only += 1
        try:
            yield
        finally:
            self._threads_only -= 1

    @property
    def stuck(self) -> int:
        """How many threads are at a message whose deadline has passed."""
        return self._stuck

    def close(self) -> None:
        """Let go of the threads; one that the engine holds on to is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    # -------------------------------------------------------------- asking the engine

    async def _verdict(
        self, message: bytes, envelope: Envelope, at: float, deadline: float
    ) -> Verdict:
        """The engine's verdict; TimeoutError past the deadline, or whatever the engine raises."""
        if len(message) <= INLINE_BYTES and not self._threads_only and not self._stuck:
            return self._engine.scan(message, envelope, at)
        if self._stuck >= self._workers:  # queueing would only hold the message in memory
            raise TimeoutError(f"all {self._workers} threads are still at mail past its deadline")
        asked = self._threads.submit(self._engine.scan, message, envelope, at)
        answer = asyncio.wrap_future(asked)
        done, _ = await asyncio.wait({answer}, timeout=deadline)
        if done:
            return answer.result()
        if not asked.cancel():  # it runs, and its verdict may still name a sender
            self._stuck += 1
            answer.add_done_callback(partial(self._late, envelope))
        raise TimeoutError(f"no verdict within {deadline:g} s")

    def _late(self, envelope: Envelope, answer: asyncio.Future[Verdict]) -> None:
        """A verdict after its deadline: the mail has gone, the alerts are still true."""
        self._stuck -= 1
        if answer.cancelled() or answer.exception() is not None:
            return
        verdict = answer.result()
        self._log.warning("late verdict", **_who(verdict, envelope))
        self._tell_alerts(verdict, envelope)

    def _unscanned(
        self, envelope: Envelope, settings: Settings, failure: BaseException
    ) -> Decision:
        self.failing = True
        late = isinstance(failure, TimeoutError)
        self.counters.note_unscanned("deadline" if late else "error")
        tempfail = settings.milter.on_failure == "tempfail"
        decision = unscanned(envelope, settings.actions, tempfail=tempfail)
        since_last = self._outcry.due(self._clock())
        if since_last:
            self._log.error(
                "mail passes unscanned" if not tempfail else "mail waits unscanned",
                reason=bounded(f"{type(failure).__name__}: {failure}"),
                messages=since_last,
                queue_id=bounded(envelope.queue_id),
                action=str(decision.action),
            )
        return decision

    # -------------------------------------------------------------- the log

    def _tell(
        self,
        verdict: Verdict,
        decision: Decision,
        envelope: Envelope,
        settings: Settings,
        took: float,
    ) -> None:
        """One line a verdict.  Building it costs more than a scan's call: only if it is read."""
        if settings.log.level in ("debug", "info"):
            planned = enforced_action(verdict.category, envelope, settings.actions)
            self._log.info(
                "verdict",
                **_who(verdict, envelope),
                action=str(decision.action),
                planned=str(planned),
                score=round(verdict.score, 2) + 0.0,  # no minus before a zero
                evidence=[
                    f"{one.name} {one.nats:+.1f}" for one in verdict.evidence[:LOGGED_EVIDENCE]
                ],
                recipients=len(envelope.recipients),
                took_ms=round(took * 1000, 3),
                alerts=len(verdict.alerts),
            )
        if verdict.alerts:
            self._tell_alerts(verdict, envelope)

    def _tell_alerts(self, verdict: Verdict, envelope: Envelope) -> None:
        for alert in verdict.alerts:
            self.counters.note_alert(alert)
            self._log.warning(
                "alert",
                level_reached=bounded(alert.level),
                sender_kind=str(alert.sender.kind),
                sender=bounded(alert.sender.id),
                reason=bounded(alert.reason),
                counts=dict(alert.counts),
                reference=verdict.reference,
                queue_id=bounded(envelope.queue_id),
            )


def _who(verdict: Verdict, envelope: Envelope) -> dict[str, Any]:
    """What finds the message and its sender in other logs."""
    return {
        "queue_id": bounded(envelope.queue_id),
        "reference": verdict.reference,
        "category": str(verdict.category),
        "sender_kind": str(verdict.sender.kind),
        "sender": bounded(verdict.sender.id),
        "mail_from": bounded(envelope.mail_from),
        "client_ip": bounded(envelope.client_ip),
    }


def bounded(text: str | None) -> str | None:
    """Return `text` fit for a log line: cut, and what is not printable escaped."""
    if text is None or (len(text) <= MAX_LOGGED and text.isprintable()):
        return text
    plain = text[:MAX_LOGGED]
    if not plain.isprintable():
        plain = plain.encode("unicode_escape", "backslashreplace").decode("ascii")
    return plain if len(text) <= MAX_LOGGED else f"{plain}... ({len(text)} characters)"


class Outcry:
    """Says a repeated failure once per `OUTCRY_INTERVAL`, and how often it happened since."""

    def __init__(self) -> None:
        self._next = float("-inf")
        self._count = 0

    def due(self, now: float) -> int:
        """Note one failure; the number to tell of, or 0 to keep silent for now."""
        self._count += 1
        if now < self._next:
            return 0
        self._next = now + OUTCRY_INTERVAL
        count, self._count = self._count, 0
        return count


# ------------------------------------------------------------------ the counters


class GateCounters:
    """What passed the gate, as Prometheus metrics in a registry of its own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._messages = Counter(
            "outfall_messages",
            "Messages judged, by category and by what the MTA was told.",
            ["category", "action"],
            registry=self.registry,
        )
        self._unscanned = Counter(
            "outfall_unscanned_messages",
            "Messages without a verdict: past the deadline, or the engine failed.",
            ["reason"],
            registry=self.registry,
        )
        self._alerts = Counter(
            "outfall_alerts", "Thresholds crossed by senders.", ["level"], registry=self.registry
        )
        self._seconds = Histogram(
            "outfall_verdict_seconds",
            "Time from the whole message to the decision.",
            buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 30),
            registry=self.registry,
        )
        # All series exist from the start, so that a rate over them is never missing its zero;
        # and looking one up by its labels costs more than counting.
        self._by_outcome = {
            (category, action): self._messages.labels(str(category), str(action))
            for category in Category
            for action in Action
        }
        for reason in ("deadline", "error"):
            self._unscanned.labels(reason)

    def note(self, verdict: Verdict, decision: Decision, took: float) -> None:
        """Count a message that was judged within `took` seconds."""
        self._by_outcome[verdict.category, decision.action].inc()
        self._seconds.observe(took)

    def note_unscanned(self, reason: str) -> None:
        """Count a message that was not judged."""
        self._unscanned.labels(reason).inc()

    def note_alert(self, alert: Alert) -> None:
        """Count a sender that crossed a threshold."""
        self._alerts.labels(bounded(alert.level)).inc()
