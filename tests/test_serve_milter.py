"""The milter server over real sockets: what an MTA may rely on, and what it cannot do to us."""

import asyncio
import contextlib
import pathlib
import socket
import stat

import pytest
import uvloop

from outfall.config import Address, ListenerSettings, MilterSettings
from outfall.errors import SettingsError
from outfall.model import Action, Decision, Reply
from outfall.serve.milter import MilterCounters, MilterLimits, MilterServer
from outfall.serve.milter.listening import bind
from outfall.wire.milter import MessageLimits, MilterClient, Outcome
from outfall.wire.milter.negotiation import Steps
from outfall.wire.milter.packets import packet

ACCEPT = Decision(Action.ACCEPT, None, add_headers=(("X-Outfall-Verdict", "clean"),))
MAIL = b"From: a@example.net\r\nSubject: hello\r\n\r\nbody\r\n"
MIB = 1024 * 1024


class Mta:
    """The other end: a `MilterClient` with a socket."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.client = reader, writer, MilterClient()

    @classmethod
    async def connect(cls, address):
        """Connect and go as far as HELO."""
        if address.kind == "unix":
            mta = cls(*await asyncio.open_unix_connection(address.host))
        else:
            mta = cls(*await asyncio.open_connection(address.host, address.port))
        mta.writer.write(mta.client.offer())
        await mta.hear()
        mta.writer.write(mta.client.connect("pc.example", "192.0.2.7") + mta.client.hello("pc"))
        return mta

    async def hear(self):
        """Wait for the next thing of note; ConnectionError if the server hangs up instead."""
        while (event := self.client.next()) is None:
            data = await self.reader.read(65536)
            if not data:
                raise ConnectionError("the server hung up")
            self.client.feed(data)
        return event

    async def send(self, raw=MAIL, sender="a@example.net", **more) -> Outcome:
        """Send a whole message and wait for what becomes of it."""
        self.writer.write(self.client.message(raw, sender, ["b@example.org"], **more))
        await self.writer.drain()
        return await self.hear()

    async def begin(self, raw=MAIL, packets=4):
        """Send the first packets of a message only."""
        pieces = list(self.client.pieces(raw, "a@example.net", ["b@example.org"]))
        self.writer.write(b"".join(pieces[:packets]))
        await self.writer.drain()
        return b"".join(pieces[packets:])


class Gate:
    """A decider that keeps what it saw and, if told, waits to be released."""

    def __init__(self, decision=ACCEPT):
        self.decision, self.seen, self.release = decision, [], asyncio.Event()
        self.release.set()
        self.asked = asyncio.Event()

    async def __call__(self, message, envelope, local):
        self.seen.append((message, envelope, local))
        self.asked.set()
        await self.release.wait()
        return self.decision


@contextlib.asynccontextmanager
async def serving(gate, address="inet:127.0.0.1:0", *, local=False, mode="0660", **limits):
    """Yield a running server, its address and its counters."""
    counters = MilterCounters()
    server = MilterServer(gate, limits=MilterLimits(**limits), counters=counters)
    listener = ListenerSettings(address=Address.parse(address), local=local, mode=mode)
    where = await server.listen(listener)
    try:
        yield server, where, counters
    finally:
        gate.release.set()
        await server.drain(1.0)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request):
    """Run a coroutine on either event loop, with half a minute before it counts as hung."""
    factory = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}[request.param]

    def runner(coroutine):
        with asyncio.Runner(loop_factory=factory) as loop:
            return loop.run(asyncio.wait_for(coroutine, 30))

    return runner


async def until(condition):
    """Let others run until the condition holds."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.002)


# ------------------------------------------------------------------ the usual


def test_many_messages_on_one_connection(run):
    """Every message of a connection gets its own envelope and its own answer."""

    async def main():
        gate = Gate()
        async with serving(gate) as (_, where, counters):
            mta = await Mta.connect(where)
            for number in range(50):
                outcome = await mta.send(MAIL, f"s{number}@example.net", account=f"u{number}")
                assert ("c", ((b"X-Outfall-Verdict", b" clean"),)) == (outcome.final, outcome.added)
            mta.writer.write(mta.client.quit())
            assert b"" == await mta.reader.read()

        assert [f"u{number}" for number in range(50)] == [seen[1].account for seen in gate.seen]
        assert {MAIL} == {seen[0] for seen in gate.seen}
        assert (1, 50, 0, 0) == (
            counters.connections,
            counters.messages,
            counters.connections_open,
            counters.aborted,
        )

    run(main())


def test_unix_socket_has_its_mode_and_goes_away(run, tmp_path):
    """A unix socket has exactly the mode asked for, says whether mail is local, and is removed."""
    path = tmp_path / "milter.sock"

    async def main():
        gate = Gate()
        async with serving(gate, f"unix:{path}", local=True, mode="0600") as (_, where, _counters):
            assert 0o600 == stat.S_IMODE(path.stat().st_mode)
            await (await Mta.connect(where)).send()

        assert (True, True) == (gate.seen[0][1].local, gate.seen[0][2])

    run(main())
    assert not path.exists()


def test_ipv6_listener(run):
    """An IPv6 address is listened on as such."""

    async def main():
        async with serving(Gate(), "inet:[::1]:0") as (_, where, _counters):
            assert str(where).startswith("inet:[::1]:")
            assert "c" == (await (await Mta.connect(where)).send()).final

    run(main())


def test_thirty_megabytes_arrive_unchanged(run):
    """A message of 30 MB is decided on byte for byte."""
    raw = MAIL + b"0123456789abcde\n" * (30 * MIB // 16)

    async def main():
        gate = Gate()
        async with serving(gate) as (_, where, counters):
            outcome = await (await Mta.connect(where)).send(raw)

        assert ("c", True) == (outcome.final, gate.seen[0][0] == raw)
        assert (len(raw), 0) == (counters.message_bytes, counters.too_large)

    run(main())


def test_reload_changes_the_next_message(run):
    """After `use`, the next message on an open connection is decided the new way."""

    async def main():
        gate = Gate()
        refuse = Gate(Decision(Action.REJECT, None, reply=Reply(550, "5.7.1", "no")))
        async with serving(gate) as (server, where, _):
            mta = await Mta.connect(where)
            first = await mta.send()
            server.use(refuse)
            second = await mta.send()

        assert ("c", "y", "550 5.7.1 no") == (first.final, second.final, second.reply)

    run(main())


def test_reload_changes_prefix_and_limits_for_new_connections(run):
    """After `use`, forged headers under the new prefix are deleted and the new limits hold."""
    raw = b"X-Stamp-Verdict: clean\r\nX-Outfall-Verdict: clean\r\n\r\nbody\r\n"

    async def main():
        gate = Gate()
        async with serving(gate) as (server, where, _):
            old = await Mta.connect(where)
            limits = MilterLimits(held_bytes=MIB, message=MessageLimits(message_bytes=1000))
            server.use(gate, limits, "X-Stamp")
            new = await Mta.connect(where)
            large = await new.send(MAIL + b"x" * 1000)
            before, after = await old.send(raw), await new.send(raw)

        assert ((b"x-outfall-verdict", 1),) == before.deleted
        assert ((b"x-stamp-verdict", 1),) == after.deleted
        assert ((), MIB) == (large.added, server.budget.limit)

    run(main())


# ------------------------------------------------------------------ when things go wrong


def test_abort_forgets_the_message(run):
    """A message given up half-way is not decided on, and the next one is whole."""

    async def main():
        gate = Gate()
        async with serving(gate) as (_, where, counters):
            mta = await Mta.connect(where)
            await mta.begin()
            mta.writer.write(mta.client.abort())
            await mta.send(account="alice")
            await mta.begin()
            mta.writer.close()
            await until(lambda: counters.aborted == 2)

        assert [(MAIL, "alice")] == [(seen[0], seen[1].account) for seen in gate.seen]

    run(main())


@pytest.mark.parametrize(
    ("garbage", "kind"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "size"),
        (b"\0\0\0\0", "size"),
        (b"\0\0\0\1E", "order"),
        (b"\0\0\0\5O\0\0\0\6", "malformed"),
        (b"\0\0\0\x0dO\0\0\0\1\0\0\0\0\0\0\0\0", "version"),
    ],
)
def test_garbage_closes_only_its_own_connection(run, garbage, kind):
    """What is no milter is hung up on and counted by kind; others do not notice."""

    async def main():
        async with serving(Gate()) as (_, where, counters):
            good = await Mta.connect(where)
            reader, writer = await asyncio.open_connection(where.host, where.port)
            writer.write(garbage)
            assert b"" == await reader.read()

            assert {kind: 1} == counters.protocol_errors
            assert "c" == (await good.send()).final

    run(main())


def test_connections_over_the_limit_are_closed_at_once(run):
    """One more than the limit is refused; when one leaves there is room again."""

    async def main():
        async with serving(Gate(), connections=2) as (_, where, counters):
            first, second = await Mta.connect(where), await Mta.connect(where)
            with pytest.raises(ConnectionError):
                await Mta.connect(where)
            assert 1 == counters.connections_refused
            first.writer.write(first.client.quit())
            await until(lambda: counters.connections_open == 1)
            third = await Mta.connect(where)

            assert ("c", "c") == ((await second.send()).final, (await third.send()).final)

    run(main())


def test_silent_connections_are_closed(run):
    """Who does not negotiate within its time is closed, and so is who falls silent later."""

    async def main():
        async with serving(Gate(), opening_seconds=0.05, idle_seconds=0.2) as (_, where, counters):
            agreed = await Mta.connect(where)
            mute, _ = await asyncio.open_connection(where.host, where.port)
            assert b"" == await mute.read()
            assert (1, 1) == (counters.idle_closed, counters.connections_open)
            assert b"" == await agreed.reader.read()
            assert 2 == counters.idle_closed

    run(main())


def test_silence_while_we_decide_is_not_the_peers(run):
    """An MTA that waits for our answer is not closed for being silent."""

    async def main():
        gate = Gate()
        gate.release.clear()
        async with serving(gate, idle_seconds=0.05, opening_seconds=5) as (_, where, counters):
            mta = await Mta.connect(where)
            asyncio.get_running_loop().call_later(0.25, gate.release.set)

            assert ("c", 0) == ((await mta.send()).final, counters.idle_closed)

    run(main())


def test_slow_decision_tells_progress(run):
    """While a decision is awaited the MTA hears that we are at it, and then the answer."""

    async def main():
        gate = Gate()
        gate.release.clear()
        async with serving(gate, progress_seconds=0.02) as (_, where, _counters):
            mta = await Mta.connect(where)
            sending = asyncio.create_task(mta.send())
            await gate.asked.wait()
            asyncio.get_running_loop().call_later(0.1, gate.release.set)
            outcome = await sending

        assert "c" == outcome.final
        assert outcome.progress >= 1

    run(main())


def test_decision_that_never_comes_lets_the_message_pass(run):
    """Should the gate break its promise, the message passes unmarked and is counted."""

    async def main():
        gate = Gate()
        gate.release.clear()
        async with serving(gate, progress_seconds=0.02, decision_seconds=0.06) as (
            _,
            where,
            counts,
        ):
            mta = await Mta.connect(where)
            outcome = await mta.send()

            assert ("c", (), 1) == (outcome.final, outcome.added, counts.undecided)
            gate.release.set()
            assert "c" == (await mta.send()).final

    run(main())


def test_late_decision_is_not_taken_for_the_next_message(run):
    """A decision that was given up waiting for is dropped, even if a new message waits by then."""
    late, second = asyncio.Event(), asyncio.Event()
    ended = []

    async def decide(message, envelope, local):
        if envelope.account == "second":
            await second.wait()
            return ACCEPT
        try:
            return await asyncio.Event().wait()
        except asyncio.CancelledError:
            await late.wait()
            ended.append("late")
            return Decision(Action.REJECT, None)

    async def main():
        limits = MilterLimits(progress_seconds=0.02, decision_seconds=0.02)
        server = MilterServer(decide, limits=limits)
        where = await server.listen(ListenerSettings(address=Address.parse("inet:127.0.0.1:0")))
        mta = await Mta.connect(where)
        assert "c" == (await mta.send(account="first")).final
        server.use(decide, MilterLimits())
        sending = asyncio.create_task(mta.send(account="second"))
        await asyncio.sleep(0.02)
        late.set()
        await until(lambda: ended)
        await asyncio.sleep(0.02)
        assert not sending.done()
        second.set()

        outcome = await sending
        assert ("c", 1) == (outcome.final, len(outcome.added))
        await server.drain(1)

    run(main())


@pytest.mark.parametrize(
    "unusable",
    [
        None,
        Decision(Action.REJECT, None, reply=Reply(250, "2.0.0", "thanks")),
        Decision(Action.TAG, None, add_headers=(("Bad\nName", "x"),)),
    ],
)
def test_unusable_decision_lets_the_message_pass(run, unusable):
    """A decision that raises or cannot be told passes the message; it is never left unanswered."""

    async def decide(message, envelope, local):
        if unusable is None:
            raise RuntimeError("engine fell over")
        return unusable

    async def main():
        counters = MilterCounters()
        server = MilterServer(decide, counters=counters)
        where = await server.listen(ListenerSettings(address=Address.parse("inet:127.0.0.1:0")))
        outcome = await (await Mta.connect(where)).send()
        await server.drain(1)

        assert ("c", (), 1) == (outcome.final, outcome.added, counters.undecided)

    run(main())


def test_too_large_passes_without_a_decision(run):
    """A message over the limit passes, nobody is asked, and the next one is looked at again."""

    async def main():
        gate = Gate()
        async with serving(gate, message=MessageLimits(message_bytes=MIB)) as (_, where, counters):
            mta = await Mta.connect(where)
            large = await mta.send(MAIL + b"x" * MIB)
            small = await mta.send()

        assert (("c", ()), 1) == ((large.final, large.added), len(small.added))
        assert ([MAIL], 1) == ([seen[0] for seen in gate.seen], counters.too_large)

    run(main())


# ------------------------------------------------------------------ memory


def test_short_memory_lets_begun_messages_finish(run):
    """With less memory than the messages need together, all of them get through, one by one."""
    raw = MAIL + b"x" * (2 * MIB)

    async def main():
        gate = Gate()
        async with serving(gate, held_bytes=3 * MIB) as (server, where, _counters):
            mtas = [await Mta.connect(where) for _ in range(8)]
            highest, stop = 0, asyncio.Event()

            async def watch():
                nonlocal highest
                while not stop.is_set():
                    highest = max(highest, server.budget.total)
                    await asyncio.sleep(0)

            watching = asyncio.create_task(watch())
            outcomes = await asyncio.gather(*(mta.send(raw) for mta in mtas))
            stop.set()
            await watching

            assert ["c"] * 8 == [outcome.final for outcome in outcomes]
            assert [True] * 8 == [seen[0] == raw for seen in gate.seen]
            assert highest <= 3 * MIB + len(raw) + 8 * 256 * 1024
            await until(lambda: server.budget.total == 0)

    run(main())


def test_peer_that_stops_while_memory_is_short_is_closed(run):
    """Who holds most and brings nothing while others wait loses its connection, they do not."""
    raw = MAIL + b"x" * (4 * MIB)

    async def main():
        async with serving(Gate(), held_bytes=3 * MIB, stall_seconds=0.1) as running:
            server, where, counters = running
            holder, other = await Mta.connect(where), await Mta.connect(where)
            await holder.begin(raw, packets=60)  # more than there is memory, then silence
            await until(lambda: server.budget.total > 3 * MIB)
            outcome = await other.send()

            assert ("c", 1) == (outcome.final, counters.starved)
            with pytest.raises(ConnectionError):
                await holder.hear()

    run(main())


def test_peer_that_does_not_read_is_not_read_from(run, tmp_path):
    """Who sends without reading our answers is made to wait; once it reads, none is missing."""
    packets = 300_000

    async def main():
        # Unix sockets have small buffers that do not grow.
        async with serving(Gate(), f"unix:{tmp_path}/s") as (server, where, _counters):
            reader, writer = await asyncio.open_unix_connection(where.host, limit=4096)
            client = MilterClient(steps=Steps(0))
            writer.write(client.offer() + packet(b"C", b"pc\0U"))
            writer.write(packet(b"U", b"\0") * packets)
            await until(lambda: server._connections)
            (connection,) = server._connections
            await until(lambda: connection._slow_reader)
            heard = connection.heard
            await asyncio.sleep(0.05)
            assert heard == connection.heard < 6 * packets
            answers, owed = 0, 5 * packets + 5  # besides the negotiation
            while answers < owed:
                answers += len(await reader.read(1 << 16))

            assert answers - owed < 1000
            writer.close()

    run(main())


# ------------------------------------------------------------------ the end


def test_drain_finishes_what_is_in_flight(run):
    """At a stop, idle connections are closed, begun messages are answered, new ones find nobody."""

    async def main():
        gate = Gate()
        async with serving(gate) as (server, where, counters):
            idle, begun, asking = [await Mta.connect(where) for _ in range(3)]
            rest = await begun.begin()
            gate.release.clear()
            sending = asyncio.create_task(asking.send())
            await gate.asked.wait()
            draining = asyncio.create_task(server.drain(20))
            assert b"" == await idle.reader.read()
            with pytest.raises(ConnectionError):
                await asyncio.open_connection(where.host, where.port)
            begun.writer.write(rest)
            gate.release.set()

            assert ("c", "c") == ((await sending).final, (await begun.hear()).final)
            await asyncio.wait_for(draining, 5)  # well before its own deadline
            assert (0, 0, 2) == (counters.connections_open, counters.cut_off, counters.messages)

    run(main())


def test_drain_cuts_off_at_its_deadline(run):
    """A message that does not end in time cannot hold up the stop."""

    async def main():
        gate = Gate()
        async with serving(gate) as (server, where, counters):
            begun = await Mta.connect(where)
            await begun.begin()
            gate.release.clear()
            asking = await Mta.connect(where)
            sending = asyncio.create_task(asking.send())
            await gate.asked.wait()
            await server.drain(0.02)

            with pytest.raises(ConnectionError):
                await sending
            assert 2 == counters.cut_off

    run(main())


# ------------------------------------------------------------------ settings


def test_settings_become_limits():
    """What the operator sets under [milter] is what the server goes by."""
    settings = MilterSettings(
        connections=7, buffered="70 MiB", idle="11 s", message_size="5 MiB", deadline="1 s"
    )
    limits = MilterLimits.of(settings)

    assert (7, 70 * MIB, 11.0) == (limits.connections, limits.held_bytes, limits.idle_seconds)
    assert 5 * MIB == limits.message.message_bytes


# ------------------------------------------------------------------ the socket file


def test_stale_socket_is_replaced_and_a_live_one_is_not(run, tmp_path):
    """A socket nobody answers on is taken over; a second daemon cannot steal a living one."""
    path = tmp_path / "milter.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))

    async def main():
        async with serving(Gate(), f"unix:{path}") as (_, where, _counters):
            second = MilterServer(Gate())
            with pytest.raises(SettingsError, match="another process listens there"):
                await second.listen(ListenerSettings(address=where))

            assert "c" == (await (await Mta.connect(where)).send()).final

    run(main())


def test_unix_socket_is_closed_to_all_until_it_has_its_mode(monkeypatch, tmp_path):
    """Between its birth and its mode nobody can connect to a unix socket, whatever the umask."""
    before, change = [], pathlib.Path.chmod

    def chmod(path, mode):
        before.append(stat.S_IMODE(path.stat().st_mode))
        change(path, mode)

    monkeypatch.setattr(pathlib.Path, "chmod", chmod)
    bind(ListenerSettings(address=Address.parse(f"unix:{tmp_path}/s"))).close()

    assert [0] == before


def test_ordinary_file_is_never_removed(run, tmp_path):
    """A file that is no socket is left alone, whatever the settings say."""
    path = tmp_path / "precious"
    path.write_text("keep")

    async def main():
        with pytest.raises(SettingsError, match="no socket"):
            await MilterServer(Gate()).listen(
                ListenerSettings(address=Address.parse(f"unix:{path}"))
            )

    run(main())
    assert "keep" == path.read_text()


def test_port_in_use_is_refused_with_the_address(run):
    """A port that is taken is named in the refusal."""

    async def main():
        async with serving(Gate()) as (_, where, _counters):
            with pytest.raises(SettingsError, match=f"cannot listen on {where}.*stop what"):
                await MilterServer(Gate()).listen(ListenerSettings(address=where))

    run(main())
