"""
Senders: anybody, from anywhere, logged in as anyone, over real SMTP.

Main types: `connect` for one conversation in hand, `pour` for letters at hand over several
connections at a time, `Traffic` for mail that flows until told otherwise.  Being anyone is
XCLIENT's doing (Postfix XCLIENT_README).
"""

import smtplib
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from peers.waiting import wait_until

# Long enough for a 30 MB message on a busy machine; a hang is a failure, not a wait.
SMTP_TIMEOUT = 120

# A test that never ends its traffic ends by this, and by its own deadlines long before.
MOST_TRAFFIC = 10_000

# What is reported where the server hung up instead of answering.
HUNG_UP = 0


@dataclass(frozen=True)
class Letter:
    """A message and who sends it from where; `account` None is a client without a login."""

    subject: str
    mail_from: str = "someone@provider.example"
    recipients: Sequence[str] = ("friend@elsewhere.example",)
    body: str = "How are you? The garden is fine, and we came home on Friday.\n"
    account: str | None = None
    address: str = "198.51.100.7"

    def content(self) -> bytes:
        """The message as a mail program would hand it in."""
        text = (
            f"From: <{self.mail_from}>\nTo: <{self.recipients[0]}>\nSubject: {self.subject}\n"
            f"Message-ID: <{self.subject}@provider.example>\n"
            f"Date: Mon, 02 Mar 2026 10:00:00 +0000\n\n{self.body}"
        )
        return text.replace("\n", "\r\n").encode()


def connect(port: int, account: str | None = None, address: str = "198.51.100.7") -> smtplib.SMTP:
    """Open a conversation as a client at `address`, logged in as `account` if one is given."""
    smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="pc.example", timeout=SMTP_TIMEOUT)
    smtp.ehlo()
    login = f" LOGIN={account}" if account else ""
    code, text = smtp.docmd("XCLIENT", f"ADDR={address} PORT=4444 NAME=pc.example{login}")
    assert code == 220, f"XCLIENT refused: {code} {text!r}"
    # A new session begins (XCLIENT_README): what EHLO said before is void.
    smtp.ehlo_resp = None
    smtp.esmtp_features = {}
    smtp.ehlo()
    return smtp


def send(port: int, letter: Letter) -> tuple[int, str]:
    """Send one letter on a connection of its own; return the SMTP reply that decided it."""
    try:
        with connect(port, letter.account, letter.address) as smtp:
            return converse(smtp, letter)
    except (smtplib.SMTPServerDisconnected, ConnectionError) as trouble:
        return HUNG_UP, str(trouble)


def converse(smtp: smtplib.SMTP, letter: Letter) -> tuple[int, str]:
    """Send one letter on an open connection; return the first refusal, or what DATA got."""
    code, text = _first_refusal_or_last(_steps(smtp, letter))
    if code >= 400:
        smtp.rset()
    return code, text.decode()


def _steps(smtp: smtplib.SMTP, letter: Letter) -> Iterable[tuple[int, bytes]]:
    yield smtp.mail(letter.mail_from)
    for recipient in letter.recipients:
        yield smtp.rcpt(recipient)
    yield smtp.data(letter.content())


def _first_refusal_or_last(replies: Iterable[tuple[int, bytes]]) -> tuple[int, bytes]:
    last = (HUNG_UP, b"")
    for last in replies:
        if last[0] >= 400:
            break
    return last


def pour(port: int, letters: Sequence[Letter], connections: int = 4) -> dict[str, int]:
    """Send all letters, several at a time; return each subject's SMTP code."""
    with ThreadPoolExecutor(connections) as pool:
        codes = pool.map(lambda letter: send(port, letter)[0], letters)
        return {letter.subject: code for letter, code in zip(letters, codes, strict=True)}


class Traffic:
    """
    Mail that flows, from several clients at a time, while this is used as a context.

    `codes` has the SMTP code of each letter sent so far, by subject.
    """

    def __init__(self, port: int, token: str, clients: int = 4) -> None:
        self.codes: dict[str, int] = {}
        self._port = port
        self._token = token
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self._clients = [self._pool.submit(self._keep_sending, one) for one in range(clients)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._pool.shutdown()
        for client in self._clients:
            client.result()  # raises what went wrong in there

    def wait_for(self, code: int, more: int = 10) -> None:
        """Wait until so many more letters got this code."""
        enough = self._count(code) + more
        wait_until(lambda: self._count(code) >= enough, f"{more} letters that get {code}")

    def subjects(self, code: int) -> set[str]:
        """Return the subjects of all letters that got this code."""
        return {subject for subject, got in self.codes.copy().items() if got == code}

    def _count(self, code: int) -> int:
        return len(self.subjects(code))

    def _keep_sending(self, client: int) -> None:
        for number in range(MOST_TRAFFIC):
            if self._ended.is_set():
                return
            letter = Letter(f"{self._token}-{client}-{number}", account=f"user{client}")
            self.codes[letter.subject] = send(self._port, letter)[0]
