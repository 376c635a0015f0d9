"""``outfall replay``: old mail in, a summary out, for people and for programs."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from outfall.cli.replay import replay
from outfall.config import SNAPSHOT
from outfall.engine import Engine
from outfall.testing.world import World

WORLD = World(seed=5, messages=700)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A made-up day as JSON lines with a history, as a mail server could have kept it."""
    folder = tmp_path_factory.mktemp("day")
    offset = 0
    with (folder / "messages.bin").open("wb") as blob, (folder / "day.jsonl").open("w") as lines:
        for item in WORLD.day:
            blob.write(item.raw)
            place = {"offset": offset, "length": len(item.raw)}
            lines.write(json.dumps(envelope_of(item) | place) + "\n")
            offset += len(item.raw)
    with (folder / "history.jsonl").open("w") as lines:
        for past in WORLD.history:
            lines.write(json.dumps(envelope_of(past)) + "\n")
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
    result = CliRunner().invoke(replay, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_json_has_the_whole_day(day):
    """--json prints one object: every message counted, the attackers named, the history told."""
    status, output = run(day / "day.jsonl", "--history", day / "history.jsonl", "--json")
    report = json.loads(output)
    guilty = {actor.id for outbreak in WORLD.outbreaks for actor in outbreak.actors}

    assert (0, len(WORLD.day)) == (status, sum(report["messages"].values()))
    assert len(WORLD.history) == report["history"]
    assert {sender["id"] for sender in report["named"]} & guilty
    assert report["messages"]["spam"] > 0


def test_page_is_for_people(day):
    """The page names categories, consequences, senders and samples in 80 columns."""
    status, page = run(day / "day.jsonl", "--history", day / "history.jsonl")

    assert 0 == status
    for words in ("messages judged", "in enforce mode", "Who would have been named", "for example"):
        assert words in page
    assert [] == [line for line in page.splitlines() if len(line) > 80]


def test_limit_stops_early(day):
    """--limit takes the first messages by time."""
    _, output = run(day / "day.jsonl", "--limit", "10", "--json")

    assert 10 == sum(json.loads(output)["messages"].values())


def test_nothing_to_judge_is_no_error(tmp_path):
    """An empty folder is replayed with nothing to tell."""
    status, page = run(tmp_path)

    assert (0, True) == (status, page.startswith("0 messages judged"))


def test_undated_mail_is_not_of_1970(tmp_path):
    """Where messages have no date, the page says so instead of inventing one."""
    (tmp_path / "a.eml").write_text("Subject: x\n\nhello\n")
    _, page = run(tmp_path)

    assert page.startswith("1 message judged, not all dated.")


def test_hostile_subject_reaches_no_terminal(tmp_path):
    """Escape codes, markup and turned writing in a subject are shown, not obeyed."""
    text = "To: x@y.example\nSubject: =?utf-8?b?W2JvbGRdG1syShtbMW3igK5iYWQ=?=\n\n"
    lines = [
        f"{text}http://www.pills-{number % 2}.test/offer buy cheap pills now number {number} great"
        for number in range(60)
    ]
    for number, line in enumerate(lines):
        (tmp_path / f"{number}.eml").write_text(f"X-Originating-IP: 192.0.2.{number}\n{line}")
    _, page = run(tmp_path)

    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["nowhere.mbox"], "does not exist"),
        ([".", "--timezone", "Nowhere/Town"], "is not a time zone"),
        ([".", "--limit", "0"], "--limit"),
        ([], "name a SOURCE"),
        (["--history", "mail.log"], "does not exist"),
    ],
)
def test_wrong_use_is_a_sentence_and_status_2(arguments, words, tmp_path):
    """Whatever is wrong with the arguments, a sentence says it, and a shell can tell."""
    done = subprocess.run(
        [sys.executable, "-c", "from outfall.cli import main; main()", "replay", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 2 == done.returncode
    assert words in done.stderr


def test_a_log_alone_gives_the_daemon_a_past(day, tmp_path):
    """--save leaves a state that an engine goes on with, and never overwrites one."""
    arguments = ("--history", day / "history.jsonl", "--save", tmp_path)
    first, again = run(*arguments), run(*arguments)
    restored = Engine.restore(tmp_path / SNAPSHOT)

    assert (0, 2) == (first[0], again[0])
    assert f"Saved as {tmp_path / SNAPSHOT}" in first[1]
    assert "is there already" in again[1]
    assert len(WORLD.history) == restored.counts().recalled


def test_a_history_of_nothing_is_told(tmp_path):
    """A log in which no message is found is not passed over in silence."""
    (tmp_path / "notes").write_text("buy milk\n")
    status, page = run(tmp_path / "notes", "--history", tmp_path / "notes")

    assert (0, True) == (status, "The history told of no message" in page)


def test_broken_history_is_a_sentence(tmp_path):
    """A log that cannot be unpacked is named, with status 2."""
    (tmp_path / "mail.log.gz").write_bytes(b"\x1f\x8bno")
    done = subprocess.run(
        [sys.executable, "-c", "from outfall.cli import main; main()",
         "replay", ".", "--history", "mail.log.gz"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 2 == done.returncode
    assert done.stderr.startswith("outfall: mail.log.gz cannot be read")


def test_help_shows_a_line_to_copy():
    """Help has an example and the exit statuses."""
    _, page = run("--help")

    assert "Example:" in page
    assert "Exit status:" in page
