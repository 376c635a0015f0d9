"""
How much a replay holds in memory, whatever lies in the files.  Each number with its reason.
"""

__all__ = ["MAX_HEAD", "MAX_LINE", "MAX_MESSAGE", "MAX_MESSAGES"]

# Twice what providers let through (Postfix's message_size_limit is 10 MB by default, 25 to 50 MB
# are usual).  A larger one is skipped and counted.
MAX_MESSAGE = 128 * 1024 * 1024

# As far as the date and the addresses of a message are looked for; Postfix cuts a single header
# field at 60,000 bytes (header_size_limit is 102,400).
MAX_HEAD = 256 * 1024

# Longer lines are read in pieces of this size.
MAX_LINE = 1024 * 1024

# About 150 bytes each are kept to put them in order: this many take 750 MB.
MAX_MESSAGES = 5_000_000
