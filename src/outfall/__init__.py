"""
Outfall: outbound anti-spam for mail providers.

The names that integrators use, and nothing else.  `Engine` judges messages in this
process; ``outfall serve`` runs the daemon.  The contract of `Engine` is kept stable.
"""

from .engine import Engine
from .model import (
    Alert,
    Category,
    Channel,
    Envelope,
    Evidence,
    Examination,
    Feedback,
    Finding,
    Sender,
    SenderKind,
    Verdict,
)

__all__ = [
    "Alert",
    "Category",
    "Channel",
    "Engine",
    "Envelope",
    "Evidence",
    "Examination",
    "Feedback",
    "Finding",
    "Sender",
    "SenderKind",
    "Verdict",
]
