"""
Every exception that Outfall raises on purpose, by whose fault it is.

`PeerError` is the other side's fault, `UsageError` a bug of the caller, the rest is the
operator's to mend.  Each message is one sentence that names what was wrong and the remedy.
Not here: what Python raises by itself; `Engine.scan` raises nothing for any message.
"""

__all__ = [
    "OutfallError",
    "PeerError",
    "SettingsError",
    "SnapshotError",
    "SourceError",
    "UsageError",
]


class OutfallError(Exception):
    """Base of all; never raised itself."""


class PeerError(OutfallError):
    """The peer broke the protocol: answer if you can, then hang up."""


class UsageError(OutfallError):
    """We broke the rules of our own module: a bug in the caller."""


class SettingsError(OutfallError):
    """The settings cannot be used; the text names the place, the reason and the remedy."""


class SnapshotError(OutfallError):
    """A snapshot cannot be read or written; what was in memory is unchanged."""


class SourceError(OutfallError):
    """A file of messages or of log lines cannot be read."""
