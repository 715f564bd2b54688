"""Improvement and worsening in percent, exact and three-valued."""

from collections.abc import Sequence
from fractions import Fraction

from rejia.scores.intervals import Relation, bounded, relation
from rejia.scores.readings import Reading, canonical

Answer = bool | None
_ANSWERS: dict[Relation, Answer] = {"inside": True, "outside": False, "across": None}


def improved(before: Reading, after: Reading, *, percent: Fraction) -> Answer:
    """
    Say whether a value fell by at least a percentage.

    Parameters
    ----------
    before, after : Reading
        Lower is better; never below zero.
    percent : Fraction
        Of the value before.

    Returns
    -------
    bool or None
        None where it cannot be decided. From zero nothing improves.
    """
    pair = _comparable(before, after)
    if pair is None:
        return None
    start, end = pair
    if start == 0:
        return False
    return _ANSWERS[
        relation(end.not_negative, bounded("≤", start * (1 - percent / 100)))
    ]


def worsened(
    before: Reading, after: Reading, *, percent: Fraction, strict: bool
) -> Answer:
    """
    Say whether a value rose by a percentage.

    Parameters
    ----------
    before, after : Reading
        Lower is better; never below zero.
    percent : Fraction
        Of the value before.
    strict : bool
        Whether it must rise by more than that, or at least by that.

    Returns
    -------
    bool or None
        None where it cannot be decided. From zero any rise is worse.
    """
    pair = _comparable(before, after)
    if pair is None:
        return None
    start, end = pair
    comparator = ">" if strict or start == 0 else "≥"
    return _ANSWERS[
        relation(end.not_negative, bounded(comparator, start * (1 + percent / 100)))
    ]


def rose_by(before: Reading, after: Reading, *, least: Fraction) -> Answer:
    """Say whether a value rose by at least an absolute amount."""
    pair = _comparable(before, after)
    if pair is None:
        return None
    start, end = pair
    return _ANSWERS[relation(end.not_negative, bounded("≥", start + least))]


def both(first: Answer, second: Answer) -> Answer:
    """Say whether two things hold, where either may be unknown."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def at_least_and_at_most(
    wanted: Sequence[Answer], least: int, unwanted: Sequence[Answer], most: int
) -> Answer:
    """
    Say whether enough of one kind hold and not too many of another.

    Returns
    -------
    bool or None
        None where the unknown ones could decide it either way.
    """
    possible = len(wanted) - wanted.count(False)
    possible_unwanted = len(unwanted) - unwanted.count(False)
    if wanted.count(True) >= least and possible_unwanted <= most:
        return True
    return None if possible >= least and unwanted.count(True) <= most else False


def _comparable(before: Reading, after: Reading) -> tuple[Fraction, Reading] | None:
    before, after = canonical(before), canonical(after)
    if before.value is None or before.comparator or after.value is None:
        return None
    if before.unit != after.unit or before.value < 0 or after.not_negative.is_empty:
        return None
    return before.value, after
