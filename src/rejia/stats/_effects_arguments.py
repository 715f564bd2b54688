"""Checks of the arguments of effect sizes, and mid-ranks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def finite_values(values: ArrayLike, name: str) -> FloatArray:
    """Return a vector of finite numbers; missing values are the caller's to remove."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, but got {array.ndim}")
    bad = array[~np.isfinite(array)]
    if bad.size:
        raise ValueError(
            f"{name} must hold finite numbers (remove missing values first), "
            f"but got {bad[0]}"
        )
    return array


def mid_ranks(values: FloatArray) -> FloatArray:
    """Rank from 1; tied values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], dtype=np.float64)


def tie_sum(values: FloatArray) -> float:
    """Return the sum of t^3 - t over the numbers t of equal values."""
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((counts**3 - counts).sum())
