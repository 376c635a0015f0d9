"""
What each part of the rule is worth: the exam's traffic poured once without each of them.

    benches/ablations.py FOLDER [--keys K] [--only PART]... [--processes N]

FOLDER holds traffic.jsonl, messages.bin, truth.jsonl and history.jsonl, as the exam leaves them; it
is real mail and not part of this repository, so without a FOLDER there is nothing to do.  A table
in Markdown is written to standard output: docs/design/ablations.md is made of such.

What holds: the keys are fixed (1, 2, ... as 32 hex digits), so that the same build and folder give
the same table; nothing but those four files is read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from pydantic import SecretStr

from outfall import Engine, Envelope
from outfall.config import EngineSettings
from outfall.engine import check_parts, parts
from outfall.errors import SettingsError
from outfall.model import Sender, SenderKind
from outfall.replay.evaluation import Label, Marks, Truth, proportion_bounds

FILES = ("traffic.jsonl", "messages.bin", "truth.jsonl", "history.jsonl")
NO_FOLDER = (
    "benches/ablations.py: name a folder of the exam's traffic; it holds real mail and is not part "
    "of this repository."
)

# The machine that does this has two cores.
PROCESSES = 2

WHOLE = "nothing"
NAMES = {"ham": Label.GOOD, "forwarded": Label.NEITHER}
FIELDS = ("mail_from", "client_ip", "account", "helo")

HEAD = (
    "left out", "convicted", "convicted or slowed", "campaigns never slowed", "out before slowing",
    "innocent convicted", "innocent slowed", "attackers accused", "innocents accused",
)  # fmt: skip


# ------------------------------------------------------------------ pouring


def pour(folder: Path, without: tuple[str, ...], key: int) -> Marks:
    """Put the traffic through an engine without these parts, under this key; return the marks."""
    settings = EngineSettings(key=SecretStr(f"{key:032x}"), without=without)
    engine, marks = Engine(settings), Marks()
    for past in lines_of(folder / "history.jsonl"):
        engine.recall(envelope_of(past), at=past["at"])
    with (folder / "messages.bin").open("rb") as blob:
        truths = lines_of(folder / "truth.jsonl")
        for seen, told in zip(lines_of(folder / "traffic.jsonl"), truths, strict=True):
            blob.seek(seen["offset"])
            raw = blob.read(seen["length"])
            verdict = engine.scan(raw, envelope_of(seen), at=seen["at"])
            marks.note(truth_of(told), verdict, seen["client_ip"])
    return marks


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines."""
    with path.open("rb") as file:
        yield from map(json.loads, file)


def envelope_of(seen: dict[str, Any]) -> Envelope:
    """Return what the mail server would have known."""
    known = {name: seen[name] for name in FIELDS}
    return Envelope(recipients=seen["recipients"], **known)


def truth_of(told: dict[str, Any]) -> Truth:
    """Return what the message was; whatever is neither ham nor passed on is an attack."""
    actor = told.get("actor")
    sender = Sender(SenderKind(actor[0]), actor[1]) if actor else None
    return Truth(NAMES.get(told["label"], Label.BAD), told.get("campaign"), sender)


# ------------------------------------------------------------------ a row


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one part left out, each the mean over the keys."""

    bad: int
    good: int
    campaigns: int
    attackers: int
    convicted: float
    slowed: float
    never: float
    median: float
    p90: float
    false: float
    falsely_slowed: float
    accused: float
    innocents: float


def row_of(runs: list[Marks]) -> Row:
    """Return the means over the runs of one part."""
    leaks = [found for one in runs if (found := one.leaks_before_slowing())]
    return Row(
        bad=runs[0].bad.messages,
        good=runs[0].good.messages,
        campaigns=len(runs[0].campaigns),
        attackers=len(runs[0].attackers),
        convicted=fmean(one.bad.convicted for one in runs),
        slowed=fmean(one.bad.slowed for one in runs),
        never=fmean(one.never for one in leaks) if leaks else 0.0,
        median=fmean(one.median for one in leaks) if leaks else 0.0,
        p90=fmean(one.p90 for one in leaks) if leaks else 0.0,
        false=fmean(one.good.convicted for one in runs),
        falsely_slowed=fmean(one.good.slowed for one in runs),
        accused=fmean(one.attackers_accused for one in runs),
        innocents=fmean(len(one.innocent_accused) for one in runs),
    )


def measure(folder: Path, names: Iterable[str], keys: int, processes: int) -> dict[str, Row]:
    """Pour everything, the whole rule first; the order is that of `names`."""
    asked = [(WHOLE, ()), *((name, (name,)) for name in names)]
    with ProcessPoolExecutor(processes) as pool:
        runs = {
            name: [pool.submit(pour, folder, without, key) for key in range(1, keys + 1)]
            for name, without in asked
        }
        rows = {}
        for name, pending in runs.items():
            rows[name] = row_of([one.result() for one in pending])
            print(f"{len(rows)} of {len(asked)}: {name}", file=sys.stderr)
    return rows


# ------------------------------------------------------------------ the table


def table(rows: dict[str, Row]) -> Iterator[str]:
    """Yield the lines of the table; what changes nothing at all is named below it."""
    whole = rows[WHOLE]
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---|" + "---:|" * (len(HEAD) - 1)
    for name, row in rows.items():
        if name == WHOLE or row != whole:
            yield "| " + " | ".join([name, *cells(row, None if name == WHOLE else whole)]) + " |"
    same = [name for name, row in rows.items() if name != WHOLE and row == whole]
    if same:
        yield ""
        yield f"To the last message the same: without {', '.join(same)}."


def cells(row: Row, whole: Row | None) -> list[str]:
    """Return the figures; each with its difference to the whole rule."""
    leak = f"{row.median:g} / {row.p90:g}"
    return [
        share(row.convicted, row.bad, whole and whole.convicted),
        share(row.slowed, row.bad, whole and whole.slowed),
        count(row.never, whole and whole.never),
        leak if whole is None or leak != f"{whole.median:g} / {whole.p90:g}" else "=",
        false(row.false, row.good, whole and whole.false),
        false(row.falsely_slowed, row.good, whole and whole.falsely_slowed),
        share(row.accused, row.attackers, whole and whole.accused),
        count(row.innocents, whole and whole.innocents),
    ]


def share(value: float, of: int, whole: float | None) -> str:
    """Write a share in percent with its bounds, and how many points it differs."""
    if not of:
        return "-"
    if value == whole:
        return "="
    low, high = proportion_bounds(round(value), of)
    text = f"{100 * value / of:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
    return text if whole is None else f"{text}, {100 * (value - whole) / of:+.1f}"


def false(value: float, of: int, whole: float | None) -> str:
    """Write a count of good messages with the bounds of its rate in ten thousand."""
    if not of:
        return "-"
    if value == whole:
        return "="
    low, high = (10_000 * bound for bound in proportion_bounds(round(value), of))
    text = f"{value:g} ({low:.1f} to {high:.1f} in 10,000)"
    return text if whole is None else f"{text}, {value - whole:+g}"


def count(value: float, whole: float | None) -> str:
    """Write a count and how much it differs."""
    if value == whole:
        return "="
    return f"{value:g}" if whole is None else f"{value:g}, {value - whole:+g}"


def main() -> int:
    """Measure and print; the status of the program."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--keys", type=int, default=1, help="average over so many keys [1]")
    parser.add_argument("--only", action="append", help="leave out only this part; repeatable")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    asked = parser.parse_args()
    if asked.folder is None:
        print(NO_FOLDER, file=sys.stderr)
        return 0
    missing = [name for name in FILES if not (asked.folder / name).is_file()]
    if missing:
        print(f"{asked.folder} has no {missing[0]}. {NO_FOLDER}", file=sys.stderr)
        return 2
    names = asked.only or parts()
    try:
        check_parts(names)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    rows = measure(asked.folder, names, max(1, asked.keys), max(1, asked.processes))
    whole = rows[WHOLE]
    print(
        f"{whole.bad:,} attack messages in {whole.campaigns:,} campaigns, {whole.good:,} innocent "
        f"ones, {whole.attackers:,} attackers of ten messages or more; mean of {asked.keys} "
        f"key{'s' if asked.keys > 1 else ''}.\n"
    )
    print("\n".join(table(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
