"""
The whole made-up provider: settled from a seed, with its past and one day of mail.

Main type: `World`.  Not here: the kinds of mail (`everyday`, `machines`, `outbreaks`).
"""

from __future__ import annotations

import random

from ...wire.maillog import PastMessage
from .everyday import PEOPLE, settle
from .machines import MACHINES
from .model import Item, Outbreak
from .outbreaks import OUTBREAKS, Way
from .people import Provider

__all__ = ["World"]

# What the shares in PEOPLE, MACHINES and OUTBREAKS add up to.
WHOLE_DAY = sum(share for _, share, _ in (*PEOPLE, *MACHINES)) + sum(row[3] for row in OUTBREAKS)

# Below this an outbreak has too few copies to be one.
SMALLEST_OUTBREAK = 20


class World:
    """
    One provider and its day.

    `history` is the mail log of the 28 days before, `day` all messages of the day, both in time
    order; `outbreaks` is the truth about the attacks.  `messages` is about how many the day has.
    """

    def __init__(self, seed: int = 1, messages: int = 6_000) -> None:
        scale = messages / WHOLE_DAY
        provider = Provider(f"{seed}:provider")
        settle(provider, scale)
        day: list[Item] = []
        for kind, share, make in (*PEOPLE, *MACHINES):
            # Each kind has its own dice, so that a new kind changes none of the others.
            day += make(provider, random.Random(f"{seed}:{kind}"), max(1, round(share * scale)))
        # The past ends before the attackers come: their sign-ups have none.
        self.history: list[PastMessage] = sorted(provider.past(), key=lambda past: past.at)
        self.outbreaks: list[Outbreak] = []
        for way in OUTBREAKS:
            day += self._attack(provider, seed, scale, way)
        self.day: list[Item] = sorted(day, key=lambda item: item.at)

    def _attack(self, provider: Provider, seed: int, scale: float, way: Way) -> list[Item]:
        name, variation, category, share, send = way
        count = max(SMALLEST_OUTBREAK, round(share * scale))
        items = send(provider, random.Random(f"{seed}:{name}"), count)
        actors = tuple(dict.fromkeys(item.truth.actor for item in items))
        self.outbreaks.append(Outbreak(name, variation, category, actors, len(items)))
        return items
