"""Checks of arguments: choices, confidence, counts; a refusal says what is allowed."""

from collections.abc import Sequence
from math import isfinite

# Said where a p-value and its interval, which order outcomes differently, disagree.
DISAGREEMENT = (
    "the p-value (outcomes ordered by probability) and the interval (equal tails) "
    "disagree about a ratio of 1 at this level"
)


def check_choice(value: str, name: str, allowed: Sequence[str]) -> None:
    """Refuse a choice that is not spelled out in full."""
    if value not in allowed:
        raise ValueError(
            f"{name} must be one of {', '.join(allowed)}, but got {value!r}"
        )


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level outside the open unit interval."""
    if not 0 < confidence < 1:
        raise ValueError(
            f"confidence must be between 0 and 1, both excluded, but got {confidence}"
        )


def whole_count(value: float, name: str) -> int:
    """Return a count as an integer; 3.0 is a count, 2.5, -1 and nan are not."""
    if not isfinite(value) or value != int(value) or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or more, but got {value}")
    return int(value)


def events_of_total(
    events: float, total: float, events_name: str, total_name: str
) -> tuple[int, int]:
    """Return a number of events and its total, both as integers."""
    n = whole_count(total, total_name)
    if not isfinite(events) or events != int(events):
        raise ValueError(f"{events_name} must be a whole number, but got {events}")
    if not 0 <= events <= n:
        raise ValueError(
            f"{events_name} must be from 0 to {total_name} ({n}), but got {int(events)}"
        )
    return int(events), n
