"""
What programs, lists and servers send on an ordinary day: much of it alike, none of it abuse.

One function a kind, each `(provider, rng, count) -> items`; `MACHINES` lists them with their share
of the day.  Not here: what people write (`everyday`), and attacks (`outbreaks`).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import format_datetime

from .everyday import Kind, any_time, letter_of
from .letter import Letter, Part, compose
from .model import Item, Label
from .people import DESK, FORWARD_HOST, LIST_HOST, SERVER, START, Provider, Subscriber
from .words import paragraph, sentence, token

__all__ = ["MACHINES", "web_site"]

LOCALHOST = "127.0.0.1"
SCRIPTS = ("contact.php", "form.php", "order.php", "notify.php", "cron.php", "mailer.php")


def web_site(provider: Provider, past: int = 40, contacts: int = 2) -> Subscriber:
    """Return a web site's script on the shared host."""
    number = provider.rng.randint(1_000, 9_999)
    site = provider.subscriber(
        "web1.bluegate.example", SERVER, contacts=contacts, past=past, home=LOCALHOST,
        script=f"{number}:{provider.rng.choice(SCRIPTS)}",
    )  # fmt: skip
    site.address = f"www{number}@web1.bluegate.example"
    return site


def _forms(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # A form's answers to the owner of the site, who is always the same.
    items = []
    for _ in range(max(1, count // 8)):
        site = web_site(provider)
        for _ in range(8):
            visitor = provider.stranger(rng)
            text = f"Name: {token(rng, 6)}\nMail: {visitor}\n\n{paragraph(rng, site.language, 2)}"
            letter = Letter("Message from your site", text, fields=(("Reply-To", visitor),))
            items.append(
                provider.item(rng, any_time(rng), site, letter, site.contacts[:1], "web form")
            )
    return items[:count]


def _lists(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    items = []
    for _ in range(max(1, count // 70)):
        server = provider.subscriber(
            "lists.bluegate.example", SERVER, contacts=60, past=90, home=LIST_HOST
        )
        provider.issues.append((server, 7))
        name = server.address.partition("@")[0]
        fields = (
            ("List-Id", f"<{name}.lists.bluegate.example>"),
            ("List-Unsubscribe", f"<mailto:{name}-leave@lists.bluegate.example>"),
            ("Precedence", "list"),
        )
        foot = f"\n-- \n{name} mailing list\nhttps://lists.bluegate.example/{name}"
        for _ in range(7):
            author = rng.choice(provider.people)
            post = letter_of(rng, author, end=foot)
            post = Letter(f"[{name}] {post.subject}", post.text, fields=(*fields, *post.fields))
            at, shown = any_time(rng), f"{author.name} <{author.address}>"
            for group in range(0, 60, 6):
                to = server.contacts[group : group + 6]
                items.append(
                    provider.item(rng, at + group / 10, server, post, to, "list", shown=shown)
                )
    return items[:count]


def _newsletter(provider: Provider, rng: random.Random, count: int, *, known: bool) -> list[Item]:
    domain = provider.firm()
    mailer = provider.subscriber(domain, SERVER, contacts=count, past=10, logs_in=True)
    if known:
        provider.issues.append((mailer, 7))
    news = "\n\n".join(paragraph(rng, mailer.language, 3) for _ in range(4))
    fields = (("List-Unsubscribe", f"<https://www.{domain}/leave>"),)
    kind = "newsletter" if known else "first newsletter"
    subject = sentence(rng, mailer.language, 3, 3)
    begins = START + rng.uniform(8, 16) * 3_600
    items = []
    for place, reader in enumerate(mailer.contacts):
        hello = f"{rng.choice(mailer.language.hello)} {reader.partition('.')[0].title()},"
        text = f"{hello}\n\n{news}\n\nhttps://www.{domain}/news/{token(rng, 8)}"
        web = f"<html><body>{text}</body></html>".replace("\n", "<br>").encode()
        parts = (Part("text/html; charset=utf-8", web),)
        letter = Letter(subject, text, parts, fields, "alternative")
        items.append(provider.item(rng, begins + place * 1.5, mailer, letter, [reader], kind))
    return items


def _newsletters(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    half = max(1, count // 2)
    return [item for _ in range(2) for item in _newsletter(provider, rng, half, known=True)]


def _first_issue(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    return _newsletter(provider, rng, count, known=False)


def _notices(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # A new release of the software that every site runs: one text, each to its own administrator.
    release = f"{rng.randint(5, 9)}.{rng.randint(1, 9)}.{rng.randint(1, 9)}"
    at, items = START + rng.uniform(2, 20) * 3_600, []
    for _ in range(count):
        site = web_site(provider, past=12, contacts=1)
        text = (
            f"Your site https://site-{site.script[:4]}.example has been updated to {release}.\n\n"
            "No further action is needed. If anything looks odd, the support pages can help:\n"
            "https://support.pressplate.test/help\n\nThe site itself"
        )
        letter = Letter(f"Your site was updated to {release}", text)
        items.append(
            provider.item(rng, at + rng.random() * 9_000, site, letter, site.contacts, "notice")
        )
    return items


def _monitors(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # The same line to the same operator, all day long.
    watcher = provider.subscriber(provider.firm(), SERVER, contacts=2, past=400)
    step = 86_400 / max(1, count)
    items = []
    for number in range(count):
        at = START + number * step
        letter = Letter("probe: all services answer", f"checked 41 services, 0 failing, {int(at)}")
        items.append(provider.item(rng, at, watcher, letter, watcher.contacts[:1], "monitoring"))
    return items


def _bounces(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # A firm's own server tells strangers, forged or not, that a mailbox does not exist.
    server = provider.subscriber(provider.firm(), SERVER, past=60)
    domain = server.address.rpartition("@")[2]
    items = []
    for _ in range(count):
        lost, to = f"{token(rng, 7)}@{domain}", provider.stranger(rng)
        status = (
            f"Reporting-MTA: dns; mx.{domain}\r\n\r\nFinal-Recipient: rfc822; {lost}\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such mailbox\r\n"
        )
        returned = (
            f"From: <{to}>\r\nTo: <{lost}>\r\nSubject: {sentence(rng, server.language, 2, 5)}\r\n"
        )
        parts = (
            Part("message/delivery-status", status.encode()),
            Part("text/rfc822-headers; charset=utf-8", returned.encode()),
        )
        text = f"This is the mail system at mx.{domain}.\n\n{lost} could not be reached."
        letter = Letter(
            "Undelivered mail", text, parts, (("Auto-Submitted", "auto-replied"),), "report"
        )
        shown = f"Mail system <postmaster@{domain}>"
        items.append(
            provider.item(
                rng, any_time(rng), server, letter, [to], "bounce", mail_from="", shown=shown
            )
        )
    return items


def _codes(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    # Login codes and orders of a shop, always to somebody else.
    shop = provider.subscriber(provider.firm(), SERVER, contacts=400, past=800, logs_in=True)
    domain = shop.address.rpartition("@")[2]
    items = []
    for number in range(count):
        if number % 2:
            subject, text = (
                "Your code",
                f"{rng.randint(0, 999_999):06} is your code for {domain}, good for 10 minutes.",
            )
        else:
            subject = f"Order {rng.randint(10_000, 99_999)}"
            goods = (sentence(rng, shop.language, 2, 3) for _ in range(3))
            text = "Thank you for your order.\n\n" + "\n".join(f"1 x {name}" for name in goods)
            text += f"\n\nhttps://www.{domain}/order/{token(rng, 12)}"
        to = [provider.stranger(rng)]
        items.append(
            provider.item(rng, any_time(rng), shop, Letter(subject, text), to, "codes and orders")
        )
    return items


def _forwarded(provider: Provider, rng: random.Random, count: int) -> list[Item]:
    """Foreign spam that came in and goes on by people's own forwarding rules."""
    lure = f"http://{token(rng, 7)}.{token(rng, 5)}.test/{token(rng, 6)}"
    pitch = paragraph(rng, provider.people[0].language, 5)
    begun, items = START + rng.uniform(3, 20) * 3_600, []
    server = provider.subscriber(
        "mx.bluegate.example", SERVER, contacts=0, past=0, home=FORWARD_HOST
    )
    for person in rng.sample(provider.people, min(count, len(provider.people))):
        at, origin = begun + rng.random() * 3_600, provider.foreign_address(rng)
        outside = provider.stranger(rng)
        letter = Letter(sentence(rng, person.language, 3, 5), f"{pitch}\n\n{lure}\n{token(rng, 6)}")
        raw = compose(rng, letter, DESK, f"<{outside}>", [person.address], at)
        trace = (
            f"Delivered-To: {person.address}\r\n"
            f"Received: from {token(rng, 6)}.test ([{origin}]) by mx.bluegate.example;\r\n"
            f"\t{format_datetime(datetime.fromtimestamp(int(at), UTC))}\r\n"
        )
        local, _, domain = outside.partition("@")
        returned = f"SRS0={token(rng, 4)}=X7={domain}={local}@mx.bluegate.example"
        item = provider.item(
            rng,
            at,
            server,
            letter,
            person.contacts[:1],
            "forwarded",
            label=Label.FORWARDED,
            mail_from=returned,
        )
        items.append(Item(item.at, trace.encode() + raw, item.envelope, item.truth))
    return items


MACHINES: tuple[Kind, ...] = (
    ("web form", 240, _forms),
    ("list", 210, _lists),
    ("newsletter", 400, _newsletters),
    ("first newsletter", 150, _first_issue),
    ("notice", 150, _notices),
    ("monitoring", 144, _monitors),
    ("bounce", 120, _bounces),
    ("codes and orders", 200, _codes),
    ("forwarded", 100, _forwarded),
)
