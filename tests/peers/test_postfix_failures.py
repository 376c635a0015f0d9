"""Nothing is lost while the daemon dies, is gone, comes back, reads its settings again or ends."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from peers.client import Letter, Traffic, pour, send
from peers.daemon import StartDaemon
from peers.postfix import Postfix
from peers.sink import Delivery, Sink
from peers.waiting import wait_until

pytestmark = pytest.mark.peers


def has_verdict(delivery: Delivery) -> bool:
    """Whether a delivery was seen by the daemon."""
    return delivery.headers("X-Outfall-Reference") != []


def test_killed_and_restarted_where_mail_passes(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """With default_action=accept, a kill under load costs no message and no client an error."""
    daemon = start_daemon()
    with Traffic(postfix.lenient_port, "kill-accept") as traffic:
        traffic.wait_for(250)
        daemon.kill()
        traffic.wait_for(250)
        daemon.start()
        traffic.wait_for(250)

    assert set(traffic.codes.values()) == {250}
    sink.wait_for_subjects(set(traffic.codes))
    seen = [has_verdict(delivery) for delivery in sink.about("kill-accept")]
    assert {True, False} == set(seen)

    assert send(postfix.lenient_port, Letter("accept-after-kill"))[0] == 250
    assert has_verdict(sink.wait_for("accept-after-kill")[0])


def test_killed_and_restarted_where_mail_waits(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """With default_action=tempfail, a kill under load makes clients retry; then all arrives."""
    daemon = start_daemon()
    with Traffic(postfix.port, "kill-tempfail") as traffic:
        traffic.wait_for(250)
        daemon.kill()
        traffic.wait_for(451)
        daemon.start()
        traffic.wait_for(250)

    assert set(traffic.codes.values()) == {250, 451}
    retried = pour(postfix.port, [Letter(subject) for subject in traffic.subjects(451)])
    assert set(retried.values()) == {250}
    sink.wait_for_subjects(set(traffic.codes))
    assert all(map(has_verdict, sink.about("kill-tempfail")))


def test_gone_where_mail_passes(postfix: Postfix, sink: Sink) -> None:
    """With the daemon gone and default_action=accept, mail passes without a verdict."""
    assert send(postfix.lenient_port, Letter("gone-accept"))[0] == 250

    assert not has_verdict(sink.wait_for("gone-accept")[0])


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

    assert has_verdict(delivery)


def test_reload_under_load(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """SIGHUP while mail flows, several times: every message still gets its verdict."""
    daemon = start_daemon()
    with Traffic(postfix.port, "reload-load") as traffic:
        for _ in range(5):
            traffic.wait_for(250)
            daemon.reload()
        traffic.wait_for(250)

    assert set(traffic.codes.values()) == {250}
    sink.wait_for_subjects(set(traffic.codes))
    assert all(map(has_verdict, sink.about("reload-load")))


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
        lambda: any("sideways" in line.get("reason", "") for line in daemon.log_lines()),
        "the log to say which value was refused",
    )

    assert send(postfix.port, Letter("reload-broken"))[0] == 250
    assert has_verdict(sink.wait_for("reload-broken")[0])


def test_drain_answers_what_is_in_flight(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """SIGTERM in the middle of a message: it still gets its verdict, and the daemon ends with 0."""
    daemon = start_daemon()
    large = Letter("drain-flight", body="Slowly, slowly, said the snail.\n" * (1024 * 1024))
    begun = daemon.bytes_read() + 1024 * 1024
    with ThreadPoolExecutor(1) as background:
        sent = background.submit(send, postfix.port, large)
        wait_until(lambda: daemon.bytes_read() > begun, "the message to be under way")
        assert daemon.terminate() == 0

    assert sent.result()[0] == 250
    assert has_verdict(sink.wait_for("drain-flight")[0])


def test_drain_under_load(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """SIGTERM while mail flows: each message is accepted, each accepted arrives, it ends with 0."""
    daemon = start_daemon()
    with Traffic(postfix.lenient_port, "drain-load") as traffic:
        traffic.wait_for(250)
        assert daemon.terminate() == 0
        traffic.wait_for(250)

    assert set(traffic.codes.values()) == {250}
    sink.wait_for_subjects(set(traffic.codes))
