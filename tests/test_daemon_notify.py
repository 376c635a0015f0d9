"""What systemd is told, on a path and in the abstract namespace, and that nothing comes of it."""

import os
import socket

import pytest

from outfall.daemon.notify import notify, reloading, watchdog_seconds


@pytest.fixture
def supervisor():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(5)
        yield listening


def test_a_path(supervisor, tmp_path):
    """All lines arrive as one datagram at the path in $NOTIFY_SOCKET."""
    path = str(tmp_path / "notify")
    supervisor.bind(path)
    notify("READY=1", "STATUS=Serving", environment={"NOTIFY_SOCKET": path})

    assert b"READY=1\nSTATUS=Serving" == supervisor.recv(200)


def test_an_abstract_socket(supervisor):
    """A leading @ is the abstract namespace, as systemd uses it for containers."""
    name = f"outfall-test-{os.getpid()}"
    supervisor.bind("\0" + name)
    notify("STOPPING=1", environment={"NOTIFY_SOCKET": "@" + name})

    assert b"STOPPING=1" == supervisor.recv(200)


@pytest.mark.parametrize("address", ["", "/no/such/socket", "@nobody-listens", "vsock:2:1", "x"])
def test_a_deaf_supervisor_is_no_error(address):
    """A missing, dead or unknown supervisor changes nothing."""
    notify("READY=1", environment={"NOTIFY_SOCKET": address} if address else {})


def test_reloading_tells_when():
    """A reload is announced with the monotonic clock in microseconds, as notify-reload asks."""
    first, second = reloading()

    assert "RELOADING=1" == first
    assert second.startswith("MONOTONIC_USEC=") and second.partition("=")[2].isdigit()


@pytest.mark.parametrize(
    "environment, seconds",
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_watchdog_is_fed_twice_as_often(environment, seconds):
    """A sign of life goes out at half the time systemd allows, and only if it is meant for us."""
    assert seconds == watchdog_seconds(environment)
