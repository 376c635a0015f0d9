"""
An MTA's old log read into past messages: who wrote to whom, from where and when.  No I/O.

Main types: `LogReader` takes lines and gives `PastMessage`s.  Each line says by its program which
MTA wrote it, so one log may hold several; `postfix`, `exim` and `sendmail` each know one of them.

What holds: no line raises; what cannot be read is counted.  Memory is bounded by `join.MAX_OPEN`.
Not here: files and gzip (`replay.history`), and what the engine makes of it.
"""

from .join import PastMessage
from .reader import LogCounts, LogReader, infer_year

__all__ = ["LogCounts", "LogReader", "PastMessage", "infer_year"]
