"""
A clock that stands still until it is told otherwise.

Main type: `FakeClock`, to be given wherever a ``Callable[[], float]`` is taken for the time.
"""

from __future__ import annotations

__all__ = ["FakeClock"]


class FakeClock:
    """Time as an argument: seconds since 1970, moved only by `set` and `advance`."""

    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def set(self, at: float) -> None:
        """Move to `at`, forwards or, to see what happens then, backwards."""
        self.at = at

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.at += seconds
