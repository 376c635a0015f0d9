"""
A small mail provider, made up: its subscribers, 28 days of their mail log, and one whole day.

Main types: `World` makes it all from a seed; `Item` is one message with its envelope, its time and
its `Truth`, which no engine may see; `Outbreak` sums up one attack.

What holds: the same seed and size give the same bytes; nothing of the truth is in envelope or
message.  Every text is put together from the short word lists in `words`; every address is one
that standards set aside for examples and tests.
"""

from .model import Item, Label, Outbreak, Truth
from .world import World

__all__ = ["Item", "Label", "Outbreak", "Truth", "World"]
