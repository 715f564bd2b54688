"""What a walk over the grades of all joints keeps to, and where it is."""

from typing import NamedTuple

import numpy as np


class Grid(NamedTuple):
    """
    What a walk keeps to.

    Attributes
    ----------
    group : numpy.ndarray
        Group of each patient.
    begin : numpy.ndarray
        Where each group begins, and the number of patients.
    site : numpy.ndarray
        Site of each joint.
    sign : numpy.ndarray
        Sign of the change of a patient's total, by group.
    top : int
        Highest grade.
    number : numpy.ndarray
        Class of each grade at the first visit.
    rows_of_site, rows_of_total : numpy.ndarray
        Rows of moments, by visit, group (and site); -1 fills up.
    size : numpy.ndarray
        Values of each row, by how many are missing.
    window : numpy.ndarray
        Ends of sum and spread of each row, by how many are missing.
    scale : numpy.ndarray
        Weight of a distance from the window of the sum and of the spread, by row.
    factor : numpy.ndarray
        Coefficient of each class and fate, by row of counts.
    ends, unit : numpy.ndarray
        Ends of each row of counts, and what one joint too many weighs.
    """

    group: np.ndarray
    begin: np.ndarray
    site: np.ndarray
    sign: np.ndarray
    top: int
    number: np.ndarray
    rows_of_site: np.ndarray
    rows_of_total: np.ndarray
    size: np.ndarray
    window: np.ndarray
    scale: np.ndarray
    factor: np.ndarray
    ends: np.ndarray
    unit: np.ndarray


class Place(NamedTuple):
    """
    Where a walk is, changed in place.

    Attributes
    ----------
    grade : numpy.ndarray
        Grades in steps, ``[visit, joint, patient]``; -1: missing.
    total : numpy.ndarray
        Totals, ``[visit, patient]``.
    moment : numpy.ndarray
        Sum, sum of squares and missing values of each row.
    counted : numpy.ndarray
        Value of each row of counts.
    seed : numpy.ndarray
        State of the random numbers.
    away : numpy.ndarray
        Distance of each row, patient and count from what is asked.
    move : numpy.ndarray
        The move that is tried: visit, joint, patient, new grade, old grade.
    parts : numpy.ndarray
        Where each part of the move begins; last, how many it has.
    touched, noted, fresh : numpy.ndarray
        What the move bears on; whether it was noted; its distances after the move.
    """

    grade: np.ndarray
    total: np.ndarray
    moment: np.ndarray
    counted: np.ndarray
    seed: np.ndarray
    away: np.ndarray
    move: np.ndarray
    parts: np.ndarray
    touched: np.ndarray
    noted: np.ndarray
    fresh: np.ndarray
