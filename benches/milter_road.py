"""
The milter road: messages a second, CPU a message and latency, over real sockets.

    python benches/milter_road.py                     a trivial decision, then gate and engine
    python benches/milter_road.py --behind gate       only the latter
    python benches/milter_road.py --connections 1 8 64 --seconds 3 --body 4000

The server is a process of its own, so that its CPU time is its own; the other one plays Postfix,
each connection waiting for its answer before the next message.  Both share the machine's cores,
so messages a second is a lower bound; CPU a message is what counts.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import random
import resource
import time

import uvloop

from outfall.config import Address, ListenerSettings
from outfall.model import Action, Decision
from outfall.serve.milter import MilterServer
from outfall.wire.milter import MilterClient, Style

HEADERS = "".join(
    f"{name}: {value}\r\n"
    for name, value in {
        "Received": "from pc.example (unknown [192.0.2.7])\r\n\tby mail.example.net (Postfix)",
        "DKIM-Signature": "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net;" + " b=abc" * 40,
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "8bit",
        "User-Agent": "Some Mail 12.1",
        "Content-Language": "en",
        "X-Priority": "3",
        "References": "<1@example.net> <2@example.net> <3@example.net>",
        "In-Reply-To": "<3@example.net>",
        "Organization": "Example",
        "Accept-Language": "en, de",
    }.items()
)
WORDS = [start + end for start in ("ba", "ke", "li", "mo", "nu", "ra", "si") for end in "nrstlm"]


def messages(count, body):
    """Return that many different messages of about `body` bytes of text, with their senders."""
    dice = random.Random(7)
    made = []
    for number in range(count):
        text = "\r\n".join(
            " ".join(dice.choice(WORDS) for _ in range(12)) for _ in range(max(1, body // 48))
        )
        head = (
            f"From: u{number}@example.net\r\nTo: r{number}@example.org\r\nSubject: {text[:30]}\r\n"
        )
        head += f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{number}@example.net>\r\n"
        made.append((f"{head}{HEADERS}\r\n{text}\r\n".encode(), number))
    return made


# ------------------------------------------------------------------ the server's process


def serve(pipe, with_gate):
    """Serve until told to end; on "usage" tell the CPU seconds used so far."""

    async def main():
        server = MilterServer(gate() if with_gate else trivial)
        listener = ListenerSettings(address=Address.parse("inet:127.0.0.1:0"))
        pipe.send((await server.listen(listener)).port)
        done = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), lambda: command(done))
        await done.wait()
        await server.drain(1)

    def command(done):
        if pipe.recv() == "end":
            done.set()
            return
        usage = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send((usage.ru_utime + usage.ru_stime, usage.ru_maxrss))

    uvloop.run(main())


async def trivial(message, envelope, local):
    """Accept, with the header fields that a verdict has."""
    return DECISION


DECISION = Decision(
    Action.ACCEPT,
    None,
    (
        ("X-Outfall-Verdict", "clean"),
        ("X-Outfall-Score", "-2.1"),
        ("X-Outfall-Reference", "7KQ2M4"),
    ),
)


def gate():
    """Return the real decision: engine, gate, and the log as the daemon writes it."""
    from outfall.config import Settings
    from outfall.daemon.log import LineWriter, configure
    from outfall.engine import Engine
    from outfall.gate import Gate

    settings = Settings()
    nowhere = os.open(os.devnull, os.O_WRONLY)  # a line a verdict is made, and read by nobody
    log = configure(settings.log, LineWriter(nowhere))
    real = Gate(Engine(settings.engine), settings, log=log)

    async def decide(message, envelope, local):
        return await real.decide(message, envelope, local=local, at=time.time())

    return decide


# ------------------------------------------------------------------ the MTA's process


class Pouring(asyncio.Protocol):
    """One connection that sends its messages over and over, one at a time."""

    def __init__(self, mails, until, latencies, done):
        self.mails, self.until, self.latencies, self.done = mails, until, latencies, done
        self.client, self.buffer, self.asked = MilterClient(style=Style.POSTFIX), bytearray(), 0.0
        self.streams = None

    def connection_made(self, transport):
        """Negotiate."""
        self.transport = transport
        transport.write(self.client.offer())

    def data_received(self, data):
        """Note the answer and send the next message."""
        if self.streams is None:
            self.client.feed(data)
            if self.client.next() is not None:
                self._begin()
            return
        self.buffer += data
        if self._answered():
            now = time.perf_counter()
            self.latencies.append(now - self.asked)
            self._next(now)

    def connection_lost(self, exc):
        """The end."""
        if not self.done.done():
            self.done.set_result(None)

    def _begin(self):
        client = self.client
        macros = {"j": "mail.example.net", "{client_addr}": "192.0.2.7", "v": "Postfix 3.7.11"}
        hello = client.connect("pc.example", "192.0.2.7", macros=macros) + client.hello("pc")
        self.transport.write(hello)
        streams = [
            client.message(
                raw, f"u{number}@example.net", [f"r{number}@example.org"], account=f"u{number}"
            )
            for raw, number in self.mails
        ]
        self.streams = itertools.cycle(streams)
        self._next(time.perf_counter())

    def _next(self, now):
        if now >= self.until:
            self.transport.write(self.client.quit())
            return
        self.asked = now
        self.transport.write(next(self.streams))

    def _answered(self):
        while len(self.buffer) >= 5:
            end = 4 + int.from_bytes(self.buffer[:4], "big")
            if len(self.buffer) < end:
                return False
            letter = self.buffer[4]
            del self.buffer[:end]
            if letter in b"acdrty":
                return True
        return False


async def pour(port, connections, seconds, mails):
    """Return the latencies of all messages poured in so long over so many connections."""
    loop, latencies = asyncio.get_running_loop(), []
    until, ends = time.perf_counter() + seconds, []
    for index in range(connections):
        done = loop.create_future()
        ends.append(done)
        share = mails[index::connections] or mails
        await loop.create_connection(
            lambda share=share, done=done: Pouring(share, until, latencies, done), "127.0.0.1", port
        )
    await asyncio.gather(*ends)
    return sorted(latencies)


def main():
    """Measure and print one line for each decision and number of connections."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--body", type=int, default=4000, help="bytes of text a message")
    parser.add_argument(
        "--behind", nargs="+", choices=("trivial", "gate"), default=["trivial", "gate"],
        help="what decides: the road alone, or the real gate and engine",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    for behind in options.behind:
        measure(behind, options)


def measure(behind, options):
    """Start a server with `behind` deciding, pour, and print."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, behind == "gate"))
    server.start()
    port = ours.recv()
    mails = messages(256, options.body)
    uvloop.run(pour(port, 4, 0.5, mails))  # warm up
    for connections in options.connections:
        ours.send("usage")
        before, _ = ours.recv()
        started = time.perf_counter()
        latencies = uvloop.run(pour(port, connections, options.seconds, mails))
        elapsed = time.perf_counter() - started
        ours.send("usage")
        after, peak = ours.recv()
        report(options.json, behind, connections, latencies, elapsed, after - before, peak)
    ours.send("end")
    server.join()


def report(as_json, behind, connections, latencies, elapsed, cpu, peak):
    """Print what was measured."""
    count = len(latencies)
    found = {
        "behind": behind,
        "connections": connections,
        "messages": count,
        "per_second": round(count / elapsed),
        "cpu_us_per_message": round(cpu / count * 1e6, 1),
        "p50_ms": round(latencies[count // 2] * 1e3, 3),
        "p99_ms": round(latencies[count * 99 // 100] * 1e3, 3),
        "server_peak_mib": round(peak / 1024, 1),
    }
    if as_json:
        print(json.dumps(found))
    else:
        print("  ".join(f"{name} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
