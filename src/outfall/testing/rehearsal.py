"""
The made-up provider's day run through all of the daemon's road: socket, milter, gate, engine.

Main function: `rehearse`.  Engine, gate and milter server are the daemon's own, in this process,
with one thing changed: the time that a message is stamped with comes from the day, by a
`FakeClock` that is moved before each message.  So a day passes as fast as the machine goes.

Not here: the day (`world`), adding up (`tally`), showing it (`cli.demo`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from ..config import (
    ActionSettings,
    Address,
    EngineSettings,
    ListenerSettings,
    LogSettings,
    Settings,
)
from ..config.actions import Mode
from ..engine import Engine
from ..gate import Gate
from ..model import Decision, Envelope
from ..serve.milter import MilterServer
from .clock import FakeClock
from .pour import MilterPourer, passed
from .tally import Tally
from .world import World
from .world.people import SERVERS

__all__ = ["Rehearsal", "demo_settings", "rehearse"]

# Any free port of this host, so that a daemon on the usual ones is not disturbed.
ANYWHERE = Address("inet", "127.0.0.1", 0)

# Messages between two calls of `seen`: often enough for a moving bar.
STEP = 50


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The day that was: the tally, the engine as it is now, and seconds of pouring."""

    tally: Tally
    engine: Engine
    seconds: float


def demo_settings(seed: int = 1) -> Settings:
    """
    Return the defaults with two changes that every provider makes, and a key that is told.

    Verdicts have consequences (enforce), and the provider's own servers, which stand for many
    people, are named as shared.  The key follows from `seed`, so that a day repeats exactly.
    """
    engine = EngineSettings(key=SecretStr(f"{seed & (1 << 128) - 1:032x}"))
    shared = (*engine.shared_networks, SERVERS)
    return Settings(
        engine=engine.model_copy(update={"shared_networks": shared}),
        actions=ActionSettings(mode=Mode.ENFORCE),
        log=LogSettings(level="error"),
    )


def rehearse(
    world: World,
    settings: Settings | None = None,
    seen: Callable[[int], None] = lambda count: None,
) -> Rehearsal:
    """Run the day; `seen` is told now and then how many more messages were poured."""
    return asyncio.run(_rehearse(world, settings or demo_settings(), seen))


async def _rehearse(world: World, settings: Settings, seen: Callable[[int], None]) -> Rehearsal:
    engine, clock = Engine(settings.engine), FakeClock()
    for past in world.history:
        engine.recall(past.envelope, at=past.at)
    gate = Gate(engine, settings, log=_Silence())
    decisions: dict[str | None, Decision] = {}

    async def decide(message: bytes, envelope: Envelope, local: bool) -> Decision:
        decision = await gate.decide(message, envelope, local=local, at=clock())
        decisions[envelope.queue_id] = decision
        return decision

    server = MilterServer(decide)
    remote = await server.listen(ListenerSettings(address=ANYWHERE))
    local = await server.listen(ListenerSettings(address=ANYWHERE, local=True))
    tally, began = Tally(world.outbreaks), time.perf_counter()
    try:
        async with MilterPourer(remote, local) as pourer:
            for number, item in enumerate(world.day):
                clock.set(item.at)
                queue_id = f"4{number:09X}"
                outcome = await pourer.pour(item.raw, item.envelope, queue_id)
                tally.note(item, decisions.pop(queue_id, None), passed(outcome))
                if number % STEP == STEP - 1:
                    seen(STEP)
        seconds = time.perf_counter() - began
    finally:
        await server.drain(1.0)
        gate.close()
    return Rehearsal(tally, engine, seconds)


class _Silence:
    """A log for the gate: the tally tells it better."""

    def info(self, event: str, **facts: Any) -> None:
        """A verdict."""

    def warning(self, event: str, **facts: Any) -> None:
        """An alert."""

    def error(self, event: str, **facts: Any) -> None:
        """A message without a verdict, which the tally counts."""
