"""
What pydantic found wrong, as a sentence for an operator: the setting, the reason, the remedy.

Main function: `sentence`.  Not here: the line (`locate`) and the reading (`read`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from .settings import Settings
from .values import Section, shown

__all__ = ["section_at", "sentence"]

SECRET = ("engine", "key")


def sentence(problem: Mapping[str, Any]) -> str:
    """One error of ``ValidationError.errors()`` in words."""
    path = tuple(problem["loc"])
    kind = problem["type"]
    if path[:2] == SECRET:
        problem = {**problem, "input": "what is written there"}
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "missing":
        return f"{dotted(path[:-1])} has no {path[-1]}: add a line {path[-1]} = ..."
    return f"{dotted(path)}: {_reason(kind, problem)}"


def _reason(kind: str, problem: Mapping[str, Any]) -> str:
    context = problem.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in ("model_type", "model_attributes_type"):
        return "is a table of settings: write its name in [brackets] and them on the lines below"
    if kind in ("literal_error", "enum"):
        return _not_one_of(problem.get("input"), str(context["expected"]))
    if kind.startswith(("bool", "float", "int", "string", "tuple", "path")):
        return f"{shown(problem.get('input'))} is of the wrong kind: write {_kind(kind)}"
    rule = problem["msg"].removeprefix("Input ")
    return f"{shown(problem.get('input'))} is out of range: it {rule}"


def _kind(kind: str) -> str:
    """What a value of this kind looks like in TOML."""
    return {
        "bool": "true or false",
        "float": "a number",
        "int": "a whole number",
        "tuple": "a list in [brackets]",
    }.get(kind.partition("_")[0], 'a text in "quotes"')


def _not_one_of(value: object, expected: str) -> str:
    choices = re.findall(r"'([^']+)'", expected)  # pydantic's list, of texts or of enum members
    near = difflib.get_close_matches(str(value).lower(), choices, n=1)
    meant = f' (did you mean "{near[0]}"?)' if near else ""
    listed = ", ".join(f'"{choice}"' for choice in choices)
    return f"{shown(value)} is not one of the choices{meant}: write {listed}"


def _unknown(path: tuple[str | int, ...]) -> str:
    """An unknown key: most are slips of the finger or stand in the wrong table."""
    key = str(path[-1])
    section = section_at(path[:-1])
    known = list(section.model_fields) if section else []
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    elsewhere = [table for table in _tables_with(key) if table != dotted(path[:-1])]
    if near:
        remedy = f'did you mean "{near[0]}"?'
    elif elsewhere:
        remedy = f"it belongs into [{elsewhere[0]}]"
    else:
        remedy = f"remove it; known here are {', '.join(known)}"
    return f"{dotted(path)} is not a setting: {remedy}"


def _tables_with(key: str) -> list[str]:
    """The tables of the file in which `key` would be a setting."""
    tables = {name: section_at((name,)) for name in Settings.model_fields}
    return [name for name, section in tables.items() if section and key in section.model_fields]


def section_at(path: tuple[str | int, ...]) -> type[Section] | None:
    """The model of the table at `path`; None where no table belongs."""
    section: type[Section] | None = Settings
    for step in path:
        if isinstance(step, int):
            continue  # an element of an array of tables: the array has named the model
        field = section.model_fields.get(step) if section else None
        section = _section_in(field.annotation) if field else None
    return section


def _section_in(annotation: Any) -> type[Section] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate  # type: ignore[return-value]  # every model here is a Section
    return None


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as an operator reads it: ``milter.listeners[1].address``, cut where it is hostile."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            plain = step if step.isascii() and step.replace("_", "").isalnum() else shown(step)
            text += f".{plain}" if text else plain
    return text if len(text) <= 120 else text[:117] + "..."
