"""Waiting for what another process does: short looks with a deadline, never a plain sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Seconds between two looks: short against every wait here, long against the cost of a look.
LOOK_EVERY = 0.02


def wait_until(look: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    """Return the first true result of `look`; AssertionError naming `what` at the deadline."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(LOOK_EVERY)
    return seen
