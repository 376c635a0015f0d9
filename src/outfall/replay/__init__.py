"""
Old mail put through the engine in its order: what would have been stopped, and who named.

Main types: `find_sources` lists the messages of mboxes, maildirs, folders and JSON lines by time;
`recall_history` reads mail logs first; `Replay` runs it all and fills a `Summary`.

What holds: sources are read as streams, message by message; only where a message lies is kept in
memory.  What cannot be read is skipped and counted.  Nothing is sent and nothing is changed.
Not here: what is printed (`cli.replay`).
"""

from .history import History, recall_history
from .run import Replay
from .sources import BEFORE_MAIL, Source, find_sources
from .summary import Sample, SenderCount, Summary, inert

__all__ = [
    "BEFORE_MAIL",
    "History",
    "Replay",
    "Sample",
    "SenderCount",
    "Source",
    "Summary",
    "find_sources",
    "inert",
    "recall_history",
]
