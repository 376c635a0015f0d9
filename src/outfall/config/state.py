"""``[state]``: what outlives a restart.  Main type: `StateSettings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from .values import Duration, Section, shown

__all__ = ["SNAPSHOT", "StateSettings"]

# The file in the state directory: who writes it and who reads it must agree.
SNAPSHOT = "engine.snapshot"


class StateSettings(Section):
    """What outlives a restart."""

    directory: Path | None = Field(
        default=None,
        examples=["/var/lib/outfall"],
        description="Where the engine's snapshot is kept. Without it the daemon uses the state "
        "directory that systemd gives it; with neither, memory only, and the log says so.",
    )
    snapshot_interval: Annotated[float, Duration(at_least=1, at_most=86400)] = Field(
        default=60.0,
        description="How often the engine's memory is written down; as much is lost by a kill.",
    )

    @field_validator("directory")
    @classmethod
    def _directory_is_absolute(cls, directory: Path | None) -> Path | None:
        if directory is not None and (not directory.is_absolute() or "\0" in str(directory)):
            raise ValueError(f"{shown(str(directory))} is not a whole path: write it from / on")
        return directory
