"""
Tell systemd how the daemon fares: sd_notify(3), without its library.

Main function: `notify`.  Without $NOTIFY_SOCKET it does nothing; nothing raises out of it, for a
supervisor that is deaf is no reason to stop mail.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping

__all__ = ["notify", "reloading", "watchdog_seconds"]


def notify(*lines: str, environment: Mapping[str, str] = os.environ) -> None:
    """Send ``READY=1`` and the like, one datagram for all `lines`."""
    address = environment.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return
    # A leading @ stands for the NUL of Linux's abstract namespace (unix(7)).
    name = "\0" + address[1:] if address.startswith("@") else address
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
    ):
        sender.settimeout(1.0)
        sender.sendto("\n".join(lines).encode(), name)


def reloading() -> tuple[str, str]:
    """The lines that begin a reload under ``Type=notify-reload``; READY=1 ends it."""
    microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return "RELOADING=1", f"MONOTONIC_USEC={microseconds}"


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """How often systemd wants a sign of life, halved as sd_watchdog_enabled(3) advises."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / 2e6 if text.isascii() and text.isdigit() and int(text) else None
