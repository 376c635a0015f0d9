"""Innocent mail that recurs by its words, files and templates: nobody is convicted or accused."""

import pytest

from detection_site import ENGLISH, NULL_SENDER, Site, elsewhere, harm, pdf, png
from outfall.testing.world.letter import Part
from outfall.testing.world.words import token


@pytest.fixture
def site():
    """A provider on an ordinary morning."""
    return Site()


def outbreak(site, text, *parts, thieves=12, each=4):
    """Stolen accounts send a text to strangers, until it is convicted wherever it shows."""
    for _ in range(each):
        for number, thief in enumerate(site.people[:thieves]):
            site.send(elsewhere(thief, number), [site.stranger()], "An offer", text, *parts)
    assert site.verdicts.pop().category.convicts
    site.verdicts.clear()


def test_letters_without_words_are_not_alike(site):
    """Empty bodies with another PDF or photo each, to friends and strangers, are clean."""
    for number, person in enumerate(site.crowd(60)):
        to = site.stranger() if number % 4 == 0 else person.friends[0]
        scan = Part("application/pdf", pdf(site.words()), f"scan{number}.pdf")
        photo = Part("image/jpeg", b"\xff\xd8\xff\xe0" + site.rng.randbytes(3000), "photo.jpg")
        site.send(person, [to], "", "", scan if number % 2 else photo)

    assert (0, 0, 0) == harm(site.verdicts)


def test_what_mail_programs_add_is_not_a_text(site):
    """An empty HTML frame below one line, the same from everybody, is clean."""
    frame = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal'
        '{margin:0cm;font-size:11.0pt}</style></head><body lang="EN-GB" link="#0563C1">'
        '<div class="WordSection1"><p class="MsoNormal"><o:p>&nbsp;</o:p></p></div></body></html>'
    )
    for number, person in enumerate(site.crowd(80)):
        to = site.stranger() if number % 4 == 0 else person.friends[0]
        part = Part("text/html; charset=utf-8", frame.encode())
        site.send(person, [to], site.subject(), "ok", part, multipart="alternative")

    assert (0, 0, 0) == harm(site.verdicts)


def test_read_receipts_are_not_an_outbreak(site):
    """The same sentence from the null sender, for whoever asked for a receipt, is clean."""
    for person in site.crowd(60):
        text = "This is a receipt for the mail that you sent. It was shown on the screen."
        answer = (
            ("Auto-Submitted", "auto-replied"),
            ("In-Reply-To", f"<{token(site.rng, 12)}@x.test>"),
        )
        site.send(
            person,
            [site.stranger()],
            "Read: " + site.subject(),
            text,
            fields=answer,
            mail_from=NULL_SENDER,
        )

    assert (0, 0, 0) == harm(site.verdicts)


def test_login_codes_are_not_spam(site):
    """Six shops with the same program send codes to customers they never wrote to before."""
    shops = [site.machine(f"login@shop{n}.example", strangers=10) for n in range(6)]
    for number in range(150):
        shop = shops[number % 6]
        code = site.rng.randrange(10**6)
        text = f"{code:06} is your code for {shop.domain}. It is valid for ten minutes."
        site.send(shop, [site.stranger()], "Your code", text)

    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.parametrize("usual", [3, 20])
def test_password_resets_of_one_hour_are_not_spam(site, usual):
    """After a breach a shop writes to hundreds at once; it may be slowed, not more."""
    shop = site.machine("service@shop.example", strangers=usual)
    site.pace = 8
    for _ in range(300):
        text = (
            "Somebody may have learnt your password. We have ended all sessions. Please choose a "
            f"new one: https://www.shop.example/reset/{token(site.rng, 24)}"
        )
        site.send(shop, [site.stranger()], "Please choose a new password", text)

    assert (0, 0) == harm(site.verdicts)[1:]


@pytest.mark.parametrize("shared", [2, 4, 5])
def test_part_of_a_spammers_text_does_not_convict(site, shared):
    """A newsletter that has sentences in common with an outbreak goes out to its readers."""
    said = [site.words(1) for _ in range(8)]
    outbreak(site, "\n".join([*said, "http://www.cheap-pills.test/buy"]))
    paper = site.mailer("news@paper.example", readers=80)
    text = "\n".join([*said[:shared], *(site.words(1) for _ in range(8 - shared))])
    news = [
        site.send(paper, [reader], "News", f"{text}\nhttp://www.paper.example/")
        for reader in paper.friends
    ]

    assert (0, 0, 0) == harm(news)


@pytest.mark.parametrize("leave", [True, False])
def test_a_first_newsletter_is_bulk_at_most(site, leave):
    """Two hundred customers who never had mail from this firm: slowed at most."""
    firm = site.settled("office@firm.example", past=20)
    fields = (("List-Unsubscribe", "<https://www.firm.example/leave>"),) if leave else ()
    text = site.words(8)
    for _ in range(200):
        site.send(
            firm,
            [site.stranger()],
            "News from our house",
            f"{text}\nhttps://www.firm.example/news",
            fields=fields,
        )

    assert (0, 0) == harm(site.verdicts)[1:]


def test_a_firms_footer_is_not_an_outbreak(site):
    """Forty of one firm, some new and on the road, write short notes above the same long footer."""
    footer = "\n".join(site.words(2) for _ in range(5))
    staff = [site.settled(f"p{n}@lawyers.example", past=0 if n % 5 == 0 else 8) for n in range(40)]
    for number in range(200):
        who = staff[number % 40]
        who = elsewhere(who, number) if number % 7 == 0 else who
        to = site.stranger() if number % 3 == 0 else who.friends[0]
        site.send(
            who,
            [to],
            site.subject(),
            f"{site.words(1)}\n\n-- \n{footer}\nhttps://www.lawyers.example",
        )

    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.xfail(
    strict=True,
    reason=(
        "a picture alone, once seen in an outbreak, slows and convicts whoever shows it "
        "to a stranger"
    ),
)
def test_a_picture_that_spam_uses_too_convicts_nobody(site):
    """A payment mark that an outbreak shows is also in honest letters to customers."""
    mark = Part("image/png", png(site.rng, motif=5), "mark.png")
    outbreak(site, f"{site.words(4)}\nhttp://www.cheap-watch.test/", mark)
    shops = [site.settled(f"till@shop{n}.example") for n in range(10)]
    letters = [
        site.send(
            shop,
            [site.stranger() if turn % 2 else shop.friends[turn]],
            site.subject(),
            site.words(3),
            mark,
        )
        for turn in range(6)
        for shop in shops
    ]

    assert (0, 0, 0) == harm(letters)


def kit(domain, news):
    """A page as one kit for newsletters lays it out."""
    return (
        '<html><body><table width="600" class="wrapper"><tr><td class="header">'
        f'<img src="https://www.{domain}/logo.png"></td></tr><tr><td class="body"><p>{news}</p>'
        f'<a class="button" href="https://www.{domain}/read">Read on</a></td></tr><tr><td '
        'class="footer">You get this letter because you are our customer.</td></tr></table>'
    ).encode()


def test_newsletters_of_one_kit_are_not_one_campaign(site):
    """Twelve firms use one HTML frame with words and links of their own, some the first time."""
    for number in range(12):
        known = site.mailer if number % 3 else site.settled
        firm = known(f"news@firm{number}.example", 40)
        leave = (("List-Unsubscribe", f"<https://www.{firm.domain}/leave>"),)
        news = site.words(3)
        page = Part("text/html; charset=utf-8", kit(firm.domain, news))
        for reader in firm.friends:
            site.send(firm, [reader], "News", news, page, fields=leave, multipart="alternative")

    assert (0, 0) == harm(site.verdicts)[1:]


def test_letters_that_differ_in_names_and_numbers_stay_different(site):
    """Twenty practices remind of appointments in the words of their common program."""
    practices = [site.settled(f"desk@practice{n}.example", past=30) for n in range(20)]
    for number in range(160):
        who = practices[number % 20]
        to = site.stranger() if number % 3 == 0 else who.friends[number % 6]
        day, hour = site.rng.randint(1, 28), site.rng.randint(8, 17)
        text = (
            f"Dear {site.rng.choice(ENGLISH.words)},\nwe remind you of your appointment on "
            f"{day} October at {hour}:00.\nYour practice, https://{who.domain}"
        )
        site.send(who, [to], f"Your appointment on {day} October", text)

    assert (0, 0, 0) == harm(site.verdicts)
