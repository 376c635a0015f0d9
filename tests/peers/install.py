"""
Make sure that a Debian package of a mail server is there, or say why not.

Installed only where that asks nothing of anybody: as root, and where no other package would be
removed for it (Debian allows one mail server at a time).  The machine's own instance is left
unconfigured and so does not start; the tests run private ones.
"""

import os
import shutil
import subprocess

PACKAGE_TIMEOUT = 300  # seconds; a mirror on a bad day


def missing_postfix() -> str | None:
    """Install Postfix if need be; return None if it is there, or a sentence saying why not."""
    if shutil.which("postfix", path="/usr/sbin:/usr/bin") is None:
        why = _install("postfix")
        if why is not None:
            return why
    if os.geteuid() != 0:
        return "a private Postfix needs root to start"
    return None


def _install(package: str) -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{package} is not installed; as root run: apt-get install {package}"
    _apt("update")
    plan = _apt("install", "--simulate", package)
    if plan.returncode != 0:
        return f"Debian's {package} cannot be installed here: {plan.stderr.strip()[-200:]}"
    if any(line.startswith("Remv") for line in plan.stdout.splitlines()):
        return f"installing {package} would remove this machine's own mail server"
    unconfigured = f"{package} {package}/main_mailer_type select No configuration\n"
    subprocess.run(["debconf-set-selections"], input=unconfigured, text=True, check=True)
    done = _apt("install", "--no-install-recommends", package)
    return None if done.returncode == 0 else f"apt-get failed: {done.stderr.strip()[-200:]}"


def _apt(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-y", "-qq", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PACKAGE_TIMEOUT,
        check=False,
    )
