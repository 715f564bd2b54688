"""Certificates: held against complete lists, and proved again by second engines."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from certificates_again import holds
from rejia.ensemble.battery import Logistic, battery
from rejia.ensemble.certify import (
    Certificate,
    certificate_rows,
    proved_ends,
)
from rejia.ensemble.certify_boxes import Prover
from rejia.ensemble.certify_claims import Information, Slope, WeightedMean
from rejia.ensemble.certify_logistic import OneSlope, outward
from rejia.ensemble.certify_windows import windows
from rejia.ensemble.hulls import cell_values
from rejia.ensemble.model import Cell, Column, Ensemble, Spec
from rejia.ensemble.quantities import quantities

GROUPS = (("A", 3), ("B", 4))
TOP = 5
CELLS = ("odds_ratio", "ci_low", "ci_high", "p_value")


def spec_of(cohort, slack, ends):
    """Return a spec around a cohort of seven: windows this much wider than it."""
    column = Column("x", "mg", Fraction(1, 2), 0, TOP, "x")
    cells = []
    for label, values in (("A", cohort[:3]), ("B", cohort[3:]), ("all", cohort)):
        n, total = len(values), sum(values)
        spread = n * sum(v * v for v in values) - total * total
        wide = slack if label != "all" else 2 * slack
        low, high = total - wide, total + wide
        groups = ("A", "B") if label == "all" else (label,)
        held = (min(cohort), max(cohort)) if ends and label == "all" else (None, None)
        cells.append(
            Cell(
                *("x", label, groups, n, max(low, 0), high),
                *(max(0, spread - 3 * wide), spread + 3 * wide, *held),
            )
        )
    tests = (Logistic(("x",), ("A",), "model"),)
    merges = (("all", ("A", "B")),)
    return Spec("s", "t", (column,), GROUPS, tuple(cells), (), (), tests, "y", merges)


def fits(cell, values):
    total, squared = values.sum(axis=0), (values * values).sum(axis=0)
    spread = cell.n * squared - total * total
    good = (cell.sum_low <= total) & (total <= cell.sum_high)
    good &= (cell.spread_low <= spread) & (spread <= cell.spread_high)
    if cell.lowest is not None:
        good &= (values.min(axis=0) == cell.lowest) & (
            values.max(axis=0) == cell.highest
        )
    return good


def everyone(spec):
    """List every cohort: ``[patient, cohort]``."""
    a, b, whole = spec.cells
    first = np.array(list(product(range(TOP + 1), repeat=3))).T
    second = np.array(list(product(range(TOP + 1), repeat=4))).T
    first, second = first[:, fits(a, first)], second[:, fits(b, second)]
    i, j = (
        at.ravel() for at in np.indices((first.shape[1], second.shape[1]), np.int64)
    )
    cohorts = np.concatenate([first[:, i], second[:, j]])
    return cohorts[:, fits(whole, cohorts)]


def statistics(spec):
    """Return the cells of the model in every cohort that has a fit."""
    values = everyone(spec)
    ensemble = Ensemble(
        np.ascontiguousarray(values[np.newaxis], np.int16),
        np.array([0.5]),
        np.repeat([0, 1], [3, 4]).astype(np.int8),
        spec.columns,
        ("A", "B"),
        spec=spec.id,
    )
    found = cell_values(battery(ensemble, spec.tests), 0)
    known = np.isfinite(np.stack(list(found.values()))).all(axis=0)
    # Separated cohorts have no fit; their iterations may end anywhere.
    a, b = values[:3], values[3:]
    apart = (a.min(axis=0) >= b.max(axis=0)) | (a.max(axis=0) <= b.min(axis=0))
    known &= ~apart & (values.min(axis=0) < values.max(axis=0))
    return {cell: one[known] for cell, one in found.items()}


cohorts = st.lists(st.integers(0, TOP), min_size=7, max_size=7)
many = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)


@many
@given(cohorts, st.integers(0, 1), st.booleans())
def test_no_cohort_passes_a_bound_of_the_odds_ratio(cohort, slack, ends):
    spec = spec_of(cohort, slack, ends)
    found = statistics(spec)["odds_ratio"]
    if not len(found):
        return
    model = OneSlope(spec, "x", ("A",))
    low = model.odds_ratio(1, float(found.min()))
    high = model.odds_ratio(-1, float(found.max()))
    if low is not None:
        assert low[0] <= found.min() * (1 + 1e-9)
        assert all(holds(proof) for proof in low[1])
    if high is not None:
        assert found.max() <= high[0] * (1 + 1e-9)
        assert all(holds(proof) for proof in high[1])


@many
@given(
    cohorts,
    st.integers(0, 1),
    st.booleans(),
    st.sampled_from(CELLS[1:]),
    st.sampled_from((1, -1)),
    st.floats(-0.6, 0.6),
)
def test_no_limit_or_p_is_proved_that_a_cohort_passes(
    cohort, slack, ends, statistic, sign, away
):
    """Values on either side of the true end: what is proved must be true."""
    spec = spec_of(cohort, slack, ends)
    found = statistics(spec)
    values = found[statistic]
    if not len(values) or values.min() < 1e-3 or values.max() > 1e3:
        return
    end = float(values.min() if sign > 0 else values.max())
    value = end * float(np.exp(away))
    if statistic == "p_value" and not 0.001 < value < 0.999:
        return
    ratios = found["odds_ratio"]
    slopes = (float(ratios.min()) * 0.999, float(ratios.max()) * 1.001)
    proofs = OneSlope(spec, "x", ("A",)).limit(statistic, sign, value, slopes)
    if proofs is not None:
        assert sign * (end - value) >= -1e-9 * end
        assert all(holds(proof) for proof in proofs)


def test_close_bounds_are_found_where_cohorts_are_few():
    spec = spec_of([0, 3, 5, 1, 2, 4, 5], 0, False)
    found = statistics(spec)
    model = OneSlope(spec, "x", ("A",))
    low, high = model.odds_ratio(1, 0.9), model.odds_ratio(-1, 0.9)
    assert 0.9 < low[0] / found["odds_ratio"].min() <= 1.0
    assert 1.0 <= high[0] / found["odds_ratio"].max() < 1.1
    slopes = (low[0], high[0])
    p = found["p_value"]
    assert model.limit("p_value", 1, 0.9 * float(p.min()), slopes) is not None
    assert model.limit("p_value", 1, 1.2 * float(p.min()), slopes) is None
    limits = found["ci_high"]
    assert model.limit("ci_high", -1, 1.3 * float(limits.max()), slopes) is not None
    assert model.limit("ci_high", -1, 0.8 * float(limits.max()), slopes) is None


def test_cases_say_who_holds_the_ends():
    spec = spec_of([0, 3, 5, 1, 2, 4, 4], 1, True)
    cases = windows(spec, "x")
    assert len(cases) == 4
    for case in cases:
        assert sum(one.n for one in case.strata) == 7
        singles = [one for one in case.strata if one.low == one.high]
        assert {one.low for one in singles} >= {0, 5}


@pytest.mark.parametrize(
    "claim",
    [
        Slope(0.3, 1),
        WeightedMean(0.1, -1),
        Information(1.96, -2.0, 1),
        Information(1.96, -2.0, -1),
    ],
)
def test_another_solver_finds_the_same_least_sum(claim):
    """HiGHS, all values and points at once, against column generation with GLOP."""
    (case,) = windows(spec_of([0, 3, 5, 1, 2, 4, 5], 1, False), "x")
    prover = Prover(case, ("A",))
    at = np.array([0.1, 0.4, 0.2])
    main, equations = claim.rows(at, prover.u, prover.y)
    least, _, _ = prover.proposer.propose(main, equations)
    strata, points = len(case.strata), [case.corners(b) for b in range(3)]
    ends = [*prover.starts, len(prover.u)]
    rows, right = [], []
    width = len(prover.u) + sum(map(len, points)) + 2 * len(equations)
    for s in range(strata):
        row = np.zeros(width)
        row[ends[s] : ends[s + 1]] = 1.0
        rows.append(row)
        right.append(case.strata[s].n)
    begin = len(prover.u)
    for b, block in enumerate(points):
        here = slice(begin, begin + len(block))
        for power in (1, 2):
            row = np.zeros(width)
            for s, one in enumerate(case.strata):
                if b in one.blocks:
                    row[ends[s] : ends[s + 1]] = (
                        prover.u[ends[s] : ends[s + 1]] ** power
                    )
            row[here] = -block[:, power - 1]
            rows.append(row)
            right.append(0.0)
        row = np.zeros(width)
        row[here] = 1.0
        rows.append(row)
        right.append(1.0)
        begin += len(block)
    costs = np.zeros(width)
    costs[: len(main)] = main
    for k, equation in enumerate(equations):
        row = np.zeros(width)
        row[: len(main)] = equation
        row[begin + 2 * k : begin + 2 * k + 2] = 1.0, -1.0
        costs[begin + 2 * k : begin + 2 * k + 2] = 100.0
        rows.append(row)
        right.append(0.0)
    again = linprog(costs, A_eq=np.array(rows), b_eq=right, method="highs")
    assert least == pytest.approx(again.fun, abs=1e-6)


def test_a_false_proof_is_refused_by_the_second_engine():
    spec = spec_of([0, 3, 5, 1, 2, 4, 5], 0, False)
    _, proofs = OneSlope(spec, "x", ("A",)).odds_ratio(1, 0.9)
    proof = next(one for one in proofs if isinstance(one.claim, Slope))
    steeper = replace(proof, claim=Slope(proof.claim.slope + 0.5, 1))
    assert holds(proof)
    assert not holds(steeper)
    assert not holds(replace(proof, boxes=proof.boxes[1:]))


def test_rounding_goes_outwards():
    assert outward(1.23456789012, 1) == 1.2345678
    assert outward(1.23456781, -1) == 1.2345679
    assert outward(0.00123456789, 1, 2) == pytest.approx(0.0012)


def test_the_table_holds_both_ends_of_a_quantity():
    spec = spec_of([0, 3, 5, 1, 2, 4, 5], 0, False)
    quantity = next(q for q in quantities(spec) if q.statistic == "odds_ratio")
    _, proofs = OneSlope(spec, "x", ("A",)).odds_ratio(1, 0.9)
    found = [
        Certificate("t", quantity, side, bound, proofs)
        for side, bound in (("low", 0.5), ("high", 2.0))
    ]
    ends = proved_ends(certificate_rows("s", found))
    assert list(ends.values()) == [(0.5, 2.0)]
    assert list(proved_ends(certificate_rows("s", found[:1])).values()) == [(0.5, inf)]
