"""
Milter, the protocol of Sendmail's and Postfix's mail filters, versions 2 to 6.  No I/O.

`FilterSession` is our side of one connection, `MilterClient` the MTA's (for tests, demos and
benchmarks).  One thing a file: `packets`, `negotiation`, `macros`, `limits`, `message`, `envelope`,
`replies`, `session`, `client`.  Recorded conversations of real MTAs are in vectors/milter.
Not here: sockets (`serve.milter`).
"""

from .client import MilterClient, Negotiated, Outcome, Style
from .limits import MessageLimits
from .negotiation import Agreement, Wishes
from .packets import MAX_PACKET, MilterError
from .session import Aborted, Ended, EndOfMessage, Event, FilterSession, TooLarge

__all__ = [
    "MAX_PACKET",
    "Aborted",
    "Agreement",
    "EndOfMessage",
    "Ended",
    "Event",
    "FilterSession",
    "MessageLimits",
    "MilterClient",
    "MilterError",
    "Negotiated",
    "Outcome",
    "Style",
    "TooLarge",
    "Wishes",
]
