"""
``[milter]``: where Postfix and Sendmail connect, how long a verdict may take, what a peer may use.

Main types: `MilterSettings`, and `ListenerSettings` for each ``[[milter.listeners]]``.
Not here: the protocol (`wire.milter`) and its sockets (`serve.milter`).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .values import KIB, MIB, Address, ByteSize, Duration, FileMode, ListenAddress, Section

__all__ = ["ListenerSettings", "MilterSettings"]


class ListenerSettings(Section):
    """One listening socket; mail from smtpd and mail from the host itself need one each."""

    address: ListenAddress = Field(
        description='Where to listen: "inet:127.0.0.1:6785", "inet:[::1]:6785" or '
        '"unix:/run/outfall/milter.sock".',
    )
    local: bool = Field(
        default=False,
        description="Whether this socket serves Postfix's non_smtpd_milters (sendmail, PHP, cron).",
    )
    mode: FileMode = Field(
        default=0o660, description="Permissions of a unix socket, in octal. Not used for inet."
    )


EMBEDDED_LISTENERS = (
    ListenerSettings(address=Address("inet", "127.0.0.1", 6785)),
    ListenerSettings(address=Address("inet", "127.0.0.1", 6786), local=True),
)


class MilterSettings(Section):
    """Where Postfix and Sendmail connect, and what one of them may use up."""

    # Content deadlines of MTAs: Postfix milter_content_timeout 300 s, Sendmail E: 5 min.  A tenth
    # of that leaves room for both and is still more than a person wants to wait.
    deadline: Annotated[float, Duration(at_least=0.05, at_most=30)] = Field(
        default=5.0,
        description="How long a verdict may take from the end of the message on. Past it, the "
        "message goes as on_failure says.",
    )
    on_failure: Literal["accept", "tempfail"] = Field(
        default="accept",
        description='What becomes of mail that got no verdict in time: "accept", or "tempfail" '
        "(the client is asked to retry; mail from the host itself is put on hold).",
    )
    message_size: Annotated[int, ByteSize(at_least=64 * KIB, at_most=1024 * MIB)] = Field(
        default=64 * MIB,
        description="How much of a message is looked at. The rest of a larger one passes unseen, "
        "so set it above the MTA's own limit (message_size_limit).",
    )
    connections: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Connections at a time over all listeners; an MTA has one for each client of "
        "its own. Further ones are closed at once.",
    )
    idle: Annotated[float, Duration(at_least=10, at_most=86400)] = Field(
        default=7210.0,
        description="After so long without a byte a connection is closed. The default is "
        "libmilter's own: above the longest pause that MTAs allow an SMTP client.",
    )
    buffered: Annotated[int, ByteSize(at_least=64 * KIB)] = Field(
        default=512 * MIB,
        description="Message bytes held in memory at a time over all connections, beside the "
        "engine's own memory.",
    )
    drain: Annotated[float, Duration(at_most=300)] = Field(
        default=10.0,
        description="At a stop: how long messages in flight may take to finish.",
    )
    listeners: tuple[ListenerSettings, ...] = Field(
        default=EMBEDDED_LISTENERS,
        description="The listening sockets. Setting any replaces the two defaults.",
    )

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if not self.listeners:
            raise ValueError("there are no listeners: add a [[milter.listeners]] with an address")
        addresses = [str(listener.address) for listener in self.listeners]
        for address in addresses:
            # Port 0 takes any free port, so two of them do not collide.
            if addresses.count(address) > 1 and not address.endswith(":0"):
                raise ValueError(f'"{address}" is listened on twice: remove one of them')
        if self.buffered < self.message_size:
            raise ValueError(
                f"buffered ({ByteSize.format(self.buffered)}) has no room for one message of "
                f"message_size ({ByteSize.format(self.message_size)}): raise the one or lower "
                "the other"
            )
        return self
