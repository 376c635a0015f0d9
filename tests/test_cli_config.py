"""`outfall config`: check, show, example."""

import pytest
from click.testing import CliRunner

from outfall import config as settings
from outfall.cli.config import config
from outfall.errors import SettingsError


def invoke(*words):
    return CliRunner().invoke(config, words, standalone_mode=False)


def test_check_says_that_a_file_is_good(tmp_path):
    """A good file is named as good."""
    path = tmp_path / "outfall.toml"
    path.write_text('[actions]\nmode = "enforce"\n')

    assert f"{path}: good\n" == invoke("check", str(path)).output


def test_check_refuses_with_every_line(tmp_path):
    """A bad file is refused with a line for each slip."""
    path = tmp_path / "outfall.toml"
    path.write_text("x = 1\ny = 1\n")
    refusal = invoke("check", str(path)).exception

    assert isinstance(refusal, SettingsError)
    assert [f"{path}:1", f"{path}:2"] == [
        ":".join(line.split(":")[:2]) for line in str(refusal).split("\n")
    ]


def test_check_knows_the_parts_of_the_rule(tmp_path):
    """A daemon would not start with a part left out that is none: check says so before."""
    path = tmp_path / "outfall.toml"
    path.write_text('[engine]\nwithout = ["key mine"]\n')
    refusal = invoke("check", str(path)).exception

    assert isinstance(refusal, SettingsError)
    assert '"key mine" is no part of the rule' in str(refusal)


@pytest.mark.parametrize("words", [["show"], ["example"]])
def test_what_is_printed_is_a_settings_file(words):
    """The output of show and example is taken by check."""
    printed = invoke(*words).output

    assert settings.Settings() == settings.parse(printed.encode(), "printed").settings
