"""Innocent senders who change, share addresses, or are new: nobody is convicted or accused."""

from dataclasses import replace

import pytest

import outfall
from detection_site import DAY, SETTINGS, Site, elsewhere, harm, slowed
from outfall.config import EngineSettings
from outfall.testing.world.letter import Part
from outfall.testing.world.words import token

OFFER = (
    "Our pharmacy sells every kind of pills without prescription at the lowest prices on the "
    "market, order today at http://www.pills-offer.test/buy and save money."
)


@pytest.fixture
def site():
    """A provider on an ordinary morning."""
    return Site()


def shared(*networks):
    """Settings that name networks as standing for many people."""
    return EngineSettings(memory=SETTINGS.memory, key="00" * 16, shared_networks=networks)


def test_a_letter_to_a_hundred_is_one_message(site):
    """A club's invitation to its members in one Bcc is clean, and counts as one message."""
    club = site.mailer("club@kites.example", readers=150)
    verdict = site.send(club, list(club.friends), "Summer party", site.words(6))

    assert (0, 0, 0) == harm([verdict])


def test_a_yearly_letter_to_strangers_is_bulk_at_most(site):
    """A parish writes once to three hundred people that it never wrote to."""
    parish = site.settled("office@parish.example", past=10)
    site.send(parish, [site.stranger() for _ in range(300)], "Harvest", site.words(8))

    assert (0, 0) == harm(site.verdicts)[1:]


@pytest.mark.parametrize("host", ["192.0.2.25", "100.64.3.7"])
def test_an_address_that_many_share_is_not_accused(host):
    """Thieves behind the webmail host or a carrier's NAT bring no blame on the others there."""
    site = Site(settings=shared("192.0.2.0/24", "100.64.0.0/10"))
    there = [replace(person, home=host) for person in site.people]
    thieves = there[:12]
    stolen = [
        site.send(who, [site.stranger()], "Offer", OFFER) for _ in range(8) for who in thieves
    ]
    others = [site.chat(person) for person in there[12:]]

    assert any(verdict.category == "suspect" for verdict in stolen)
    assert (0, 0, 0) == harm(others)


def test_bots_behind_a_shared_address_do_not_convict_it(site):
    """A household's honest mail without logins is not convicted though its network is shared."""
    site = Site(settings=shared("100.64.0.0/10"))
    line = site.settled("family@home.example", login=None, home="100.64.3.7", past=30)
    for _ in range(40):
        forged = f"{token(site.rng, 6)}@{token(site.rng, 6)}.test"
        site.send(replace(line, address=forged), [site.stranger()], "Offer", OFFER)
    family = [site.chat(line) for _ in range(20)]

    assert 0 == sum(verdict.category.convicts for verdict in family)
    assert "100.64.3.7" not in {a.sender.id for v in site.verdicts for a in v.alerts}


def test_phones_with_a_new_network_daily_are_clean(site):
    """Sixty people on the road write to friends, and now and then to strangers."""
    for number in range(240):
        person = elsewhere(site.people[number % 60], number * 7)
        to = site.stranger() if number % 5 == 0 else person.friends[0]
        site.send(person, [to], site.subject(), site.words(2))

    assert (0, 0, 0) == harm(site.verdicts)


def test_a_retried_letter_is_one_letter(site):
    """An honest letter to a stranger is no worse when it is handed in for the fiftieth time."""
    person, stranger = site.people[0], site.stranger()
    raw = f"From: <{person.address}>\r\nSubject: A question\r\n\r\n{site.words(3)}\r\n".encode()
    tries = [site.hand_in(raw, site.envelope(person, [stranger])) for _ in range(50)]

    assert tries[0].score >= max(verdict.score for verdict in tries)
    assert (0, 0, 0) == harm(tries)


def test_a_few_messages_of_a_newcomer_are_clean(site):
    """New customers' first four letters, to people unknown here, are not slowed."""
    for number in range(40):
        new = site.newcomer(f"new{number}@home.example")
        for _ in range(4):
            site.send(new, [site.stranger()], site.subject(), site.words(3))

    assert (0, 0, 0) == harm(site.verdicts)


def test_the_owner_of_a_stolen_account_is_forgiven(site):
    """Two weeks after the thief, the owner's letters from home are clean."""
    owner = site.people[0]
    stolen = [site.send(elsewhere(owner), [site.stranger()], "Offer", OFFER) for _ in range(60)]
    site.now += 14 * DAY
    own = [site.chat(owner) for _ in range(10)]

    assert slowed(stolen)
    assert (0, 0, 0) == harm(own)


def test_a_release_helps_at_once(site):
    """What a person released is let through from the next message on."""
    writers = [elsewhere(person, number) for number, person in enumerate(site.people[:12])]
    held = [site.send(who, [site.stranger()], "Offer", OFFER) for _ in range(5) for who in writers]
    release = outfall.Feedback.RELEASE
    site.engine.feedback(release, reference=held[-1].reference, source="desk", at=site.now)
    after = [site.send(who, [who.friends[0]], "Offer", OFFER) for who in site.people[20:30]]

    assert held[-1].category.convicts
    assert (0, 0, 0) == harm(after)


@pytest.mark.parametrize("colluders", [3, 10, 50])
def test_bad_accounts_cannot_poison_a_newsletter(site, colluders):
    """Accounts that send a rival's newsletter to strangers do not stop it for its readers."""
    paper = site.mailer("news@paper.example", readers=100)
    text = f"{site.words(8)}\nhttp://www.paper.example/news"
    bad = [site.newcomer(f"bad{number}@home.example") for number in range(colluders)]
    for who in bad * 4:
        site.send(who, [site.stranger()], "News", text)
    news = [site.send(paper, [reader], "News", text) for reader in paper.friends]

    assert (0, 0, 0) == harm(news)


def test_a_new_firm_goes_live(site):
    """Fifty accounts of one firm, all new, tell partners of their new system on one day."""
    staff = [site.newcomer(f"p{number}@firm.example", home="198.51.100.9") for number in range(50)]
    for turn in range(4):
        for who in staff:
            to = [site.stranger() for _ in range(8 if turn == 0 else 1)]
            text = (
                "We moved to a new mail system, please note my address."
                if turn == 0
                else site.words(2)
            )
            site.send(
                who,
                to,
                site.subject(),
                f"{text}\n{site.words(1)}\n\nOur Firm\nhttps://www.firm.example/",
            )

    assert (0, 0) == harm(site.verdicts)[1:]


def test_a_firm_moves_its_server(site):
    """From one hour to the next all sixty accounts of a firm log in from another network."""
    staff = [site.settled(f"p{number}@firm.example", past=20) for number in range(60)]
    for number in range(300):
        who = replace(staff[number % 60], home="203.0.113.9")
        to = site.stranger() if number % 5 == 0 else who.friends[number % 6]
        site.send(
            who, [to], site.subject(), f"{site.words(2)}\n\nOur Firm\nhttps://www.firm.example/"
        )

    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.xfail(
    strict=True,
    reason=(
        "the words of a service, sent by new people and travellers to strangers, are an "
        "outbreak until the background knows them: eight letters of 300 are slowed"
    ),
)
@pytest.mark.parametrize("host", ["boards.test", "docs.google.com", "meet.google.com"])
def test_invitations_of_one_service_are_not_a_campaign(site, host):
    """Sixty people invite friends and some strangers, in a service's words and to its host."""
    crowd = site.crowd(60)
    for number in range(300):
        person = crowd[number % 60]
        to = site.stranger() if number % 3 == 0 else person.friends[number % 6]
        text = (
            f"{person.address} has invited you to work together on {site.subject()}\nAccept the "
            f"invitation to begin: https://{host}/d/{token(site.rng, 24)}"
        )
        site.send(person, [to], "Invitation", text)

    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.xfail(
    strict=True,
    reason=(
        "accounts in their usual places are convicted because several write the same to strangers"
    ),
)
def test_a_call_for_papers_by_several_is_bulk_at_most(site):
    """Nine unrelated colleagues send the same call to dozens of strangers each."""
    call = f"Call for papers\n{site.words(8)}\nhttps://www.workshop.example/call"
    crowd = site.crowd(9)
    for number in range(27):
        to = [site.stranger() for _ in range(10 + number)]
        site.send(crowd[number % 9], to, "Call for papers", f"{site.words(1)}\n\n{call}")

    assert (0, 0) == harm(site.verdicts)[1:]


@pytest.mark.xfail(
    strict=True,
    reason=(
        "a form's link that new people and travellers send to strangers is an outbreak "
        "until the background knows it: two letters of 150 are slowed"
    ),
)
def test_students_with_one_survey_are_not_spammers(site):
    """Thirty students pass on one form, with a line of their own, to friends and strangers."""
    link = "https://docs.google.com/forms/d/e/1FAIpQLSc0000/viewform"
    students = site.crowd(30)
    for number in range(150):
        person = students[number % 30]
        to = [site.stranger() if number % 3 == 0 else person.friends[number % 6]]
        site.send(person, to, "A survey", f"{site.words(1)}\nPlease fill in our survey: {link}")

    assert (0, 0, 0) == harm(site.verdicts)


@pytest.mark.xfail(
    strict=True,
    reason=(
        "one sentence that all applicants write makes an outbreak of ten people who write to "
        "strangers: half the letters are convicted and all ten people accused"
    ),
)
def test_an_applicant_is_not_a_spammer(site):
    """Ten people send their own papers to thirty firms each, within three days."""
    site.pace = 800
    papers = [site.rng.randbytes(4000) for _ in range(10)]
    texts, crowd = [site.words(4) for _ in papers], site.crowd(10)
    for number in range(300):
        who, hello = crowd[number % 10], f"Dear {token(site.rng, 6)},\n"
        text = f"{hello}I would like to apply for a post in your firm. {texts[number % 10]}"
        paper = Part("application/pdf", papers[number % 10], "cv.pdf")
        site.send(who, [site.stranger()], "Application", text, paper)

    assert (0, 0) == harm(site.verdicts)[1:]


def test_letters_to_each_member_of_a_course_are_clean(site):
    """Four teachers, two of them new, write to each of a hundred students with his own mark."""
    for number in range(4):
        past = 150 if number % 2 else 0
        teacher = site.settled(f"t{number}@school.example", friends=100, past=past)
        for student in teacher.friends:
            points = site.rng.randrange(100)
            text = f"Dear student,\nyou reached {points} of 100 points.\n{site.words(1)}"
            site.send(teacher, [student], "Your result", text)

    assert (0, 0) == harm(site.verdicts)[1:]


def test_what_everybody_passes_on_is_not_an_outbreak(site):
    """A hundred people send a petition or a greeting to many friends within hours."""
    link = f"https://www.change.org/p/{token(site.rng, 6)}"
    text = f"---------- Forwarded message ---------\n{site.words(5)}\n{link}"
    for number, person in enumerate(site.crowd(100)):
        to = [*person.friends[:5], *([site.stranger()] if number % 4 == 0 else [])]
        site.send(person, to, "Fwd: please sign", f"{site.words(1)}\n\n{text}")

    assert (0, 0, 0) == harm(site.verdicts)


def test_training_by_the_firms_own_desk_is_bulk_at_most(site):
    """A firm's own desk sends a made lure to two hundred colleagues."""
    desk = site.settled("security@firm.example", past=20)
    for number in range(200):
        link = f"https://quota-check.test/login?u={token(site.rng, 9)}"
        text = f"Your mailbox is full. Sign in to keep it: {link}"
        site.send(desk, [f"p{number}@firm.example"], "Your mailbox is full", text)

    assert (0, 0) == harm(site.verdicts)[1:]
