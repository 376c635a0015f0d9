"""
Settings as TOML text: the commented example, and what is in force with its origin.

Main functions: `example` and `show`.  Both are made from the models, so that neither can drift;
both are valid TOML.  A secret is never written.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from . import locate
from .problems import dotted
from .read import Loaded
from .settings import Settings
from .values import Section

__all__ = ["example", "show"]

WIDTH = 78
ALIGNED = 56
MASKED = '"********"'

HEADING = """\
Settings of Outfall. Every line is optional: what is shown is the default, and a line counts
once the "#" in front of it is taken away. Sizes are written "256 MiB", durations "5 s",
"10 min". Check with: outfall config check FILE. A running daemon takes a new file on reload.
"""


# ------------------------------------------------------------------ the example


def example() -> str:
    """Return a file of all settings with what they mean; as it stands, it changes nothing."""
    blocks = [_comment(HEADING)]
    for name, field in Settings.model_fields.items():
        blocks.extend(_example_table((name,), field.default))
    return "\n\n".join(blocks) + "\n"


def _example_table(path: locate.Path, section: Section) -> Iterator[str]:
    """The table at `path` and the tables in it, a block each."""
    plain, nested = _parted(section)
    lines = [_comment(type(section).__doc__ or ""), f"[{dotted(path)}]"]
    for name, field in plain:
        lines.append("")
        lines.extend(_example_setting(name, field, getattr(section, name), section))
    yield "\n".join(lines)
    for name, field in nested:
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _example_table((*path, name), value)
        else:
            yield _example_elements((*path, name), field, value)


def _example_setting(name: str, field: FieldInfo, value: Any, section: Section) -> Iterator[str]:
    yield _comment(field.description or "")
    if value is None and field.examples:
        yield _comment("Not set; for example:")
        yield f"#{name} = {_toml(field.examples[0])}"
    else:
        yield f"#{name} = {_toml(_written(section, name))}"


def _example_elements(path: locate.Path, field: FieldInfo, elements: Iterable[Section]) -> str:
    """An array of tables: each default element, the settings explained at the first."""
    lines = [_comment(field.description or "")]
    for number, element in enumerate(elements):
        lines.append(f"#[[{dotted(path)}]]")
        for name, inner in type(element).model_fields.items():
            if number == 0:
                lines.append(_comment(inner.description or ""))
            lines.append(f"#{name} = {_toml(_written(element, name))}")
        lines.append("")
    return "\n".join(lines).rstrip()


def _comment(text: str) -> str:
    """Text as comment lines: "# " and a word, where a setting has "#" and its name."""
    paragraphs = textwrap.dedent(text).strip().split("\n\n")
    wrapped = [textwrap.fill(" ".join(part.split()), WIDTH) for part in paragraphs]
    return "\n".join(f"# {line}".rstrip() for line in "\n\n".join(wrapped).split("\n"))


# ------------------------------------------------------------------ what is in force


def show(loaded: Loaded) -> str:
    """Return every setting as it is in force, each line with where it came from."""
    blocks: list[str] = []
    for name in Settings.model_fields:
        blocks.extend(_shown_table((name,), f"[{name}]", getattr(loaded.settings, name), loaded))
    return "\n\n".join(blocks) + "\n"


def _shown_table(path: locate.Path, header: str, section: Section, loaded: Loaded) -> Iterator[str]:
    plain, nested = _parted(section)
    rows = [(_shown_setting(name, section), loaded.origin((*path, name))) for name, _ in plain]
    # One long text does not push the others' origins off the screen.
    width = max((len(text) for text, _ in rows if len(text) <= ALIGNED), default=0)
    yield "\n".join([header, *(f"{text:<{width}}  # {origin}" for text, origin in rows)])
    for name, _ in nested:
        value = getattr(section, name)
        inner = (*path, name)
        if isinstance(value, Section):
            yield from _shown_table(inner, f"[{dotted(inner)}]", value, loaded)
            continue
        for number, element in enumerate(value):
            yield from _shown_table((*inner, number), f"[[{dotted(inner)}]]", element, loaded)


def _shown_setting(name: str, section: Section) -> str:
    value = getattr(section, name)
    if value is None:
        return f"#{name} is not set"
    return f"{name} = {MASKED if isinstance(value, SecretStr) else _toml(_written(section, name))}"


# ------------------------------------------------------------------ both


def _parted(
    section: Section,
) -> tuple[list[tuple[str, FieldInfo]], list[tuple[str, FieldInfo]]]:
    """The plain settings, then what is tables; TOML wants them in this order."""
    fields = type(section).model_fields.items()
    nested = [item for item in fields if _is_tables(getattr(section, item[0]))]
    return [item for item in fields if item not in nested], nested


def _is_tables(value: Any) -> bool:
    return isinstance(value, Section) or (
        isinstance(value, tuple) and any(isinstance(element, Section) for element in value)
    )


def _written(section: Section, name: str) -> Any:
    """The value as it is written in the file: sizes, durations and addresses are texts."""
    return section.model_dump(mode="json", include={name})[name]


def _toml(value: Any) -> str:
    """A plain value in TOML."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml(element) for element in value) + "]"
    # JSON writes text, numbers and truth as TOML does, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
