"""Each way into a real Postfix leads through the daemon and on, whatever the message is like."""

import hashlib
import socket

import pytest

from peers.client import Letter, connect, converse, send
from peers.daemon import StartDaemon
from peers.postfix import Postfix
from peers.sink import Delivery, Sink

pytestmark = pytest.mark.peers

# What the issue of large mail means: more than twice what most providers let through.
LARGE = 30 * 1024 * 1024


def references(deliveries: list[Delivery]) -> list[str]:
    """Return the references stamped on deliveries; one that has none, or two, fails."""
    stamped = [delivery.headers("X-Outfall-Reference") for delivery in deliveries]
    assert [1] * len(stamped) == [len(values) for values in stamped]
    return [values[0] for values in stamped]


def body(content: bytes) -> bytes:
    """Return what follows the headers."""
    return content.split(b"\r\n\r\n", 1)[1]


def test_authenticated_sender(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """Mail of a login is delivered with its verdict; the log has the login and Postfix's id."""
    daemon = start_daemon()

    assert send(postfix.port, Letter("login-1", account="alice"))[0] == 250

    reference = references(sink.wait_for("login-1"))[0]
    verdict = daemon.wait_for_verdict(reference)

    assert (verdict["sender_kind"], verdict["sender"]) == ("account", "alice")
    assert f"{verdict['queue_id']}: client=pc.example[198.51.100.7]" in postfix.log


def test_plain_sender(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """Mail without a login is delivered with its verdict, and the log names the address."""
    daemon = start_daemon()

    assert send(postfix.port, Letter("plain-1", address="203.0.113.9"))[0] == 250

    reference = references(sink.wait_for("plain-1"))[0]
    verdict = daemon.wait_for_verdict(reference)

    assert (verdict["sender_kind"], verdict["sender"]) == ("ip", "203.0.113.9")


def test_local_submission(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """Mail that a web script hands to sendmail is delivered with its verdict."""
    start_daemon()
    letter = Letter("local-1", mail_from="www-data@provider.example")

    status = postfix.submit(letter.content(), letter.mail_from, list(letter.recipients))

    assert status == 0
    assert len(references(sink.wait_for("local-1"))) == 1


def test_unix_socket(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """The milter may be a unix socket, and the next daemon can have the same one."""
    daemon = start_daemon()
    daemon.kill()
    daemon.start()
    letter = Letter("unix-1", mail_from="www-data@provider.example")
    with postfix.changed("non_smtpd_milters", f"unix:{daemon.milter_socket}"):
        postfix.submit(letter.content(), letter.mail_from, list(letter.recipients))

        assert len(references(sink.wait_for("unix-1"))) == 1


def test_thousand_recipients(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """A message to a thousand people reaches each of them once, and all are counted."""
    daemon = start_daemon()
    everyone = [f"member{number}@elsewhere.example" for number in range(1000)]

    assert send(postfix.port, Letter("many-1", recipients=everyone))[0] == 250

    deliveries = sink.wait_for("many-1")
    reached = [recipient for delivery in deliveries for recipient in delivery.recipients]

    assert sorted(everyone) == sorted(reached)
    verdict = daemon.wait_for_verdict(references(deliveries)[0])

    assert verdict["recipients"] == 1000


def test_large_message(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """A message of 30 MB arrives byte for byte, with its verdict."""
    start_daemon()
    line = "All work and no play makes the postmaster a dull person. 0123456789\n"
    letter = Letter("large-1", body=line * (LARGE // len(line)))

    assert send(postfix.port, letter)[0] == 250

    deliveries = sink.wait_for("large-1", seconds=120)
    references(deliveries)
    sent, arrived = (
        hashlib.sha256(body(content)).hexdigest()
        for content in (letter.content(), deliveries[0].content)
    )

    assert sent == arrived


def test_connection_with_many_messages(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """On one SMTP connection each of 200 messages gets a verdict of its own."""
    start_daemon()
    with connect(postfix.port, account="bob") as smtp:
        codes = [converse(smtp, Letter(f"serial-{number}"))[0] for number in range(200)]

    assert codes == [250] * 200
    assert len(set(references(sink.wait_for("serial-", 200)))) == 200


def test_sender_who_hangs_up_within_a_message(
    start_daemon: StartDaemon, postfix: Postfix, sink: Sink
) -> None:
    """A sender who aborts leaves no message and no verdict behind, and the next one is served."""
    daemon = start_daemon()
    for _ in range(5):
        smtp = connect(postfix.port, account="carol")
        smtp.mail("someone@provider.example")
        smtp.rcpt("friend@elsewhere.example")
        assert smtp.docmd("DATA")[0] == 354
        smtp.send(b"Subject: abandoned-1\r\n\r\n" + b"half a line\r\n" * 1000)
        assert smtp.sock is not None
        smtp.sock.shutdown(socket.SHUT_RDWR)
        smtp.close()

    assert send(postfix.port, Letter("after-abandoned-1"))[0] == 250
    stamped = references(sink.wait_for("after-abandoned-1"))
    daemon.wait_for_verdict(stamped[0])

    assert [delivery.subject for delivery in sink.about("abandoned-1")] == ["after-abandoned-1"]
    assert stamped == [verdict["reference"] for verdict in daemon.verdicts()]


def test_sender_who_thinks_again(start_daemon: StartDaemon, postfix: Postfix, sink: Sink) -> None:
    """After RSET in the middle of a transaction the next message has its own recipients only."""
    daemon = start_daemon()
    with connect(postfix.port, account="dave") as smtp:
        smtp.mail("someone@provider.example")
        smtp.rcpt("regretted@elsewhere.example")
        smtp.rset()
        assert converse(smtp, Letter("reset-1"))[0] == 250

    delivery = sink.wait_for("reset-1")[0]
    verdict = daemon.wait_for_verdict(references([delivery])[0])

    assert delivery.recipients == ("friend@elsewhere.example",)
    assert verdict["recipients"] == 1
