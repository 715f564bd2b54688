"""What a walk over the grades of all joints keeps to, and where it is."""

from typing import NamedTuple

import numpy as np

# Most pairs of joints that change patients in one move: 2 ** MOST outcomes.
MOST = 10


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
    lean, lean_of_count : numpy.ndarray
        How much more it weighs to be above a window, by row (sum and spread) and by
        row of counts; so much less to be below it. Inside it changes nothing.
    mix : numpy.ndarray
        Shares of the steps that deal, share and turn, added up; the others shift.
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
    lean: np.ndarray
    lean_of_count: np.ndarray
    mix: np.ndarray


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
        Where each part of the move begins; how many it has, and `touched`.
    touched, noted, fresh : numpy.ndarray
        What the move bears on; whether it was noted; its distances after the move.
    dealt : numpy.ndarray
        Joints that may change patients: both, and what one total gains at each visit.
    by_grade, by_kinds : numpy.ndarray
        Distances of rows by visit and grade; of counts by the kinds of two joints.
    corner, slope : numpy.ndarray
        Corners of a rectangle: joint, patient, direction, kind before and after; what
        turning it does to sum and sum of squares of each row.
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
    dealt: np.ndarray
    by_grade: np.ndarray
    by_kinds: np.ndarray
    corner: np.ndarray
    slope: np.ndarray
