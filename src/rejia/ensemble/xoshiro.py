"""Compiled random numbers, whose state is handed on: xoshiro256++."""

import numpy as np
from numba import njit

_FRACTION = 2.0**-53


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _turn(word: np.uint64, by: int) -> np.uint64:
    return (word << np.uint64(by)) | (word >> np.uint64(64 - by))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def uniform(seed: np.ndarray) -> float:
    """Return the next number in [0, 1) of xoshiro256++, whose state is `seed`."""
    word = _turn(seed[0] + seed[3], 23) + seed[0]
    shifted = seed[1] << np.uint64(17)
    seed[2] ^= seed[0]
    seed[3] ^= seed[1]
    seed[1] ^= seed[2]
    seed[0] ^= seed[3]
    seed[2] ^= shifted
    seed[3] = _turn(seed[3], 45)
    return float(word >> np.uint64(11)) * _FRACTION
