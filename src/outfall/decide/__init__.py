"""
From a verdict to what the MTA is told.  Pure: no clock, no I/O.

`decide` is for a message that was judged, `unscanned` for one that was not.
Not here: who asks and how long they wait (`gate`), how it is put on the wire (`serve`).
"""

from .action import decide, enforced_action, unscanned

__all__ = ["decide", "enforced_action", "unscanned"]
