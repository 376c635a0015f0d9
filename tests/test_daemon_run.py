"""The whole daemon: over its real sockets in this process, and as a process with signals."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from outfall.config import SNAPSHOT, parse
from outfall.daemon import Daemon, LineWriter
from outfall.errors import SettingsError
from outfall.model import Category, EngineCounts, Sender, SenderKind, Verdict
from outfall.wire.milter import MilterClient, Outcome

OUTFALL = Path(sys.executable).with_name("outfall")
MESSAGE = b"Subject: x\r\n\r\nSee you on Friday.\r\n"
LISTENERS = '[[milter.listeners]]\naddress = "unix:{0}/a.sock"\n'
PLAIN = '[engine]\nmemory = "64 MiB"\n[http]\nlisten = "unix:{0}/http.sock"\n' + LISTENERS

# A process that has not done what is asked by then hangs, in seconds.
PATIENCE = 30


# ------------------------------------------------------------------ in this process


class CountingEngine:
    """An engine that says spam, and can be told to fail."""

    def __init__(self, *_):
        self.fault = None
        self.snapshots = 0

    def scan(self, message, envelope, at=None):
        if self.fault:
            raise self.fault
        return Verdict(Category.SPAM, 9.0, (), Sender(SenderKind.ACCOUNT, "alice"), (), "K7Q2")

    def counts(self):
        return EngineCounts(0, 0, {}, 0, 0, 0, 0)

    def explain(self, reference):
        return None

    def snapshot(self, path):
        self.snapshots += 1


class Recorder(LineWriter):
    """Keeps log lines instead of writing them."""

    def __init__(self):
        self.dropped = 0
        self.events = []

    def write(self, line):
        self.events.append(json.loads(line))

    debug = info = warning = error = critical = msg = write

    def named(self, event):
        return [line for line in self.events if line["event"] == event]


def loaded(tmp_path, text=PLAIN):
    return parse(text.format(tmp_path).encode(), "outfall.toml")


@asynccontextmanager
async def serving(settings, **bring):
    daemon = Daemon(settings, Recorder(), **bring)
    try:
        await daemon.start()
        yield daemon
    finally:
        await daemon.stop()
        structlog.reset_defaults()


async def ask_http(path, target, host="localhost"):
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


async def hand_in(path, message=MESSAGE):
    """One message through the milter socket at `path`; what became of it."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    client = MilterClient()
    writer.write(client.offer())
    await told(reader, client)
    writer.write(client.connect("pc", "192.0.2.7") + client.hello("pc"))
    writer.write(client.message(message, "a@example.net", ["b@example.org"], account="alice"))
    outcome = await told(reader, client)
    writer.close()
    return outcome


async def told(reader, client):
    while (found := client.next()) is None:
        data = await reader.read(65536)
        assert data, "the daemon hung up"
        client.feed(data)
    return found


def test_the_way_of_a_message(tmp_path):
    """A message over the real socket gets the engine's verdict, one line and its headers."""

    async def one_message():
        async with serving(loaded(tmp_path)) as daemon:
            outcome = await hand_in(tmp_path / "a.sock")
            reference = dict(outcome.added)[b"X-Outfall-Reference"].decode().strip()
            explained = await ask_http(tmp_path / "http.sock", f"/explain/{reference}")
            metrics = await ask_http(tmp_path / "http.sock", "/metrics")
            return outcome, reference, explained, metrics, daemon._writer.named("verdict")

    outcome, reference, explained, metrics, lines = asyncio.run(one_message())

    assert isinstance(outcome, Outcome) and outcome.final in "ca"
    assert [reference] == [line["reference"] for line in lines]
    assert 200 == explained[0]
    assert reference == json.loads(explained[1])["verdict"]["reference"]
    assert 'outfall_messages_total{action="accept",category="clean"} 1.0' in metrics[1]
    assert "outfall_milter_connections_total 1.0" in metrics[1]
    assert 'outfall_engine_messages_total{category="clean"} 1.0' in metrics[1]
    assert "outfall_build_info{version=" in metrics[1]


def test_reload_opens_what_is_new_and_closes_what_is_gone(tmp_path):
    """After a reload the new listener answers, the old one is gone, and the mode is the new one."""

    async def reload():
        async with serving(loaded(tmp_path), bring_engine=CountingEngine) as daemon:
            before = await hand_in(tmp_path / "a.sock")
            text = PLAIN.replace("a.sock", "b.sock") + '[actions]\nmode = "enforce"\n'
            await daemon.reload(lambda: loaded(tmp_path, text))
            after = await hand_in(tmp_path / "b.sock")
            return before, after, (tmp_path / "a.sock").exists()

    before, after, old_is_there = asyncio.run(reload())

    assert ("c", "y") == (before.final, after.final)
    assert after.reply.startswith("550 5.7.1 Message refused as spam (OF-SPAM, reference K7Q2)")
    assert not old_is_there


def test_reload_changes_a_listener_in_place(tmp_path):
    """The same address may get other properties: here it begins to take local mail."""

    async def reload():
        async with serving(loaded(tmp_path), bring_engine=CountingEngine) as daemon:
            text = PLAIN + 'local = true\n[actions]\nmode = "enforce"\n'
            await daemon.reload(lambda: loaded(tmp_path, text))
            return await hand_in(tmp_path / "a.sock")

    assert "outfall: spam, reference K7Q2" == asyncio.run(reload()).quarantine


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + "x = 1\n",
        PLAIN.replace("a.sock", "b.sock") + '[[milter.listeners]]\naddress = "unix:/no/x.sock"\n',
    ],
    ids=["settings", "listener"],
)
def test_a_refused_reload_changes_nothing(tmp_path, text):
    """Settings or listeners that cannot be had leave the old ones in force; the log says why."""

    async def reload():
        async with serving(loaded(tmp_path)) as daemon:
            await daemon.reload(lambda: loaded(tmp_path, text))
            await hand_in(tmp_path / "a.sock")
            metrics = await ask_http(tmp_path / "http.sock", "/metrics")
            new_is_there = (tmp_path / "b.sock").exists()
            return daemon._writer.named("reload refused, old settings stay"), metrics, new_is_there

    refusals, metrics, new_is_there = asyncio.run(reload())

    assert 1 == len(refusals)
    assert "outfall_reload_failures_total 1.0" in metrics[1]
    assert not new_is_there


def test_a_reload_says_what_waits_for_a_restart(tmp_path):
    """Engine and HTTP settings are named as waiting; nothing pretends that they hold."""

    async def reload():
        async with serving(loaded(tmp_path)) as daemon:
            await daemon.reload(lambda: loaded(tmp_path, PLAIN.replace("64", "128")))
            return daemon._writer.named("some settings wait for a restart")

    assert [["engine"]] == [line["settings"] for line in asyncio.run(reload())]


def test_health_follows_the_engine(tmp_path):
    """/healthz is 200 while verdicts come, 503 once one fails, and 200 after the next success."""

    async def health():
        async with serving(loaded(tmp_path), bring_engine=CountingEngine) as daemon:
            answers = []
            for fault in (None, RuntimeError("lost"), None):
                daemon.engine.fault = fault
                await hand_in(tmp_path / "a.sock")
                answers.append(await ask_http(tmp_path / "http.sock", "/healthz"))
            daemon.status = "draining"
            answers.append(await ask_http(tmp_path / "http.sock", "/healthz"))
            return answers

    answers = asyncio.run(health())

    assert [200, 503, 200, 503] == [status for status, _ in answers]
    assert ["ok", "failing", "ok", "draining"] == [
        json.loads(body)["status"] for _, body in answers
    ]


@pytest.mark.parametrize(
    "host, status",
    [("localhost", 404), ("127.0.0.1:6780", 404), ("[::1]", 404), ("evil.test", 403)],
)
def test_explain_answers_only_this_host(tmp_path, host, status):
    """A web page cannot lead a browser on this machine to /explain by a name of its own."""

    async def ask():
        async with serving(loaded(tmp_path), bring_engine=CountingEngine):
            return await ask_http(tmp_path / "http.sock", "/explain/K7Q2", host)

    assert status == asyncio.run(ask())[0]


def test_a_start_that_fails_touches_no_snapshot(tmp_path):
    """A second daemon on taken addresses gives up without writing over the first one's memory."""
    text = PLAIN + '[state]\ndirectory = "{0}"\n'
    engines = []

    def bring(*_):
        engines.append(CountingEngine())
        return engines[-1]

    async def twice():
        async with serving(loaded(tmp_path, text), bring_engine=bring):
            with pytest.raises(SettingsError, match="cannot listen on unix:"):
                async with serving(loaded(tmp_path, text), bring_engine=bring):
                    pass

    asyncio.run(twice())

    assert [1, 0] == [engine.snapshots for engine in engines]


# ------------------------------------------------------------------ as a process


class Process:
    """``outfall serve`` with free ports and the log in a file."""

    def __init__(self, folder, extra=""):
        self.settings = folder / "outfall.toml"
        self.write(PLAIN.format(folder) + extra)
        self.log_path = folder / "log"
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.notices.settimeout(PATIENCE)
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [OUTFALL, "serve", "--config", self.settings],
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")},
            )

    def write(self, text):
        self.settings.write_text(text)

    def notice(self):
        return self.notices.recv(4096).decode().split("\n")

    def signal(self, number):
        self.process.send_signal(number)

    def ended(self):
        return self.process.wait(PATIENCE)

    def events(self):
        return [json.loads(line)["event"] for line in self.log_path.read_text().splitlines()]


@pytest.fixture
def start(tmp_path):
    started = []

    def start_one(extra=""):
        started.append(Process(tmp_path, extra.format(tmp_path)))
        return started[-1]

    yield start_one
    for one in started:
        one.process.kill()
        one.process.wait()
        one.notices.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_life(start, tmp_path, number):
    """Ready, reloaded, stopped: systemd hears of each, a snapshot is left, and the status is 0."""
    process = start('[state]\ndirectory = "{0}/state"\n')

    assert ["READY=1", "STATUS=Serving, mode monitor"] == process.notice()
    process.signal(signal.SIGHUP)
    assert ["RELOADING=1", "MONOTONIC_USEC"] == [x.partition("=U")[0] for x in reload_of(process)]
    assert ["READY=1", "STATUS=Serving, mode monitor"] == process.notice()
    process.signal(number)
    assert "STOPPING=1" == process.notice()[0]
    assert 0 == process.ended()
    assert (tmp_path / "state" / SNAPSHOT).exists()
    assert ["ready", "reloaded", "stopped"] == [
        event for event in process.events() if event in ("ready", "reloaded", "stopped")
    ]


def reload_of(process):
    first, second = process.notice()
    return first, re.sub(r"=\d+$", "", second)


def test_messages_in_flight_are_finished(start, tmp_path):
    """After SIGTERM a message that is half handed in still gets its answer; new ones do not."""
    process = start()
    process.notice()

    async def half_a_message():
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "a.sock"))
        client = MilterClient()
        writer.write(client.offer())
        await told(reader, client)
        writer.write(client.connect("pc", "192.0.2.7") + client.hello("pc"))
        pieces = [*client.pieces(MESSAGE, "a@example.net", ["b@example.org"])]
        writer.write(b"".join(pieces[:3]))
        await writer.drain()
        await asyncio.sleep(0.1)  # until the daemon has read it; its socket cannot be asked
        process.signal(signal.SIGTERM)
        await asyncio.to_thread(process.notice)
        with pytest.raises(OSError):
            await asyncio.open_unix_connection(str(tmp_path / "a.sock"))
        writer.write(b"".join(pieces[3:]))
        return await told(reader, client)

    assert "c" == asyncio.run(half_a_message()).final
    assert 0 == process.ended()


def test_a_second_signal_ends_it_at_once(start, tmp_path):
    """With a message hanging in flight the second SIGTERM does not wait for it: status 1."""
    process = start()
    process.notice()
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.connect(str(tmp_path / "a.sock"))
        client = MilterClient()
        hanging.sendall(client.offer())
        client.feed(hanging.recv(4096))
        client.next()
        pieces = [*client.pieces(MESSAGE, "a@example.net", ["b@example.org"])]
        hanging.sendall(client.connect("pc", "192.0.2.7") + client.hello("pc") + pieces[0])
        process.signal(signal.SIGTERM)
        process.notice()
        process.signal(signal.SIGTERM)

        assert 1 == process.ended()


@pytest.mark.parametrize(
    "text, says",
    [
        ("x = 1", "outfall.toml:1: x is not a setting"),
        ('http.listen = "unix:/no/such/folder/x"', "make its folder first"),
        (
            '[state]\ndirectory = "/proc/outfall"',
            "the state directory /proc/outfall cannot be used",
        ),
    ],
)
def test_what_cannot_start_says_why(tmp_path, text, says):
    """A start that fails is one line a problem, no traceback, and status 2."""
    settings = tmp_path / "outfall.toml"
    settings.write_text(text)
    done = subprocess.run(
        [OUTFALL, "serve", "--config", settings], capture_output=True, text=True, timeout=PATIENCE
    )
    sentences = [line for line in done.stderr.splitlines() if not line.startswith("{")]

    assert 2 == done.returncode
    assert 1 == len(sentences) and says in sentences[0]
