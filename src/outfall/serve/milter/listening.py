"""
Listening sockets that neither steal nor litter.

Main functions: `bind` and `remove_socket_file`.  What holds: a unix socket's file
is replaced only if nobody answers there; it never has wider permissions than asked for; it is
removed at the end only if it is still ours.
Not here: what is spoken over the sockets.
"""

import contextlib
import errno
import os
import socket
import stat
from pathlib import Path

from ...config import Address, ListenerSettings
from ...errors import SettingsError

__all__ = ["BACKLOG", "bind", "bound_address", "inode", "remove_socket_file"]

# How many clients may wait to be accepted: a burst of an MTA with its usual 100 processes, tenfold.
BACKLOG = 1024

# What an operator does about it, where that can be told.
REMEDIES = {
    errno.EADDRINUSE: "stop what else uses it or choose another address",
    errno.EEXIST: "move the file away or choose another address",
    errno.ENOENT: "make its folder first, for the user that outfall runs as",
    errno.EACCES: "use a port from 1024 on, or a folder of the user that outfall runs as",
    errno.EADDRNOTAVAIL: "choose an address of this host",
}


def bind(listener: ListenerSettings) -> socket.socket:
    """Return a listening socket, non-blocking; SettingsError if the address cannot be had."""
    try:
        if listener.address.kind == "unix":
            return _bind_unix(Path(listener.address.host), listener.mode)
        return _bind_inet(listener.address)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {listener.address}: {error.strerror or error}; "
            f"{REMEDIES.get(error.errno or 0, 'choose another address')}"
        ) from error


def bound_address(listening: socket.socket) -> Address:
    """Return where a socket listens, with the port that the kernel chose."""
    name = listening.getsockname()
    if listening.family == socket.AF_UNIX:
        return Address("unix", name)
    return Address("inet", name[0], name[1])


def inode(path: Path) -> int:
    """Return the number by which a socket file is known again."""
    return path.lstat().st_ino


def remove_socket_file(path: Path, number: int) -> None:
    """Remove the file of a unix socket if it is still the one with that inode."""
    with contextlib.suppress(FileNotFoundError):
        if inode(path) == number:
            path.unlink()


def _bind_inet(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address.host, address.port))
        return _ready(listening)
    except BaseException:
        listening.close()
        raise


def _bind_unix(path: Path, mode: int) -> socket.socket:
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Linux gives the file the socket's own mode, so it is closed to all until chmod.
        os.fchmod(listening.fileno(), 0)
        listening.bind(str(path))
        path.chmod(mode)
        return _ready(listening)
    except BaseException:
        listening.close()
        raise


def _remove_stale(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "a file that is no socket is in the way")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
        else:
            raise OSError(errno.EADDRINUSE, "another process listens there")


def _ready(listening: socket.socket) -> socket.socket:
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening
