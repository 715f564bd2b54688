"""What a walk on a lattice keeps to, and where it is."""

from typing import NamedTuple

import numpy as np


class Problem(NamedTuple):
    """
    What a walk keeps to.

    Attributes
    ----------
    link : numpy.ndarray
        Weights of the two bases in the third coordinate.
    low, high : numpy.ndarray
        Ends of whole values, ``[coordinate, patient]``.
    tied : numpy.ndarray
        Patients whose second base equals the first.
    group, pool, begin : numpy.ndarray
        Group of each patient; free patients by group; where each group begins.
    reach : numpy.ndarray
        Longest shift of each base.
    coord, member, window, scale : numpy.ndarray
        Cells: coordinate; patients; n and windows of sum and spread; weights of a
        distance from them.
    end_coord, end_member, end_value, end_weight : numpy.ndarray
        Ends to attain, and the logarithm of what a state that does weighs more.
    law, law_low : numpy.ndarray
        Logarithm of the weight ``[base, group, value - law_low]``; empty: uniform.
    """

    link: np.ndarray
    low: np.ndarray
    high: np.ndarray
    tied: np.ndarray
    group: np.ndarray
    pool: np.ndarray
    begin: np.ndarray
    reach: np.ndarray
    coord: np.ndarray
    member: np.ndarray
    window: np.ndarray
    scale: np.ndarray
    end_coord: np.ndarray
    end_member: np.ndarray
    end_value: np.ndarray
    end_weight: np.ndarray
    law: np.ndarray
    law_low: np.ndarray


class State(NamedTuple):
    """
    Where a walk is, changed in place.

    Attributes
    ----------
    x, k : numpy.ndarray
        Real values ``[base, patient]``; whole values ``[coordinate, patient]``.
    sums, squares, holders : numpy.ndarray
        Of the cells and ends of the problem.
    seed : numpy.ndarray
        State of the random numbers.
    attained : numpy.ndarray
        Looks at which each end was attained.
    touched, new, new_k, new_s, new_q, new_h : numpy.ndarray
        The move that is tried: patients, values, and what becomes of all sums.
    """

    x: np.ndarray
    k: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    holders: np.ndarray
    seed: np.ndarray
    attained: np.ndarray
    touched: np.ndarray
    new: np.ndarray
    new_k: np.ndarray
    new_s: np.ndarray
    new_q: np.ndarray
    new_h: np.ndarray
