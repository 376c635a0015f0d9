"""
Private mail servers to record from: Postfix beside a system one, Sendmail in a chroot; and a sink.

Main types: `Postfix`, `Sendmail`, `Sink`.  Both servers listen on 127.0.0.1 only, hand everything
on to the sink and leave nothing behind but their folder.  Needs root.
"""

import pathlib
import shutil
import socketserver
import subprocess
import threading
import time

SMTP_PORT = 9925
SINK_PORT = 9926
MILTER_PORT = 9901
LOCAL_MILTER_PORT = 9902

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = mail.example.net
mydestination =
mynetworks = 127.0.0.0/8, 203.0.113.0/24
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
smtp_host_lookup = native
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_peername_lookup = no
smtputf8_enable = no
alias_maps =
smtpd_milters = inet:127.0.0.1:{milter}
non_smtpd_milters = inet:127.0.0.1:{local_milter}
"""

MASTER_CF = """
127.0.0.1:{smtp} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n -  0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n -  - trivial-rewrite
bounce    unix  - - n -  0 bounce
defer     unix  - - n -  0 bounce
trace     unix  - - n -  0 bounce
verify    unix  - - n -  1 verify
proxymap  unix  - - n -  - proxymap
smtp      unix  - - n -  - smtp
relay     unix  - - n -  - smtp
error     unix  - - n -  - error
retry     unix  - - n -  - error
local     unix  - n n -  - local
anvil     unix  - - n -  1 anvil
showq     unix  n - n -  - showq
postlog   unix-dgram n - n - 1 postlogd
"""

SENDMAIL_MC = """
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`generic')dnl
define(`confDOMAIN_NAME', `mail.example.net')dnl
define(`confPRIVACY_FLAGS', `')dnl
define(`confLOG_LEVEL', `9')dnl
define(`QUEUE_DIR', `/srv/sm/queue')dnl
define(`confPID_FILE', `/srv/sm/sendmail.pid')dnl
define(`STATUS_FILE', `/srv/sm/statistics')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`SMART_HOST', `esmtp:[127.0.0.1]')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {sink}')dnl
define(`confTO_IDENT', `0')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`promiscuous_relay')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port={smtp}, Addr=127.0.0.1')dnl
INPUT_MAIL_FILTER(`outfall', `S=inet:{milter}@127.0.0.1, F=T, T=C:1m;S:30s;R:30s;E:1m')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""


class Postfix:
    """A Postfix with its own configuration, queue and log under `home`."""

    name = "postfix"

    def __init__(self, home="/tmp/outfall-postfix"):
        self.home = pathlib.Path(home)

    def start(self):
        """Write the configuration anew and start."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        for folder in ("etc", "queue", "data"):
            (self.home / folder).mkdir(parents=True)
        shutil.chown(self.home / "data", "postfix")
        values = {
            "home": self.home,
            "smtp": SMTP_PORT,
            "sink": SINK_PORT,
            "milter": MILTER_PORT,
            "local_milter": LOCAL_MILTER_PORT,
        }
        (self.home / "etc/main.cf").write_text(MAIN_CF.format(**values))
        (self.home / "etc/master.cf").write_text(MASTER_CF.format(**values))
        subprocess.run(["postfix", "-c", self.home / "etc", "start"], check=True)

    def stop(self):
        """Stop, if it runs."""
        if (self.home / "etc/main.cf").exists():
            subprocess.run(["postfix", "-c", self.home / "etc", "stop"], capture_output=True)

    def submit(self, message: bytes, sender: str, recipients: list[str]) -> None:
        """Hand in mail on this host, as PHP and cron do."""
        command = ["sendmail", "-C", self.home / "etc", "-f", sender, *recipients]
        subprocess.run(command, input=message.replace(b"\r\n", b"\n"), check=True)

    def version(self) -> str:
        """Return name, version and the package it came in."""
        show = ["dpkg-query", "-W", "-f", "${Version}", "postfix"]
        return "Postfix, Debian package " + subprocess.check_output(show, text=True)


class Sendmail:
    """A Sendmail in a chroot made by sendmail-chroot.sh."""

    name = "sendmail"

    def __init__(self, root="/srv/sm-root"):
        self.root = pathlib.Path(root)

    def start(self):
        """Write the configuration anew and start."""
        self.stop()
        home = self.root / "srv/sm"
        (home / "queue").mkdir(parents=True, exist_ok=True)
        (home / "queue").chmod(0o700)
        values = {"{smtp}": SMTP_PORT, "{sink}": SINK_PORT, "{milter}": MILTER_PORT}
        text = SENDMAIL_MC
        for name, value in values.items():
            text = text.replace(name, str(value))
        (home / "t.mc").write_text(text)
        self._run("sh", "-c", "cd /srv/sm && m4 t.mc > t.cf")
        self._run("/usr/libexec/sendmail/sendmail", "-C/srv/sm/t.cf", "-bd")
        time.sleep(2)

    def stop(self):
        """Stop, if it runs."""
        pid = self.root / "srv/sm/sendmail.pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().split()[0]], capture_output=True)
            pid.unlink(missing_ok=True)

    def version(self) -> str:
        """Return name, version and the package it came in."""
        show = ["dpkg-query", "-W", "-f", "${Version}", "sendmail-bin"]
        return "Sendmail, Debian package " + self._run(*show).stdout

    def _run(self, *command):
        whole = ["chroot", self.root, *command]
        return subprocess.run(whole, check=True, capture_output=True, text=True)


class Sink(socketserver.ThreadingTCPServer):
    """Where the mail ends up: an SMTP server that keeps messages in `messages`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.messages: list[bytes] = []
        super().__init__(("127.0.0.1", SINK_PORT), _SinkSession)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _SinkSession(socketserver.StreamRequestHandler):
    def handle(self):
        self._say(b"220 sink.example ESMTP")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._data()
            elif verb == b"QUIT":
                return self._say(b"221 bye")
            else:
                self._say(b"250 8BITMIME" if verb == b"EHLO" else b"250 ok")

    def _data(self):
        self._say(b"354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.messages.append(b"".join(line.removeprefix(b".") for line in lines))
        self._say(b"250 kept")

    def _say(self, line):
        self.wfile.write(line + b"\r\n")
