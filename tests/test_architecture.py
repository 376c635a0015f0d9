"""
The house's own rules: who may import whom, what is pure, what a core crate may touch, file sizes.

The import table is ARCHITECTURE.md's, read from there, so that the page cannot drift from the
code: a new part without a row fails, and one has to decide where it belongs before it exists.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "outfall"
# The package's own face and its `python -m` belong to no part: they show what the parts offer.
FACES = {PACKAGE / "__init__.py", PACKAGE / "__main__.py"}
SOURCES = sorted(set(PACKAGE.rglob("*.py")) - FACES)
CRATES = sorted(path.parent for path in ROOT.glob("crates/*/Cargo.toml"))

PURE = {"decide", "errors", "model", "wire"}
# What they need of the world is an argument.
IMPURE = {"asyncio", "logging", "os", "random", "socket", "ssl", "threading", "time"}

# Core crates read no clock, file, socket, thread or environment; a duration or an address is only
# a value.  The Python binding converts, and only its snapshots name a path.
WORLD = re.compile(
    r"\bstd::(?:\{[^;]*\b)?(?:fs|env|process|thread)\b|\b(?:SystemTime|Instant|ToSocketAddrs)\b"
    r"|\b(?:Tcp|Udp|Unix)(?:Stream|Listener|Socket|Datagram)\b"
)
BINDINGS = {"outfall-py", "outfall-capi"}

# Where a file is asked whether it is still one thing: the admired projects' worst are about here.
LONGEST_FILE = 600


def import_table() -> dict[str, set[str]]:
    """Read the rows `| part | may import |` of ARCHITECTURE.md; "all but x" is resolved."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    found = re.search(
        r"^\| *part *\| *may import *\|[^\n]*\n\|[- |:]+\|\n((?:\|.*\|\n)+)", text, re.M
    )
    assert found, "ARCHITECTURE.md has no table headed | part | may import |"
    rows = [line.strip("|\n").split("|")[:2] for line in found[1].splitlines()]
    words = [(re.findall(r"\w+", parts), re.findall(r"\w+", allowed)) for parts, allowed in rows]
    everyone = {part for parts, _ in words for part in parts} | {"_core"}
    return {part: _allowed(may, everyone) for parts, may in words for part in parts}


def _allowed(words: list[str], everyone: set[str]) -> set[str]:
    if words[:1] == ["nothing"]:
        return set()
    if words[:1] == ["all"]:
        # The core's compiled module has one importer, whoever else may import "all".
        return everyone - set(words[2:]) - {"_core"}
    unknown = set(words) - everyone
    assert not unknown, f"the import table allows {unknown}, which have no row"
    return set(words)


def imports(path: Path) -> Iterator[str]:
    """Yield every name that a file imports anywhere, absolute and dotted."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: -node.level]) if node.level else ""
            stem = ".".join(filter(None, [base, node.module]))
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    """Name the part that a file of the package belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def rust_code(crate: Path) -> Iterator[tuple[Path, str]]:
    """Yield each source file of a crate, without comments and without its unit tests."""
    for path in sorted((crate / "src").rglob("*.rs")):
        if path.stem == "tests":
            continue
        shipped = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", path.read_text())[0]
        yield path, re.sub(r"//.*", "", shipped)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_table(path: Path) -> None:
    """Each part imports itself and what its row in ARCHITECTURE.md allows, nothing else of ours."""
    part = part_of(path)
    allowed = {part, "__version__"} | import_table()[part]
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("outfall.")}

    assert set() == ours - allowed


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if part_of(path) in PURE],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_pure_parts_ask_nothing_of_the_world(path: Path) -> None:
    """What is pure imports no clock, dice, socket, thread, log or event loop."""
    first = {name.split(".")[0] for name in imports(path)}

    assert set() == first & IMPURE


def test_only_one_file_imports_the_core() -> None:
    """The compiled core has one importer, so that its contract is kept in one place."""
    importers = {
        part_of(path) for path in SOURCES if any("outfall._core" in name for name in imports(path))
    }

    assert importers <= {"engine"}


def test_every_part_has_a_row() -> None:
    """No part exists without a row in the import table."""
    assert set() == {part_of(path) for path in SOURCES} - set(import_table())


@pytest.mark.parametrize("crate", CRATES, ids=lambda path: path.name)
def test_crates_forbid_unsafe_code(crate: Path) -> None:
    """Every crate's root forbids unsafe code; the bindings deny it by the workspace's lints."""
    # The `!` matters: without it the attribute covers the next item only.
    forbids = re.search(
        r"^#!\[forbid\([^)]*\bunsafe_code\b[^)]*\)\]", (crate / "src" / "lib.rs").read_text(), re.M
    )
    denies = "[lints]\nworkspace = true" in (crate / "Cargo.toml").read_text()

    assert forbids or (crate.name in BINDINGS and denies)


@pytest.mark.parametrize(
    "crate", [crate for crate in CRATES if crate.name not in BINDINGS], ids=lambda path: path.name
)
def test_core_crates_read_no_clock_file_socket_or_environment(crate: Path) -> None:
    """What a core crate needs of the world is an argument; only its benches may look at a clock."""
    uses = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path, code in rust_code(crate)
        for found in WORLD.finditer(code)
    ]

    assert [] == uses


def test_no_file_grows_without_being_asked() -> None:
    """No file of the sources exceeds 600 lines: at that length it is usually two things."""
    files = [*SOURCES, *ROOT.glob("crates/*/src/**/*.rs")]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert {} == long
