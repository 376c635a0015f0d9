"""
How much of one message is taken in, each limit with its reason.  Pure.

Main type: `MessageLimits`.  Not here: limits on connections and time (`serve.milter`), on one
packet (`packets`), on macros (`macros`).
"""

from dataclasses import dataclass

__all__ = ["MAX_COMMAND", "MessageLimits"]

# Longest data of CONNECT, HELO, MAIL and RCPT.  Postfix cuts an SMTP line at 2,048 bytes and
# Sendmail at 12,288.
MAX_COMMAND = 16 * 1024


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """
    Above `message_bytes` a message passes unread; above the others, the rest is counted only.

    No limit refuses a message: a sender could use that to have mail stuck at the MTA.
    """

    # Postfix ships with 10 MB and providers commonly allow 25 to 50 MB after encoding.
    message_bytes: int = 64 * 1024 * 1024
    # Mail that passed many hands has some hundred fields; Postfix and Sendmail set no count.
    headers: int = 10_000
    # Sendmail's MaxHeadersLength is 32 KiB; Postfix lets one field alone have 60,000 bytes.
    header_bytes: int = 4 * 1024 * 1024
    # Ten times Postfix's smtpd_recipient_limit; local mail knows no limit at all.
    recipients: int = 10_000
