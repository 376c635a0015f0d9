"""
The milter listener: what Postfix and Sendmail connect to.

`MilterServer(decide, *, limits, counters)` with ``await listen(ListenerSettings)``, ``use(decide,
limits)`` at a reload and ``await drain(seconds)`` at the end.  `Decide` is an async callable
``(message: bytes, envelope: Envelope, local: bool) -> Decision``.
Not here: the protocol itself (`wire.milter`), decisions (`gate`).
"""

from .limits import MilterCounters, MilterLimits
from .server import Decide, MilterServer

__all__ = ["Decide", "MilterCounters", "MilterLimits", "MilterServer"]
