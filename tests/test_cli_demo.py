"""``outfall demo``: it runs, tells the truth in 80 columns, and exits by what it found."""

import pytest
from click.testing import CliRunner

from outfall.cli.demo import demo, is_success
from outfall.cli.demo_report import Report
from outfall.model import Category, Sender, SenderKind
from outfall.testing.tally import Tally
from outfall.testing.world import Outbreak

BOTS = tuple(Sender(SenderKind.IP, f"198.18.0.{number}") for number in range(1, 7))
ALICE = Sender(SenderKind.ACCOUNT, "alice")


@pytest.fixture(scope="module")
def page():
    """What a small demo prints."""
    result = CliRunner().invoke(demo, ["--messages", "700", "--seed", "5"])

    assert 0 == result.exit_code, result.output
    return result.output


def test_page_tells_every_outbreak_and_the_innocents(page):
    """Each outbreak, who was named, and what innocents suffered stand on the page."""
    assert 7 == page.count("\nOutbreak: ")
    assert 7 == page.count("named to the abuse desk: ")
    assert "no innocent sender was named" in page
    assert "before the first was held back" in page


def test_page_says_that_the_day_is_simulated_and_what_to_do_next(page):
    """A stranger learns that time was simulated, and how to attach, look and stop."""
    assert "A simulated day, poured as fast as it goes" in page
    for line in ("smtpd_milters = inet:127.0.0.1:6785", "outfall explain", "Stop"):
        assert line in page


def test_page_fits_eighty_columns(page):
    """Where it goes to a file or a mail, no line is wider, and none ends in blanks."""
    assert [] == [line for line in page.splitlines() if len(line) > 80 or line != line.rstrip()]
    assert "\x1b" not in page


def tally(convicted, *, named=(), innocent=0):
    """A day with one outbreak of many."""
    made = Tally([Outbreak("attack", "exact", Category.SPAM, BOTS, 9)])
    made.outbreaks["attack"].convicted = convicted
    made.wrongly_named.update(named)
    made.innocent.convicted["mail"] += innocent
    made.innocent.convicted = +made.innocent.convicted
    return made


@pytest.mark.parametrize(
    "day, success",
    [
        (tally(3), True),
        (tally(0), False),
        (tally(3, named={ALICE: "mail"}), False),
        (tally(3, innocent=1), False),
    ],
)
def test_success_is_a_conviction_and_no_wrong(day, success):
    """Only a convicted outbreak of many without any innocent convicted or named is a success."""
    assert success == is_success(day)


def test_outbreak_of_few_is_not_enough():
    """Convicting one stolen password alone is not what the demo has to show."""
    day = tally(3)
    day.outbreaks["attack"].outbreak = Outbreak("attack", "exact", Category.SPAM, BOTS[:1], 9)

    assert not is_success(day)


def test_what_went_wrong_is_said_in_its_place(capsys):
    """A missed outbreak and a wrong name are told where success would have been."""
    day = tally(0, named={ALICE: "newsletter"})
    day.outbreaks["attack"].out = 9
    day.outbreaks["attack"].reasons["volume"] = 9
    Report().outbreak(day.outbreaks["attack"])
    Report().innocents(day)
    page = capsys.readouterr().out

    assert "MISSED: all 9 messages went out" in page
    assert "seen, but not enough: volume" in page
    assert "NAMED WRONGLY: account alice, for its newsletter mail" in page
    assert "no innocent sender was named" not in page


def test_help_shows_a_line_to_copy():
    """Help has an example and the exit statuses."""
    page = CliRunner().invoke(demo, ["--help"]).output

    assert "Example:" in page
    assert "Exit status:" in page
