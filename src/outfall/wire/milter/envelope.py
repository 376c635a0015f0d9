"""
From commands and macros to `outfall.model.Envelope`.  Pure.

Main types: `Peer`, what CONNECT and HELO told of the client, and `Transaction`, what MAIL and
RCPT told of the message.  What holds: addresses come without angle brackets, the null sender is
"", a client address is in its plain form (IPv4 where it is one), unknown is None.
Not here: who is accountable (the engine); the message itself (`message`).
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...model import Envelope
from .limits import MAX_COMMAND, MessageLimits
from .packets import MilterError, strings

__all__ = ["Peer", "Transaction", "envelope"]


@dataclass(slots=True)
class Peer:
    """The client as the MTA sees it; the same for every message of a connection."""

    name: str | None = None
    ip: str | None = None
    helo: str | None = None

    def connect(self, data: bytes) -> None:
        """Take in CONNECT: name NUL family [port address NUL]."""
        _check_length(data, "CONNECT")
        name, nul, rest = data.partition(b"\0")
        if not nul or not rest:
            raise MilterError("malformed", "CONNECT has no host name or no address family")
        self.name = _known_name(name)
        self.ip = _ip(rest[3:].removesuffix(b"\0")) if rest[:1] in (b"4", b"6") else None

    def hello(self, data: bytes) -> None:
        """Take in HELO: the name that the client gives itself."""
        _check_length(data, "HELO")
        self.helo = text(strings(data, "HELO")[0]) or None


@dataclass(slots=True)
class Transaction:
    """One message's sender and recipients; `recipients_total` also counts those not kept."""

    mail_from: str
    recipients: list[str] = field(default_factory=list)
    recipients_total: int = 0
    held: int = 0

    @classmethod
    def begin(cls, data: bytes) -> "Transaction":
        """Take in MAIL: the sender, then ESMTP arguments, which are not needed."""
        return cls(_address(data, "MAIL"))

    def recipient(self, data: bytes, limits: MessageLimits) -> None:
        """Take in RCPT: one recipient, then ESMTP arguments."""
        address = _address(data, "RCPT")
        self.recipients_total += 1
        if len(self.recipients) < limits.recipients:
            self.recipients.append(address)
            self.held += len(address)


def envelope(
    peer: Peer, transaction: Transaction, macros: Mapping[bytes, bytes], *, local: bool
) -> Envelope:
    """Return what the MTA knows; its macros win over CONNECT, as they are what it logs."""
    address = macros.get(b"client_addr")
    name = macros.get(b"client_name")
    return Envelope(
        recipients=tuple(transaction.recipients),
        mail_from=transaction.mail_from,
        client_ip=(_ip(address) if address else None) or peer.ip,
        account=text(macros.get(b"auth_authen", b"")) or None,
        helo=peer.helo,
        client_name=(_known_name(name) if name else None) or peer.name,
        local=local,
        queue_id=text(macros.get(b"i", b"")) or None,
    )


def text(data: bytes) -> str:
    """Decode what should be UTF-8 (RFC 6531); other bytes are kept visible as ``\\xNN``."""
    return data.decode("utf-8", "backslashreplace")


def _address(data: bytes, what: str) -> str:
    # Postfix's cleanup sends addresses bare, every SMTP server in angle brackets.
    _check_length(data, what)
    address = strings(data, what)[0]
    if address[:1] == b"<" and address[-1:] == b">":
        address = address[1:-1]
    return text(address)


def _check_length(data: bytes, what: str) -> None:
    if len(data) > MAX_COMMAND:
        raise MilterError("size", f"{what} has {len(data)} bytes, over {MAX_COMMAND}")


def _known_name(name: bytes) -> str | None:
    # "unknown" and "[192.0.2.1]" are how MTAs spell "no name".
    if not name or name[:1] == b"[" or name == b"unknown":
        return None
    return text(name)


def _ip(address: bytes) -> str | None:
    plain = address.decode("ascii", "replace")
    if plain[:5].lower() == "ipv6:":
        plain = plain[5:]
    try:
        found = ipaddress.ip_address(plain)
    except ValueError:
        return None  # a socket path, or something that an MTA of the future may say
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
