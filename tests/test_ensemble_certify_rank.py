"""Certificates of rank tests: against complete lists, and proved by a second engine."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemble_specs import aoki
from rank_certificates_again import Checked, holds, suffices
from rejia.ensemble._battery_tests import RankSum, SignedRank
from rejia.ensemble.attainable import printed_texts
from rejia.ensemble.battery import battery
from rejia.ensemble.certify import (
    RANK_ENGINE,
    certificate_rows,
    certify,
    ends_name,
    proved_ends,
)
from rejia.ensemble.certify_rank import levels_of, prove_rank_test, space_of
from rejia.ensemble.hulls import Hull, Hulls
from rejia.ensemble.model import Cell, Column, Ensemble, Spec
from rejia.ensemble.quantities import battery_rows
from rejia.ensemble.verdicts import Range, judge

TWO = RankSum("x", ("A",), ("B",))
PAIRED = SignedRank("x", "y")
SIZES = {"A": 3, "B": 4}


def cells_around(name, values, sizes, slack):
    """Return cells of the groups and of everyone: windows this much wider."""
    ends = np.cumsum([0, *sizes.values()])
    parts = [(label, (label,)) for label in sizes] + [("all", tuple(sizes))]
    found = []
    for at, (label, groups) in enumerate(parts):
        mine = values if label == "all" else values[ends[at] : ends[at + 1]]
        n, total = len(mine), sum(mine)
        spread = n * sum(v * v for v in mine) - total * total
        low = max(0, spread - 4 * slack)
        sums = (max(0, total - slack), total + slack)
        found.append(Cell(name, label, groups, n, *sums, low, spread + 4 * slack))
    return found


def spec_of(columns, sizes, top, slack, test):
    cells = [
        cell
        for name, values in columns.items()
        for cell in cells_around(name, values, sizes, slack)
    ]
    scales = [Column(name, "mg", Fraction(1), 0, top, name) for name in columns]
    groups, merges = tuple(sizes.items()), (("all", tuple(sizes)),)
    return Spec(
        *("s", "t", tuple(scales), groups, tuple(cells), (), (), (test,), "o", merges)
    )


def everyone(spec, name):
    """List every vector of a column: ``[patient, cohort]``, each sorted in groups."""
    n, top = spec.n, spec.column(name).high
    values = np.array(list(product(range(top + 1), repeat=n)), np.int64).T
    ends = np.cumsum([0, *(size for _, size in spec.groups)])
    good = np.ones(values.shape[1], bool)
    for cell in spec.cells_of(name):
        at = [label for label, _ in spec.groups].index(cell.groups[0])
        mine = values if cell.group == "all" else values[ends[at] : ends[at + 1]]
        total = mine.sum(axis=0)
        spread = cell.n * (mine * mine).sum(axis=0) - total * total
        good &= (cell.sum_low <= total) & (total <= cell.sum_high)
        good &= (cell.spread_low <= spread) & (spread <= cell.spread_high)
    return values[:, good]


def p_values(spec, columns):
    """Return p of every cohort, as the battery has it."""
    groups = np.repeat(range(len(spec.groups)), [n for _, n in spec.groups])
    ensemble = Ensemble(
        np.ascontiguousarray(np.stack(columns), np.int16),
        np.ones(len(columns)),
        groups.astype(np.int8),
        spec.columns,
        tuple(label for label, _ in spec.groups),
        spec=spec.id,
    )
    return battery(ensemble, spec.tests).p[0]


def untied(spec, values):
    """Return whether each cohort's U fits the level that is to be proved, by pairs."""
    space, _, rising = space_of(spec, TWO)
    a, b = values[:3], values[3:]
    first, second = (a, b) if rising else (b, a)
    more = (first[:, np.newaxis] > second).sum(axis=(0, 1))
    return space, more + 0.5 * (first[:, np.newaxis] == second).sum(axis=(0, 1))


cohorts = st.lists(st.integers(0, 4), min_size=7, max_size=7)
targets = st.sampled_from((0.02, 0.05, 0.1, 0.3, 0.6, 0.9))
few = settings(max_examples=15, deadline=None)


@few
@given(cohorts, st.integers(0, 2), targets)
def test_no_cohort_has_a_larger_p_than_what_is_proved(cohort, slack, target):
    spec = spec_of({"x": cohort}, SIZES, 4, slack, TWO)
    proof = prove_rank_test(spec, TWO, target)
    if proof is not None:
        p = p_values(spec, [everyone(spec, "x")])
        assert np.nanmax(p) <= target
        assert holds(proof)


@few
@given(cohorts, targets)
def test_where_windows_are_points_all_that_is_true_is_proved(cohort, target):
    spec = spec_of({"x": cohort}, SIZES, 4, 0, TWO)
    space, pairs = untied(spec, everyone(spec, "x"))
    level = levels_of(space, target, corrected=False)[7]
    proof = prove_rank_test(spec, TWO, target)
    assert (proof is not None) == (pairs.max() < level)


@few
@given(
    st.lists(st.integers(2, 5), min_size=5, max_size=5),
    st.lists(st.integers(0, 3), min_size=5, max_size=5),
    st.integers(0, 1),
    targets,
)
def test_no_pair_of_visits_has_a_larger_p_than_what_is_proved(
    before, after, slack, target
):
    sizes = {"A": 2, "B": 3}
    spec = spec_of({"x": before, "y": after}, sizes, 5, slack, PAIRED)
    proof = prove_rank_test(spec, PAIRED, target)
    if proof is None:
        return
    first, second = everyone(spec, "x"), everyone(spec, "y")
    # Every pair of vectors; the order within groups matters once.
    ordered = np.sort(first[:2], axis=0), np.sort(first[2:], axis=0)
    first = np.unique(np.concatenate(ordered), axis=1)
    i, j = (at.ravel() for at in np.indices((first.shape[1], second.shape[1])))
    p = p_values(spec, [first[:, i], second[:, j]])
    assert np.nanmax(p) <= target
    assert holds(proof)


def test_a_paired_bound_is_as_close_as_the_list_of_all():
    before, after = [4, 5, 5, 4, 5], [0, 1, 0, 1, 0]
    spec = spec_of({"x": before, "y": after}, {"A": 2, "B": 3}, 5, 0, PAIRED)
    # All fall, so W+ is 0: z = -7.5 / sqrt(13.75), p = 0.0431.
    assert prove_rank_test(spec, PAIRED, 0.0432) is not None
    assert prove_rank_test(spec, PAIRED, 0.0430) is None


def test_those_who_do_not_change_are_not_ranked():
    """Four of five fall, one stays: W+ = 0 of 4, z = -5 / sqrt(7.5), p = 0.0679."""
    spec = spec_of({"x": [5] * 5, "y": [0] * 4 + [5]}, {"A": 5}, 5, 0, PAIRED)
    assert prove_rank_test(spec, PAIRED, 0.0680) is not None
    assert prove_rank_test(spec, PAIRED, 0.0678) is None


def test_the_correction_for_continuity_makes_p_larger():
    before, after = [5] * 5, [0] * 5
    corrected = replace(PAIRED, method="normal_corrected")
    spec = spec_of({"x": before, "y": after}, {"A": 5}, 5, 0, corrected)
    # z = -7 / sqrt(13.75): p = 0.0591.
    assert prove_rank_test(spec, corrected, 0.0592) is not None
    assert prove_rank_test(spec, corrected, 0.0589) is None


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1])
def test_a_bound_that_says_nothing_is_refused(p):
    spec = spec_of({"x": [0, 0, 1, 4, 5, 5, 4]}, SIZES, 5, 0, TWO)
    with pytest.raises(ValueError, match="p_value must be above 0 and below 1"):
        prove_rank_test(spec, TWO, p)


def test_zeros_that_keep_their_ranks_are_not_certified():
    kept = replace(PAIRED, zeros="pratt")
    spec = spec_of({"x": [5] * 5, "y": [0] * 5}, {"A": 5}, 5, 0, kept)
    assert prove_rank_test(spec, kept, 0.5) is None


# --- Aoki 2014 ------------------------------------------------------------------------

# What a search attained, rounded outwards: it says which bounds would decide. The
# searched hull of CRP ends at 0.000027, a tenth of what a cohort below has.
HULLS = {"crp": 0.00032, "esr": 6e-7, "glucocorticoid": 2e-6}


@cache
def certificates():
    """Return the certificates about change of these, with their spec."""
    _, facts, spec = aoki()
    tests = tuple(
        test
        for test in spec.tests
        if isinstance(test, SignedRank) and test.after.partition("@")[0] in HULLS
    )
    alone = replace(spec, tests=tests)
    rows = battery_rows(alone)
    found = {
        (at, "p_value"): Hull(1e-9, HULLS[columns[1].partition("@")[0]], 0, 0)
        for at, (_, columns) in enumerate(rows)
    }
    hulls = Hulls(tuple(row for row, _ in rows), found, None)
    return alone, certify(alone, hulls, printed_texts(alone, facts))


def test_change_of_crp_esr_and_glucocorticoid_dose_is_significant_in_every_cohort():
    study, facts, _ = aoki()
    _, found = certificates()
    table = certificate_rows(study.study, found)
    assert set(table["outcome"]) == set(HULLS)
    assert set(table["engine"]) == {RANK_ENGINE}
    assert set(table["side"]) == {"high"}
    assert (table["bound"] < 0.001).all()
    ends = proved_ends(table)
    printed = facts[(facts["analysis"] == "before_after")]
    for row in table.to_dict("records"):
        (text,) = set(
            printed[
                (printed["outcome"] == row["outcome"])
                & (printed["statistic"] == "p_value")
            ]["printed"]
        )
        outer = ends[ends_name(row)]
        hull = Range(1e-9, HULLS[row["outcome"]], False, ((1e-8, 1e-7),), outer)
        verdict = judge(text, hull)
        assert (verdict.attainability, verdict.evidence) == ("forced", "proof")
        unproved = replace(hull, outer=(-np.inf, np.inf))
        assert judge(text, unproved).evidence == "search"


@pytest.mark.parametrize("at", range(3))
def test_each_certificate_of_a_rank_test_is_proved_again(at):
    alone, found = certificates()
    assert suffices(alone, found[at])
    assert all(holds(proof) for proof in found[at].proofs)


def test_a_false_proof_is_refused_by_the_second_engine():
    _, found = certificates()
    proof = next(one.proofs[0] for one in found if "crp" in one.quantity.key.outcome)
    for at in (0, len(proof.boxes) // 2, len(proof.boxes) - 1):
        left = (*proof.boxes[:at], *proof.boxes[at + 1 :])
        assert not Checked(replace(proof, boxes=left)).covers()
    assert not holds(replace(proof, p_value=0.0003))
    assert not holds(replace(proof, rising=not proof.rising))
    wrong = [
        replace(box, sums=tuple((2 * a, 2 * b) for a, b in box.sums))
        for box in proof.boxes
    ]
    assert not holds(replace(proof, boxes=tuple(wrong)))


FAR_BEFORE = (
    (0, 0, 0, 0, 34, 52, 54, 71, 80, 88, 112),
    (0, 0, 0, 0, 42, 64, 91, 96),
    (*[0] * 10, 55, 80, 114, 125, 126, 140, 158, 162, 164, 170, 187),
)
FAR_AFTER = ((2, 1, 1, 1, *[0] * 7), (1, 1, *[0] * 6), (*[1] * 8, *[0] * 13))


def test_a_cohort_near_the_bound_of_crp_fits_and_stays_within_it():
    """Built by hand: four zeros in A and B and ten in C, most of whom then rise."""
    _, _, spec = aoki()
    labels = [label for label, _ in spec.groups]
    columns = {"crp@baseline": FAR_BEFORE, "crp@follow_up": FAR_AFTER}
    for name, groups in columns.items():
        for cell in spec.cells_of(name):
            mine = [v for g in cell.groups for v in groups[labels.index(g)]]
            total = sum(mine)
            spread = cell.n * sum(v * v for v in mine) - total * total
            assert cell.sum_low <= total <= cell.sum_high
            assert cell.spread_low <= spread <= cell.spread_high
    alone, found = certificates()
    bound = next(one.bound for one in found if one.quantity.key.outcome == "crp")
    test = next(test for test in alone.tests if test.after == "crp@follow_up")
    small = replace(
        alone,
        columns=tuple(c for c in alone.columns if c.name in columns),
        tests=(test,),
    )
    values = [
        np.array([[v] for g in columns[c.name] for v in g]) for c in small.columns
    ]
    (p,) = p_values(small, values)
    assert p == pytest.approx(0.000315, abs=1e-6)
    assert p < bound
    assert prove_rank_test(spec, test, 0.00031, boxes=60) is None
