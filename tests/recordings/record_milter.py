"""
Record milter conversations of a real Postfix or Sendmail into vectors/milter.

    python tests/recordings/record_milter.py postfix
    python tests/recordings/record_milter.py sendmail

Each case starts our session behind a socket, has the real server take in mail, writes the
conversation down packet by packet, and notes in the birth certificate what the client heard and
what was delivered: that is the proof that the server was content with our bytes.
Needs root, Postfix from Debian, or a chroot made by sendmail-chroot.sh.
"""

import contextlib
import datetime
import pathlib
import smtplib
import socketserver
import sys
import threading
import time
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from mta import LOCAL_MILTER_PORT, MILTER_PORT, SMTP_PORT, Postfix, Sendmail, Sink  # noqa: E402

from milter_talk import Conversation  # noqa: E402
from outfall.wire.milter.packets import PacketReader  # noqa: E402

PLAIN = (
    b"From: Alice <alice@example.net>\r\nTo: bob@example.org\r\nSubject: lunch\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.net>\r\n\r\n"
    b"Shall we say one o'clock?\r\n.. a line that begins with a dot\r\n"
)
ODD = (
    b"From: Alice <alice@example.net>\r\nTo: bob@example.org,\r\n\tcarol@example.org,\r\n   "
    b"dave@example.org\r\nSubject:no space, gr\xfc\xdfe\r\nX-Tab:\tafter a tab\r\nX-Two:  two\r\n"
    b"X-Empty:\r\nX-Outfall-Verdict: clean\r\nX-Other: x\r\nx-outfall-verdict: forged twice\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <2@example.net>\r\n\r\n"
    b"\xff\xfe 8 bit\r\n"
)
STAMP = "header X-Outfall-Verdict: clean; score=-3.2"
PASS = [STAMP, "accept"]


@dataclass
class Case:
    """What to do, how we decide, and what it is for."""

    name: str
    about: str
    drive: object
    decide: list = field(default_factory=lambda: PASS)
    options: list = field(default_factory=list)
    postfix_only: bool = False


class Tap(socketserver.ThreadingTCPServer):
    """A milter that writes down each connection."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port):
        self.case, self.talks = None, []
        super().__init__(("127.0.0.1", port), _TapConnection)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _TapConnection(socketserver.BaseRequestHandler):
    def handle(self):
        case = self.server.case
        local = ["local"] if self.server.server_address[1] == LOCAL_MILTER_PORT else []
        talk = Recording(local + case.options, self.request)
        self.server.talks.append(talk)
        reader = PacketReader()
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(65536):
                reader.feed(data)
                while (found := reader.next()) is not None:
                    talk.hear(*found)
                    while talk.session.deciding:
                        for words in case.decide:
                            talk.decide(words)
        talk.closed = True


class Recording(Conversation):
    """A conversation whose answers really go out."""

    def __init__(self, options, sock):
        super().__init__(options)
        self.sock, self.closed = sock, False

    def _send(self, output):
        self.sock.sendall(output)


# ------------------------------------------------------------------ what clients do


class Client:
    """An SMTP client that remembers what it heard."""

    def __init__(self, heard):
        self.heard = heard
        self.smtp = smtplib.SMTP("127.0.0.1", SMTP_PORT, local_hostname="pc.example", timeout=60)

    def command(self, line):
        """Say one line."""
        code, text = self.smtp.docmd(line)
        self.heard.append(f"{line.split(':')[0]} -> {code} {text.decode()}")
        return code

    def mail(self, message, sender="alice@example.net", recipients=("bob@example.org",)):
        """Send a whole message."""
        self.smtp.ehlo_or_helo_if_needed()
        self.smtp.mail(sender, ["BODY=8BITMIME"])
        for recipient in recipients:
            self.smtp.rcpt(recipient)
        code, text = self.smtp.data(message)
        text = text.decode().replace("\n", " | ")
        self.heard.append(f"end of data -> {code} {text}")

    def quit(self):
        """Say goodbye."""
        self.smtp.quit()


def one(message=PLAIN, **more):
    """Send one message and quit."""

    def drive(server, heard):
        client = Client(heard)
        client.mail(message, **more)
        client.quit()

    return drive


def xclient(server, heard):
    """Send as an authenticated client from elsewhere."""
    client = Client(heard)
    client.smtp.ehlo()
    client.command("XCLIENT LOGIN=alice ADDR=203.0.113.9 PORT=4444 NAME=[UNAVAILABLE]")
    client.smtp.ehlo()
    client.mail(PLAIN)
    client.quit()


def local(server, heard):
    """Hand in on the host."""
    server.submit(PLAIN, "script@example.net", ["bob@example.org", "carol@example.org"])
    heard.append("sendmail -> exit status 0")


def several(server, heard):
    """Send three messages on one connection."""
    client = Client(heard)
    for number in range(3):
        client.mail(PLAIN.replace(b"lunch", b"lunch %d" % number), f"a{number}@example.net")
    client.quit()


def abort(server, heard):
    """RSET after two recipients, then a whole message."""
    client = Client(heard)
    client.smtp.ehlo()
    client.smtp.mail("alice@example.net")
    client.smtp.rcpt("bob@example.org")
    client.smtp.rcpt("carol@example.org")
    client.command("RSET")
    client.mail(PLAIN, sender="second@example.net")
    client.quit()


def vanish(server, heard):
    """Hang up in the middle of the message."""
    client = Client(heard)
    client.smtp.ehlo()
    client.smtp.mail("alice@example.net")
    client.smtp.rcpt("bob@example.org")
    client.command("DATA")
    client.smtp.sock.sendall(PLAIN[:100])
    client.smtp.close()
    heard.append("(hung up within DATA)")


def again(server, heard):
    """EHLO again within a message, which ends it."""
    client = Client(heard)
    client.smtp.ehlo()
    client.smtp.mail("alice@example.net")
    client.smtp.rcpt("bob@example.org")
    client.smtp.ehlo("other.example")
    client.command("NOOP")
    client.command("FROBNICATE")
    client.mail(PLAIN)
    client.quit()


def nothing(server, heard):
    """Say hello and goodbye."""
    client = Client(heard)
    client.smtp.ehlo()
    client.quit()


LARGE = PLAIN + (b"0123456789" * 7 + b"\r\n") * 2000
MANY = [f"r{number}@example.org" for number in range(40)]
REFUSE = r"reject 550 5.7.1 Refused as spam, 100% sure.\nReference 7KQ2M4 at postmaster@example.net"

CASES = [
    Case("plain", "One message to one recipient.", one()),
    Case(
        "authenticated", "A login and a client address told by XCLIENT.", xclient, postfix_only=True
    ),
    Case(
        "local", "Handed in by the sendmail command; non_smtpd_milters.", local, postfix_only=True
    ),
    Case("several", "Three messages on one connection.", several),
    Case("abort", "RSET after two recipients, then a whole message.", abort),
    Case("vanish", "The client hangs up within the message.", vanish),
    Case("again", "EHLO again within a message, an unknown command, then a message.", again),
    Case("nothing", "A client that says hello and goodbye.", nothing),
    Case("many-recipients", "Forty recipients.", one(recipients=MANY)),
    Case(
        "odd-headers", "Folds, 8 bit, no space, tab, empty; two forged headers of ours.", one(ODD)
    ),
    Case(
        "odd-headers-v2",
        "The same to a filter that speaks version 2.",
        one(ODD),
        options=["version 2"],
    ),
    Case("version-2", "We answer version 2: everything is answered.", one(), options=["version 2"]),
    Case("null-sender", "A bounce: MAIL FROM:<>.", one(sender="")),
    Case("large", "Three body chunks.", one(LARGE)),
    Case(
        "too-large-skip",
        "Over our limit, with skip agreed.",
        one(LARGE),
        options=["skip", "message_bytes 1000"],
    ),
    Case("too-large", "Over our limit, without skip.", one(LARGE), options=["message_bytes 1000"]),
    Case("hold", "Quarantined.", one(), [STAMP, "hold looks like phishing, 97% sure"]),
    Case("reject", "Refused with two lines and a percent sign.", one(), [REFUSE]),
    Case("throttle", "Put off.", one(), ["throttle 451 4.7.1 Slow down, try again in an hour"]),
    Case("discard", "Accepted and thrown away.", one(), ["discard"]),
    Case(
        "long-header",
        "A header of ours that needs folding.",
        one(),
        ["header X-Outfall-Evidence: " + "word " * 40 + "end", "tag"],
    ),
    Case(
        "progress",
        "We say that we are at it, twice, before we answer.",
        one(),
        ["progress", "progress", *PASS],
    ),
]


# ------------------------------------------------------------------ recording


def record(case, server, taps, sink, folder):
    """Run one case and write it down."""
    heard, before = [], len(sink.messages)
    for tap in taps:
        tap.case, tap.talks = case, []
    try:
        case.drive(server, heard)
    except smtplib.SMTPException as error:
        heard.append(f"(the client stopped: {error})")
    deadline = time.time() + 8
    while time.time() < deadline:
        talks = [talk for tap in taps for talk in tap.talks]
        if talks and all(talk.closed for talk in talks):
            break
        time.sleep(0.1)
    time.sleep(1.0)
    delivered = sink.messages[before:]
    talks = [talk for tap in taps for talk in tap.talks if talk.session.agreement.version]
    for number, talk in enumerate(talks, 1):
        name = case.name if len(talks) == 1 else f"{case.name}-{number}"
        head = certificate(case, server, heard, delivered, number, len(talks))
        text = "\n".join([*head, *talk.lines]) + "\n"
        (folder / f"{name}.talk").write_text(text)
    print(f"{case.name}: {len(talks)} connections, {heard}, {len(delivered)} delivered")


def certificate(case, server, heard, delivered, number, connections):
    """Return the comment at the head of a talk."""
    today = datetime.datetime.now(datetime.UTC).date()
    lines = [
        f"# {case.about}",
        f"# Source: {server.version()}, Debian 12; recorded {today} by",
        "#   tests/recordings/record_milter.py; our side as then, accepted by the server as below.",
    ]
    if connections > 1:
        lines.append(f"# Milter connection {number} of {connections} of this case.")
    lines += [f"# The client heard: {line}" for line in heard]
    for message in delivered:
        fields = message.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
        ours = [i for i, line in enumerate(fields) if line.lower().startswith(b"x-outfall-")]
        lines.append(f"# Delivered, {len(message)} bytes, with {len(ours)} header(s) of ours:")
        for index in ours:
            lines.append(f"#   {fields[index].decode('ascii', 'backslashreplace')}")
            for more in fields[index + 1 :]:
                if more[:1] not in b" \t":
                    break
                lines.append(f"#   {more.decode('ascii')}")
    return lines if delivered else [*lines, "# Nothing was delivered."]


def main():
    """Record every case that the named server knows."""
    server = {"postfix": Postfix, "sendmail": Sendmail}[sys.argv[1]]()
    folder = HERE.parent.parent / "vectors/milter" / server.name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2:]
    taps, sink = [Tap(MILTER_PORT), Tap(LOCAL_MILTER_PORT)], Sink()
    server.start()
    try:
        for case in CASES:
            if wanted and case.name not in wanted:
                continue
            if server.name == "postfix" or not case.postfix_only:
                record(case, server, taps, sink, folder)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
