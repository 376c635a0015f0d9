"""
The settings: one TOML file, every setting's meaning, default and unit in one place.

`Settings` has a field for each table of the file, and each table is a file here.  `load` reads
them, `read` keeps where each came from, `example` and `show` write them.
Not here: command-line options and the environment (`daemon`, `cli`).
"""

from .actions import ActionSettings, CategoryActions, Mode, StampedHeaders
from .engine import EngineSettings
from .http import HttpSettings
from .log import LogSettings
from .milter import ListenerSettings, MilterSettings
from .read import Loaded, load, parse, read
from .settings import Settings
from .state import SNAPSHOT, StateSettings
from .values import Address
from .write import example, show

__all__ = [
    "SNAPSHOT",
    "ActionSettings",
    "Address",
    "CategoryActions",
    "EngineSettings",
    "HttpSettings",
    "ListenerSettings",
    "Loaded",
    "LogSettings",
    "MilterSettings",
    "Mode",
    "Settings",
    "StampedHeaders",
    "StateSettings",
    "example",
    "load",
    "parse",
    "read",
    "show",
]
