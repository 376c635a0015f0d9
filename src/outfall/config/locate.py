"""
On which line of a TOML document a setting stands; `tomllib` does not say.

Main function: `lines_of`.  It only finds the ends of things and does not check them: in text that
`tomllib` refuses it finds something or nothing.  What holds: every key, table and array element
down to `MAX_DEPTH` has the line on which it is written, counted from 1; any text costs linear time.
Not here: what any setting means.

Spec: TOML 1.0.0.
"""

from __future__ import annotations

import re

__all__ = ["MAX_DEPTH", "Path", "TooDeepError", "lines_of"]

Path = tuple[str | int, ...]

# The deepest setting is four steps down (milter, listeners, 0, address).  A document may nest
# deeper, but nothing there can be a setting.
MAX_DEPTH = 8

# A dotted key of n steps costs tomllib n * n: a minute for 80 KiB of "a.a.a...".
MAX_STEPS = 64

SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
BLANK = re.compile(r"[ \t]*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
BARE_VALUE = re.compile(r"[^,\]}#\n]*")
# The longer quotes first: six quotes in a row are an empty multi-line string.
STRING = re.compile(
    r'"""(?:[^\\"]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


class TooDeepError(Exception):
    """A key has more than `MAX_STEPS` steps, or values nest beyond what Python can follow."""


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of every path in the TOML document `text`; `TooDeepError` is raised early."""
    reader = _Reader(text)
    try:
        reader.document()
    except RecursionError:
        raise TooDeepError from None
    return reader.lines


class _Reader:
    """Walks once over the text.  `at` is the position, `here` its line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: dict[Path, int] = {}
        self.at = 0
        self._line_at = 0
        self._line = 1
        self._elements: dict[Path, int] = {}  # of arrays of tables: how many so far

    @property
    def here(self) -> int:
        self._line += self.text.count("\n", self._line_at, self.at)
        self._line_at = self.at
        return self._line

    def document(self) -> None:
        table: Path = ()
        self._skip(SPACE)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._skip(SPACE)

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``: the path of the table that begins here."""
        is_element = self.text.startswith("[[", self.at)
        self.at += 2 if is_element else 1
        line = self.here
        keys = self._key()
        self.at += 2 if is_element else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._newest((*path, key), line)
        path = (*path, keys[-1])
        if is_element:
            self._elements[path] = self._elements.get(path, 0) + 1
        return self._newest(path, line)

    def _newest(self, path: Path, line: int) -> Path:
        """Note `path`, and step into its newest element if it is an array of tables."""
        self._note(path, line)
        count = self._elements.get(path, 0)
        if not count:
            return path
        self._note((*path, count - 1), line)
        return (*path, count - 1)

    def _assignment(self, table: Path) -> None:
        """``key = value``, in a table or in braces."""
        line = self.here
        path = table
        for key in self._key():
            path = (*path, key) if len(path) <= MAX_DEPTH else path
            self._note(path, line)
        self._skip(BLANK)
        self.at += 1  # the equals sign
        self._value(path)

    def _key(self) -> list[str]:
        """A dotted key, its parts as they are meant."""
        parts: list[str] = []
        while True:
            self._skip(BLANK)
            found = STRING.match(self.text, self.at) or BARE_KEY.match(self.text, self.at)
            if found is None:  # not TOML after all: end here and do not loop
                self.at = len(self.text)
                return [*parts, ""]
            self.at = found.end()
            parts.append(_key_text(found[0]))
            self._skip(BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            if len(parts) >= MAX_STEPS:
                raise TooDeepError
            self.at += 1

    def _value(self, path: Path) -> None:
        self._skip(BLANK)
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            found = STRING.match(self.text, self.at) or BARE_VALUE.match(self.text, self.at)
            # An empty value is not TOML: end here and do not loop.
            self.at = found.end() if found and found[0] else len(self.text)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._more("]"):
            element = (*path, index) if len(path) <= MAX_DEPTH else path
            self._note(element, self.here)
            self._value(element)
            index += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._more("}"):
            self._assignment(path)

    def _more(self, end: str) -> bool:
        """Step over space and commas; whether another element follows before `end`."""
        self._skip(SPACE)
        while self.text.startswith(",", self.at):
            self.at += 1
            self._skip(SPACE)
        if self.at >= len(self.text):
            return False
        if self.text[self.at] == end:
            self.at += 1
            return False
        return True

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _note(self, path: Path, line: int) -> None:
        if len(path) <= MAX_DEPTH:
            self.lines.setdefault(path, line)


def _key_text(written: str) -> str:
    """A key without its quotes; escapes are undone as far as a setting's name could need."""
    if written[0] == "'":
        return written[1:-1]
    if written[0] != '"':
        return written
    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", _unescaped, written[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    if digits:
        return chr(int(digits, 16))  # tomllib has refused what is no character
    return {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}.get(match[3], match[3])
