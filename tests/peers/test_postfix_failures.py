"""Nothing is lost while the daemon dies, is gone, comes back, reads its settings again or ends."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from peers.client import Letter, pour, send
from peers.daemon import Daemon
from peers.postfix import Postfix
from peers.sink import Sink
from peers.waiting import wait_until

pytestmark = pytest.mark.peers

StartDaemon = Callable[..., Daemon]

# Enough that mail still flows when the daemon is back, few enough for seconds.
FLOW = 200


@contextmanager
def pouring(port: int, letters: list[Letter]):
    """Send letters in the background; yields the future of each subject's SMTP code."""
    with ThreadPoolExecutor(1) as background:
        yield background.submit(pour, port, letters)


def letters_about(token: str, count: int = FLOW) -> list[Letter]:
    """Write `count` letters by a handful of people."""
    return [Letter(f"{token}-{n}", account=f"user{n % 7}") for n in range(count)]


def wait_for_some(sink: Sink, token: str, count: int, codes: Future[dict[str, int]]) -> None:
    """Wait until some of the letters were delivered, while the rest still flow."""
    sink.wait_for(token, count)
    assert not codes.done(), "all mail had passed already: the test proves nothing"


def test_killed_and_restarted_where_mail_passes(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """With default_action=accept, a kill under load costs no message and no client an error."""
    daemon = start_daemon()
    letters = letters_about("kill-accept")
    with pouring(postfix.lenient_port, letters) as codes:
        wait_for_some(sink, "kill-accept", 30, codes)
        daemon.kill()
        sink.wait_for("kill-accept", 60)
        daemon.start()

    assert set(codes.result().values()) == {250}
    sink.wait_for_subjects({letter.subject for letter in letters})
    assert sink.wait_for("kill-accept", FLOW)[-1].headers("X-Outfall-Reference") != []


def test_killed_and_restarted_where_mail_waits(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """With default_action=tempfail, a kill under load makes clients retry; then all arrives."""
    daemon = start_daemon()
    letters = letters_about("kill-tempfail")
    with pouring(postfix.port, letters) as codes:
        wait_for_some(sink, "kill-tempfail", 30, codes)
        daemon.kill()
    assert set(codes.result().values()) == {250, 451}

    daemon.start()
    refused = [letter for letter in letters if codes.result()[letter.subject] == 451]
    assert set(pour(postfix.port, refused).values()) == {250}

    sink.wait_for_subjects({letter.subject for letter in letters})


def test_gone_where_mail_passes(postfix: Postfix, sink: Sink) -> None:
    """With the daemon gone and default_action=accept, mail passes without a verdict."""
    assert send(postfix.lenient_port, Letter("gone-accept"))[0] == 250

    assert sink.wait_for("gone-accept")[0].headers("X-Outfall-Reference") == []


def test_gone_where_mail_waits(postfix: Postfix, sink: Sink) -> None:
    """With the daemon gone and default_action=tempfail, the client is asked to retry."""
    code, text = send(postfix.port, Letter("gone-tempfail"))

    assert code == 451
    assert text == "4.7.1 Service unavailable - try again later"


def test_local_mail_waits_for_the_daemon(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """With default_action=tempfail, local mail stays in the maildrop and passes afterwards."""
    letter = Letter("maildrop-1", mail_from="www-data@provider.example")
    strict = f"{{ inet:127.0.0.1:{postfix.local_milter_port}, default_action=tempfail }}"
    with postfix.changed("non_smtpd_milters", strict):
        assert postfix.submit(letter.content(), letter.mail_from, list(letter.recipients)) == 0
        wait_until(lambda: "milter-reject: CONNECT" in postfix.log, "Postfix to miss the milter")
        assert sink.about("maildrop-1") == []

        start_daemon()
        delivery = sink.wait_for("maildrop-1")[0]

    assert len(delivery.headers("X-Outfall-Reference")) == 1


def test_reload_under_load(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """SIGHUP while mail flows, several times: every message still gets its verdict."""
    daemon = start_daemon()
    letters = letters_about("reload")
    with pouring(postfix.port, letters) as codes:
        for count in (20, 60, 100):
            wait_for_some(sink, "reload", count, codes)
            daemon.reload()

    assert set(codes.result().values()) == {250}
    deliveries = sink.wait_for("reload", FLOW)
    assert [1] * FLOW == [len(one.headers("X-Outfall-Reference")) for one in deliveries]


def test_reload_takes_hold(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """After SIGHUP the next messages are treated as the changed settings say."""
    daemon = start_daemon()
    daemon.change_settings('mode = "monitor"', 'mode = "monitor"\nheader_prefix = "X-Changed"')
    daemon.reload()

    def has_changed() -> bool:
        assert send(postfix.port, Letter("reload-changed"))[0] == 250
        last = sink.wait_for("reload-changed")[-1]
        return last.headers("X-Changed-Reference") != []

    wait_until(has_changed, "mail that carries the new header")


def test_reload_of_a_broken_file_changes_nothing(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """After SIGHUP with settings that cannot be used, the log says so and the old ones hold."""
    daemon = start_daemon()
    daemon.change_settings('mode = "monitor"', 'mode = "sideways"')
    daemon.reload()
    wait_until(
        lambda: any("sideways" in str(line) for line in daemon.log_lines()),
        "the log to name the wrong value",
    )

    assert send(postfix.port, Letter("reload-broken"))[0] == 250
    assert len(sink.wait_for("reload-broken")[0].headers("X-Outfall-Reference")) == 1


def test_drain_answers_what_is_in_flight(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """SIGTERM in the middle of a message: it still gets its verdict, and the daemon ends with 0."""
    daemon = start_daemon()
    large = Letter("drain-flight", body="Slowly, slowly, said the snail.\n" * (1024 * 1024))
    begun = daemon.bytes_read() + 1024 * 1024
    with pouring(postfix.port, [large]) as codes:
        wait_until(lambda: daemon.bytes_read() > begun, "the message to be under way")
        assert daemon.terminate() == 0

    assert codes.result() == {"drain-flight": 250}
    assert len(sink.wait_for("drain-flight")[0].headers("X-Outfall-Reference")) == 1


def test_drain_under_load(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """SIGTERM while mail flows costs no message: each is accepted, and each accepted arrives."""
    daemon = start_daemon()
    letters = letters_about("drain-load")
    with pouring(postfix.lenient_port, letters) as codes:
        wait_for_some(sink, "drain-load", 30, codes)
        assert daemon.terminate() == 0

    assert set(codes.result().values()) == {250}
    sink.wait_for_subjects({letter.subject for letter in letters})
