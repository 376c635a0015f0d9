"""CI's own arithmetic: what ran is counted as its runners said, and a failure is never lost."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

RUST = """test result: ok. 7 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out
test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
"""
JUNIT = (
    '<testsuites><testsuite tests="9" failures="{failures}" errors="1" skipped="3"/></testsuites>'
)
GOOD_JUNIT = '<testsuites><testsuite tests="9" failures="0" errors="0" skipped="3"/></testsuites>'

# The real targets, played: each prints and leaves what the real one would.
MAKEFILE = """\
.PHONY: build lint test-rust test-python fuzz demo
build: ; @{build}
lint: ; @{lint}
test-rust: ; @cat rust.log; {rust}
test-python: ; @for word in $(PYTEST_ARGS); do case $$word in \\
\t--junit-xml=*) cp junit.xml "$${{word#--junit-xml=}}";; esac; done; {python}
fuzz: ; @echo fuzz: SKIPPED, there is no nightly Rust
demo: ; @true
"""


def run_ci(folder: Path, junit: str = GOOD_JUNIT, **outcomes: str) -> tuple[int, str]:
    """Run CI over played targets; return its exit status and its last line."""
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    stages = dict.fromkeys(("build", "lint", "rust", "python"), "true") | outcomes
    (folder / "Makefile").write_text(MAKEFILE.format(**stages))
    (folder / "rust.log").write_text(RUST)
    (folder / "junit.xml").write_text(junit)
    done = subprocess.run(
        ["bash", ".ci/run"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert "fuzz: SKIPPED" in done.stdout
    return done.returncode, done.stdout.splitlines()[-1]


def test_all_is_well(tmp_path: Path) -> None:
    """The last line sums Rust and Python, and the status is 0."""
    assert run_ci(tmp_path) == (0, "17 passed, 0 failed, 5 skipped")


def test_failed_tests_are_counted_as_the_runner_says(tmp_path: Path) -> None:
    """Failures and errors of the runner are failures, and the status is not 0."""
    outcome = run_ci(tmp_path, JUNIT.format(failures=2), python="false")

    assert outcome == (1, "14 passed, 3 failed, 5 skipped")


@pytest.mark.parametrize("stage", ["build", "lint", "rust", "python"])
def test_stage_that_names_no_failed_test_is_one_failure(tmp_path: Path, stage: str) -> None:
    """A stage that fails without naming a test makes CI fail, and is counted once."""
    assert run_ci(tmp_path, **{stage: "false"}) == (1, "17 passed, 1 failed, 5 skipped")


def test_results_that_cannot_be_read_are_a_failure(tmp_path: Path) -> None:
    """Half-written results are a failure even where the runner says that all is well."""
    assert run_ci(tmp_path, "<testsui") == (1, "11 passed, 1 failed, 2 skipped")
