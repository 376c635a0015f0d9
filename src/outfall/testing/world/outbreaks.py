"""
The attacks of the day: who is abused, how the mail gets in, and how its texts vary.

`OUTBREAKS` lists them; each function `(provider, rng, count) -> items` is one way in.  The texts
are word salad with the traits that abuse cannot do without: strangers as recipients, one thing that
it wants the reader to do, and many copies.  Not here: what happens to any of it.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

from ...model import Category, Sender, SenderKind
from .letter import Letter, Part
from .machines import web_site
from .model import Item, Label
from .people import DESK, START, WEBMAIL, Provider, Subscriber
from .words import LANGUAGES, Language, paragraph, sentence, token

__all__ = ["OUTBREAKS", "Way"]

# Name, how the texts vary, what it is, its share of the day, and how it is sent.
Way = tuple[str, str, Category, float, Callable[[Provider, random.Random, int], list[Item]]]


class _Campaign:
    """One attack's texts: a base text in some language, varied for every copy."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.language: Language = rng.choice(list(LANGUAGES))
        self.begins = START + rng.uniform(8, 18) * 3_600
        self.lasts = rng.uniform(30, 150) * 60
        self.domain = f"{token(rng, 6)}-{token(rng, 5)}.test"
        self.subject = sentence(rng, self.language, 3, 5)
        self.pitch = [sentence(rng, self.language, 7, 12) for _ in range(8)]

    def time(self) -> float:
        return self.begins + self.rng.random() * self.lasts

    def exact(self) -> str:
        return "\n".join(self.pitch)

    def substituted(self) -> str:
        """Every seventh word or so is another one."""
        words = [
            word if self.rng.random() > 0.15 else self.rng.choice(self.language.words)
            for line in self.pitch
            for word in line.split(" ")
        ]
        return " ".join(words)

    def tailed(self) -> str:
        """The same text with a tail that nobody else has."""
        return f"{self.exact()}\n\n{paragraph(self.rng, self.language, 2)}\n{token(self.rng, 9)}"

    def link(self, own: bool = False) -> str:
        """The one link, or one of its own with the same shape of path."""
        if own:
            return f"http://{token(self.rng, 9)}.test/go/{token(self.rng, 12)}/ref"
        return f"http://www.{self.domain}/offer"


def _abuse(
    provider: Provider, campaign: _Campaign, sender: Subscriber, letter: Letter, kind: str,
    outbreak: str, *, recipients: int = 1, **habits: object,
) -> Item:  # fmt: skip
    rng = campaign.rng
    to = [provider.stranger(rng) for _ in range(recipients)]
    return provider.item(
        rng,
        campaign.time(),
        sender,
        letter,
        to,
        kind,
        label=Label.ABUSE,
        outbreak=outbreak,
        **habits,  # type: ignore[arg-type]
    )


def _infected(provider: Provider, rng: random.Random, share: int) -> list[Subscriber]:
    """PCs of people at home; a quarter of them belong to known writers."""
    known = [person for person in provider.people if not person.logs_in]
    homes = rng.sample(known, min(share // 4, len(known)))
    return homes + [
        provider.subscriber("home.bluegate.example", DESK, past=0)
        for _ in range(share - len(homes))
    ]


def _from_bot(
    provider: Provider, campaign: _Campaign, bot: Subscriber, forged: str, letter: Letter,
    outbreak: str,
) -> Item:  # fmt: skip
    """What an infected PC sends by itself: under a forged name, so that only its address tells."""
    return _abuse(
        provider, campaign, bot, letter, "infected PC", outbreak,
        mail_from=forged, shown=f"<{forged}>", actor=Sender(SenderKind.IP, bot.home),
    )  # fmt: skip


def infected_pcs(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """Many addresses, forged senders, every seventh word another."""
    campaign, items = _Campaign(rng), []
    bots = _infected(provider, rng, max(6, count // 6))
    for _ in range(count):
        bot, forged = rng.choice(bots), provider.stranger(rng)
        letter = Letter(campaign.subject, f"{campaign.substituted()}\n\n{campaign.link()}")
        items.append(_from_bot(provider, campaign, bot, forged, letter, "infected PCs"))
    return items


def malware(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """Infected PCs send a program in a zip archive (here a harmless text with a program's name)."""
    campaign, items = _Campaign(rng), []
    bots = _infected(provider, rng, max(5, count // 5))
    for _ in range(count):
        bot, forged, number = rng.choice(bots), provider.stranger(rng), rng.randint(100, 999)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo(f"document_{number}.exe"), b"This is a text file.\r\n")
        part = Part("application/zip", packed.getvalue(), f"document_{number}.zip")
        letter = Letter(f"{campaign.subject} {number}", campaign.pitch[0], (part,))
        kind = "malware from infected PCs"
        items.append(_from_bot(provider, campaign, bot, forged, letter, kind))
    return items


def stolen_password(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """One account of a firm, used from dozens of places at once."""
    campaign = _Campaign(rng)
    victim = rng.choice([one for one in provider.people if one.logs_in and not one.webmail])
    places = [provider.foreign_address(rng) for _ in range(max(5, count // 6))]
    items = []
    for _ in range(count):
        letter = Letter(campaign.subject, f"{campaign.tailed()}\n\n{campaign.link()}")
        items.append(
            _abuse(
                provider, campaign, victim, letter, "stolen password", "one stolen password",
                recipients=rng.choice([1, 2, 5]), place=rng.choice(places),
            )
        )  # fmt: skip
    return items


def phishing(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """Stolen accounts of many firms send a link that shows one place and leads to another."""
    campaign, items = _Campaign(rng), []
    staff = [one for one in provider.people if one.logs_in and not one.webmail]
    victims = rng.sample(staff, min(max(5, count // 8), len(staff)))
    bank = f"www.{rng.choice(['granite', 'meridian'])}-savings.example"
    for _ in range(count):
        victim, place = rng.choice(victims), provider.foreign_address(rng)
        text = f"{campaign.tailed()}\n\nhttps://{bank}/login"
        lying = f'<a href="http://{campaign.domain}/{token(rng, 6)}/login">https://{bank}/login</a>'
        web = f"<html><body><p>{campaign.exact()}</p><p>{lying}</p></body></html>".encode()
        parts = (Part("text/html; charset=utf-8", web),)
        letter = Letter(campaign.subject, text, parts, multipart="alternative")
        items.append(
            _abuse(
                provider,
                campaign,
                victim,
                letter,
                "stolen password",
                "phishing from stolen accounts",
                place=place,
            )
        )
    return items


def sign_ups(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """Fresh accounts that send a handful each, every message with a link of its own."""
    campaign, items = _Campaign(rng), []
    campaign.lasts *= 3
    fresh = [
        provider.subscriber("free.bluegate.example", DESK, contacts=0, past=0, logs_in=True)
        for _ in range(max(4, count // 5))
    ]
    for number in range(count):
        account = fresh[number % len(fresh)]
        letter = Letter(campaign.subject, f"{campaign.substituted()}\n\n{campaign.link(own=True)}")
        place = provider.foreign_address(rng)
        items.append(
            _abuse(provider, campaign, account, letter, "sign-up", "fresh sign-ups", place=place)
        )
    return items


def web_form(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """A hacked script on the shared web host writes to strangers, always the same."""
    campaign, items = _Campaign(rng), []
    site = web_site(provider)
    for _ in range(count):
        letter = Letter(campaign.subject, f"{campaign.exact()}\n\n{campaign.link()}")
        shown = f"<{provider.stranger(rng)}>"
        items.append(
            _abuse(provider, campaign, site, letter, "web script", "a hacked web form", shown=shown)
        )
    return items


def webmail(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """Some webmail accounts beg five strangers at a time to answer to an address elsewhere."""
    campaign, items = _Campaign(rng), []
    accounts = rng.sample([one for one in provider.people if one.webmail], 3)
    answer = f"{token(rng, 7)}.trust@{campaign.domain}"
    for _ in range(count):
        account, place = rng.choice(accounts), provider.foreign_address(rng)
        letter = Letter(
            campaign.subject, f"{campaign.tailed()}\n\n{answer}", fields=(("Reply-To", answer),)
        )
        items.append(
            _abuse(
                provider, campaign, account, letter, "webmail", "abused webmail accounts",
                recipients=5, place=place, program=WEBMAIL,
            )
        )  # fmt: skip
    return items


OUTBREAKS: tuple[Way, ...] = (
    ("infected PCs", "other words", Category.SPAM, 220, infected_pcs),
    ("one stolen password", "random tails", Category.SPAM, 180, stolen_password),
    ("fresh sign-ups", "a link of its own in each", Category.SPAM, 150, sign_ups),
    ("a hacked web form", "exact copies", Category.SPAM, 150, web_form),
    ("abused webmail accounts", "random tails", Category.SPAM, 120, webmail),
    (
        "phishing from stolen accounts",
        "random tails, a lying link",
        Category.PHISHING,
        160,
        phishing,
    ),
    ("malware from infected PCs", "a program in a zip", Category.MALWARE, 120, malware),
)
