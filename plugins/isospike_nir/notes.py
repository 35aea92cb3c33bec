"""What the audit says of a graph as a whole, and of how its nodes are joined."""

from __future__ import annotations

from collections.abc import Callable

from isospike.warn import warn
from isospike_nir.audit import Audit
from isospike_nir.profiles import Profile
from isospike_nir.wiring import Wiring

__all__ = ["note_idle", "note_late", "note_times", "note_unread"]


def note_unread(wiring: Wiring, audit: Audit) -> None:
    """Say aloud which fields were not read: a later NIR, or another program, may mean something by them."""
    for spec in wiring.nodes.values():
        if unread := spec.unread():
            text = f"its fields {', '.join(unread)} are none of NIR's and were not read"
            audit.note(spec.name, text)
            warn(f"load: {spec.title}: {text}: what they stand for is missing in the graph")


def note_idle(wiring: Wiring, audit: Audit) -> None:
    """Say which nodes do nothing for an output, and which get nothing from an input."""
    used = _reached(wiring.ends("Output"), wiring.before)
    fed = _reached(wiring.ends("Input"), wiring.after)
    for name in wiring.nodes:
        if name not in used:
            audit.note(name, "leads to no output: nothing of it is returned")
        if name not in fed:
            audit.note(name, "is reached from no input")


def _reached(starts: list[str], ahead: Callable[[str], list[str]]) -> set[str]:
    found, left = set(starts), list(starts)
    while left:
        new = set(ahead(left.pop())) - found
        found |= new
        left += new
    return found


def note_times(audit: Audit, profile: Profile, seconds: float, divisor: float) -> None:
    """Say what the step and the numbers are."""
    ms = seconds * 1e3
    audit.note("", f"profile {profile.name!r}, {profile.about}; dt = {ms:g} ms")
    audit.note("", "numbers are read in mV, mA, ohm and seconds; what an edge carries lasts for one step")
    if profile.dt_ms is not None and abs(ms - profile.dt_ms) > 1e-9 * ms:
        audit.note("", f"the library writes its files for dt = {profile.dt_ms:g} ms: the network may be another one")
    if divisor != 1.0:
        _note_divisor(audit, profile, ms)


def _note_divisor(audit: Audit, profile: Profile, ms: float) -> None:
    """Say that time constants are divided by dt, aloud where nobody asked for it."""
    text = f"the time constants are taken to be products with dt, as {profile.name} writes them, and divided by dt"
    if not profile.is_guessed():
        audit.note("", text)
        return
    text = f"a time constant is shorter than dt = {ms:g} ms: {text}"
    audit.note("", text)
    name = type(profile).__name__
    warn(f"load(profile={profile.name!r}): {text}. Say which: profile=iso.nir.{name}(times='dt'), or times='seconds'")


def note_late(late: set[tuple[str, str]], closing: set[str], audit: Audit) -> None:
    """Say where loops are cut."""
    for source, target in sorted(late):
        audit.note(target, _late(source, target in closing))


def _late(source: str, is_delay: bool) -> str:
    if is_delay:
        return f"closes a loop: it takes from {source!r} what that gave in the step before, the first step of its delay"
    return f"closes a loop: it takes from {source!r} what that gave in the step before, so that the loop takes one step"
