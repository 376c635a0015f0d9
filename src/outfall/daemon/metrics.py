"""
What /metrics shows beside the gate's own counters: engine, milter, snapshots, build.

Main type: `DaemonCollector`, asked by Prometheus' client at each scrape.  The engine's accounts
wait for its lock, so a scrape must not run on the event loop.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from prometheus_client import disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ..engine import Engine
from ..serve.milter import MilterCounters
from .log import LineWriter
from .state import Keeper

__all__ = ["DaemonCollector"]

# When each series began helps nobody here and doubles the page.
disable_created_metrics()  # type: ignore[no-untyped-call]

# Of `MilterCounters`: what can also go down.
GAUGES = ("connections_open", "held_bytes")


class DaemonCollector(Collector):
    """Reads every number at the moment it is asked."""

    def __init__(
        self,
        version: str,
        engine: Engine,
        milter: MilterCounters,
        keeper: Keeper,
        writer: LineWriter,
    ) -> None:
        self.version = version
        self.failed_reloads = 0
        self._engine = engine
        self._milter = milter
        self._keeper = keeper
        self._writer = writer

    def describe(self) -> Iterator[Metric]:
        """Nothing: a registry that asks would scrape the engine to learn the names."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics with their values."""
        yield InfoMetricFamily("outfall_build", "The version.", {"version": self.version})
        yield from self._of_engine()
        yield from self._of_milter()
        yield from self._of_daemon()

    def _of_engine(self) -> Iterator[Metric]:
        counts = self._engine.counts()
        yield _gauge("engine_memory_bytes", "What the ledger has set aside.", counts.memory_bytes)
        yield _gauge("engine_patterns", "Patterns remembered.", counts.patterns)
        yield _gauge("engine_senders", "Senders remembered.", counts.senders)
        yield _counter("engine_forgotten", "Records thrown out to make room.", counts.forgotten)
        yield _counter("engine_recalled", "Messages learnt from an old log.", counts.recalled)
        judged = CounterMetricFamily(
            "outfall_engine_messages", "Messages since the engine began.", labels=["category"]
        )
        for category, count in counts.categories.items():
            judged.add_metric([str(category)], count)
        yield judged

    def _of_milter(self) -> Iterator[Metric]:
        for field in dataclasses.fields(self._milter):
            value = getattr(self._milter, field.name)
            if not isinstance(value, int):
                continue
            family = _gauge if field.name in GAUGES else _counter
            yield family(f"milter_{field.name}", field.metadata["says"], value)
        errors = CounterMetricFamily(
            "outfall_milter_protocol_errors", "Milter: what peers did wrong.", labels=["kind"]
        )
        for kind, count in self._milter.protocol_errors.items():
            errors.add_metric([kind], count)
        yield errors

    def _of_daemon(self) -> Iterator[Metric]:
        keeper = self._keeper
        yield _counter("snapshot_failures", "Snapshots that could not be written.", keeper.failures)
        if keeper.age is not None:
            yield _gauge("snapshot_age_seconds", "Time since the last snapshot.", keeper.age)
        yield _counter("reload_failures", "Reloads refused.", self.failed_reloads)
        yield _counter("log_lines_dropped", "Log lines nobody read.", self._writer.dropped)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"outfall_{name}", says, value)


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(f"outfall_{name}", says, value)
