"""One question at a time: how far can a statistic go, and can it be reproduced."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rejia.ensemble.attainable import counted
from rejia.ensemble.hulls import find_hulls
from rejia.ensemble.model import Spec
from rejia.ensemble.moments import moment_span
from rejia.ensemble.quantities import Quantity, quantities
from rejia.ensemble.reproduction import Printed, Reproduction
from rejia.ensemble.reproduction import reproduce as reproduce_from
from rejia.ensemble.sampling import sample
from rejia.estimate import Key

Asked = Key | tuple[Key, str]
_STARTS = 256


@dataclass(frozen=True)
class Attained:
    """
    Hull of one statistic.

    Attributes
    ----------
    low, high : float
        Smallest and largest value.
    evidence : str
        ``proof``: no cohort that fits has a value outside. ``search``: both ends are
        attained, and nothing outside was found.
    cohort_low, cohort_high : numpy.ndarray or None
        ``[column, patient]`` in steps: cohorts at the ends; none for a mean or an SD,
        whose ends are computed.
    """

    low: float
    high: float
    evidence: str
    cohort_low: np.ndarray | None = None
    cohort_high: np.ndarray | None = None


def hull(
    spec: Spec,
    key: Key,
    *,
    statistic: str = "p_value",
    seed: int = 1,
    steps: int = 40_000,
) -> Attained:
    """
    Find the smallest and the largest value of a statistic among the cohorts that fit.

    Parameters
    ----------
    spec : Spec
        Demands.
    key : Key
        As of the facts, without study and cohort.
    statistic : str
        ``p_value``, ``odds_ratio``, ``ci_low``, ``ci_high`` of a test of the spec's
        battery; ``mean`` or ``sd`` of a column.
    seed, steps : int
        Of the search; moves of each.

    Returns
    -------
    Attained

    Raises
    ------
    ValueError
        If the spec has no such statistic.
    """
    quantity = _find(spec, key, statistic)
    if quantity.row < 0:
        span = moment_span(spec, quantity.columns[0], key.group, statistic)
        return Attained(span.low, span.high, "proof")
    tests = tuple(t for t in spec.tests if getattr(t, "analysis", "") == key.analysis)
    alone = replace(spec, tests=tests)
    row = _find(alone, key, statistic).row
    starts = sample(spec, _STARTS, seed=seed)
    found = find_hulls(alone, tests, starts, seed=seed, steps=steps)
    ends = found.found[row, statistic]
    proven = ends.low == ends.high and set(quantity.columns) <= counted(spec)
    return Attained(
        ends.low,
        ends.high,
        "proof" if proven else "search",
        found.witnesses.values[:, :, ends.at_low],
        found.witnesses.values[:, :, ends.at_high],
    )


def reproduce(
    spec: Spec,
    printed: Mapping[Asked, str | Printed],
    *,
    seed: int = 1,
    steps: int = 1_200_000,
) -> Reproduction:
    """
    Search for one cohort that has several printed statistics at once.

    Parameters
    ----------
    spec : Spec
        Demands.
    printed : mapping
        Text as printed by key, or by key and statistic; a key alone is its p-value.
    seed, steps : int
        Of the search.

    Returns
    -------
    Reproduction
        The witness, or how far the nearest cohort is.

    Raises
    ------
    ValueError
        If the spec has no such statistic, or it cannot be searched.
    """
    wanted = {
        name if isinstance(name, tuple) else (name, "p_value"): text
        for name, text in printed.items()
    }
    starts = sample(spec, _STARTS, seed=seed)
    return reproduce_from(spec, wanted, starts=starts, seed=seed, steps=steps)


def _find(spec: Spec, key: Key, statistic: str) -> Quantity:
    wanted = replace(key, study="", cohort="", scenario=key.scenario or "primary")
    for quantity in quantities(spec):
        if (quantity.key, quantity.statistic) == (wanted, statistic):
            return quantity
    raise ValueError(
        f"key and statistic must be of a column or test of spec {spec.id}, but got "
        f"{statistic} of {key}"
    )
