"""
How a setting is written: sizes, durations, addresses, networks, file modes.

Main types: `ByteSize` and `Duration` are put into `Annotated` beside ``int`` and ``float`` with
their limits; `Address` is where a listener listens.  Each reads what an operator writes, refuses
in one sentence that names the remedy, and writes it back the same way for the example file.
In Python a bare number is taken too: bytes for a size, seconds for a duration.
Not here: which setting has which limits (one file a section).
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
)
from pydantic_core import CoreSchema, core_schema

__all__ = [
    "KIB",
    "MIB",
    "Address",
    "ByteSize",
    "Duration",
    "FileMode",
    "ListenAddress",
    "Network",
    "Section",
    "shown",
]

KIB = 1024
MIB = 1024 * KIB

SIZE_UNITS = {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": 1024 * MIB, "TiB": 1024 * 1024 * MIB}
DURATION_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
# More digits than a size or a duration can need; int() and float() stay cheap on hostile text.
QUANTITY = re.compile(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([A-Za-z]{1,8})\s*", re.ASCII)

# Beyond this a float no longer counts single bytes; nobody means that much.
LARGEST_NUMBER = 2**53

# The kernel's struct sockaddr_un holds 108 bytes with the closing NUL (unix(7)).
MAX_SOCKET_PATH = 107


class Section(BaseModel):
    """A table of the settings file: frozen, no unknown keys, and errors repeat no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


# ------------------------------------------------------------------ sizes and durations


@dataclass(frozen=True, slots=True)
class ByteSize:
    """A number of bytes, written "256 MiB".  Limits are in bytes and included."""

    at_least: int = 0
    at_most: int = 2**63 - 1

    def parse(self, value: object) -> int:
        """Return the bytes that `value` means; ValueError says what is wrong with it."""
        size = _quantity(value, SIZE_UNITS, '"256 MiB" (units: B, KiB, MiB, GiB, TiB)')
        _check_range(size, self.at_least, self.at_most, self.format)
        return round(size)

    @staticmethod
    def format(size: float) -> str:
        """Write a size the way `parse` reads it, in the largest unit that divides it."""
        whole = round(size)
        fitting = [name for name, unit in SIZE_UNITS.items() if whole and whole % unit == 0]
        unit = fitting[-1] if fitting else "B"
        return f"{whole // SIZE_UNITS[unit]} {unit}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return _written_as(self.parse, self.format)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time in seconds, written "5 s" or "10 min".  Limits are included."""

    at_least: float = 0.0
    at_most: float = 365 * 86400.0

    def parse(self, value: object) -> float:
        """Return the seconds that `value` means; ValueError says what is wrong with it."""
        seconds = _quantity(value, DURATION_UNITS, '"5 s" (units: ms, s, min, h, d)')
        _check_range(seconds, self.at_least, self.at_most, self.format)
        return seconds

    @staticmethod
    def format(seconds: float) -> str:
        """Write a duration the way `parse` reads it, in the largest unit that divides it."""
        for name, unit in reversed(DURATION_UNITS.items()):
            count = seconds / unit
            if count >= 1 and math.isclose(count, round(count), rel_tol=1e-9):
                return f"{round(count)} {name}"
        return f"{seconds:g} s"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return _written_as(self.parse, self.format)


def _quantity(value: object, units: dict[str, Any], example: str) -> float:
    """A number, or a text of a number and a unit, in the base unit."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) < LARGEST_NUMBER:  # also NaN
            raise ValueError(f"{shown(value)} is not a quantity: write {example}")
        return float(value)
    match = QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{shown(value)} is not a quantity: write {example}")
    number, name = match.groups()
    unit = {known.lower(): factor for known, factor in units.items()}.get(name.lower())
    if unit is None:
        raise ValueError(f"{shown(name)} is not a unit: write {example}")
    return float(number) * float(unit)


def _check_range(
    value: float, at_least: float, at_most: float, write: Callable[[float], str]
) -> None:
    if value < at_least:
        raise ValueError(f'{write(value)} is too little: write "{write(at_least)}" or more')
    if value > at_most:
        raise ValueError(f'{write(value)} is too much: write "{write(at_most)}" or less')


def _written_as(parse: Callable[[object], Any], write: Callable[[Any], str]) -> CoreSchema:
    return core_schema.no_info_plain_validator_function(
        parse,
        serialization=core_schema.plain_serializer_function_ser_schema(write, when_used="json"),
    )


def shown(value: object) -> str:
    """What was written, short enough for a line of an error."""
    try:
        text = ascii(value)
    except ValueError:  # an int of more digits than Python will write
        text = "this number"
    return text if len(text) <= 60 else text[:57] + "..."


# ------------------------------------------------------------------ addresses


@dataclass(frozen=True, slots=True)
class Address:
    """
    Where to listen: ``inet:HOST:PORT`` (an IPv6 host in brackets) or ``unix:/PATH``.

    For ``unix`` `host` is the path and `port` is 0.  For ``inet`` the host is a literal IP
    address: a name would make the start depend on a resolver.  Port 0 takes any free one.
    """

    kind: Literal["inet", "unix"]
    host: str
    port: int = 0

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"inet:{host}:{self.port}"

    @classmethod
    def parse(cls, value: object) -> Address:
        """Return the address that `value` spells; ValueError says what is wrong with it."""
        if isinstance(value, cls):
            return value
        kind, _, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
        if kind == "inet":
            return cls._inet(rest)
        if kind == "unix":
            return cls._unix(rest)
        raise ValueError(
            f"{shown(value)} is not an address: "
            'write "inet:127.0.0.1:6785" or "unix:/run/outfall/milter.sock"'
        )

    @classmethod
    def _inet(cls, rest: str) -> Address:
        host, _, port = rest.rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            ip = ipaddress.ip_address(bare)
        except ValueError:
            raise ValueError(
                f"{shown(host)} is not an IP address: "
                'write one, for example "inet:127.0.0.1:6785" or "inet:[::1]:6785"'
            ) from None
        if not re.fullmatch("[0-9]{1,5}", port, re.ASCII) or int(port) > 65535:
            raise ValueError(f"{shown(port)} is not a port: write a number from 0 to 65535")
        return cls("inet", str(ip), int(port))

    @classmethod
    def _unix(cls, path: str) -> Address:
        if not path.startswith("/") or "\0" in path:
            raise ValueError(f"{shown(path)} is not a socket path: write it from / on")
        if len(path.encode("utf-8", "surrogatepass")) > MAX_SOCKET_PATH:
            raise ValueError(
                f"the socket path is longer than the {MAX_SOCKET_PATH} bytes that the kernel "
                "takes: choose a shorter directory"
            )
        return cls("unix", path)


def _network(value: object) -> object:
    """One address or network; host bits that are set are a slip, and said so."""
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    try:
        return ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f'{shown(value)} is not a network: write one like "192.0.2.0/24" or "2001:db8::/32", '
            "with no bits set beyond the prefix"
        ) from None


def _file_mode(value: object) -> int:
    """An octal file mode as text: a bare TOML number would be decimal, which nobody means."""
    if not isinstance(value, str) or not re.fullmatch("0?[0-7]{3}", value, re.ASCII):
        raise ValueError(f'{shown(value)} is not a file mode: write three octal digits, "0660"')
    return int(value, 8)


ListenAddress = Annotated[
    Address, PlainValidator(Address.parse), PlainSerializer(str, when_used="json")
]

Network = Annotated[
    ipaddress.IPv4Network | ipaddress.IPv6Network,
    BeforeValidator(_network),
    PlainSerializer(str, when_used="json"),
]

FileMode = Annotated[
    int, BeforeValidator(_file_mode), PlainSerializer(lambda mode: f"0{mode:03o}", when_used="json")
]
