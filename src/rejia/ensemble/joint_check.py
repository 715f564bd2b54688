"""Grades against demands, recomputed directly: shares nothing with any engine."""

from fractions import Fraction

import numpy as np

from rejia.ensemble.joint_spec import FATES, TOTAL, Count, Demand, JointSpec, Moment

ABSENT = -1


def missed(spec: JointSpec, grades: np.ndarray) -> tuple[Demand, ...]:
    """
    Return the demands that some grades miss.

    Parameters
    ----------
    spec : JointSpec
        Demands.
    grades : numpy.ndarray
        Steps, ``[visit, joint, patient]``; -1: no grade.

    Returns
    -------
    tuple of Moment or Count
        In exact fractions; ends of windows belong to them.

    Raises
    ------
    ValueError
        If the grades have another shape or leave the scale, a joint has a grade at
        one visit only, not `spec.missing` joints are missing, or the total of a
        patient does not change as the patient's group says.
    """
    shape = (2, len(spec.areas), spec.patients)
    if grades.shape != shape:
        raise ValueError(f"grades must have shape {shape}, but got {grades.shape}")
    if grades.min() < ABSENT or grades.max() > spec.top:
        raise ValueError(f"grades must be from 0 to {spec.top} steps, or -1")
    absent = grades == ABSENT
    if (absent[0] != absent[1]).any() or absent[0].sum() != spec.missing:
        raise ValueError(f"{spec.missing} joints must be missing, at both visits")
    totals = np.maximum(grades, 0).sum(axis=1, dtype=int)
    signs = np.array(spec.signs)[list(spec.group)]
    if (np.sign(totals[1] - totals[0]) != signs).any():
        raise ValueError("totals must change as the groups say")
    return tuple(
        demand
        for demand in spec.demands
        if not (
            _counted(spec, demand, grades)
            if isinstance(demand, Count)
            else _averaged(spec, demand, grades)
        )
    )


def _averaged(spec: JointSpec, moment: Moment, grades: np.ndarray) -> bool:
    chosen = np.isin(spec.group, spec.members(moment.groups))
    here = grades[spec.visits.index(moment.visit)][:, chosen]
    if moment.site == TOTAL:
        values = np.maximum(here, 0).sum(axis=0, dtype=int)
    else:
        joints = [j for j, (site, _) in enumerate(spec.areas) if site == moment.site]
        values = here[joints].ravel().astype(int)
        values = values[values != ABSENT]
    exact = [Fraction(int(value)) for value in values]
    mean = sum(exact) / len(exact)
    if moment.statistic == "mean":
        return moment.low <= mean <= moment.high
    variance = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
    if moment.statistic == "se":
        variance /= len(exact)
    return max(moment.low, Fraction(0)) ** 2 <= variance <= moment.high**2


def _counted(spec: JointSpec, demand: Count, grades: np.ndarray) -> bool:
    low, high = next((a, b) for name, a, b in spec.classes if name == demand.level)
    before, after = grades.reshape(2, -1).astype(int)
    inside = (before >= low) & (before <= high)
    fates = np.sign(after - before)[inside] + FATES.index("unchanged")
    count = int(np.isin(fates, [FATES.index(fate) for fate in demand.fates]).sum())
    if not demand.share:
        return bool(demand.low <= count <= demand.high)
    whole = int(inside.sum())
    if demand.fates == FATES:
        whole = int((before != ABSENT).sum())
    return bool(demand.low * whole <= count <= demand.high * whole)
