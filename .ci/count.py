#!/usr/bin/env python3
"""
Read a test runner's own results and print `PASSED FAILED SKIPPED`.

Usage: `count.py cargo LOG` sums every "test result:" line (unit, integration and doc tests, one
line a program); `count.py junit XML` sums the suites of a JUnit file.  Where there is nothing to
read it exits with a status other than 0, and says why.
"""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

CARGO_LINE = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.M)


def cargo(log: Path) -> tuple[int, int, int]:
    """Sum the closing lines of `cargo test`."""
    rows = [tuple(map(int, row)) for row in CARGO_LINE.findall(log.read_text())]
    if not rows:
        sys.exit(f"{log} has no line of a test program's result")
    return tuple(map(sum, zip(*rows, strict=True)))


def junit(xml: Path) -> tuple[int, int, int]:
    """Sum the suites of a JUnit file; an error in a fixture is a failure."""
    suites = list(ElementTree.parse(xml).getroot().iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


if __name__ == "__main__":
    runner, path = {"cargo": cargo, "junit": junit}[sys.argv[1]], Path(sys.argv[2])
    print(*runner(path))
