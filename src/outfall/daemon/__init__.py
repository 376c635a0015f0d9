"""
The daemon: puts the parts together, starts, reloads and stops them.

`run(read)` is `outfall serve`; `Daemon` is the same without signals, for a loop that is there.
One thing a file: `run`, `listeners`, `state` (snapshots), `metrics`, `log`, `notify` (systemd).
"""

from .log import LineWriter
from .run import Daemon, run

__all__ = ["Daemon", "LineWriter", "run"]
