"""
No GPL among what is shipped: every crate compiled in and every package that pip brings along.

The licence is what the crate's or package's own metadata says; one that says nothing fails too,
because nobody has looked at it.
"""

import json
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

COPYLEFT = re.compile(r"(?<![A-Z])A?GPL|GNU (AFFERO )?GENERAL", re.IGNORECASE)
LESSER = re.compile(r"LGPL|LESSER", re.IGNORECASE)


def offends(licence: str) -> bool:
    """Whether nothing is said, or each of the alternatives offered is a GPL."""
    if not licence:
        return True
    alternatives = re.split(r"\bOR\b|/", licence)
    return all(COPYLEFT.search(one) and not LESSER.search(one) for one in alternatives)


def requirements(package: str) -> set[str]:
    """Name all installed packages that one needs at run time, itself included."""
    needed: set[str] = set()
    left = [package]
    while left:
        name = left.pop()
        if name not in needed and is_installed(name):
            needed.add(name)
            left += direct_requirements(name)
    return needed


def direct_requirements(package: str) -> list[str]:
    """Name what a package asks for without any of its extras."""
    lines = [line for line in metadata.requires(package) or [] if "extra ==" not in line]
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in lines]


def is_installed(package: str) -> bool:
    """Whether a package is here; what is only for other platforms or Pythons is not."""
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def package_licence(package: str) -> str:
    """Read a package's licence: the SPDX expression, or the older classifiers or free text."""
    facts = metadata.metadata(package)
    classifiers = [one for one in facts.get_all("Classifier", []) if one.startswith("License ::")]
    return facts.get("License-Expression") or " ".join(classifiers) or facts.get("License", "")


def shipped_crates() -> dict[str, str]:
    """Name each crate that is compiled into what is shipped, with its licence."""
    graph = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--format-version=1", "--locked"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    needs = {
        node["id"]: [
            link["pkg"]
            for link in node["deps"]
            if any(kind["kind"] is None for kind in link["dep_kinds"])
        ]
        for node in graph["resolve"]["nodes"]
    }
    shipped, left = set(), list(graph["workspace_members"])
    while left:
        crate = left.pop()
        if crate not in shipped:
            shipped.add(crate)
            left += needs[crate]
    return {
        package["name"]: package["license"] or ""
        for package in graph["packages"]
        if package["id"] in shipped
    }


def test_no_gpl_is_compiled_in() -> None:
    """Each crate in the compiled core has a licence other than the GPL."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo on PATH")
    crates = shipped_crates()

    assert "mail-parser" in crates
    assert [name for name, licence in crates.items() if offends(licence)] == []


def test_no_gpl_comes_along() -> None:
    """Each package that Outfall needs at run time has a licence other than the GPL."""
    packages = requirements("outfall")

    assert "pydantic" in packages
    assert [name for name in packages if offends(package_licence(name))] == []


@pytest.mark.parametrize(
    ("offence", "licence"),
    [
        (True, ""),
        (True, "GPL-3.0-or-later"),
        (True, "License :: OSI Approved :: GNU General Public License v2 (GPLv2)"),
        (True, "AGPL-3.0-only"),
        (False, "LGPL-2.1-or-later"),
        (False, "MIT OR GPL-2.0-only"),
        (False, "Apache-2.0/MIT"),
    ],
)
def test_what_offends(offence: bool, licence: str) -> None:
    """A GPL offends unless another licence may be chosen; the lesser GPL does not."""
    assert offence == offends(licence)
