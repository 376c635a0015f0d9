"""Pouring mail into a milter: each message on its own road, and what counts as gone out."""

import asyncio

import pytest

from outfall.config import Address, ListenerSettings
from outfall.errors import PeerError
from outfall.model import Action, Decision, Envelope, Reply
from outfall.serve.milter import MilterServer
from outfall.testing.pour import MilterPourer, passed

ANYWHERE = Address("inet", "127.0.0.1", 0)
RAW = b"Subject: x\r\n\r\nhello\r\n"

DECISIONS = {
    Action.ACCEPT: Decision(Action.ACCEPT, None),
    Action.TAG: Decision(Action.TAG, None, add_headers=(("X-Outfall-Verdict", "bulk"),)),
    Action.HOLD: Decision(Action.HOLD, None, quarantine_reason="held"),
    Action.THROTTLE: Decision(Action.THROTTLE, None, reply=Reply(451, "4.7.1", "later")),
    Action.REJECT: Decision(Action.REJECT, None, reply=Reply(550, "5.7.1", "never")),
    Action.DISCARD: Decision(Action.DISCARD, None),
}


def pour(envelopes, answer):
    """Pour one message for each envelope; return what the filter saw and what became of them."""
    seen = []

    async def decide(message, envelope, local):
        seen.append((message, envelope, local))
        return answer

    async def run():
        server = MilterServer(decide)
        remote = await server.listen(ListenerSettings(address=ANYWHERE))
        local = await server.listen(ListenerSettings(address=ANYWHERE, local=True))
        async with MilterPourer(remote, local) as pourer:
            outcomes = [
                await pourer.pour(RAW, envelope, f"4Q{number}")
                for number, envelope in enumerate(envelopes)
            ]
        await server.drain(1.0)
        return outcomes

    return asyncio.run(run()), seen


@pytest.mark.parametrize("action", list(DECISIONS))
def test_only_mail_that_is_let_go_passed(action):
    """Refused, put off, held and thrown away mail did not go out; tagged mail did."""
    [outcome], _ = pour([Envelope(("b@y.example",), "a@x.example")], DECISIONS[action])

    assert (action in (Action.ACCEPT, Action.TAG)) == passed(outcome)


def test_filter_sees_the_envelope_that_was_poured():
    """Who, from where, to whom and over which road arrive as they were given."""
    envelopes = [
        Envelope(
            ("b@y.example", "c@y.example"), "a@x.example", "192.0.2.7", "alice", "pc", "pc.test"
        ),
        Envelope(("b@y.example",), "", "2001:db8::7", None, "other"),
        Envelope(
            ("b@y.example",), "www@x.example", "127.0.0.1", None, "h", "localhost", local=True
        ),
        Envelope(("b@y.example",), "a@x.example", "192.0.2.8", None, "pc"),
    ]
    _, seen = pour(envelopes, DECISIONS[Action.ACCEPT])

    assert [False, False, True, False] == [local for _, _, local in seen]
    for want, (message, got, _) in zip(envelopes, seen, strict=True):
        for name in ("recipients", "mail_from", "client_ip", "account", "helo", "client_name"):
            assert getattr(want, name) == getattr(got, name)
        assert message.startswith(b"Subject: x\r\n")


def test_filter_that_hangs_up_is_an_error():
    """A filter that goes away in the middle is told, not waited for."""

    async def run():
        async def hang_up(reader, writer):
            await reader.read(10)
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        address = Address("inet", "127.0.0.1", port)
        try:
            async with MilterPourer(address, address):
                pass
        finally:
            server.close()

    with pytest.raises(PeerError, match="hung up"):
        asyncio.run(run())
