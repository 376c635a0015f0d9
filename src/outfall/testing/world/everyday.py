"""
What people send on an ordinary day, and what of it recurs although nobody does any harm.

One function a kind, each `(provider, rng, count) -> items`; `PEOPLE` lists them with their share
of the day.  Not here: what programs and lists send (`machines`), and attacks (`outbreaks`).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .letter import Letter, Part
from .model import Item
from .people import DESK, PHONE, START, WEBMAIL, Provider, Subscriber
from .words import paragraph, sentence, token

__all__ = ["PEOPLE", "Kind", "any_time", "letter_of", "settle"]

Kind = tuple[str, float, Callable[[Provider, random.Random, int], list[Item]]]


def any_time(rng: random.Random) -> float:
    """Return a time of the day: office hours are busy, evenings less, nights quiet."""
    hour = rng.choices(range(24), weights=[1] * 7 + [4] + [10] * 10 + [5] * 4 + [2] * 2)[0]
    return START + hour * 3_600 + rng.random() * 3_600


def settle(provider: Provider, scale: float) -> None:
    """Bring the people: at home without login, in firms with one, in webmail."""
    rng = provider.rng
    for _ in range(max(12, int(220 * scale))):
        provider.people.append(provider.subscriber("home.bluegate.example", DESK))
    for _ in range(max(4, int(40 * scale))):
        domain, office = provider.firm(), provider.access_address()
        for _ in range(rng.randint(2, 9)):
            member = provider.subscriber(
                domain, rng.choice([DESK, DESK, PHONE]), home=office, logs_in=True
            )
            provider.people.append(member)
    for _ in range(max(8, int(160 * scale))):
        reader = provider.subscriber("mail.bluegate.example", WEBMAIL, logs_in=True, webmail=True)
        provider.people.append(reader)


def letter_of(rng: random.Random, person: Subscriber, sentences: int = 0, end: str = "") -> Letter:
    """Return an ordinary letter in the person's language; every second one answers something."""
    language = person.language
    text = paragraph(rng, language, sentences or rng.randint(1, 7))
    text = (
        f"{rng.choice(language.hello)},\n\n{text}\n\n{rng.choice(language.bye)}\n{person.name}{end}"
    )
    subject = sentence(rng, language, 2, 5).rstrip(language.stop)
    if rng.random() < 0.5:
        return Letter(subject, text)
    quoted = "\n".join(f"> {sentence(rng, language)}" for _ in range(rng.randint(1, 4)))
    answers = (
        ("In-Reply-To", f"<{token(rng, 18)}@{rng.choice(person.contacts).rpartition('@')[2]}>"),
    )
    return Letter(f"Re: {subject}", f"{text}\n\n{quoted}", fields=answers)


def _written(kind: str, wanted: Callable[[Subscriber], bool]) -> Kind:
    shares = {"home": 700, "firm": 1_000, "webmail": 450}

    def write(provider: Provider, rng: random.Random, count: int) -> list[Item]:
        people = [person for person in provider.people if wanted(person)]
        items = []
        for _ in range(count):
            person = rng.choice(people)
            to = provider.recipients(rng, person, rng.choice([1, 1, 1, 1, 2, 3]))
            items.append(
                provider.item(rng, any_time(rng), person, letter_of(rng, person), to, kind)
            )
        return items

    return kind, shares[kind], write


def _phones(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # A word or two over one signature that everybody has.
    items = []
    for _ in range(count):
        person = rng.choice([one for one in provider.people if one.logs_in])
        word = rng.choice(["ok", "👍", "yes", "on my way", "5 min", "thanks!", "", "see you"])
        letter = Letter(
            f"Re: {sentence(rng, person.language, 2, 4)}", f"{word}\n\nSent from my pocket"
        )
        to = provider.recipients(rng, person)
        items.append(provider.item(rng, any_time(rng), person, letter, to, "phone", program=PHONE))
    return items


def _disclaimers(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # A firm of many, whose server sets the same three paragraphs under everything.
    domain, office = provider.firm(), provider.access_address()
    staff = [
        provider.subscriber(domain, DESK, home=office, logs_in=True, past=20)
        for _ in range(max(3, count // 5))
    ]
    legal = "\n\n" + "\n".join(paragraph(rng, staff[0].language, 4) for _ in range(3))
    legal += f"\nhttps://www.{domain}/legal"
    items = []
    for _ in range(count):
        person = rng.choice(staff)
        letter = letter_of(rng, person, rng.randint(1, 2), legal)
        items.append(
            provider.item(
                rng, any_time(rng), person, letter, provider.recipients(rng, person), "disclaimer"
            )
        )
    return items


def _viral(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # One joke with a link that half the town passes on to friends.
    joke = paragraph(rng, provider.people[0].language, 8)
    link = (
        f"https://clips.{rng.choice(['merry', 'funny'])}-{token(rng, 4)}.test/watch/{token(rng, 8)}"
    )
    items = []
    for person in rng.sample(provider.people, min(count, len(provider.people))):
        words = f"{sentence(rng, person.language, 2, 6)}\n\n{joke}\n{link}"
        friends = [provider.friend(rng, person) for _ in range(rng.randint(1, 4))]
        items.append(
            provider.item(rng, any_time(rng), person, Letter("Fwd: :-)", words), friends, "viral")
        )
    return items


def _patches(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # A series of patches to the same few people, within a minute.
    person = provider.subscriber(provider.firm(), DESK, logs_in=True, past=120)
    at, to = any_time(rng), person.contacts[:3]
    items = []
    for number in range(1, count + 1):
        path = f"src/{rng.choice(['port', 'queue', 'timer'])}/{token(rng, 5)}.c"
        lines = "\n".join(
            f"{rng.choice('+- ')}    {token(rng, 6)}({token(rng, 4)});" for _ in range(12)
        )
        text = f"{sentence(rng, person.language)}\n---\n {path} | 12 ++--\n\n"
        text += f"--- a/{path}\n+++ b/{path}\n{lines}"
        letter = Letter(f"[PATCH {number}/{count}] {sentence(rng, person.language, 3, 6)}", text)
        items.append(provider.item(rng, at + number * 0.7, person, letter, to, "patches"))
    return items


def _calendar(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    items = []
    for _ in range(count):
        person = rng.choice([one for one in provider.people if one.logs_in])
        to, at = provider.recipients(rng, person, rng.randint(1, 5)), any_time(rng)
        subject = sentence(rng, person.language, 2, 4)
        event = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
            f"UID:{token(rng, 20)}\r\nDTSTART:20260310T{rng.randint(8, 17):02}0000Z\r\n"
            f"SUMMARY:{subject}\r\nORGANIZER:mailto:{person.address}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        part = Part("text/calendar; method=REQUEST; charset=utf-8", event.encode())
        letter = Letter(subject, subject, (part,), multipart="alternative")
        items.append(provider.item(rng, at, person, letter, to, "calendar"))
    return items


def _only_a_file(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # No text at all: a scanner or an accounting program sends a PDF.
    items = []
    for _ in range(count):
        person = rng.choice([one for one in provider.people if one.logs_in])
        page = f"BT /F1 12 Tf 72 720 Td ({paragraph(rng, person.language, 5)}) Tj ET".encode()
        pdf = b"%%PDF-1.4\n1 0 obj<</Length %d>>stream\n%b\nendstream endobj\n%%%%EOF\n" % (
            len(page),
            page,
        )
        part = Part(
            "application/pdf",
            pdf,
            f"{rng.choice(['Scan', 'Invoice'])}_{rng.randint(1, 99_999)}.pdf",
        )
        items.append(
            provider.item(
                rng,
                any_time(rng),
                person,
                Letter("", "", (part,)),
                provider.recipients(rng, person),
                "pdf",
            )
        )
    return items


def _absent(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # The same few words to whoever wrote, strangers included.
    items = []
    for person in rng.choices(
        [one for one in provider.people if one.logs_in], k=max(1, count // 6)
    ):
        hello, words = rng.choice(person.language.hello), paragraph(rng, person.language, 2)
        note = f"{hello},\n\n{words}\n\n{person.name}"
        for _ in range(6):
            fields = (
                ("Auto-Submitted", "auto-replied"),
                ("In-Reply-To", f"<{token(rng, 20)}@{token(rng, 6)}.test>"),
            )
            letter = Letter(f"Re: {sentence(rng, person.language, 2, 5)}", note, fields=fields)
            to = [provider.stranger(rng)]
            items.append(
                provider.item(rng, any_time(rng), person, letter, to, "auto-reply", mail_from="")
            )
    return items[:count]


PEOPLE: tuple[Kind, ...] = (
    _written("home", lambda person: not person.logs_in),
    _written("firm", lambda person: person.logs_in and not person.webmail),
    _written("webmail", lambda person: person.webmail),
    ("phone", 200, _phones),
    ("disclaimer", 150, _disclaimers),
    ("viral", 120, _viral),
    ("patches", 40, _patches),
    ("calendar", 80, _calendar),
    ("pdf", 120, _only_a_file),
    ("auto-reply", 120, _absent),
)
