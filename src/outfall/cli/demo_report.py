"""
What ``outfall demo`` prints: plain lines of at most 80 columns, good and bad in the same place.

Main type: `Report`, one method a section, in the order of the page.  No command of its own.
"""

from __future__ import annotations

import textwrap
from collections import Counter

import click

from ..config import Settings
from ..model import Sender
from ..testing.rehearsal import Rehearsal
from ..testing.tally import InnocentTally, OutbreakTally, Tally
from ..testing.world import World

__all__ = ["Report"]

# Reports are mailed and printed: a line has to fit everywhere.
WIDTH = 80

# Senders, reasons and patterns shown; the others are counted.
SHOWN_SENDERS = 2
SHOWN_REASONS = 4
SHOWN_PATTERNS = 2


class Report:
    """Writes to standard output as it goes."""

    def opening(self, world: World, seed: int, settings: Settings) -> None:
        """Say what is about to happen."""
        own = ", ".join(
            str(network)
            for network in settings.engine.shared_networks
            if not network.network_address.is_loopback
        )
        _say(
            f"A simulated day, poured as fast as it goes: {len(world.day):,} messages of a made-up "
            f"provider (seed {seed}), after {len(world.history):,} of its mail log of 28 days."
        )
        _say(
            'Settings: the defaults, but mode = "enforce", the provider\'s own servers '
            f"({own}) named as shared, and a fixed key, so that the day repeats."
        )

    def speed(self, world: World, rehearsal: Rehearsal) -> None:
        """Say how long it took."""
        rate = len(world.day) / rehearsal.seconds if rehearsal.seconds else 0.0
        counts = rehearsal.engine.counts()
        _say(
            f"Poured in {rehearsal.seconds:.1f} s through the milter socket, one at a time: "
            f"{rate:,.0f} a second. The engine remembers {counts.patterns:,} patterns and "
            f"{counts.senders:,} senders."
        )
        if rehearsal.tally.unjudged:
            _bad(f"{rehearsal.tally.unjudged:,} messages got no verdict")

    def outbreak(self, one: OutbreakTally) -> None:
        """Tell how one attack fared."""
        truth = one.outbreak
        senders = "one sender" if len(truth.actors) == 1 else f"{len(truth.actors)} senders"
        _title(f"Outbreak: {truth.name}")
        _fact(f"{one.seen:,} messages from {senders}; texts: {truth.variation}")
        if one.before_slowing is None:
            _bad(f"MISSED: all {one.out:,} messages went out")
        else:
            _fact(_stopped(one))
        told = "reasons" if one.before_slowing is not None else "seen, but not enough"
        _fact(f"{told}: {', '.join(_most(one.reasons)) or 'nothing'}")
        _fact(f"named to the abuse desk: {len(one.named)} of {len(truth.actors)}")
        for sender in sorted(one.named, key=_name)[:SHOWN_SENDERS]:
            _fact(_name(sender), 4)
        if len(one.named) > SHOWN_SENDERS:
            _fact(f"and {len(one.named) - SHOWN_SENDERS} more", 4)

    def innocents(self, tally: Tally) -> None:
        """Tell what innocent mail and innocent senders suffered."""
        _title("Innocent mail")
        say = _bad if tally.innocent.convicted else _fact
        say(_suffered(tally.innocent, "innocent senders"))
        for sender, kind in tally.wrongly_named.items():
            _bad(f"NAMED WRONGLY: {_name(sender)}, for its {kind} mail")
        if not tally.wrongly_named:
            _fact("no innocent sender was named")
        if tally.collateral.messages:
            _fact(_suffered(tally.collateral, "senders whose PC or password is abused"))
        if tally.forwarded.messages:
            _fact(
                f"{tally.forwarded.messages:,} messages of foreign spam, sent on by subscribers' "
                f"forwarding rules: {tally.forwarded.held_back.total():,} held back (either way "
                "is right, as long as no subscriber is named)"
            )

    def example(self, rehearsal: Rehearsal) -> None:
        """Explain one conviction."""
        outbreaks = rehearsal.tally.outbreaks.values()
        reference = next((one.example for one in outbreaks if one.example), "")
        explanation = rehearsal.engine.explain(reference) if reference else None
        if explanation is None:
            return
        _title(f"Why, for example {reference} ({explanation.verdict.category})")
        for one in explanation.verdict.evidence:
            _fact(f"{one.nats:+5.1f}  {one.name}: {one.detail}")
        for pattern in explanation.patterns[:SHOWN_PATTERNS]:
            _fact(f"pattern: {pattern}")
        _fact(explanation.would_change)

    def what_next(self) -> None:
        """Say how to attach Postfix, how to look and how to stop."""
        remote, local = (listener.address for listener in Settings().milter.listeners)
        _title("Attach Postfix: lines for main.cf, then `postfix reload`")
        _fact(f"smtpd_milters = inet:{remote.host}:{remote.port}", 4)
        _fact(f"non_smtpd_milters = inet:{local.host}:{local.port}", 4)
        _fact("milter_default_action = accept", 4)
        _title("Run and look (.venv/bin/outfall, where it is not installed)")
        _fact("outfall serve              the daemon; it only watches by default", 4)
        _fact("outfall explain REFERENCE  why, for a reference in a reply or the log", 4)
        _fact("outfall replay sent.mbox   old mail judged, without consequences", 4)
        _title("Stop")
        _fact("take the lines out of main.cf, `postfix reload`, then end the daemon")


def _stopped(one: OutbreakTally) -> str:
    held = one.seen - one.out
    text = f"{held:,} stopped, {one.out:,} got out: {one.before_slowing} "
    text += "before the first was held back"
    if one.before_conviction is None:
        return f"{text}; slowed, never convicted"
    kinds = ", ".join(str(category) for category in one.categories if category.convicts)
    return f"{text}, {one.before_conviction} before the first was convicted ({kinds})"


def _suffered(tally: InnocentTally, of: str) -> str:
    text = f"{tally.messages:,} messages of {len(tally.senders):,} {of}: "
    if not tally.held_back and not tally.convicted:
        return f"{text}none slowed, none convicted"
    kinds = ", ".join(f"{count} {kind}" for kind, count in tally.held_back.most_common())
    convicted, held = tally.convicted.total(), tally.held_back.total()
    return f"{text}{convicted:,} convicted, {held:,} held back ({kinds or 'none'})"


def _most(names: Counter[str]) -> list[str]:
    return [name for name, _ in names.most_common(SHOWN_REASONS)]


def _name(sender: Sender) -> str:
    return f"{sender.kind} {sender.id}"


# ------------------------------------------------------------------ lines


def _say(text: str) -> None:
    click.echo(textwrap.fill(text, WIDTH))


def _title(text: str) -> None:
    click.echo("\n" + click.style(text, bold=True))


def _fact(text: str, indent: int = 2) -> None:
    # A line with its own columns is left as it is.
    if len(text) + indent <= WIDTH:
        click.echo(" " * indent + text)
    else:
        begin, hang = " " * indent, " " * (indent + 2)
        click.echo(textwrap.fill(text, WIDTH, initial_indent=begin, subsequent_indent=hang))


def _bad(text: str) -> None:
    filled = textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
    click.echo(click.style(filled, fg="red", bold=True))
