"""
Draws docs/scale.svg from what the scale bench prints.

    cargo bench -p outfall-engine --bench scale -- curve | python benches/_plot_scale.py

Reads lines `curve RECORDS JUDGE_US SCAN_US`; writes a picture of two lines over a logarithmic axis.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 300, 60, 45, 20, 120
LINES = (("whole scan", 2, "#1f5fa8"), ("judging alone", 1, "#b8541f"))
TARGET = Path(__file__).parent.parent / "docs" / "scale.svg"


def main() -> None:
    """Read the figures from standard input and write the picture."""
    rows = [line.split()[1:] for line in sys.stdin if line.startswith("curve ")]
    points = [tuple(map(float, row)) for row in rows if row[0].isdigit()]
    if len(points) < 2:
        sys.exit("no figures: pipe what `cargo bench ... --bench scale -- curve` prints into this")
    TARGET.write_text(picture(points), encoding="utf-8")


def picture(points: list[tuple[float, ...]]) -> str:
    """The SVG of points (records, microseconds judging, microseconds a scan)."""
    most = 20 * math.ceil(max(point[2] for point in points) / 20)
    first, last = math.log10(points[0][0]), math.log10(points[-1][0])

    def x(records: float) -> float:
        share = (math.log10(records) - first) / (last - first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(microseconds: float) -> float:
        return HEIGHT - BOTTOM - microseconds / most * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Microseconds a message by the number of pattern records</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tick in range(0, most + 1, 20):
        parts += [
            f'<path d="M{LEFT} {y(tick):.0f}H{WIDTH - RIGHT}" stroke="#ddd"/>',
            f'<text x="{LEFT - 8}" y="{y(tick) + 4:.0f}" text-anchor="end">{tick}</text>',
        ]
    for power in range(math.ceil(first), math.floor(last) + 1):
        label = f"{10**power:,}".replace(",", " ")
        middle = f'x="{x(10**power):.0f}" y="{HEIGHT - 25}" text-anchor="middle"'
        parts.append(f"<text {middle}>{label}</text>")
    for name, column, colour in LINES:
        line = " ".join(f"{x(point[0]):.0f},{y(point[column]):.0f}" for point in points)
        parts += [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{WIDTH - RIGHT + 8}" y="{y(points[-1][column]) + 4:.0f}" '
            f'fill="{colour}">{name}</text>',
        ]
    parts += [
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">'
        "pattern records</text>",
        f'<text x="{LEFT}" y="13" text-anchor="end">µs</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
