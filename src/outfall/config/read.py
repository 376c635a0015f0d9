"""
From a file to settings, or to a list of everything that is wrong with it.

Main function: `load`; `read` also keeps where each setting came from (`Loaded`).
What holds: any bytes give settings or one `SettingsError` whose every line names file, line,
reason and remedy.  The environment is not looked at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import SettingsError
from . import locate
from .problems import sentence
from .settings import Settings
from .values import MIB, shown

__all__ = ["MAX_FILE", "Loaded", "load", "parse", "read"]

# The example file, with every setting and its explanation, has some ten KiB.
MAX_FILE = 1 * MIB

# Each problem is one line; a file of another kind altogether would fill the screen.
MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Loaded:
    """Settings with the name of their file (None: defaults only) and the line of each path."""

    settings: Settings
    name: str | None = None
    lines: Mapping[locate.Path, int] = field(default_factory=dict)

    def origin(self, path: locate.Path) -> str:
        """Where the setting at `path` came from: "default" or "FILE:LINE"."""
        line = self.lines.get(path)
        return "default" if line is None else f"{self.name}:{line}"


def load(path: Path | str | None = None) -> Settings:
    """Return the settings of the file at `path`, or the defaults; `SettingsError` otherwise."""
    return read(path).settings


def read(path: Path | str | None = None) -> Loaded:
    """As `load`, with the origin of each setting."""
    if path is None:
        return Loaded(Settings())
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"{shown(str(path))} cannot be read ({reason}): "
            "name a readable file, or leave the option out to use the defaults"
        ) from error
    return parse(content, str(path))


def parse(content: bytes, name: str) -> Loaded:
    """Return the settings that `content` spells; `name` is for the error's lines."""
    text = _text(content, name)
    try:
        lines = locate.lines_of(text)  # first: it refuses what tomllib would be slow at
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax_problem(str(error), text, name)) from error
    except (locate.TooDeepError, RecursionError):
        raise SettingsError(f"{name}: nested too deeply: settings have four levels") from None
    except ValueError as error:  # for example a number of ten thousand digits
        raise SettingsError(f"{name}: a value is out of all bounds ({error})") from error
    return Loaded(_settings(document, lines, name), name, lines)


def _text(content: bytes, name: str) -> str:
    if len(content) > MAX_FILE:
        raise SettingsError(f"{name} is over {MAX_FILE} bytes: name a file of settings")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{name}:{line}: not UTF-8 text: save the file as UTF-8") from error
    if text.startswith("\ufeff"):
        raise SettingsError(f"{name}:1: begins with a byte order mark: save it as plain UTF-8")
    return text.replace("\r\n", "\n")


def _syntax_problem(message: str, text: str, name: str) -> str:
    """TOML's own complaint with the place in front and a word on what it mostly is."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    reason = message[: found.start()] if found else message
    line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
    return (
        f"{name}:{line}: not TOML: {reason.rstrip('.')}: look at the quotes, brackets and equals "
        'signs here (sizes and durations need quotes too: "256 MiB")'
    )


def _settings(document: dict[str, Any], lines: Mapping[locate.Path, int], name: str) -> Settings:
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    problems.sort(key=lambda problem: _line(problem["loc"], lines))
    texts = [
        f"{name}:{_line(problem['loc'], lines)}: {sentence(problem)}"
        for problem in problems[:MAX_PROBLEMS]
    ]
    if len(problems) > MAX_PROBLEMS:
        texts.append(f"{name}: and {len(problems) - MAX_PROBLEMS} more")
    raise SettingsError("\n".join(texts))


def _line(path: locate.Path, lines: Mapping[locate.Path, int]) -> int:
    """The line of `path`, or of the nearest table around it: a missing key has no line."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
