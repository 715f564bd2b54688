"""Arithmetic that the compiler can do for many cohorts at once: exp and normal tails.

Cohorts lie side by side, the innermost loop runs over them, and no step depends on
a neighbour: a cohort's result has the same bits in any block.
"""

from collections.abc import Callable
from math import factorial, log, sqrt
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray
from scipy.special import erfcx

Floats = NDArray[np.float64]
Lanes = NDArray[Any]

# Copying an array into a slice makes Numba compile the words of an error about shapes,
# for 3 s in each process that compiles: compiled code has loops instead.
# Products and sums may be fused; nothing else is reordered. With Python's error
# model a division could leave the loop, which would not be vectorised.
COMPILED: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "fastmath": {"contract"},
    "error_model": "numpy",
}

WIDTH = 64  # cohorts that a block of normal tails holds

_LOG2_E = 1.0 / log(2.0)
# ln 2 as two floats, the first with zeros at its end: k * _LN2_HIGH is exact.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_C = tuple(1.0 / factorial(k) for k in range(14))
_C2, _C3, _C4, _C5, _C6, _C7 = _C[2:8]
_C8, _C9, _C10, _C11, _C12, _C13 = _C[8:]
_SQRT_HALF = sqrt(0.5)
_MIDDLE = 3.75
_LEAST = 700.0  # exp(-700) is 1e-304; p below that is given as 0


def _tail_series() -> Floats:
    """
    Return the polynomial g with erfcx(x) = g((x - c) / (x + c)) / (1 + 2x), x >= 0.

    The factor makes g smooth up to infinity: with c = 3.75, 21 terms are within 4e-15.
    """

    def smooth(t: Floats) -> Floats:
        x = _MIDDLE * (1.0 + t) / (1.0 - t)
        return np.asarray(erfcx(x) * (1.0 + 2.0 * x))

    # Chebyshev's points leave out the ends, where x would be infinite.
    series = np.polynomial.chebyshev.chebinterpolate(smooth, 20)
    return np.ascontiguousarray(np.polynomial.chebyshev.cheb2poly(series)[::-1])


TAIL_SERIES = _tail_series()


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def _float_of_bits(typing: Any, bits: Any) -> tuple[Any, Callable[..., Any]]:
    """Take the 64 bits of an integer for those of a float."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.DoubleType())

    return types.float64(types.int64), build


@njit(inline="always", **COMPILED)
def exp_of(x: float) -> float:
    """Return exp(x) for x from -700 to 700: x = k ln 2 + r, Taylor's series of r."""
    k = np.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = _C13 * r + _C12
    p = p * r + _C11
    p = p * r + _C10
    p = p * r + _C9
    p = p * r + _C8
    p = p * r + _C7
    p = p * r + _C6
    p = p * r + _C5
    p = p * r + _C4
    p = p * r + _C3
    p = p * r + _C2
    p = p * r + 1.0
    p = p * r + 1.0
    power = np.int64(np.int32(k) + np.int32(1023)) << np.int64(52)
    return p * float(_float_of_bits(power))


@njit(**COMPILED)
def two_sided_p(z: Floats, p: Floats, series: Floats) -> None:
    """Write 2 Phi(-|z|) for a row of z; `nan` stays."""
    n = z.size
    x = np.empty(WIDTH)
    t = np.empty(WIDTH)
    total = np.empty(WIDTH)
    for first in range(0, n, WIDTH):
        width = min(WIDTH, n - first)
        for i in range(WIDTH):
            x[i] = z[first + i] if i < width else 0.0
        for i in range(WIDTH):
            x[i] = abs(x[i]) * _SQRT_HALF
            bounded = x[i] if x[i] < 1e8 else 1e8
            t[i] = (bounded - _MIDDLE) / (bounded + _MIDDLE)
            total[i] = series[0]
        for k in range(1, series.size):
            for i in range(WIDTH):
                total[i] = total[i] * t[i] + series[k]
        for i in range(WIDTH):
            square = x[i] * x[i]
            tail = exp_of(-square if square < _LEAST else -_LEAST)
            value = tail * total[i] / (1.0 + 2.0 * x[i])
            total[i] = 0.0 if square >= _LEAST else value + (x[i] - x[i])
        for i in range(width):
            p[first + i] = total[i]


@njit(**COMPILED)
def gather(values: Lanes, rows: NDArray[np.int64], first: int, block: Lanes) -> None:
    """Copy patients of a block of cohorts; a short block repeats its last cohort."""
    width = min(block.shape[1], values.shape[1] - first)
    for i in range(rows.size):
        target = block[i]
        source = values[rows[i], first : first + width]
        for c in range(width):
            target[c] = source[c]
        for c in range(width, target.size):
            target[c] = source[width - 1]
