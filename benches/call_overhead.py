"""
What a scan costs in Python beyond the core's own work, in one run: both do the same small message.

The core's part comes from `cargo bench -p outfall-engine --bench scan -- tiny`.
"""

import subprocess
import time

import outfall

ROUNDS, CALLS = 5, 20_000
MESSAGE = b"Subject: x\r\n\r\nhi\r\n"
ENVELOPE = outfall.Envelope(
    recipients=["friend0@far.test"],
    mail_from="person0@isp.test",
    client_ip="192.0.2.0",
    account="person0@isp.test",
)
BENCH = ["cargo", "bench", "--quiet", "-p", "outfall-engine", "--bench", "scan", "--", "tiny"]


def python_nanoseconds() -> float:
    """The fastest round: the others were disturbed."""
    engine, fastest = outfall.Engine(), float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            engine.scan(MESSAGE, ENVELOPE, 1_772_409_600.0)
        fastest = min(fastest, (time.perf_counter_ns() - begin) / CALLS)
    return fastest


def main() -> None:
    """Print the three figures."""
    done = subprocess.run(BENCH, capture_output=True, text=True, check=True)
    core = float(done.stdout.split()[-1])
    seen = python_nanoseconds()
    print(f"core alone          {core / 1000:6.2f} us a scan")
    print(f"Engine.scan         {seen / 1000:6.2f} us a scan")
    print(f"overhead of Python  {(seen - core) / 1000:6.2f} us a scan")


if __name__ == "__main__":
    main()
