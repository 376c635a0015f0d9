"""What all commands promise: help with an example and exit statuses, errors in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from outfall.cli import COMMANDS, commands

OUTFALL = Path(sys.executable).with_name("outfall")

# A device on which there is never any room.
FULL = Path("/dev/full")


def every_command():
    """Each command and each command of a group, by the words that call it."""
    context = click.Context(commands, info_name="outfall")
    yield "", commands
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        yield name, command
        for inner, its in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", its


def run(*words, **options):
    return subprocess.run([OUTFALL, *words], capture_output=True, timeout=60, **options)


@pytest.mark.parametrize("words, command", [*every_command()])
def test_help_has_an_example_and_the_exit_statuses(words, command):
    """Each command says what it does, shows a line to copy, and what 0 and 2 mean."""
    text = command.help or ""
    first = text.strip().split("\n")[0]
    example = text.partition("Example:")[2].partition("Exit status:")[0]
    statuses = text.partition("Exit status:")[2]

    assert first.endswith((".", ":")) or len(text.strip().split("\n\n")[0]) > 40
    assert f"outfall {words}".strip() in example
    assert all(any(line.split()[:1] == [s] for line in statuses.split("\n")) for s in ("0", "2"))


@pytest.mark.parametrize("words, command", [*every_command()])
def test_every_option_says_what_it_is(words, command):
    """No option is without a word of help."""
    options = [one for one in command.params if isinstance(one, click.Option)]

    assert [] == [one.name for one in options if not one.help]


def test_the_list_is_what_help_shows():
    """`outfall --help` lists every command with its sentence, in the order of the table."""
    text = run("--help").stdout.decode()
    places = [text.index(f"\n  {name} ") for name in COMMANDS]

    assert sorted(places) == places
    assert all(says in text for _, (says, _) in COMMANDS.items())


def test_help_imports_no_command():
    """The list of commands comes without the event loop, the web server or the demo's world."""
    code = (
        "import sys; sys.argv = ['outfall', '--help']\n"
        "import atexit; atexit.register(lambda: print([m for m in ('uvloop', 'uvicorn', "
        "'starlette', 'prometheus_client', 'rich') if m in sys.modules]))\n"
        "from outfall.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert "[]" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "/no/such/file"],
        ["scan", "/"],
        ["config", "check", "/no/such/file"],
        ["explain", "???"],
        ["explain", "--state", "/no/such/state", "K7Q2M4"],
        ["serve", "--config", "/no/such/file"],
    ],
)
def test_an_error_is_one_sentence(words):
    """What cannot be done is one line on standard error, nothing on standard output, status 2."""
    done = run(*words)

    assert (2, b"") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count(b"\n") and done.stderr.startswith(b"outfall: ")


@pytest.mark.parametrize("words", [["nonsense"], ["scan"], ["scan", "--loud", "x"]])
def test_wrong_use_is_status_2(words):
    """An unknown command, a missing argument and an unknown option are told of, without a trace."""
    done = run(*words)

    assert 2 == done.returncode
    assert b"Error: " in done.stderr and b"Traceback" not in done.stderr


def test_a_slip_is_answered_with_the_command_meant():
    """Who mistypes a command is told which one is near."""
    done = run("scna")

    assert (2, True) == (done.returncode, b'did you mean "scan"?' in done.stderr)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [["config", "example"], ["scan", "-"]])
def test_a_full_disk_is_one_sentence(words):
    """Output that finds no room is status 2 and a sentence, and no traceback."""
    with FULL.open("wb") as full:
        done = subprocess.run(
            [OUTFALL, *words],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert (2, 1) == (done.returncode, done.stderr.count(b"\n"))
    assert done.stderr.startswith(b"outfall: the output cannot be")


@pytest.mark.parametrize(
    "words", [["config", "example"], ["--help"], ["scan", "--json", "-"], ["scan", "-"]]
)
def test_a_broken_pipe_is_success(words):
    """A reader that has seen enough is no error and no traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        done = subprocess.run(
            [OUTFALL, *words],
            stdin=subprocess.DEVNULL,
            stdout=nobody,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert (0, b"") == (done.returncode, done.stderr)
