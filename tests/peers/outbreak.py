"""
A small provider with a quiet month behind it, and a campaign sent from its customers' accounts.

Main type: `Provider`.  A hoster's customers each have a domain of their own; at a freemail or
access provider all have the provider's.  Handmade, and small enough to be sent over real SMTP.
"""

import time
from dataclasses import dataclass

from outfall import Envelope
from peers.client import Letter

VICTIMS = [f"victim{number}" for number in range(40)]
PEOPLE = [f"person{number}" for number in range(12)]
CUSTOMERS = VICTIMS + PEOPLE

DAY = 86400.0
QUIET_DAYS = 28

LURE = """Dear customer,

your parcel could not be delivered because the customs fee of 2.99 was not paid. Please settle
the amount within 24 hours, otherwise the parcel will be returned to its sender and storage
will be charged. Pay the fee here and choose a new day of delivery:

http://parcel-fee-desk.test/pay?c={ticket}

Kind regards
Your delivery service, desk {ticket}
"""

ERRANDS = [
    "The invoice for the kitchen came, and I have paid it. Its number is",
    "Rehearsal is on Friday as always, bring the second violin; we start at bar",
    "Your bicycle is repaired and stands in the yard. The shop asked for",
    "Can you take the children to the pool tomorrow? The bus is line",
    "We found the photographs of grandmother's house! I scanned page",
]


@dataclass(frozen=True)
class Provider:
    """Its customers, what they did before and what they send now."""

    one_domain: bool

    def past(self) -> list[tuple[float, Envelope]]:
        """Return a quiet month: everybody mails two friends a day, from where they live."""
        now = time.time()
        return [
            (now - day * DAY + place, self._everyday_envelope(name, friend))
            for day in range(QUIET_DAYS, 0, -1)
            for place, name in enumerate(CUSTOMERS)
            for friend in range(2)
        ]

    def outbreak(self, each: int = 6) -> list[Letter]:
        """Return one campaign: each victim's account is used from elsewhere to mail strangers."""
        return [
            Letter(
                f"outbreak-{victim}-{number}",
                mail_from=self.address_of(name),
                recipients=(f"stranger{victim}.{number}@town{number}.example",),
                body=LURE.format(ticket=1000 * number + victim),
                account=name,
                address=f"203.0.113.{victim + 1}",
            )
            for number in range(each)
            for victim, name in enumerate(VICTIMS)
        ]

    def everyday_mail(self, each: int = 5) -> list[Letter]:
        """Return what other people send meanwhile: something of their own, to their friends."""
        return [
            Letter(
                f"everyday-{person}-{number}",
                mail_from=self.address_of(name),
                recipients=(friend_of(name, number % 2),),
                body=f"{ERRANDS[(person + number) % len(ERRANDS)]} {person * 17 + number}.\n",
                account=name,
                address=home_of(name),
            )
            for person, name in enumerate(PEOPLE)
            for number in range(each)
        ]

    def address_of(self, name: str) -> str:
        """Return the mail address of a customer."""
        return f"{name}@provider.example" if self.one_domain else f"office@{name}.example"

    def _everyday_envelope(self, name: str, friend: int) -> Envelope:
        return Envelope(
            [friend_of(name, friend)],
            mail_from=self.address_of(name),
            client_ip=home_of(name),
            account=name,
        )


def home_of(name: str) -> str:
    """Return the address from which a customer mails on ordinary days."""
    return f"198.51.100.{CUSTOMERS.index(name) + 1}"


def friend_of(name: str, number: int) -> str:
    """Name somebody to whom a customer writes every day."""
    return f"friend{number}.of.{name}@elsewhere.example"


def interleaved(campaign: list[Letter], rest: list[Letter]) -> list[Letter]:
    """Spread the rest evenly over the campaign."""
    step = len(campaign) // len(rest) + 1
    letters = list(campaign)
    for index, letter in enumerate(rest):
        letters.insert(step * index, letter)
    return letters
