"""Innocent mail of special kinds, by machines, lists, forwards and answers: nobody is accused."""

import pytest

import outfall
from detection_site import DESK, NULL_SENDER, Site, elsewhere, harm
from outfall.testing.world.letter import Letter, Part, compose
from outfall.testing.world.words import token

LURE = (
    "Your mailbox is nearly full and will be closed today. Confirm your account and your password "
    "with the link below, or all letters are lost: http://mail-confirm.test/login"
)
EXTORTION = (
    "I watched you through your camera and have copied all your contacts. Send 900 dollars within "
    "two days, and do not answer this letter, or everybody will see the film that I made of you."
)

# What a weak kind may add at most: mail programs write alike.
WEAK = 4


@pytest.fixture
def site():
    """A provider on an ordinary morning."""
    return Site()


def outbreak(site, text, thieves=15, each=4):
    """Stolen accounts send a text to strangers, until it is convicted wherever it shows."""
    for turn in range(each):
        for number, thief in enumerate(site.people[-thieves:]):
            site.send(elsewhere(thief, number), [site.stranger()], f"Notice {turn}", text)
    assert site.verdicts.pop().category.convicts
    site.verdicts.clear()


def test_patch_series_is_not_an_outbreak(site):
    """Four developers post forty-four patches each to a long list of colleagues."""
    for number in range(4):
        developer = site.settled(f"dev{number}@kernel.example", friends=28, past=60)
        log = site.words(3)
        for patch in range(44):
            lines = "\n".join(f"{sign}\t{site.words(1)}" for sign in "+-+- ")
            signed = f"Signed-off-by: {developer.address}\n---\n core.c | 8 ++--"
            subject = f"[PATCH {patch}/44] convert a driver"
            site.send(developer, list(developer.friends), subject, f"{log}\n\n{signed}\n\n{lines}")

    assert (0, 0, 0) == harm(site.verdicts)


def test_tickets_are_not_spam(site):
    """A help desk answers customers it never wrote to before, in its program's words."""
    desk = site.machine("help@desk.example", strangers=12)
    for number in range(120):
        text = (
            f"-- Please write above this line --\n\nYour request {number + 7000} was answered.\n\n"
            f"{site.words(2)}\n\nThe whole request: https://help.desk.example/t/{number + 7000}"
        )
        site.send(desk, [site.stranger()], f"[#{number + 7000}] {site.subject()}", text)

    assert (0, 0, 0) == harm(site.verdicts)


def test_a_storm_of_alarms_is_not_an_outbreak(site):
    """Thirty machines complain to the same three people for an hour, a third for the first time."""
    team = tuple(f"oncall{number}@ops.test" for number in range(3))
    hosts = [
        site.settled(f"alarm@node{n}.example", past=30 if n % 3 else 0, login=None)
        for n in range(30)
    ]
    site.pace = 4
    for number in range(900):
        host = number % 30
        text = (
            f"Problem: eth{number % 4} is down\nHost: node{host}\nSeverity: high\nNumber: {number}"
        )
        site.send(hosts[host], list(team), f"Problem: link down on node{host}", text)

    assert (0, 0, 0) == harm(site.verdicts)


def confirmation(site, host):
    """What newsletter software asks whoever is entered into its form."""
    return (
        f"Somebody asked to add your address to the newsletter of {host}. Please confirm it: "
        f"https://{host}/confirm/{token(site.rng, 20)}\nIf it was not you, do nothing."
    )


def order(site, host):
    """What shop software answers to an order."""
    return (
        "Thank you for your order. It is on hold until we confirm that the payment has been "
        f"received.\n{site.words(1)}\nView it: https://{host}/order/{token(site.rng, 9)}"
    )


def new_account(site, host):
    """What a site's software writes to its new users."""
    return (
        f"A new account was made for you on {host}. To set your password, visit the following "
        f"address: https://{host}/login?key={token(site.rng, 20)}"
    )


@pytest.mark.parametrize("template", [confirmation, order, new_account])
def test_templates_of_web_software_are_not_a_campaign(site, template):
    """Sixty sites send the same words, each with links to itself, to visitors unknown so far."""
    shops = [site.web_site(number) for number in range(60)]
    for number in range(240):
        text = template(site, f"www.shop{number % 60}.example")
        site.send(shops[number % 60], [site.stranger()], "Your request", text)

    assert (0, 0, 0) == harm(site.verdicts)


def test_sites_abused_to_bomb_a_mailbox_are_not_accused(site):
    """Somebody signs one victim up at sixty honest sites within an hour."""
    shops, victim = [site.web_site(number) for number in range(60)], site.stranger()
    site.pace = 15
    for number in range(240):
        text = confirmation(site, f"www.shop{number % 60}.example")
        site.send(shops[number % 60], [victim], "Please confirm", text)

    assert (0, 0) == harm(site.verdicts)[1:]


def test_forwarded_spam_is_not_the_forwarders(site):
    """Rules send on what an outbreak sent to their owners: nobody is accused for it."""
    outbreak(site, LURE)
    for number in range(60):
        owner = site.people[number % 10]
        text = Letter("Notice", LURE)
        raw = compose(site.rng, text, DESK, "<x@far.test>", [owner.address], site.now)
        trace = (
            "Received: from far.test by mx.home.example; Mon, 7 Sep 2026 10:00:00 +0000\r\n"
            f"Delivered-To: {owner.address}\r\nX-Sieve-Redirected-From: {owner.address}\r\n"
        )
        rewritten = f"SRS0=ab=cd=far.test=x{number}@home.example"
        envelope = outfall.Envelope([owner.friends[0]], rewritten, "127.0.0.1", helo="mx")
        site.hand_in(trace.encode() + raw, envelope)

    assert 0 == harm(site.verdicts)[2]


@pytest.mark.parametrize("quoted", [False, True])
def test_answers_to_spam_are_not_spam(site, quoted):
    """Absent people's programs answer the forged senders of spam, some quoting it."""
    outbreak(site, LURE)
    quote = "\n\n> " + LURE if quoted else ""
    answer = (("Auto-Submitted", "auto-replied"), ("In-Reply-To", "<a@b.test>"))
    for number, person in enumerate(site.crowd(80)):
        text = f"I am away until Monday. In urgent cases ask my colleagues.{quote}"
        to, sender = [site.stranger()], NULL_SENDER if number % 2 else None
        site.send(person, to, "Automatic reply: Notice", text, fields=answer, mail_from=sender)

    assert (0, 0) == harm(site.verdicts)[1:]


def test_bounces_of_spam_are_not_spam(site):
    """The provider's own server returns refused spam to its forged senders."""
    outbreak(site, LURE)
    daemon = "mailer-daemon@mx.home.example"
    server = site.machine(daemon, strangers=10, login=None, home="127.0.0.1")
    status = (
        b"Reporting-MTA: dns; mx.home.example\n\nFinal-Recipient: rfc822; x@y.test\n"
        b"Action: failed\nStatus: 5.1.1\n"
    )
    for number in range(120):
        original = f"From: <x{number}@far.test>\nSubject: Notice\n\n{LURE}\n".encode()
        parts = (Part("message/delivery-status", status), Part("message/rfc822", original))
        site.send(
            server, [site.stranger()], "Undelivered mail", "User unknown.", *parts,
            mail_from=NULL_SENDER, multipart="report; report-type=delivery-status",
            fields=(("Auto-Submitted", "auto-replied"),),
        )  # fmt: skip

    assert (0, 0) == harm(site.verdicts)[1:]


@pytest.mark.parametrize("attached", [False, True])
def test_reports_to_the_abuse_desk_are_not_spam(site, attached):
    """Sixty people send the same lure to abuse desks, in the text or as a file."""
    outbreak(site, LURE)
    original = f"From: <x@far.test>\nSubject: Notice\n\n{LURE}\n".encode()
    for number, person in enumerate(site.crowd(60)):
        to = ["abuse@home.example"] if number % 2 else [f"abuse@{token(site.rng, 5)}.test"]
        if attached:
            site.send(
                person, to, "phishing", "see the file", Part("message/rfc822", original, "m.eml")
            )
        else:
            site.send(
                person,
                to,
                "Fwd: Notice",
                f"I got this.\n\n-------- Forwarded Message --------\n{LURE}",
            )

    assert (0, 0, 0) == harm(site.verdicts)


def test_answers_that_quote_spam_are_not_spam(site):
    """People ask their friends what to make of a letter, below which it is quoted."""
    outbreak(site, EXTORTION)
    for person in site.crowd(60):
        site.send(person, [person.friends[0]], "Re: Notice", f"{site.words(1)}\n\n> {EXTORTION}")

    assert (0, 0, 0) == harm(site.verdicts)


def test_own_notices_and_digests_may_quote_spam(site):
    """The provider tells its desk and its customers of held spam every hour, with samples."""
    outbreak(site, EXTORTION)
    robot = site.mailer("outfall@home.example", readers=30, login=None, home="127.0.0.1")
    for number in range(90):
        text = (
            f"Held {number} messages.\nSender: person{number}@home.example\nSample:\n> {EXTORTION}"
        )
        site.send(robot, [robot.friends[number % 30]], f"Held messages: {number}", text)

    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Customer-Id", "17"),
        ("X-Spam-Status", "Yes, score=21"),
        ("X-AntiAbuse", "Original Domain - home.example"),
        ("Received", "from spam.far.test by home.example; Mon, 7 Sep 2026 10:00:00 +0000"),
    ],
)
def test_fields_that_servers_add_are_not_content(site, name, value):
    """The same field above everybody's letters makes no pattern of them."""
    for person in site.crowd(80):
        to = [site.stranger()]
        site.send(person, to, site.subject(), site.words(3), fields=((name, value),))

    weights = [one.nats for v in site.verdicts for one in v.evidence if one.name == "recurrence"]
    assert max(weights, default=0) <= WEAK
    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.parametrize("each", [2, 40])
def test_a_move_to_a_new_mailbox_is_not_an_outbreak(site, each):
    """People send their old letters to their own new address, spam among them."""
    outbreak(site, LURE)
    for number in range(4 * each):
        person = site.people[number % 4]
        text = LURE if number % 9 == 0 else site.words(4)
        old = f"---------- Forwarded message ---------\nFrom: {site.stranger()}\n\n{text}"
        site.send(person, [f"new{number % 4}@elsewhere.test"], f"Fwd: {site.subject()}", old)

    assert (0, 0) == harm(site.verdicts)[1:]
