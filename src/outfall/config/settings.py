"""
All settings together.  Main type: `Settings`; every field of it works when left out.

Adding a section is a file beside this one and a line here; its checks, the example file and
``outfall config show`` follow from the model.
"""

from __future__ import annotations

from pydantic import Field

from .actions import ActionSettings
from .engine import EngineSettings
from .http import HttpSettings
from .log import LogSettings
from .milter import MilterSettings
from .state import StateSettings
from .values import Section

__all__ = ["Settings"]


class Settings(Section):
    """Outfall's settings.  Every one may be left out."""

    engine: EngineSettings = Field(default=EngineSettings())
    actions: ActionSettings = Field(default=ActionSettings())
    milter: MilterSettings = Field(default=MilterSettings())
    http: HttpSettings = Field(default=HttpSettings())
    log: LogSettings = Field(default=LogSettings())
    state: StateSettings = Field(default=StateSettings())
