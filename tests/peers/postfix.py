"""
A private Postfix: its own configuration, queue, data, log and random loopback ports.

Main type: `Postfix`, started and stopped as a context.  It has two entrances for SMTP, which
differ only in what they do when the milter is gone, and one for local submission; XCLIENT is
allowed on both, so that a test can be any client and any login without a SASL server.  All mail
goes to one sink.  Source: postconf(5), master(5), XCLIENT_README, MILTER_README.
"""

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from peers.waiting import wait_until

# Nothing here may take longer, not even on a machine busy with compilers.
COMMAND_TIMEOUT = 60

# How the folder of an instance begins, and the file in it that names the test run's process.
FOLDER = "outfall-postfix-"
OWNER = "owner.pid"

# Where mail servers keep their commands, which are not on everybody's PATH.
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# The tests send 30 MB; Postfix's own default is 10 MB.
LARGEST_MESSAGE = 64 * 1024 * 1024

MAIN = """\
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
maillog_file = {base}/log/mail.log
maillog_file_prefixes = {base}
myhostname = mx.provider.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtputf8_enable = no
mynetworks = 127.0.0.0/8 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_authorized_xclient_hosts = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_connection_cache_on_demand = no
smtp_destination_recipient_limit = 2000
smtpd_recipient_limit = 2000
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
message_size_limit = {largest}
mailbox_size_limit = 0
queue_run_delay = 2s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

# What we tell operators to append: so the tests run what the page says, but for the ports.
ATTACHMENT = Path(__file__).parents[2] / "integrations" / "postfix" / "main.cf"
SHIPPED_PORTS = {"smtp": "127.0.0.1:6785", "local": "127.0.0.1:6786"}

# Both entrances have the milter of main.cf; the strict one has it with the other default action.
LENIENT_ENTRANCE = "127.0.0.1:{port} inet n - n - - smtpd\n"
STRICT_ENTRANCE = (
    LENIENT_ENTRANCE
    + """\
    -o {{ smtpd_milters = {{ inet:127.0.0.1:{milter}, default_action=tempfail }} }}
"""
)

# pickup looks again after two seconds and not after a minute, for tests of tempfail.
SERVICES = """\
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 2 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
flush unix n - n 1000? 0 flush
"""


def free_port() -> int:
    """Return a loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postfix:
    """
    One private instance.

    `port` answers 451 while the milter is gone, `lenient_port` accepts then.  The milter for SMTP
    is expected at `milter_port`, the one for local submission at `local_milter_port`.
    """

    def __init__(self, sink_port: int) -> None:
        self.port, self.lenient_port = free_port(), free_port()
        self.milter_port, self.local_milter_port = free_port(), free_port()
        # Not pytest's own folder: Postfix's processes run as user postfix and must get through.
        self.base = Path(tempfile.mkdtemp(prefix=FOLDER))
        self._sink_port = sink_port

    def __enter__(self) -> Self:
        try:
            self._lay_out()
            self._command("postfix", "start")
            for port in (self.port, self.lenient_port):
                wait_until(lambda port=port: _greets(port), f"Postfix on port {port}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        remove(self.base)

    @property
    def log(self) -> str:
        """What Postfix has logged so far."""
        path = self.base / "log" / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @contextlib.contextmanager
    def changed(self, setting: str, value: str) -> Iterator[None]:
        """Have one setting of main.cf otherwise for a while, as an operator changes it."""
        before = self._command("postconf", "-h", setting).strip()
        self._set(setting, value)
        try:
            yield
        finally:
            self._set(setting, before)

    def _set(self, setting: str, value: str) -> None:
        self._command("postconf", "-e", f"{setting}={value}")
        self._command("postfix", "reload")

    def queue(self) -> list[dict[str, Any]]:
        """List the queue as postqueue(1) shows it, one object a message."""
        return [json.loads(line) for line in self._command("postqueue", "-j").splitlines()]

    def held(self, mail_from: str) -> list[dict[str, Any]]:
        """List what is on hold of one sender."""
        return [
            message
            for message in self.queue()
            if message["queue_name"] == "hold" and message["sender"] == mail_from
        ]

    def release_held(self) -> None:
        """Put everything on hold back on its way, as an operator does."""
        self._command("postsuper", "-H", "ALL")
        self._command("postqueue", "-f")

    def submit(self, message: bytes, mail_from: str, recipients: list[str]) -> int:
        """Hand a message in on the host as a web script does; return sendmail's exit status."""
        done = subprocess.run(
            [*self._sendmail(), "-i", "-f", mail_from, *recipients],
            input=message,
            env={"PATH": SYSTEM_PATH},
            timeout=COMMAND_TIMEOUT,
            check=False,
        )
        return done.returncode

    def _sendmail(self) -> list[str]:
        """
        Return how sendmail is run by a user who is not root.

        Only root may name another configuration.  So the script's user sees ours in the place of
        /etc/postfix, in a mount namespace of its own; where there are none (a container), root
        does it: a milter cannot tell.
        """
        if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
            return ["sendmail", "-C", self._configuration]
        user = pwd.getpwnam("www-data")
        inside = 'mount --bind "$1" /etc/postfix; shift; exec setpriv "$@"'
        as_user = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        shell = ["unshare", "-m", "sh", "-ec", inside, "sh", self._configuration]
        return [*shell, *as_user, "sendmail"]

    @property
    def _configuration(self) -> str:
        return str(self.base / "etc")

    def _lay_out(self) -> None:
        self.base.chmod(0o755)
        (self.base / OWNER).write_text(str(os.getpid()))
        for name in ("etc", "spool", "data", "log"):
            (self.base / name).mkdir()
        shutil.chown(self.base / "data", "postfix", "postfix")
        main = MAIN.format(base=self.base, sink=self._sink_port, largest=LARGEST_MESSAGE)
        (self.base / "etc" / "main.cf").write_text(main + self._attachment())
        strict = STRICT_ENTRANCE.format(port=self.port, milter=self.milter_port)
        lenient = LENIENT_ENTRANCE.format(port=self.lenient_port)
        (self.base / "etc" / "master.cf").write_text(strict + lenient + SERVICES)

    def _attachment(self) -> str:
        text = ATTACHMENT.read_text()
        for kind, port in (("smtp", self.milter_port), ("local", self.local_milter_port)):
            assert SHIPPED_PORTS[kind] in text, f"no {SHIPPED_PORTS[kind]} in {ATTACHMENT}"
            text = text.replace(SHIPPED_PORTS[kind], f"127.0.0.1:{port}")
        return text

    def _command(self, *words: str) -> str:
        return command(self.base, *words)


def command(base: Path, *words: str) -> str:
    """Run one of Postfix's commands on the instance in a folder and return what it prints."""
    done = subprocess.run(
        [words[0], "-c", str(base / "etc"), *words[1:]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT,
        env={**os.environ, "PATH": SYSTEM_PATH},
        check=False,
    )
    if done.returncode != 0:
        raise subprocess.SubprocessError(f"{words}: {done.stderr or done.stdout}")
    return done.stdout


def remove(base: Path) -> None:
    """End the instance in a folder and remove the folder, as far as either is still there."""
    # "stop" lets deliveries finish for a few seconds; "abort" ends whatever is left.
    for verb in ("stop", "abort"):
        with contextlib.suppress(subprocess.SubprocessError):
            command(base, "postfix", verb)
    shutil.rmtree(base, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove instances whose test run was killed before it could clean up."""
    for owner in Path(tempfile.gettempdir()).glob(f"{FOLDER}*/{OWNER}"):
        if not Path("/proc", owner.read_text()).exists():
            remove(owner.parent)


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(3) == b"220"
    except OSError:
        return False
