"""
The MTA's macros: what it tells beside each command.  Pure.

Main type: `Macros`.  What holds: a macro stays until its command's next packet replaces it, its
message ends, or the connection does; memory is bounded by `MAX_MACROS` a command.
Not here: what the names mean (`envelope`).

Postfix repeats the packet before every header and body chunk, so packets are kept as they come
and taken apart once a message.
"""

from collections.abc import Mapping

from .packets import Command, MilterError

__all__ = ["MAX_MACROS", "Macros"]

# An SMTP line is at most 2,048 bytes in Postfix and 12,288 in Sendmail, and so are the addresses
# that are the longest macros by far.  With the nine commands kept, 144 KiB a connection.
MAX_MACROS = 16 * 1024

_OF_CONNECTION = (Command.CONNECT, Command.HELO)
_OF_MESSAGE = (
    Command.MAIL,
    Command.RECIPIENT,
    Command.DATA,
    Command.HEADER,
    Command.END_OF_HEADERS,
    Command.BODY,
    Command.END_OF_MESSAGE,
)
_KEPT = frozenset(_OF_CONNECTION + _OF_MESSAGE)


class Macros:
    """The macros of one connection and of its current message."""

    def __init__(self) -> None:
        self._packets: dict[int, bytes] = {}
        self._mail_is_new = False

    def store(self, data: bytes) -> None:
        """Keep the data of a `D` packet; those for commands that we do not know are passed over."""
        if not data:
            raise MilterError("malformed", "a macro packet names no command")
        if len(data) > MAX_MACROS:
            raise MilterError("size", f"a macro packet of {len(data)} bytes is over {MAX_MACROS}")
        command = data[0]
        if command in _KEPT:
            self._packets[command] = data
        if command == Command.MAIL:
            self._mail_is_new = True

    def begin_message(self) -> None:
        """Forget the message before, should its end have been left out; keep the new MAIL's."""
        mail = self._packets.get(Command.MAIL) if self._mail_is_new else None
        self.end_message()
        if mail is not None:
            self._packets[Command.MAIL] = mail

    def end_message(self) -> None:
        """Forget what was said of a message; what was said of the connection stays."""
        for command in _OF_MESSAGE:
            self._packets.pop(command, None)
        self._mail_is_new = False

    def forget(self) -> None:
        """Forget everything: another client follows on the same socket."""
        self._packets.clear()
        self._mail_is_new = False

    def all(self) -> Mapping[bytes, bytes]:
        """Return every macro by its bare name (``auth_authen``, ``i``); later commands win."""
        found: dict[bytes, bytes] = {}
        for command in _OF_CONNECTION + _OF_MESSAGE:
            data = self._packets.get(command)
            if data is not None and len(data) > 1:
                parts = data[1:].split(b"\0")
                found.update(zip(parts[::2], parts[1::2], strict=False))
        return {name.strip(b"{}"): value for name, value in found.items()}
