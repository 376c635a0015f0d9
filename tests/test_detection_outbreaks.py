"""Each kind of abuse is slowed within tens of messages, and whoever sends it is accused."""

from dataclasses import replace

import pytest

from detection_letters import ATTACKS
from detection_site import Site, accused, before_slowing, elsewhere, slowed
from outfall.testing.world.words import token

TENS = 40  # so many of an attack may get out before the first is slowed
THIEVES = 12


@pytest.fixture
def site():
    """A provider on an ordinary morning."""
    return Site()


# What the engine misses today, and why; strict, so that whoever mends it takes the line away.
MISSED = {
    "own_domain": "one shape of path below another domain each time is not heard, only conduct",
}
KINDS = [
    pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=MISSED[name]))
    if name in MISSED
    else name
    for name in ATTACKS
]


@pytest.mark.parametrize("attack", KINDS)
def test_many_stolen_accounts_with_one_kind_of_letter(site, attack):
    """Twelve accounts, each from another place abroad, send eight letters each to strangers."""
    thieves = [elsewhere(person, number * 9) for number, person in enumerate(site.people[:THIEVES])]
    sent = []
    for _ in range(8):
        for thief in thieves:
            text, parts = ATTACKS[attack](site.rng)
            sent.append(site.send(thief, [site.stranger()], site.subject(), text, *parts))

    assert before_slowing(sent) <= TENS
    assert slowed(sent[-THIEVES * 3 :]) >= THIEVES * 2
    assert len(accused(sent)) >= THIEVES // 2


# ------------------------------------------------------------------ how it is sent

OFFER = (
    "Our pharmacy sells every kind of pills without prescription at the lowest prices on the "
    "market, order today at http://www.pills-offer.test/%d and save money. "
)


def offers(site, senders, each, *, to=1):
    """Everybody's offers in turn, to strangers."""
    return [
        site.send(who, [site.stranger() for _ in range(to)], "Offer", OFFER % turn + site.words(1))
        for turn in range(each)
        for who in senders
    ]


def assert_stopped(sent, wanted):
    """Slowed within tens, and those who go on are accused."""
    assert before_slowing(sent) <= TENS
    assert slowed(sent[len(sent) // 2 :]) >= 0.8 * (len(sent) // 2)
    assert len(accused(sent)) >= wanted


def test_low_and_slow(site):
    """Eighty stolen accounts, six letters each over twenty hours, each from its own place."""
    site.pace = 150
    sent = offers(site, [elsewhere(who, n) for n, who in enumerate(site.people[:80])], 6)

    assert_stopped(sent, 20)


def test_address_book_first(site):
    """A thief writes to the victim's friends, then to strangers."""
    victim = elsewhere(site.people[0])
    friends = [site.send(victim, [friend], "Offer", OFFER % 1) for friend in victim.friends]
    sent = friends + offers(site, [victim], 60)

    assert_stopped(sent, 1)


@pytest.mark.xfail(
    strict=True,
    reason="at the usual place, conduct stays at 7.5 nats: it never counts as turned",
)
def test_program_on_the_victims_own_computer(site):
    """Two accounts send strangers a hundred letters each from where they always write."""
    assert_stopped(offers(site, site.people[:2], 100), 2)


def test_one_place_for_forty_accounts(site):
    """A thief uses forty stolen passwords from one address."""
    assert_stopped(offers(site, [elsewhere(who) for who in site.people[:40]], 4), 10)


def test_one_account_from_many_places(site):
    """A stolen password is used from eighty addresses."""
    sent = [
        site.send(elsewhere(site.people[0], n), [site.stranger()], "Offer", OFFER % n)
        for n in range(80)
    ]

    assert_stopped(sent, 1)


def test_one_account_through_webmail(site):
    """A stolen password is used in the provider's own webmail, whose address is everybody's."""
    victim = replace(
        site.people[0], home="192.0.2.25", fields=(("X-Originating-IP", "[203.0.113.5]"),)
    )

    assert_stopped(offers(site, [victim], 80), 1)


@pytest.mark.xfail(
    strict=True,
    reason="letters among accomplices make strangers weigh little for the rest of the day",
)
def test_sign_ups_that_warm_up(site):
    """Fresh accounts write to each other for a day and a half before they begin."""
    fresh = [site.newcomer(f"fresh{number}@home.example") for number in range(10)]
    site.pace = 1_300
    for number in range(100):
        to = fresh[(number * 7 + 1) % 10].address
        site.send(fresh[number % 10], [to], site.subject(), site.words(2))
    site.pace = 60

    assert_stopped(offers(site, fresh, 8), 5)


def test_a_sites_own_form(site):
    """A bot types strangers' addresses and its text into a form that sends the visitor a copy."""
    form = site.web_site(7)
    sent = []
    for number in range(80):
        text = f"We will answer within two days. You wrote:\n{OFFER % number}{site.words(1)}"
        sent.append(site.send(form, [site.stranger()], "Thank you for your message", text))

    assert_stopped(sent, 1)


def test_a_hacked_script(site):
    """A file put on a web server by a thief sends under made-up names."""
    script = replace(site.web_site(8), script="8:up.php")

    assert_stopped(offers(site, [script], 80), 1)


def test_tenants_of_a_hoster(site):
    """Eight new customers with domains of their own send sixteen letters each."""
    tenants = [site.newcomer(f"info@tenant{number}.example") for number in range(8)]

    assert_stopped(offers(site, tenants, 16), 4)


@pytest.mark.xfail(
    strict=True,
    reason="homes with honest mail in the log are slowed only after fifty letters",
)
def test_infected_computers_at_home(site):
    """Twenty lines without logins send under another made-up name each time."""
    lines = [site.settled(f"home{n}@home.example", login=None) for n in range(20)]
    sent = []
    for _ in range(5):
        for line in lines:
            forged = replace(line, address=f"{token(site.rng, 6)}@{token(site.rng, 6)}.test")
            sent += offers(site, [forged], 1)

    assert_stopped(sent, 10)


@pytest.mark.xfail(
    strict=True,
    reason="an office's honest letters outweigh the bot's, whatever names it makes up",
)
def test_a_bot_in_an_office(site):
    """A firm's one line, with much honest mail, carries a bot's letters under made-up names."""
    office = site.settled("office@firm.example", friends=40, past=120, login=None)
    sent = []
    for _ in range(80):
        forged = replace(office, address=f"{token(site.rng, 6)}@{token(site.rng, 6)}.test")
        sent += offers(site, [forged], 1)
        site.chat(office)

    assert_stopped(sent, 1)
