"""
What the two sides agree on when a connection opens.  Pure.

Main types: `Offer` is what the MTA can do, `Wishes` what we would like, `Agreement` what holds
from then on; `agree` makes the last from the other two and `Agreement.packet` says it.
What holds: version, actions and steps never exceed the offer; a no-reply promise that was not
offered is not made, and then we answer that step.
Not here: the steps themselves (`session`).

Spec: libmilter mfdef.h (SMFIF_*, SMFIP_*), mfapi.h (SMFIM_*); Postfix src/milter/milter8.c.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property
from types import MappingProxyType

from .packets import Command, MilterError, Response, packet

__all__ = ["NO_REPLY", "Actions", "Agreement", "Offer", "Steps", "Wishes", "agree"]

HIGHEST_VERSION = 6
LOWEST_VERSION = 2  # Sendmail 8.10 of the year 2000; nothing older speaks this framing

_OFFER = struct.Struct(">III")


class Actions(IntFlag):
    """What a filter may do to a message (SMFIF)."""

    ADD_HEADERS = 0x1
    CHANGE_BODY = 0x2
    ADD_RECIPIENT = 0x4
    DELETE_RECIPIENT = 0x8
    CHANGE_HEADERS = 0x10
    QUARANTINE = 0x20
    CHANGE_SENDER = 0x40
    ADD_RECIPIENT_WITH_ARGUMENTS = 0x80
    SET_MACRO_LISTS = 0x100


class Steps(IntFlag):
    """What is sent and what is answered (SMFIP); a set bit in our answer makes it so."""

    NO_CONNECT = 0x1
    NO_HELO = 0x2
    NO_MAIL = 0x4
    NO_RECIPIENT = 0x8
    NO_BODY = 0x10
    NO_HEADERS = 0x20
    NO_END_OF_HEADERS = 0x40
    NO_REPLY_HEADER = 0x80
    NO_UNKNOWN = 0x100
    NO_DATA = 0x200
    SKIP = 0x400
    REJECTED_RECIPIENTS = 0x800
    NO_REPLY_CONNECT = 0x1000
    NO_REPLY_HELO = 0x2000
    NO_REPLY_MAIL = 0x4000
    NO_REPLY_RECIPIENT = 0x8000
    NO_REPLY_DATA = 0x10000
    NO_REPLY_UNKNOWN = 0x20000
    NO_REPLY_END_OF_HEADERS = 0x40000
    NO_REPLY_BODY = 0x80000
    HEADER_LEADING_SPACE = 0x100000


# Which promise frees us from answering which command.
NO_REPLY: Mapping[int, Steps] = MappingProxyType(
    {
        Command.CONNECT: Steps.NO_REPLY_CONNECT,
        Command.HELO: Steps.NO_REPLY_HELO,
        Command.MAIL: Steps.NO_REPLY_MAIL,
        Command.RECIPIENT: Steps.NO_REPLY_RECIPIENT,
        Command.DATA: Steps.NO_REPLY_DATA,
        Command.UNKNOWN: Steps.NO_REPLY_UNKNOWN,
        Command.HEADER: Steps.NO_REPLY_HEADER,
        Command.END_OF_HEADERS: Steps.NO_REPLY_END_OF_HEADERS,
        Command.BODY: Steps.NO_REPLY_BODY,
    }
)

# Everything in one direction until the end of the message: no round trip before it.
SILENT = (
    Steps.NO_UNKNOWN
    | Steps.HEADER_LEADING_SPACE
    | Steps.NO_REPLY_CONNECT
    | Steps.NO_REPLY_HELO
    | Steps.NO_REPLY_MAIL
    | Steps.NO_REPLY_RECIPIENT
    | Steps.NO_REPLY_DATA
    | Steps.NO_REPLY_UNKNOWN
    | Steps.NO_REPLY_HEADER
    | Steps.NO_REPLY_END_OF_HEADERS
    | Steps.NO_REPLY_BODY
)

# Before version 6 an MTA knows these bits and may trip over others.
OLD_ACTIONS = Actions(0x3F)
OLD_STEPS = Steps(0x7F)

# By the numbers of mfapi.h (SMFIM_*): 5 is end of message, 6 end of headers.  Sendmail 8.17.1
# ignores a list for 5 unless there is one for 6 (`milter_data` tests the wrong flag), so both
# are sent.  Postfix sends a list before every header and body chunk, so 6 is short.
MACRO_LISTS: Mapping[int, str] = MappingProxyType(
    {
        0: "j _ {daemon_name} {daemon_addr} {daemon_port} {client_addr} {client_port} "
        "{client_name} {client_ptr} {client_resolve} v",
        1: "{tls_version} {cipher} {cert_subject} {cert_issuer}",
        2: "i {auth_type} {auth_authen} {auth_author} {auth_ssf} {mail_addr}",
        3: "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
        4: "i {auth_authen}",
        5: "i {msg_id} {auth_authen}",
        6: "i {auth_authen}",
    }
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the MTA says it can do."""

    version: int
    actions: Actions
    steps: Steps

    @classmethod
    def parse(cls, data: bytes) -> "Offer":
        """Read the data of the MTA's `O` packet; what follows the three numbers is ignored."""
        if len(data) < _OFFER.size:
            raise MilterError("malformed", f"an offer of {len(data)} bytes is shorter than twelve")
        version, actions, steps = _OFFER.unpack_from(data)
        if version < LOWEST_VERSION:
            raise MilterError(
                "version",
                f"milter version {version} is older than {LOWEST_VERSION}: update the MTA",
            )
        return cls(version, Actions(actions), Steps(steps))


@dataclass(frozen=True, slots=True)
class Wishes:
    """
    What we ask for.  The defaults decide at the end of the message and answer nothing before.

    With `skip`, body chunks are answered, so that an over-long message can be cut off at once
    instead of read and dropped; that costs one round trip a chunk.
    """

    version: int = HIGHEST_VERSION
    actions: Actions = Actions.ADD_HEADERS | Actions.CHANGE_HEADERS | Actions.QUARANTINE
    skip: bool = False
    macros: Mapping[int, str] = field(default_factory=lambda: MACRO_LISTS)

    @property
    def steps(self) -> Steps:
        """The step bits that say so."""
        return (SILENT & ~Steps.NO_REPLY_BODY) | Steps.SKIP if self.skip else SILENT


@dataclass(frozen=True)
class Agreement:
    """What holds on a connection: the numbers both sides go by, and the macros asked for."""

    version: int
    actions: Actions
    steps: Steps
    macros: Mapping[int, str]

    @property
    def answered(self) -> frozenset[int]:
        """The commands that the MTA waits on us to answer (the end of a message always is)."""
        return frozenset(command for command, bit in NO_REPLY.items() if bit not in self.steps)

    @cached_property
    def adds_headers(self) -> bool:
        """Whether we may add header fields."""
        return Actions.ADD_HEADERS in self.actions

    @cached_property
    def changes_headers(self) -> bool:
        """Whether we may change and delete header fields."""
        return Actions.CHANGE_HEADERS in self.actions

    @cached_property
    def quarantines(self) -> bool:
        """Whether we may have a message held."""
        return Actions.QUARANTINE in self.actions

    @cached_property
    def leading_space(self) -> bool:
        """Whether header values carry the space after the colon, both ways."""
        return Steps.HEADER_LEADING_SPACE in self.steps

    @cached_property
    def skips(self) -> bool:
        """Whether we may ask to be spared the rest of a body."""
        return Steps.SKIP in self.steps and Steps.NO_REPLY_BODY not in self.steps

    @property
    def packet(self) -> bytes:
        """Our `O` packet."""
        lists = b"".join(
            stage.to_bytes(4, "big") + names.encode("ascii") + b"\0"
            for stage, names in self.macros.items()
        )
        numbers = _OFFER.pack(self.version, self.actions, self.steps)
        return packet(Response.NEGOTIATE, numbers + lists)


def agree(offer: Offer, wishes: Wishes) -> Agreement:
    """Return the most that was both offered and wished for."""
    version = min(offer.version, wishes.version)
    actions = wishes.actions & offer.actions
    steps = wishes.steps & offer.steps
    if version < HIGHEST_VERSION:
        return Agreement(version, actions & OLD_ACTIONS, steps & OLD_STEPS, {})
    lists = wishes.macros if Actions.SET_MACRO_LISTS in offer.actions else {}
    return Agreement(version, actions, steps, lists)
