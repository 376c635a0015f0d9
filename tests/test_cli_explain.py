"""`outfall explain`: by file, by snapshot, by asking the daemon."""

import dataclasses
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from outfall.cli.explain import explain
from outfall.config import EngineSettings
from outfall.engine import Engine
from outfall.errors import SourceError
from outfall.model import Envelope

MESSAGE = b"Subject: x\r\n\r\nHello\r\n"


def invoke(*words, **options):
    return CliRunner().invoke(explain, words, standalone_mode=False, **options)


@pytest.fixture
def daemon():
    """A server that answers /explain as `answers` says, and settings that lead to it."""

    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port, answers
    server.shutdown()
    thread.join()
    server.server_close()


def settings_for(tmp_path, port):
    path = tmp_path / "outfall.toml"
    path.write_text(f'http.listen = "inet:127.0.0.1:{port}"')
    return str(path)


def test_a_file_is_judged_first(tmp_path):
    """A file is a dry run: its verdict, and what would have changed it."""
    path = tmp_path / "odd.eml"
    path.write_bytes(MESSAGE)
    answer = json.loads(invoke("--json", "--account", "alice", str(path)).output)

    assert {"verdict", "at", "patterns", "reckoning", "would_change"} == set(answer)
    assert any("at most 0.1 false alarms a day" in line for line in answer["reckoning"])
    assert "alice" == answer["verdict"]["sender"]["id"]


def test_standard_input_is_a_file():
    """A dash reads the message from standard input."""
    assert "category   clean" in invoke("-", input=MESSAGE).output


def test_a_reference_is_found_in_a_snapshot(tmp_path):
    """With --state the verdict that the daemon gave is explained after it ended."""
    engine = Engine(EngineSettings(memory="64 MiB"))
    verdict = engine.scan(MESSAGE, Envelope(["b@example.org"], account="alice"), 1.0)
    engine.snapshot(tmp_path / "engine.snapshot")
    answer = json.loads(invoke("--json", "--state", str(tmp_path), verdict.reference).output)

    assert json.loads(json.dumps(dataclasses.asdict(verdict))) == answer["verdict"]


def test_a_reference_is_asked_of_the_daemon(tmp_path, daemon):
    """A reference goes to the daemon that the settings name."""
    port, answers = daemon
    engine = Engine(EngineSettings(memory="64 MiB"))
    reference = engine.scan(MESSAGE, Envelope(["b@example.org"], account="alice"), 1.0).reference
    told = json.dumps(dataclasses.asdict(engine.explain(reference)))
    answers[f"/explain/{reference}"] = 200, told.encode()
    done = invoke("--config", settings_for(tmp_path, port), reference)

    assert "judged at 1970-01-01 00:00:01 UTC" in done.output
    assert reference in done.output


def test_what_is_not_remembered_is_status_1(tmp_path, daemon):
    """A reference that nobody knows is an answer and no error."""
    done = CliRunner().invoke(explain, ["--config", settings_for(tmp_path, daemon[0]), "K7Q2M4"])

    assert 1 == done.exit_code
    assert "K7Q2M4 is not remembered" in done.stderr


@pytest.mark.parametrize(
    "answer", [(403, b"{}"), (500, b""), (200, b"<html>"), (200, b"")], ids=str
)
def test_a_strange_answer_is_an_error(tmp_path, daemon, answer):
    """Something else that listens there is told of in a sentence."""
    port, answers = daemon
    answers["/explain/K7Q2M4"] = answer
    done = invoke("--config", settings_for(tmp_path, port), "K7Q2M4")

    assert isinstance(done.exception, SourceError)


def test_no_daemon_is_an_error_with_a_remedy(tmp_path):
    """Where nobody listens, the sentence says what to do."""
    done = invoke("--config", settings_for(tmp_path, 1), "K7Q2M4")

    assert isinstance(done.exception, SourceError)
    assert "no daemon answers at inet:127.0.0.1:1" in str(done.exception)
    assert "--state" in str(done.exception)


def test_a_daemon_without_http_is_not_asked(tmp_path):
    """Settings that turn HTTP off are named, and not taken for a daemon that is gone."""
    path = tmp_path / "outfall.toml"
    path.write_text("[http]\nenabled = false\n")
    done = invoke("--config", str(path), "K7Q2M4")

    assert isinstance(done.exception, SourceError)
    assert "http.enabled = false" in str(done.exception)
