"""Samples in, integer midranks out; what the rank tests share."""

from collections.abc import Sequence
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ALTERNATIVES = ("two-sided", "less", "greater")

# Below this relative gap two values differ in the last digits of a subtraction,
# not in what was measured.
_NEAR = 1e-9


def check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a value that is none of those allowed."""
    if value not in allowed:
        raise ValueError(
            f"{name} must be one of {', '.join(allowed)}, but got {value!r}"
        )


def read_sample(values: ArrayLike, name: str) -> Floats:
    """One-dimensional array of numbers; missing values are refused."""
    try:
        sample = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers, but got {values!r:.60}") from None
    if sample.ndim != 1:
        raise ValueError(
            f"{name} must have one dimension, but got the shape {sample.shape}"
        )
    missing = int(np.isnan(sample).sum())
    if missing:
        raise ValueError(
            f"{name} must not hold missing values, but {missing} of {sample.size} "
            "are missing; remove them first"
        )
    return sample


def read_groups(groups: Sequence[ArrayLike]) -> list[Floats]:
    """Two samples or more."""
    samples = [
        read_sample(group, f"group {number}") for number, group in enumerate(groups, 1)
    ]
    if len(samples) < 2:
        raise ValueError(f"groups must be at least 2 samples, but got {len(samples)}")
    return samples


def read_pairs(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Two samples of one length."""
    first, second = read_sample(x, "x"), read_sample(y, "y")
    if first.size != second.size:
        raise ValueError(
            f"x and y must have one length, but got {first.size} and {second.size}"
        )
    return first, second


def double_midranks(values: Floats) -> tuple[Integers, Integers]:
    """
    Twice the midranks, which are integers, and the sizes of the tied classes.

    The classes come in ascending order of the values.
    """
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    ties = ties.astype(np.int64)
    return (2 * np.cumsum(ties) - ties + 1)[place], ties


def describe_near_ties(values: Floats) -> str:
    """Warn of values that differ by rounding error only, and were ranked apart."""
    ordered = np.unique(values[np.isfinite(values)])
    if ordered.size < 2:
        return ""
    near = np.diff(ordered) <= _NEAR * np.abs(ordered).max()
    if not near.any():
        return ""
    return (
        f"{int(near.sum())} neighbouring values differ by rounding error only and were "
        "ranked as different; pass whole units of the scale"
    )


def find_empty(groups: Sequence[Floats], names: Sequence[str]) -> str:
    """Say which group is empty, if one is."""
    empty = [name for name, group in zip(names, groups, strict=True) if group.size == 0]
    return f"no values in {', '.join(empty)}" if empty else ""


def compute_z(centred: float, variance: float, step: float, alternative: str) -> float:
    """Standardised statistic, moved towards 0 by the continuity correction `step`."""
    correction = {
        "two-sided": step * float(np.sign(centred)),
        "greater": step,
        "less": -step,
    }
    return (centred - correction[alternative]) / sqrt(variance)


def compute_p(statistic: float, alternative: str, freedom: float = inf) -> float:
    """P-value from Student's t; with infinite degrees of freedom, from the normal."""
    if alternative == "two-sided":
        return 2 * _compute_lower_tail(-abs(statistic), freedom)
    at = statistic if alternative == "less" else -statistic
    return _compute_lower_tail(at, freedom)


def _compute_lower_tail(value: float, freedom: float) -> float:
    return float(ndtr(value) if freedom == inf else stdtr(freedom, value))


def compute_kendall_variance(first: Integers, second: Integers) -> float:
    """
    Variance of Kendall's S, concordant less discordant pairs, given the ties.

    Kendall (1970), Rank correlation methods, 4th ed., eq. 4.3; `first` and `second`
    are the sizes of the tied classes of the two variables.
    """
    n = int(first.sum())
    t, u = first.astype(np.float64), second.astype(np.float64)

    def fold(sizes: Floats, power: int) -> float:
        return float(np.prod([sizes - i for i in range(power)], axis=0).sum())

    variance = (
        n * (n - 1) * (2 * n + 5)
        - float((t * (t - 1) * (2 * t + 5)).sum())
        - float((u * (u - 1) * (2 * u + 5)).sum())
    ) / 18
    variance += fold(t, 2) * fold(u, 2) / (2 * n * (n - 1))
    if n > 2:
        variance += fold(t, 3) * fold(u, 3) / (9 * n * (n - 1) * (n - 2))
    return variance
