"""The gate: mail goes on in time whatever the engine does, and every verdict is told of once."""

import asyncio
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import CapturingLogger

from outfall import gate as gate_module
from outfall.config import Settings
from outfall.gate import INLINE_BYTES, OUTCRY_INTERVAL, Gate, Outcry, bounded
from outfall.model import Action, Alert, Category, Envelope, Evidence, Sender, SenderKind, Verdict

ENVELOPE = Envelope(["b@example.org"], mail_from="a@example.net", queue_id="4F1", account="alice")
LARGE = b"x" * (INLINE_BYTES + 1)
ALICE = Sender(SenderKind.ACCOUNT, "alice")
SPAM = Verdict(
    Category.SPAM,
    9.876,
    tuple(Evidence(name, 2.5, "") for name in "abcd"),
    ALICE,
    (Alert(ALICE, "convicted", "12 of 14 messages", {"messages": 14}),),
    "K7Q2",
)


class Engine:
    """An engine with faults: raises `fault`, or waits for `held` in the thread that scans."""

    def __init__(self, fault=None):
        self.fault = fault
        self.held = threading.Event()
        self.held.set()
        self.asked = []

    def scan(self, message, envelope, at=None):
        self.asked.append((threading.current_thread().name, envelope, at))
        self.held.wait(10)
        if self.fault:
            raise self.fault
        return SPAM


class Panic(BaseException):
    """What a panic in the Rust core looks like from Python."""


def gate_of(engine, log=None, **milter):
    settings = Settings.model_validate({"milter": milter, "actions": {"mode": "enforce"}})
    return Gate(engine, settings, log=log or CapturingLogger())


def lines(log, event):
    return [call.kwargs for call in log.calls if call.args == (event,)]


def ask(gate, message=b"", local=False, times=1):
    """Decide `times` over on one loop; the decisions."""

    async def all_of_them():
        one = lambda: gate.decide(message, ENVELOPE, local=local, at=5.0)  # noqa: E731
        return [await one() for _ in range(times)]

    return asyncio.run(all_of_them())


async def recovery(gate):
    """Until no thread is at a late message; there is no event to wait for from outside."""
    while gate.stuck:  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def counted(gate, name, **labels):
    return gate.counters.registry.get_sample_value(name, labels)


# ------------------------------------------------------------------ with an engine that works


@pytest.mark.parametrize("message, thread", [(LARGE[:-1], "MainThread"), (LARGE, "scan_0")])
def test_small_mail_is_scanned_in_place(message, thread):
    """Up to `INLINE_BYTES` the loop scans itself; one byte more goes to a thread."""
    engine = Engine()
    (decision,) = ask(gate_of(engine), message)

    assert Action.REJECT is decision.action
    assert [(thread, ENVELOPE, 5.0)] == engine.asked


def test_threads_only_keeps_the_loop_free():
    """While a snapshot may hold the engine's lock, small mail goes to a thread as well."""
    engine = Engine()
    gate = gate_of(engine)
    with gate.threads_only():
        ask(gate)
    ask(gate)

    assert ["scan_0", "MainThread"] == [name for name, _, _ in engine.asked]


def test_local_is_what_the_listener_says():
    """The engine and the decision are told that mail came in over the local listener."""
    engine = Engine()
    (decision,) = ask(gate_of(engine), local=True)

    assert engine.asked[0][1].local
    assert Action.HOLD is decision.action


def test_a_verdict_is_one_line():
    """A verdict is logged once with all that finds it again, and with three reasons at most."""
    log = CapturingLogger()
    ask(gate_of(Engine(), log))
    (line,) = lines(log, "verdict")

    assert line.pop("took_ms") >= 0
    assert line == {
        "queue_id": "4F1",
        "reference": "K7Q2",
        "category": "spam",
        "sender_kind": "account",
        "sender": "alice",
        "mail_from": "a@example.net",
        "client_ip": None,
        "action": "reject",
        "planned": "reject",
        "score": 9.88,
        "evidence": ["a +2.5", "b +2.5", "c +2.5"],
        "recipients": 1,
        "alerts": 1,
    }


def test_an_alert_is_a_line_of_its_own():
    """Each alert is logged with the sender, the reason and the counts."""
    log = CapturingLogger()
    ask(gate_of(Engine(), log))
    (line,) = lines(log, "alert")

    assert ("alice", "12 of 14 messages", {"messages": 14}, "K7Q2") == (
        line["sender"],
        line["reason"],
        line["counts"],
        line["reference"],
    )


def test_verdicts_are_silent_above_info_and_alerts_are_not():
    """With log level warning a verdict costs no line; alerts stay."""
    log = CapturingLogger()
    gate = gate_of(Engine(), log)
    gate.reload(Settings.model_validate({"log": {"level": "warning"}}))
    ask(gate)

    assert ([], 1) == (lines(log, "verdict"), len(lines(log, "alert")))


def test_every_message_is_counted_once():
    """Messages by category and action, alerts by level, and times: once each."""
    gate = gate_of(Engine())
    ask(gate, times=3)

    assert 3 == counted(gate, "outfall_messages_total", category="spam", action="reject")
    assert 0 == counted(gate, "outfall_messages_total", category="clean", action="accept")
    assert 3 == counted(gate, "outfall_alerts_total", level="convicted")
    assert 3 == counted(gate, "outfall_verdict_seconds_count")


def test_reload_swaps_the_settings():
    """The next message is decided under the new settings, by the same engine."""
    gate = gate_of(Engine())
    before, after = ask(gate)[0], None
    gate.reload(Settings())
    (after,) = ask(gate)

    assert (Action.REJECT, Action.ACCEPT) == (before.action, after.action)


def test_a_message_sees_one_set_of_settings():
    """Settings that change while a message is scanned do not count for it."""
    engine = Engine()
    gate = gate_of(engine)

    async def change_meanwhile():
        engine.held.clear()
        asked = asyncio.create_task(gate.decide(LARGE, ENVELOPE, local=False, at=1.0))
        await asyncio.sleep(0)
        gate.reload(Settings())
        engine.held.set()
        return await asked

    assert Action.REJECT is asyncio.run(change_meanwhile()).action


# ------------------------------------------------------------------ with an engine that fails


@pytest.mark.parametrize("message", [b"small", LARGE])
@pytest.mark.parametrize("fault", [RuntimeError("lost"), Panic("index"), MemoryError()])
def test_a_failing_engine_stops_no_mail(fault, message):
    """Whatever the engine raises, a panic of its core included, mail passes as unscanned."""
    log = CapturingLogger()
    gate = gate_of(Engine(fault), log)
    (decision,) = ask(gate, message)

    assert (Action.ACCEPT, None) == (decision.action, decision.verdict)
    assert (("X-Outfall-Verdict", "unscanned"),) == decision.add_headers
    assert 1 == counted(gate, "outfall_unscanned_messages_total", reason="error")
    assert type(fault).__name__ in lines(log, "mail passes unscanned")[0]["reason"]


def test_mail_waits_where_the_operator_says_so():
    """With on_failure tempfail, mail without a verdict is to be retried."""
    log = CapturingLogger()
    (decision,) = ask(gate_of(Engine(OSError()), log, on_failure="tempfail"))

    assert (Action.THROTTLE, 451) == (decision.action, decision.reply.code)
    assert 1 == len(lines(log, "mail waits unscanned"))


def test_a_slow_engine_does_not_hold_mail():
    """Past the deadline mail goes on, and the late verdict's alerts are still told."""
    engine, log = Engine(), CapturingLogger()
    gate = gate_of(engine, log, deadline=0.05)

    async def slow():
        engine.held.clear()
        decision = await gate.decide(LARGE, ENVELOPE, local=False, at=1.0)
        stuck = gate.stuck
        engine.held.set()
        await recovery(gate)
        return decision, stuck

    decision, stuck = asyncio.run(slow())

    assert (Action.ACCEPT, None, 1) == (decision.action, decision.verdict, stuck)
    assert 1 == counted(gate, "outfall_unscanned_messages_total", reason="deadline")
    assert 1 == len(lines(log, "late verdict"))
    assert 1 == len(lines(log, "alert"))


def test_a_stuck_engine_takes_no_more_mail_into_memory(monkeypatch):
    """With every thread stuck the next message is not queued behind them, nor the loop blocked."""
    engine = Engine()
    gate = gate_of(engine, deadline=0.05)

    async def many():
        engine.held.clear()
        tasks = [gate.decide(LARGE, ENVELOPE, local=False, at=1.0) for _ in range(20)]
        decisions = await asyncio.gather(*tasks)
        asked = len(engine.asked)
        monkeypatch.setattr(gate._threads, "submit", None)  # to be queued would now be an error
        decisions += [await gate.decide(b"small", ENVELOPE, local=False, at=1.0)]
        monkeypatch.undo()
        engine.held.set()
        await recovery(gate)
        return decisions, asked

    decisions, asked = asyncio.run(many())

    assert {None} == {decision.verdict for decision in decisions}
    assert asked < 20
    assert 0 == counted(gate, "outfall_unscanned_messages_total", reason="error")
    assert 21 == counted(gate, "outfall_unscanned_messages_total", reason="deadline")
    assert Action.REJECT is ask(gate)[0].action  # it recovers


def test_cancellation_is_passed_on():
    """A listener that gives up on a message can cancel it; that is no failure of the engine."""
    engine = Engine()
    gate = gate_of(engine)

    async def cancel():
        engine.held.clear()
        task = asyncio.create_task(gate.decide(LARGE, ENVELOPE, local=False, at=1.0))
        await asyncio.sleep(0)
        task.cancel()
        engine.held.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())

    assert 0 == counted(gate, "outfall_unscanned_messages_total", reason="error")


def test_failures_are_told_once_an_interval():
    """A thousand failures in an interval are two lines, and the second counts the rest."""
    outcry = Outcry()
    told = [outcry.due(second / 10) for second in range(1000)]

    assert [1] + [0] * 599 + [600] + [0] * 399 == told
    assert 60 == OUTCRY_INTERVAL


# ------------------------------------------------------------------ what hostile mail writes


@given(st.text(st.characters(codec=None), max_size=600))
def test_what_is_logged_is_bounded_and_printable(text):
    """Any text becomes one printable line of bounded length that JSON can carry."""
    logged = bounded(text)

    assert logged.isprintable()
    assert len(logged) <= gate_module.MAX_LOGGED * 10 + 40
    assert logged.encode() and json.dumps(logged) if text else logged == ""


@pytest.mark.parametrize(
    "text, logged",
    [
        (None, None),
        ("a@example.net", "a@example.net"),
        ("jürgen@example.net", "jürgen@example.net"),
        ("a\nlevel=error b", "a\\nlevel=error b"),
        ("\x1b[2J\udcff\u202e", "\\x1b[2J\\udcff\\u202e"),
        ("x" * 300, "x" * 256 + "... (300 characters)"),
    ],
)
def test_bounded(text, logged):
    """Line ends, terminal controls, lone surrogates and bidi overrides come out escaped."""
    assert logged == bounded(text)
