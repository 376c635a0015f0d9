"""The daemon's HTTP: who may ask what, and what comes of it."""

import asyncio
import json

import pytest
from prometheus_client import CollectorRegistry, Counter

from outfall.model import Category, Explanation, Sender, SenderKind, Verdict
from outfall.serve.http import MAX_REFERENCE, Sources, application

VERDICT = Verdict(Category.SPAM, 9.0, (), Sender(SenderKind.ACCOUNT, "alice"), (), "K7Q2")
EXPLANATION = Explanation(
    VERDICT, 1.0, ("links: 7 other senders",), ("bulk from 8",), "Fewer senders."
)


def ask(path, peer=("127.0.0.1", 4444), host="localhost", method="GET", status="ok", asked=None):
    """One request from `peer` (None: a unix socket); the status and the body."""
    registry = CollectorRegistry()
    Counter("things", "Things.", registry=registry).inc()

    def explain(reference):
        if asked is not None:
            asked.append(reference)
        return EXPLANATION if reference == "K7Q2" else None

    app = application(Sources(registry, explain, lambda: {"status": status}))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", host.encode())],
        "scheme": "http",
        "client": peer,
        "server": ("192.0.2.1", 6780),
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event):
        sent.append(event)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(event.get("body", b"") for event in sent[1:]).decode()


@pytest.mark.parametrize(
    "peer, host, status",
    [
        (("127.0.0.1", 4444), "localhost:6780", 200),
        (("::1", 4444), "[::1]:6780", 200),
        (None, "localhost", 200),
        (("192.0.2.7", 4444), "localhost", 403),
        (("192.0.2.7", 4444), "192.0.2.1:6780", 403),
        (("127.0.0.1", 4444), "rebound.example:6780", 403),
        (None, "rebound.example", 403),
        (("127.0.0.1", 4444), "127.0.0.1.rebound.example", 403),
    ],
)
def test_explain_is_for_this_host(peer, host, status):
    """Only a local peer that names a local host learns who sent what."""
    answer, body = ask("/explain/K7Q2", peer, host)

    assert status == answer
    assert (status == 200) == ("alice" in body)


def test_explain_tells_all_that_is_known():
    """The answer is the explanation's fields, as `outfall explain` reads them."""
    answer = json.loads(ask("/explain/K7Q2")[1])

    assert ("K7Q2", 1.0, ["links: 7 other senders"], "Fewer senders.") == (
        answer["verdict"]["reference"],
        answer["at"],
        answer["patterns"],
        answer["would_change"],
    )


def test_an_unknown_reference_is_404():
    """What is not remembered is not found, however long the question is."""
    asked = []

    assert 404 == ask("/explain/" + "x" * 5000, asked=asked)[0]
    assert ["x" * MAX_REFERENCE] == asked


@pytest.mark.parametrize("peer", [("127.0.0.1", 4444), ("192.0.2.7", 4444)])
def test_metrics_are_for_whoever_reaches_the_port(peer):
    """Prometheus may be another host; the numbers name nobody."""
    status, body = ask("/metrics", peer, "outfall.example")

    assert 200 == status
    assert "things_total 1.0" in body


@pytest.mark.parametrize("health, status", [("ok", 200), ("draining", 503), ("failing", 503)])
def test_health_is_the_status(health, status):
    """Only "ok" is a 200, and the body says which it is."""
    answer, body = ask("/healthz", status=health)

    assert (status, health) == (answer, json.loads(body)["status"])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/explain/K7Q2"])
def test_nothing_can_be_changed(method, path):
    """There is nothing but reading."""
    assert 405 == ask(path, method=method)[0]
