"""
Who lives at the made-up provider: subscribers with their address books, and the world outside.

Main types: `Subscriber`, and `Provider`, which makes them, knows its own address plan and hands
their letters in as `Item`s.

Addresses: the access network is 198.18.0.0/15 (set aside by RFC 2544 for tests; the networks of
RFC 5737 hold too few), servers are in 192.0.2.0/24, places outside in 198.51.100.0/24,
203.0.113.0/24 and 2001:db8::/32.  Domains end in .example and .test (RFC 2606).
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...model import Envelope, Sender, SenderKind
from ...wire.maillog import PastMessage
from .letter import Letter, Program, compose
from .model import Item, Label, Truth
from .words import LANGUAGES, Language, token

__all__ = ["DAY", "DESK", "HISTORY_DAYS", "SERVER", "SERVERS", "START", "Provider", "Subscriber"]

DAY = 86_400.0
HISTORY_DAYS = 28
START = 1_772_496_000.0  # Tuesday, 3 March 2026, midnight UTC

SERVERS = ipaddress.ip_network("192.0.2.0/24")
WEBMAIL_HOST = "192.0.2.25"
LIST_HOST = "192.0.2.30"
FORWARD_HOST = "192.0.2.35"

# Share of people's letters that go to somebody they wrote to before.
FAMILIAR = 0.85

DESK = Program(
    ("Message-ID", "Date", "MIME-Version", "From", "To", "Subject"),
    ("User-Agent", "Fieldpost 12.1"),
)
PHONE = Program(
    ("From", "MIME-Version", "Subject", "Message-ID", "Date", "To"), ("X-Mailer", "Pocket Letter 9")
)
WEBMAIL = Program(
    ("MIME-Version", "Date", "From", "To", "Subject", "Message-ID"),
    ("User-Agent", "Lantern Webmail/2.4"),
)
SERVER = Program(("Date", "To", "From", "Subject", "Message-ID", "MIME-Version"))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _names(
    """
    ada bruno clara dimitri elena farid greta hugo irene jonas kaya leo mira nils olga pavel
    rosa samir
    """
)
LAST = _names(
    """
    alder brook castell dorn eliot ferro grau hale ivers jansen klein lund moro nowak ortiz
    petri quist
    """
)
TRADES = _names(
    """
    harbour lindenhof northgate casaverde ottobakery deltafreight riverside kiteclub moritz
    stanne
    """
)


@dataclass(slots=True)
class Subscriber:
    """One who sends mail: a person, a firm's mailbox, a web site's script or a list."""

    address: str
    name: str
    language: Language
    program: Program
    home: str
    contacts: list[str] = field(default_factory=list)
    logs_in: bool = False
    webmail: bool = False
    script: str = ""  # "uid:file" for a web site's script
    away: tuple[str, ...] = ()  # other places from which it logs in

    @property
    def sender(self) -> Sender:
        """Who is accountable for its mail."""
        if self.script:
            return Sender(SenderKind.SCRIPT, self.script)
        if self.logs_in:
            return Sender(SenderKind.ACCOUNT, self.address)
        return Sender(SenderKind.IP, self.home)


class Provider:
    """The provider: makes subscribers, hands out addresses, and takes letters in."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self.people: list[Subscriber] = []  # persons at home, in firms and in webmail
        self.writers: list[tuple[Subscriber, int]] = []  # each with its messages of the past
        self.issues: list[tuple[Subscriber, int]] = []  # mailers, with the days between two issues
        self._addresses = 0

    # ------------------------------------------------------------------ who and where

    def access_address(self) -> str:
        """Return the next address of the access network."""
        self._addresses += 1
        number = self._addresses * 7  # neighbours are seldom made one after another
        return f"198.{18 + (number >> 16 & 1)}.{number >> 8 & 255}.{number & 255}"

    def foreign_address(self, rng: random.Random) -> str:
        """Return a place outside."""
        last = rng.randint(1, 254)
        pick = rng.random()
        if pick < 0.3:
            return f"203.0.113.{last}"
        if pick < 0.6:
            return f"198.51.100.{last}"
        return f"2001:db8:{rng.randint(1, 0xFFF):x}:{rng.randint(1, 0xFFF):x}::{last:x}"

    def stranger(self, rng: random.Random) -> str:
        """Return somebody outside to whom nobody here need have written."""
        name = f"{rng.choice(FIRST)}.{rng.choice(LAST)}{rng.randint(1, 9_999)}"
        return f"{name}@{rng.choice(TRADES)}{rng.randint(1, 300)}.test"

    def subscriber(
        self,
        domain: str,
        program: Program,
        *,
        contacts: int | None = None,
        past: int | None = None,
        **traits: object,
    ) -> Subscriber:
        """Make a subscriber with an address book; `past` messages are in the mail log."""
        rng = self.rng
        first, last = rng.choice(FIRST), rng.choice(LAST)
        made = Subscriber(
            address=f"{first}.{last}{rng.randint(10, 99_999)}@{domain}",
            name=f"{first.title()} {last.title()}",
            language=rng.choices(list(LANGUAGES), weights=list(LANGUAGES.values()))[0],
            program=program,
            home=str(traits.pop("home", "")) or self.access_address(),
            contacts=[
                self.stranger(rng)
                for _ in range(rng.randint(4, 20) if contacts is None else contacts)
            ],
            **traits,  # type: ignore[arg-type]
        )
        if program is not SERVER:  # a person travels, a server stays where it is
            made.away = tuple(self.foreign_address(rng) for _ in range(rng.choice([0, 0, 1, 2])))
        self.writers.append((made, rng.choice([2, 5, 10, 20, 40]) if past is None else past))
        return made

    def firm(self) -> str:
        """Return the domain of a firm."""
        return f"{self.rng.choice(TRADES)}-{token(self.rng, 5)}.example"

    def recipients(self, rng: random.Random, person: Subscriber, count: int = 1) -> list[str]:
        """Return whom a person writes to: mostly familiar people."""
        return [
            self.friend(rng, person)
            if person.contacts and rng.random() < FAMILIAR
            else self.stranger(rng)
            for _ in range(count)
        ]

    def friend(self, rng: random.Random, person: Subscriber) -> str:
        """Return one of a person's address book; who stands first in it gets the most mail."""
        return person.contacts[int(len(person.contacts) * rng.random() ** 2)]

    # ------------------------------------------------------------------ handing in

    def item(
        self, rng: random.Random, at: float, person: Subscriber, letter: Letter, to: list[str],
        kind: str, *, label: Label = Label.INNOCENT, outbreak: str = "",
        mail_from: str | None = None, place: str | None = None, shown: str | None = None,
        actor: Sender | None = None, program: Program | None = None,
    ) -> Item:  # fmt: skip
        """Hand a letter in as `person` does; what is given explicitly departs from its habits."""
        place = place or self._place(rng, person)
        if person.webmail:
            letter = _with_fields(letter, ("X-Originating-IP", f"[{place}]"))
        if person.script:
            letter = _with_fields(letter, ("X-PHP-Originating-Script", person.script))
        envelope = Envelope(
            recipients=tuple(dict.fromkeys(to)),
            mail_from=person.address if mail_from is None else mail_from,
            client_ip=WEBMAIL_HOST if person.webmail else place,
            account=person.address if person.logs_in else None,
            helo="localhost"
            if person.script
            else f"host-{place.replace('.', '-').replace(':', '-')}",
            client_name="localhost" if person.script else None,
            local=bool(person.script),
        )
        sender = shown or f"{person.name} <{person.address}>"
        raw = compose(rng, letter, program or person.program, sender, list(envelope.recipients), at)
        return Item(at, raw, envelope, Truth(label, kind, actor or person.sender, outbreak))

    def _place(self, rng: random.Random, person: Subscriber) -> str:
        if person.logs_in and person.away and rng.random() < 0.12:
            return rng.choice(person.away)
        return person.home

    def past(self) -> Iterator[PastMessage]:
        """Yield what the mail log knows of the 28 days before, in no order."""
        rng = random.Random(self.rng.random())
        for person, count in self.writers:
            for _ in range(count):
                at = START - rng.random() * HISTORY_DAYS * DAY
                yield self._remembered(
                    rng, at, person, self.recipients(rng, person, rng.choice([1, 1, 1, 2]))
                )
        for mailer, every in self.issues:
            for number in range(1, HISTORY_DAYS // every + 1):
                at = START - (number * every - 0.4 + rng.random() * 0.1) * DAY
                readers = [reader for reader in mailer.contacts if rng.random() < 0.95]
                for place, reader in enumerate(readers):
                    yield self._remembered(rng, at + place, mailer, [reader])

    def _remembered(
        self, rng: random.Random, at: float, person: Subscriber, to: list[str]
    ) -> PastMessage:
        place = WEBMAIL_HOST if person.webmail else self._place(rng, person)
        account = person.address if person.logs_in else None
        envelope = Envelope(
            tuple(dict.fromkeys(to)), person.address, place, account, local=bool(person.script)
        )
        return PastMessage(at, envelope)


def _with_fields(letter: Letter, *fields: tuple[str, str]) -> Letter:
    return Letter(
        letter.subject, letter.text, letter.parts, (*fields, *letter.fields), letter.multipart
    )
