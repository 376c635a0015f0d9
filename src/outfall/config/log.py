"""``[log]``: what is written to standard error, and how.  Main type: `LogSettings`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .values import Section

__all__ = ["LogSettings"]


class LogSettings(Section):
    """What is written to standard error, one line an event; systemd keeps it in the journal."""

    format: Literal["json", "text"] = Field(
        default="json",
        description='"json": one object a line, for programs. "text": key=value, for people.',
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description='The least level written. "info" has one line a verdict; "warning" only '
        "alerts, failures and changes of the daemon.",
    )
