"""The systemd unit: what it says of the daemon is true of the daemon."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from outfall.cli import FAILED
from outfall.config import Settings
from outfall.daemon.notify import watchdog_seconds

UNIT = Path(__file__).parent.parent / "packaging" / "outfall.service"


@pytest.fixture
def service():
    """The unit's [Service] section; of keys that repeat, the last."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNIT)
    return unit["Service"]


def test_a_stop_has_time_to_drain(service):
    """systemd waits longer than the drain and the last snapshot take."""
    assert float(service["TimeoutStopSec"]) > 2 * Settings().milter.drain


def test_wrong_settings_are_not_tried_again(service):
    """The exit status of a refused start is the one that systemd does not restart on."""
    assert str(FAILED) == service["RestartPreventExitStatus"]


def test_reload_is_the_signal_that_the_daemon_takes(service):
    """A reload is SIGHUP, and readiness is told by the daemon itself."""
    assert ("notify", "/bin/kill -HUP $MAINPID") == (service["Type"], service["ExecReload"])


def test_the_watchdog_leaves_room(service):
    """The daemon gives a sign of life twice in the time that systemd allows, and not rarely."""
    allowed = float(service["WatchdogSec"])

    assert allowed / 2 == watchdog_seconds({"WATCHDOG_USEC": f"{allowed * 1e6:.0f}"})


def test_descriptors_suffice_for_all_connections(service):
    """The hard limit has room for every connection that the default settings allow."""
    assert int(service["LimitNOFILE"].partition(":")[2]) > 2 * Settings().milter.connections


def test_systemd_takes_it(tmp_path):
    """systemd itself finds nothing to complain of, where it is installed."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = Path(sys.executable).with_name("outfall")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/outfall", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (0, "") == (done.returncode, done.stderr)
