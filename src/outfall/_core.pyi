"""
The seam to the Rust core: what `outfall._core` offers.  Conversions only, no decisions.

Enumerations cross as numbers, in the order of the enums in `outfall.model`; tuples cross as
tuples.  Only `outfall.engine` imports this.
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from .model import Envelope

class Options(TypedDict):
    """The engine's settings but its key; networks as (address, bits)."""

    memory: int
    false_alarms_per_day: float
    shared_networks: Sequence[tuple[str, int]]
    identity_header: str | None
    learning_seconds: float
    without: Sequence[str]

# (category, score, evidence, sender, alerts, reference, channel)
_Evidence = tuple[str, float, str]
_Sender = tuple[int, str]
_Alert = tuple[str, str, dict[str, int]]
_Verdict = tuple[int, float, tuple[_Evidence, ...], _Sender, tuple[_Alert, ...], str, int]

class Examined:
    """A parsed message with its patterns; immutable."""

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """(url, host, registrable domain or "")."""
    @property
    def attachments(self) -> list[tuple[str, str, int, str]]:
        """(name, content type, bytes, SHA-256 in hex)."""
    @property
    def oddities(self) -> list[str]: ...

class Core:
    """One engine; every method may be called from any thread and releases the GIL to work."""

    def __new__(cls, key: bytes, options: Options) -> Core:
        """Raise ValueError if `key` is not 16 bytes, memory too little, a network unreadable
        or a part to leave out none."""
    def scan(self, message: bytes, envelope: Envelope, at: float) -> _Verdict: ...
    def examine(self, message: bytes) -> Examined: ...
    def judge(
        self,
        examined: Examined,
        envelope: Envelope,
        at: float,
        findings: Sequence[tuple[str, str, int]],
    ) -> _Verdict: ...
    def recall(self, envelope: Envelope, at: float) -> None: ...
    def feedback(
        self,
        what: int,
        reference: str | None,
        sender: tuple[int, str, str | None] | None,
        source: str,
        at: float,
    ) -> bool:
        """The sender's third part is its envelope sender, where it stands for many."""
    def explain(self, reference: str) -> tuple[_Verdict, float, list[str], list[str], str] | None:
        """(verdict, at, patterns, how it was reckoned, what would have changed it)."""
    def counts(self) -> tuple[int, int, list[int], int, int, int, int]:
        """(messages, recalled, one count a category, bytes, patterns, senders, forgotten)."""
    def snapshot(self) -> Iterator[bytes]:
        """Pieces of 300 KiB at most, each copied when it is asked for."""
    @staticmethod
    def parts() -> list[str]:
        """Every name that `Options.without` may have, in a lasting order."""
    @staticmethod
    def check_without(names: Sequence[str]) -> None:
        """Raise ValueError with one sentence if a name is no part of the rule."""
    @staticmethod
    def key_of(snapshot: bytes) -> bytes:
        """Return the key that a snapshot was made under, or raise ValueError."""
    @staticmethod
    def restore(snapshot: bytes, key: bytes, options: Options) -> Core:
        """Raise ValueError with one sentence if the snapshot cannot be used."""
