"""No wait between two kernels that are polite to each other: each read is acknowledged at once."""

import asyncio
import socket

import pytest

from outfall.model import Action, Decision
from outfall.serve.milter import MilterServer
from outfall.serve.milter.connection import MilterConnection


class Socket:
    """A socket that remembers which options were set."""

    def __init__(self, family):
        self.family = family
        self.options = []

    def setsockopt(self, *option):
        """Remember an option."""
        self.options.append(option)


class Transport(asyncio.Transport):
    """A transport over such a socket that goes nowhere."""

    def __init__(self, family):
        super().__init__({"socket": Socket(family)})

    def write(self, data):
        """Take what is written."""


def options_after_reads(family, reads):
    """Return the options that were set after so many reads of one byte."""

    async def converse():
        async def accept(*_):
            return Decision(Action.ACCEPT, None)

        transport = Transport(family)
        connection = MilterConnection(MilterServer(accept), local=False)
        connection.connection_made(transport)
        for _ in range(reads):
            connection.data_received(b"\0")
        return transport.get_extra_info("socket").options

    return asyncio.run(converse())


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux has TCP_QUICKACK")
def test_each_read_is_acknowledged_at_once():
    """The kernel is told after every read, as it forgets."""
    quick = (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    assert options_after_reads(socket.AF_INET, 3) == [quick] * 3


def test_unix_sockets_are_left_alone():
    """A unix socket has no acknowledgements and takes no such option."""
    assert options_after_reads(socket.AF_UNIX, 3) == []
