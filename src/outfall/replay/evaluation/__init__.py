"""
Labelled mail put through the engine in its order: what was found, and who was wronged.

Main types: `find_labelled` lists the messages of good and bad mail by time; `Evaluation` judges
each and fills `Marks`; `proportion_bounds` says how much a count proves.

What holds: each message is judged by what came before it and only then counted, as a daemon would
have met it; no label reaches the engine.  Nothing is sent and nothing is changed.
Not here: what is printed (`cli.evaluate`).
"""

from .bounds import proportion_bounds
from .labelled import Labelled, LabelledMail, find_labelled
from .marks import Campaign, FalseOne, Fates, Label, Leaks, Marks, Truth
from .run import Evaluation

__all__ = [
    "Campaign",
    "Evaluation",
    "FalseOne",
    "Fates",
    "Label",
    "Labelled",
    "LabelledMail",
    "Leaks",
    "Marks",
    "Truth",
    "find_labelled",
    "proportion_bounds",
]
