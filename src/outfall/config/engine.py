"""
``[engine]``: how much the engine remembers, how sure it must be, whom it never accuses.

Main type: `EngineSettings`, all that `Engine` takes; it works with every field left out.
Not here: what follows from a verdict (`actions`).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from .values import MIB, ByteSize, Duration, Network, Section, shown

__all__ = ["EngineSettings"]

# Below this the ledger forgets a mid-sized provider's hour before an outbreak shows in it.
LEAST_MEMORY = 32 * MIB

# SipHash takes a key of 128 bits.
KEY_HEX_DIGITS = 32

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class EngineSettings(Section):
    """What the engine remembers and how it judges."""

    memory: Annotated[int, ByteSize(at_least=LEAST_MEMORY)] = Field(
        default=256 * MIB,
        description="Memory for patterns and senders, never exceeded: the least telling records "
        "are forgotten first, and counted. At least 32 MiB; as a rule 256 MiB for a few million "
        "messages a day.",
    )
    key: SecretStr | None = Field(
        default=None,
        examples=["00112233445566778899aabbccddeeff"],
        description="Secret of 32 hex digits under which patterns are hashed, so that outsiders "
        "cannot work out what will collide. Nodes that share counts need the same one. Without "
        "it the engine makes its own and keeps it in its snapshot. The command "
        "`openssl rand -hex 16` makes one.",
    )
    false_alarms_per_day: float = Field(
        default=0.1,
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="False alarms a day that you accept at the most: innocent senders whose mail "
        "is convicted. The engine convicts from ln(senders / this) nats, so that a tenth of it "
        "costs 2.3 nats: later and surer. When people release more convictions than that, it asks "
        "for more by itself. `outfall explain` names the line.",
    )
    shared_networks: tuple[Network, ...] = Field(
        default=LOOPBACK,
        description="Networks whose addresses stand for many people (loopback, webmail hosts, "
        "NAT, your other relays) and are never accused themselves.",
    )
    identity_header: str | None = Field(
        default=None,
        examples=["X-Customer-Id"],
        description="Name of a header in which your own web or mail servers say which customer "
        "handed a message in. Name one only if customers cannot write it themselves.",
    )
    learning: Annotated[float, Duration(at_most=365 * 86400)] = Field(
        default=86400.0,
        description="Until the engine knows so much time of mail, it slows and convicts nobody but "
        "by hard facts (traps, complaints, scanners), and holds it against no sender that it has "
        "not met them or their correspondents before. A mail log of the past counts as well; a "
        "silence counts for six hours at most.",
    )

    without: tuple[str, ...] = Field(
        default=(),
        examples=[["kind link", "evidence turned", "cap conduct", "key own"]],
        description="For measurements only, never for a daemon with mail: parts of the rule to "
        "leave out, to see what each is worth. A kind of pattern, an evidence, a family's cap or "
        "a key, by name; a wrong name is answered with the list of all.",
    )

    @field_validator("key")
    @classmethod
    def _key_is_hex(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(
            f"[0-9a-fA-F]{{{KEY_HEX_DIGITS}}}", key.get_secret_value(), re.ASCII
        ):
            raise ValueError(
                f"the key is not {KEY_HEX_DIGITS} hex digits: make one with `openssl rand -hex 16`"
            )
        return key

    @field_validator("identity_header")
    @classmethod
    def _header_has_a_name(cls, name: str | None) -> str | None:
        # RFC 5322 section 2.2: printable ASCII but the colon; 998 would fit, 76 is a kind name.
        if name is not None and not re.fullmatch(r"[!-9;-~]{1,76}", name, re.ASCII):
            raise ValueError(
                f"{shown(name)} is not a header name: write letters, digits and hyphens "
                "without a colon"
            )
        return name
