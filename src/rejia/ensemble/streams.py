"""Random streams: each column has its own, so that a new column moves no other."""

from hashlib import sha256

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """
    Return the generator of a column.

    Parameters
    ----------
    seed : int
        Seed of the run.
    name : str
        Name of the column; its SHA-256 digest is the spawn key.
    """
    digest = sha256(name.encode()).digest()
    key = tuple(int.from_bytes(digest[at : at + 4], "big") for at in (0, 4, 8, 12))
    sequence = np.random.SeedSequence(seed, spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))
