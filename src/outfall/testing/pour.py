"""
The MTA's side of the road: messages poured into a milter over its real sockets.

Main type: `MilterPourer`.  It speaks as Postfix does, one SMTP client after another: for each
message a new connection to the filter's ears, on the same socket (QUIT_NC).
What holds: one message at a time, in the order given; the answer comes before the next is sent.
Not here: the protocol (`wire.milter.client`), where the messages come from.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ..config import Address
from ..errors import PeerError
from ..model import Envelope
from ..wire.milter.client import MilterClient, Negotiated, Outcome

__all__ = ["MilterPourer", "passed"]

# As asyncio's own streams read.
CHUNK = 64 * 1024


def passed(outcome: Outcome) -> bool:
    """Whether a message went out: neither refused, put off, thrown away nor put on hold."""
    return outcome.final in "ca" and outcome.quarantine is None


@dataclass(slots=True)
class _Road:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    client: MilterClient


class MilterPourer:
    """
    Pours into two listeners: `remote` for mail that came by SMTP, `local` for the host's own.

        async with MilterPourer(remote, local) as pourer:
            outcome = await pourer.pour(raw, envelope, "4ABC")
    """

    def __init__(self, remote: Address, local: Address) -> None:
        self._addresses = {False: remote, True: local}
        self._roads: dict[bool, _Road] = {}

    async def __aenter__(self) -> Self:
        for is_local, address in self._addresses.items():
            self._roads[is_local] = await _connect(address)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for road in self._roads.values():
            road.writer.write(road.client.quit())
            road.writer.close()
        self._roads.clear()

    async def pour(self, raw: bytes, envelope: Envelope, queue_id: str) -> Outcome:
        """Hand one message in and wait for what becomes of it; PeerError if the filter hangs up."""
        road = self._roads[envelope.local]
        client, address = road.client, envelope.client_ip or "127.0.0.1"
        road.writer.write(
            client.connect(envelope.client_name or f"[{address}]", address)
            + client.hello(envelope.helo or "localhost")
            + client.message(
                raw,
                envelope.mail_from or "",
                envelope.recipients,
                account=envelope.account,
                queue_id=queue_id,
            )
        )
        outcome = await _wait(road)
        if not isinstance(outcome, Outcome):
            raise PeerError("the filter negotiated twice")
        road.writer.write(client.quit(another_connection=True))
        return outcome


async def _connect(address: Address) -> _Road:
    if address.kind == "unix":
        reader, writer = await asyncio.open_unix_connection(address.host)
    else:
        reader, writer = await asyncio.open_connection(address.host, address.port)
    road = _Road(reader, writer, MilterClient())
    writer.write(road.client.offer())
    if not isinstance(await _wait(road), Negotiated):
        raise PeerError("the filter did not negotiate")
    return road


async def _wait(road: _Road) -> Negotiated | Outcome:
    await road.writer.drain()
    while (found := road.client.next()) is None:
        data = await road.reader.read(CHUNK)
        if not data:
            raise PeerError("the filter hung up in the middle of a message")
        road.client.feed(data)
    return found
