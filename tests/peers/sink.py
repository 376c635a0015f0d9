"""
Where the private Postfix delivers: a small SMTP server that accepts and remembers everything.

Main types: `Sink` runs in a thread of its own; `Delivery` is one message as it arrived.
It speaks as much SMTP as Postfix's client asks of it (RFC 5321) and offers no extension, so that
Postfix keeps the message as it is but for line ends.
"""

import asyncio
import threading
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Self

from peers.waiting import wait_until

# One line of a message may be this long; the tests send 30 MB in ordinary lines.
LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True)
class Delivery:
    """One message at its destination, dots unstuffed, line ends CRLF."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes

    def headers(self, name: str) -> list[str]:
        """Return all values of a header, in order, unfolded or not as they arrived."""
        head = self.content.split(b"\r\n\r\n", 1)[0]
        return [str(value) for value in BytesHeaderParser().parsebytes(head).get_all(name, [])]

    @property
    def subject(self) -> str:
        """The Subject by which tests tell messages apart, "" if none."""
        return next(iter(self.headers("Subject")), "")


class Sink:
    """Listens on a random loopback port while used as a context; `deliveries` only grows."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the sink does not listen"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def about(self, token: str) -> list[Delivery]:
        """Return the deliveries whose subject holds a token."""
        return [delivery for delivery in list(self.deliveries) if token in delivery.subject]

    def wait_for(self, token: str, count: int = 1, seconds: float = 60.0) -> list[Delivery]:
        """Return the deliveries about `token` once there are at least `count`."""
        wait_until(
            lambda: len(self.about(token)) >= count,
            f"{count} deliveries about {token!r}",
            seconds,
        )
        return self.about(token)

    def wait_for_subjects(self, subjects: set[str], seconds: float = 60.0) -> None:
        """Wait until each subject was delivered at least once."""
        wait_until(
            lambda: subjects <= {delivery.subject for delivery in list(self.deliveries)},
            f"{len(subjects)} subjects",
            seconds,
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST_LINE)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except ConnectionError:
            pass  # Postfix hung up: what was acknowledged is kept, the rest it sends again
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail_from, recipients = "", []
        writer.write(b"220 sink.example\r\n")
        while line := (await reader.readline()).decode("latin-1").strip():
            verb, _, rest = line.partition(" ")
            answer = "250 ok"
            match verb.upper():
                case "MAIL":
                    mail_from, recipients = _path(rest), []
                case "RCPT":
                    recipients.append(_path(rest))
                case "DATA":
                    writer.write(b"354 go\r\n")
                    content = await _read_content(reader)
                    self.deliveries.append(Delivery(mail_from, tuple(recipients), content))
                case "QUIT":
                    answer = "221 bye"
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if verb.upper() == "QUIT":
                return


def _path(text: str) -> str:
    """Take the address out of `FROM:<a@b> PARAMETERS`."""
    return text[text.index("<") + 1 : text.index(">")]


async def _read_content(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readline()) != b".\r\n":
        if not line:
            raise ConnectionResetError("hung up within a message")
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
