"""
What the documents promise: the paths they name exist, their links resolve, their commands run.

A command is a line that begins with `$ ` in a block marked console or sh.  The commands of one
block run in order in one scratch folder, with `outfall` on PATH and the tree's `examples`,
`vectors` and `integrations` at hand.  What changes the machine or does not end is not run, and
`NOT_RUN` says what and why.
"""

import doctest
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("integrations/**/*.md"),
    }
)

# Folders and files of the tree: a name in `code` that begins with one of these must exist.
TOP = {
    "src", "crates", "tests", "fuzz", "benches", "docs", "integrations", "vectors", "examples",
    "packaging", "include", ".ci",
}  # fmt: skip

NOT_RUN = {
    r"(make|\S*outfall demo)\b": "CI runs the targets itself, the demo among them",
    r"(sudo|apt-get|systemctl|postfix|postconf|postsuper|postqueue|sendmail|swaks)\b": (
        "changes the machine, or needs a mail server that tests/peers has"
    ),
    r"\S*outfall serve\b": "does not end; tests/peers runs it",
    r"git clone\b": "fetches from elsewhere",
    r"pip install\b": "fetches from elsewhere",
    r"kill\b": "ends processes",
}

COMMAND_TIMEOUT = 120


def blocks(document: Path, language: str) -> Iterator[str]:
    """Yield the text of each fenced block in a language."""
    pattern = rf"^```{language}[^\n]*\n(.*?)^```"
    yield from re.findall(pattern, document.read_text(), re.M | re.S)


def prose(document: Path) -> str:
    """Return the text without fenced blocks."""
    return re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)


def named_paths(document: Path) -> Iterator[str]:
    """Yield each `path/in/code` that claims to be in this tree, without wildcards."""
    for code in re.findall(r"`([^`\n]+)`", prose(document)):
        path = code.split("::")[0].split(":")[0].rstrip("/")
        if re.fullmatch(r"[\w./-]+", path) and "/" in path and path.split("/")[0] in TOP:
            yield path


def links(document: Path) -> Iterator[str]:
    """Yield the target of each link that is not to another site."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(document: Path) -> set[str]:
    """Return the names by which a document's headings are linked."""
    headings = re.findall(r"^#+ +(.*)$", prose(document), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_blocks() -> list[tuple[Path, list[str]]]:
    """List the commands that can be run in a scratch folder, block by block."""
    found = [
        (document, [line[2:] for line in block.replace("\\\n", "").splitlines() if runs(line)])
        for document in DOCUMENTS
        for block in blocks(document, "(?:console|sh)")
    ]
    return [(document, commands) for document, commands in found if commands]


def runs(line: str) -> bool:
    """Whether a line is a command, and none of those that are not run."""
    return line.startswith("$ ") and not any(re.match(kind, line[2:]) for kind in NOT_RUN)


def name_of(document: object) -> str | None:
    """Name a document in a test's id."""
    return str(document.relative_to(ROOT)) if isinstance(document, Path) else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_named_paths_exist(document: Path) -> None:
    """Every path of this tree that a document names in code is there."""
    missing = [path for path in named_paths(document) if not (ROOT / path).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_resolve(document: Path) -> None:
    """Every link to another document or heading leads somewhere."""
    broken = []
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_make_targets_exist(document: Path) -> None:
    """Every `make TARGET` that a document shows is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|[`$] ?)make ([a-z-]+)(?=[`\s])", document.read_text(), re.M))

    assert named - targets == set()


@pytest.mark.parametrize(("document", "commands"), command_blocks(), ids=name_of)
def test_commands_run(document: Path, commands: list[str], tmp_path: Path) -> None:
    """Every command that a document shows ends well where the tree is at hand."""
    for name in ("examples", "vectors", "integrations", ".venv"):
        if (ROOT / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    beside = str(Path(sys.executable).parent)

    done = subprocess.run(
        ["bash", "-exuo", "pipefail", "-c", "\n".join(commands)],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{beside}:{os.environ['PATH']}", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def python_blocks() -> list[tuple[Path, str]]:
    """List the Python examples of the documents."""
    return [(document, block) for document in DOCUMENTS for block in blocks(document, "python")]


@pytest.mark.parametrize(("document", "block"), python_blocks(), ids=name_of)
def test_python_examples_run(document: Path, block: str) -> None:
    """Every Python example runs as it stands."""
    exec(compile(block, str(document), "exec"), {})


@pytest.mark.parametrize("module", ["outfall.engine"])
def test_docstring_examples_hold(module: str) -> None:
    """What a docstring shows after `>>>` is what happens."""
    results = doctest.testmod(importlib.import_module(module))

    assert results.attempted > 0
    assert results.failed == 0
