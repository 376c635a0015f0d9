"""
Which milter listeners are open, and how a reload gets from the old ones to the new.

Main type: `Listeners`.  What holds: a reload opens all that is new before it closes anything, so
that an address that cannot be had leaves everything as it was; a listener that is the same before
and after never closes.  Only where the same address gets other properties is there a gap, of
microseconds, in which the MTA would find nobody.
Not here: connections (`serve.milter`); those of a closed listener stay until the MTA ends them.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..config import Address, ListenerSettings
from ..errors import SettingsError
from ..serve.milter import MilterServer

__all__ = ["Listeners"]


class Listeners:
    """The listeners of one server, by their settings."""

    def __init__(self, server: MilterServer) -> None:
        self._server = server
        self._open: dict[ListenerSettings, Address] = {}

    @property
    def addresses(self) -> dict[ListenerSettings, Address]:
        """Where each listens, with the port that the kernel chose."""
        return dict(self._open)

    async def change_to(self, wanted: Iterable[ListenerSettings]) -> None:
        """Have exactly `wanted` open; after a `SettingsError` nothing has changed."""
        wanted = list(wanted)
        gone = [listener for listener in self._open if listener not in wanted]
        held = {listener.address for listener in gone}
        new = [listener for listener in wanted if listener not in self._open]
        opened: dict[ListenerSettings, Address] = {}
        try:
            for listener in [one for one in new if one.address not in held]:
                opened[listener] = await self._server.listen(listener)
        except SettingsError:
            for address in opened.values():
                self._server.stop_listening(address)
            raise
        self._open.update(opened)
        for listener in gone:
            self._server.stop_listening(self._open.pop(listener))
        for listener in [one for one in new if one.address in held]:
            self._open[listener] = await self._server.listen(listener)
