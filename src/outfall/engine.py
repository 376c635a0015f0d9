"""
The engine for Python: judges messages in this process.  The only file that imports the Rust core.

Main type: `Engine`.  Its contract is stable: see ARCHITECTURE.md.
Not here: what happens to a message after the verdict (`decide`, `gate`).
"""

from __future__ import annotations


class Engine:
    """Judges messages."""
