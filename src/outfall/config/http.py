"""``[http]``: where /metrics and /healthz answer.  Main type: `HttpSettings`."""

from __future__ import annotations

from pydantic import Field

from .values import Address, ListenAddress, Section

__all__ = ["HttpSettings"]


class HttpSettings(Section):
    """Where /metrics and /healthz answer, and `outfall explain` asks."""

    enabled: bool = Field(default=True, description="Whether to listen at all.")
    listen: ListenAddress = Field(
        default=Address("inet", "127.0.0.1", 6780),
        description="Where to listen. There is no password: keep it on loopback or behind a "
        "firewall. /explain answers only clients on this host.",
    )
