"""
A small provider for scenes of detection: people with friends, web sites, four weeks of mail log.

Main types: `Site` hands letters to an engine, `Writer` is whoever sends; `harm` sums up what was
done to them.  Texts are word salad of `outfall.testing.world.words`.  What holds: the same seed
tells the same scene.  Not here: what should come of it, which is for the tests to say.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, field, replace

import outfall
from outfall.config import EngineSettings
from outfall.model import Sender, Verdict
from outfall.testing.world.letter import Letter, Part, Program, compose
from outfall.testing.world.words import LANGUAGES, paragraph, sentence, token

NOW = 1_788_768_000.0  # Monday, 7 September 2026, 08:00 UTC
DAY = 86_400.0
SETTINGS = EngineSettings(memory=40 * 1024 * 1024, key="00" * 16)
ENGLISH = next(iter(LANGUAGES))
DESK = Program(("Message-ID", "Date", "MIME-Version", "From", "To", "Subject"))
NULL_SENDER = ""

# What an engine's verdicts may do to a sender, mildest first.
SLOWING = {
    outfall.Category.BULK,
    outfall.Category.SPAM,
    outfall.Category.PHISHING,
    outfall.Category.MALWARE,
}


@dataclass(frozen=True)
class Writer:
    """A person, firm or machine that sends: `login` is None for a web script or an open line."""

    address: str
    home: str
    login: str | None
    friends: tuple[str, ...] = ()
    script: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def domain(self) -> str:
        """The domain of its address."""
        return self.address.rpartition("@")[2]


@dataclass
class Site:
    """An engine that has read four weeks of log, its people, and a clock that only letters move."""

    seed: int = 1
    pace: float = 20.0  # seconds between two letters
    settings: EngineSettings = SETTINGS
    now: float = NOW
    people: list[Writer] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.engine = outfall.Engine(self.settings)
        self._homes = 0
        self.people = [self.settled(f"person{number}@home.example") for number in range(120)]
        for _ in range(240):  # an ordinary day, so that words are not all new
            self.chat(self.rng.choice(self.people))
        self.now = NOW + DAY
        self.verdicts.clear()

    # ------------------------------------------------------------------ who

    def stranger(self) -> str:
        """Somebody outside to whom nobody here has written."""
        return f"{token(self.rng, 8)}@{token(self.rng, 5)}.test"

    def newcomer(self, address: str, **traits: object) -> Writer:
        """One whom the log does not know, at a line of its own."""
        self._homes += 1
        home = f"198.18.{self._homes >> 8}.{self._homes & 255}"
        given = {"home": home, "login": address, **traits}
        return Writer(address=address, **given)  # type: ignore[arg-type]

    def settled(self, address: str, friends: int = 6, past: int = 12, **traits: object) -> Writer:
        """One who has written to friends, now and then, for four weeks."""
        known = tuple(self.stranger() for _ in range(friends))
        writer = self.newcomer(address, friends=known, **traits)
        for _ in range(past):
            self.remember(writer, [self.rng.choice(known)])
        return writer

    def mailer(self, address: str, readers: int, **traits: object) -> Writer:
        """One who has written to all its readers once a week."""
        writer = self.settled(address, friends=readers, past=0, **traits)
        for week in range(1, 5):
            for number, reader in enumerate(writer.friends):
                self.remember(writer, [reader], NOW - week * 7 * DAY + number)
        return writer

    def machine(self, address: str, strangers: int, **traits: object) -> Writer:
        """A program that has written to so many strangers a day."""
        writer = self.newcomer(address, **traits)
        for _ in range(28 * strangers):
            self.remember(writer, [self.stranger()])
        return writer

    def crowd(self, count: int) -> list[Writer]:
        """People of all sorts: every fourth is new here, every fourth is on the road."""
        new = [
            self.settled(f"new{number}@home.example", past=0) for number in range(count // 4 + 1)
        ]
        return [
            new[number // 4]
            if number % 4 == 0
            else elsewhere(self.people[number], number * 5)
            if number % 4 == 1
            else self.people[number]
            for number in range(count)
        ]

    def web_site(self, number: int) -> Writer:
        """A web site's script on the shared host, with some mail in the log."""
        return self.settled(
            f"www{number}@web1.home.example", friends=2, past=8, home="127.0.0.1", login=None,
            script=f"{number}:mailer.php",
        )  # fmt: skip

    def remember(self, writer: Writer, to: list[str], at: float | None = None) -> None:
        """Tell the engine of a letter that only the log knows."""
        at = NOW - self.rng.random() * 28 * DAY if at is None else at
        self.engine.recall(self.envelope(writer, to), at=at)

    # ------------------------------------------------------------------ letters

    def words(self, sentences: int = 2) -> str:
        """Some sentences that nobody wrote before."""
        return paragraph(self.rng, ENGLISH, sentences)

    def subject(self) -> str:
        """A few words."""
        return sentence(self.rng, ENGLISH, 2, 5)

    def chat(self, writer: Writer) -> Verdict:
        """A letter of its own to a friend."""
        return self.send(writer, [self.rng.choice(writer.friends)], self.subject(), self.words(3))

    def envelope(
        self, writer: Writer, to: list[str], mail_from: str | None = None
    ) -> outfall.Envelope:
        """What the MTA knows of a letter."""
        sender = writer.address if mail_from is None else mail_from
        return outfall.Envelope(
            to, sender, writer.home, writer.login, helo="localhost", local=bool(writer.script)
        )

    def send(
        self, writer: Writer, to: list[str], subject: str, text: str, *parts: Part,
        fields: tuple[tuple[str, str], ...] = (), mail_from: str | None = None,
        multipart: str = "mixed",
    ) -> Verdict:  # fmt: skip
        """Hand a letter in, `pace` seconds after the one before."""
        trace = (("X-PHP-Originating-Script", writer.script),) if writer.script else ()
        letter = Letter(subject, text, parts, (*trace, *writer.fields, *fields), multipart)
        raw = compose(self.rng, letter, DESK, f"<{writer.address}>", to, self.now)
        return self.hand_in(raw, self.envelope(writer, to, mail_from))

    def hand_in(self, raw: bytes, envelope: outfall.Envelope) -> Verdict:
        """Hand in bytes as they are."""
        self.now += self.pace
        verdict = self.engine.scan(raw, envelope, at=self.now)
        self.verdicts.append(verdict)
        return verdict


# ------------------------------------------------------------------ what came of it


def slowed(verdicts: list[Verdict]) -> int:
    """How many were bulk or worse."""
    return sum(verdict.category in SLOWING for verdict in verdicts)


def accused(verdicts: list[Verdict]) -> set[Sender]:
    """Who was named in alerts."""
    return {alert.sender for verdict in verdicts for alert in verdict.alerts}


def harm(verdicts: list[Verdict]) -> tuple[int, int, int]:
    """How many messages were slowed and convicted, and how many senders were accused."""
    convicted = sum(verdict.category.convicts for verdict in verdicts)
    return slowed(verdicts), convicted, len(accused(verdicts))


def before_slowing(verdicts: list[Verdict]) -> int:
    """How many messages got out before the first was slowed."""
    fates = [verdict.category in SLOWING for verdict in verdicts]
    return fates.index(True) if True in fates else len(fates)


def elsewhere(writer: Writer, number: int = 7) -> Writer:
    """The same login in a thief's hands, at a place abroad."""
    return replace(writer, home=f"203.0.113.{number % 255}")


# ------------------------------------------------------------------ files


def pdf(text: str, link: str = "", noise: bytes = b"") -> bytes:
    """A page with a line of text, perhaps a link, perhaps bytes that say nothing."""
    page = zlib.compress(f"BT /F1 11 Tf 60 780 Td ({text}) Tj ET".encode("latin-1", "replace"))
    annotation = f"/Annots[<</Subtype/Link/A<</S/URI/URI({link})>>>>]" if link else ""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/Contents 4 0 R{annotation}>>".encode(),
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(page), page),
        b"<</Length %d>>stream\n%b\nendstream" % (len(noise), noise),
    )
    body = b"".join(b"%d 0 obj%b endobj\n" % (n, one) for n, one in enumerate(objects, 1))
    return b"%PDF-1.5\n" + body + b"trailer<</Size 6/Root 1 0 R>>\n%%EOF\n"


def png(rng: random.Random, motif: int, noise: int = 0) -> bytes:
    """A grey picture of 96 by 64 dots: `motif` says what it shows, `noise` how much is altered."""
    drawn = random.Random(motif)
    blocks = [[drawn.randrange(256) for _ in range(12)] for _ in range(8)]
    rows = bytearray()
    for y in range(64):
        dots = (blocks[y // 8][x // 8] + rng.randint(-noise, noise) for x in range(96))
        rows += b"\0" + bytes(min(255, max(0, dot)) for dot in dots)
    head = (96).to_bytes(4) + (64).to_bytes(4) + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
