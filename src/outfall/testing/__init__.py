"""
What helps to test mail software against Outfall, and to show it: public, without surprises.

Main types: `FakeClock`, and `world`, a small provider whose day can be poured through any road.
What holds: nothing here reads a clock, the network or the system's dice.
"""

from .clock import FakeClock

__all__ = ["FakeClock"]
