"""``outfall evaluate``: labelled mail in, marks out, for people and for programs."""

import base64
import json

import pytest
from click.testing import CliRunner

from outfall.cli import evaluate_report
from outfall.cli.evaluate import evaluate
from outfall.cli.evaluate_report import bounds_of
from outfall.engine import Engine
from outfall.errors import SettingsError
from outfall.replay.evaluation import proportion_bounds
from outfall.testing.world import Label, World

WORLD = World(seed=5, messages=700)
ABUSE = sum(item.truth.label is Label.ABUSE for item in WORLD.day)
LABELS = {Label.ABUSE: "bad", Label.FORWARDED: "forwarded"}
KEY = '[engine]\nkey = "00112233445566778899aabbccddeeff"\n'


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A made-up day as labelled JSON lines, with a history and settings that name a key."""
    folder = tmp_path_factory.mktemp("day")
    with (folder / "day.jsonl").open("w") as lines:
        for item in WORLD.day:
            truth = item.truth
            line = envelope_of(item) | {
                "message": base64.b64encode(item.raw).decode(),
                "label": LABELS.get(truth.label, "good"),
                "sender": f"{truth.actor.kind} {truth.actor.id}",
            }
            if truth.label is Label.ABUSE:
                line["campaign"] = truth.outbreak
            lines.write(json.dumps(line) + "\n")
    with (folder / "history.jsonl").open("w") as lines:
        for past in WORLD.history:
            lines.write(json.dumps(envelope_of(past)) + "\n")
    (folder / "outfall.toml").write_text(KEY)
    return folder


def envelope_of(message):
    """One line's envelope."""
    envelope = message.envelope
    return {
        "at": message.at, "mail_from": envelope.mail_from, "recipients": list(envelope.recipients),
        "client_ip": envelope.client_ip, "account": envelope.account, "helo": envelope.helo,
        "local": envelope.local,
    }  # fmt: skip


def run(*arguments):
    """Run the command; return its status and output."""
    result = CliRunner().invoke(evaluate, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def marked(day, *arguments):
    """The JSON form over the made-up day."""
    status, output = run(
        day / "day.jsonl", "--history", day / "history.jsonl", "--config", day / "outfall.toml",
        "--json", "-", *arguments,
    )  # fmt: skip
    assert 0 == status, output
    return json.loads(output)


def test_json_has_the_whole_paper(day):
    """Every message is counted under its label, outbreaks are found and nobody is wronged."""
    report = marked(day)
    (marks,) = report["runs"]

    assert len(WORLD.day) == sum(marks[label]["messages"] for label in ("good", "bad", "neither"))
    assert (ABUSE, True) == (marks["bad"]["messages"], marks["bad"]["slowed"] > ABUSE / 2)
    assert len(WORLD.outbreaks) == marks["before_slowing"]["campaigns"]
    assert (0, []) == (marks["good"]["convicted"], marks["innocent_accused"])
    assert len(WORLD.history) == report["history"]


def test_shares_come_with_their_bounds(day):
    """The bounds in the report are those of the count."""
    share = marked(day)["shares"]["bad convicted"]

    assert ABUSE == share["messages"]
    assert list(proportion_bounds(share["counts"][0], ABUSE)) == share["bounds"]


def test_a_key_makes_it_repeat(day):
    """The same mail under the same key gives the same paper."""
    assert marked(day) == marked(day)


def test_several_keys_are_several_runs(day):
    """Each key is a run of its own, and the page says over which range the counts moved."""
    report = marked(day, "--keys", "3")
    _, page = run(day / "day.jsonl", "--keys", "2")

    assert 3 == len(report["runs"]) == len(report["shares"]["bad convicted"]["counts"])
    assert "under 2 keys in turn" in page and "over keys" in page


def test_each_run_has_a_key_of_its_own(tmp_path, monkeypatch):
    """Several runs are under keys that nobody chose, one run under the key of the settings."""
    keys, (mail, settings) = [], (tmp_path / "a.eml", tmp_path / "outfall.toml")
    mail.write_text("Subject: x\n\nhello\n")
    settings.write_text(KEY)

    class Noting(Engine):
        def __init__(self, settings):
            keys.append(settings.key.get_secret_value())
            super().__init__(settings)

    monkeypatch.setattr("outfall.cli.evaluate.Engine", Noting)
    for number in ("3", "1"):
        run("--good", mail, "--config", settings, "--keys", number)

    assert (4, "00112233445566778899aabbccddeeff") == (len(set(keys)), keys[3])


def test_what_cannot_be_read_is_told(tmp_path):
    """Lines that are no messages are counted on the page, and so is a report's missing folder."""
    (tmp_path / "a.jsonl").write_text('nonsense\n{"message": "eA==", "at": 1e9, "label": "good"}\n')
    _, page = run(tmp_path / "a.jsonl")
    status, refusal = run(tmp_path / "a.jsonl", "--json", tmp_path / "no" / "report.json")

    assert "1 could not be read" in " ".join(page.split())
    assert (2, True) == (status, "there is no folder" in refusal)


def test_a_part_left_out_is_missed(day):
    """Without recurrence less is convicted, and the page says what was left out."""
    whole = marked(day)["shares"]["bad convicted"]["counts"]
    less = marked(day, "--without", "evidence recurrence")
    _, page = run(day / "day.jsonl", "--without", "key own")

    assert less["shares"]["bad convicted"]["counts"] < whole
    assert ["evidence recurrence"] == less["without"]
    assert "without key own" in " ".join(page.split())


def test_page_is_for_people(day):
    """The page has shares with bounds, campaigns and senders, in 80 columns."""
    status, page = run(day / "day.jsonl", "--history", day / "history.jsonl")

    assert 0 == status
    for words in ("messages poured", "95 % sure to be", "fewer than", "Campaigns: ", "innocent: 0"):
        assert words in page
    assert [] == [line for line in page.splitlines() if len(line) > 80]


def test_false_ones_are_listed(day, tmp_path):
    """Good mail that is slowed is told with what it rested on; --show-false says where it is."""
    lines = (day / "day.jsonl").read_text().replace('"label": "bad"', '"label": "good"')
    (tmp_path / "wrong.jsonl").write_text(lines)
    arguments = (tmp_path / "wrong.jsonl", "--history", day / "history.jsonl")
    _, page = run(*arguments, "--show-false", "2")
    _, brief = run(*arguments)

    assert "Good mail slowed or convicted rested on" in brief
    assert (2, 0) == tuple(text.count(f"    {str(tmp_path)[:40]}") for text in (page, brief))
    assert "not shown (--show-false N lists them)" in page


def test_json_goes_to_a_file_beside_the_page(day, tmp_path):
    """--json FILE leaves the object there and prints the page all the same."""
    _, page = run(day / "day.jsonl", "--json", tmp_path / "report.json")

    assert "messages poured" in page
    assert {"shares", "runs", "history", "without"} == set(
        json.loads((tmp_path / "report.json").read_text())
    )


def test_mail_of_no_date_is_told(tmp_path):
    """Where some mail has no date the page warns that it was not mixed as it came."""
    (tmp_path / "a.eml").write_text("Subject: x\n\nhello\n")
    (tmp_path / "b.eml").write_text("Date: Tue, 03 Mar 2026 10:00:00 +0000\n\nhello\n")
    _, page = run("--good", tmp_path / "a.eml", "--bad", tmp_path / "b.eml")

    assert "1 message has no date and went first" in " ".join(page.split())


def test_hostile_words_reach_no_terminal(tmp_path):
    """Escape codes in subjects, senders and file names are shown, not obeyed."""
    text = "To: x@y.example\nSubject: =?utf-8?b?W2JvbGRdG1syShtbMW3igK5iYWQ=?=\n\n"
    folder = tmp_path / "a\x1b[2Jb"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.eml").write_text(
            f"X-Originating-IP: 192.0.2.{number}\nFrom: x{number}@y{number}.test\n{text}"
            f"http://www.pills-{number % 2}.test/offer buy cheap pills now, all the great ones"
        )
    _, page = run("--good", folder, "--show-false", "50")

    assert "\x1b" not in page and "\u202e" not in page


def test_wrong_use_is_a_sentence(day, tmp_path):
    """No mail, mail both good and bad, and a part that is none are status 2 or say why."""
    mail = day / "day.jsonl"
    wrong = CliRunner().invoke(evaluate, [str(mail), "--without", "key mine"])

    assert (2, True) == ((nothing := run())[0], "name mail: --good" in nothing[1])
    assert (2, True) == ((both := run("--good", mail, "--bad", mail))[0], "twice" in both[1])
    assert isinstance(wrong.exception, SettingsError) and "key own" in str(wrong.exception)


def test_mail_without_labels_is_told(tmp_path):
    """Lines of which none has a label are poured, and the page says that nothing was marked."""
    (tmp_path / "a.jsonl").write_text('{"message": "eA==", "at": 1e9}\n')

    assert "No message has a label" in run(tmp_path / "a.jsonl")[1]


@pytest.mark.parametrize(
    "count, messages, words",
    [
        (0, 10_000, "fewer than 3.0 in 10,000"),
        (0, 33_258, "fewer than 9.0 in 100,000"),
        (0, 20, "fewer than 13.9 %"),
        (20, 20, "more than 86.1 %"),
        (10, 100, "4.9 to 17.6 %"),
        (1, 10_000, "0.025 to 5.6 in 10,000"),
    ],
)
def test_bounds_are_said_in_words(count, messages, words):
    """Small shares are so many in a round number, large ones are percent."""
    assert words == bounds_of(count, messages)


def test_the_median_run_is_shown():
    """Of several keys the share shown is a run's own, not between two."""
    assert 3 == evaluate_report._middle([9, 3, 1, 5])
