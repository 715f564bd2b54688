"""Complete lists of cohorts: counted again by the exact programme, p by SciPy."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

import ensemble_specs as small
from rejia.ensemble._battery_tests import RankSum
from rejia.ensemble.attainable import printed_texts
from rejia.ensemble.certify import LIST_ENGINE, certificate_rows, certify
from rejia.ensemble.certify_lists import list_cohorts, vectors
from rejia.ensemble.exact import count, demand
from rejia.ensemble.hulls import Hull, Hulls
from rejia.ensemble.quantities import battery_rows
from rejia.ensemble.verdicts import Range

GROUPS = (("A", 3), ("B", 2), ("C", 2))
LISTED = {
    "active_joints@follow_up",
    "limited_joints@baseline",
    "limited_joints@follow_up",
    "crp@follow_up",
}


def spec_around(values, slack):
    """Return a spec of three groups and everyone, around a cohort of seven."""
    cells = []
    for label, mine in (
        ("A", values[:3]),
        ("B", values[3:5]),
        ("C", values[5:]),
        ("A+B+C", values),
    ):
        n, total = len(mine), sum(mine)
        spread = n * sum(v * v for v in mine) - total * total
        sums = (total - slack, total + slack)
        spreads = (max(0, spread - 3 * slack), spread + 3 * slack)
        cells.append(small.cell("x", label, n, sums, spreads))
    return small.spec([small.column("x", 0, 3)], GROUPS, cells)


def everyone(spec):
    """List all cohorts of seven that fit."""
    found = small.vectors(7, 0, 3)
    parts = {"A": slice(0, 3), "B": slice(3, 5), "C": slice(5, 7), "A+B+C": slice(7)}
    for cell in spec.cells:
        found = found[small.fits(cell, found[:, parts[cell.group]])]
    return found


def p_value(x, y):
    """Return p with ties and without continuity correction; nan if all are tied."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return mannwhitneyu(x, y, method="asymptotic", use_continuity=False).pvalue


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=7, max_size=7), st.integers(0, 2))
def test_the_list_is_that_of_all_cohorts(values, slack):
    spec = spec_around(values, slack)
    found = everyone(spec)
    proof = list_cohorts(spec, RankSum("x", ("A",), ("B",)))
    sorted_ = {
        (tuple(sorted(v[:3])), tuple(sorted(v[3:5])), tuple(sorted(v[5:])))
        for v in found.tolist()
    }
    known = [p_value(a, b) for a, b in {(a, b) for a, b, _ in sorted_}]
    known = [p for p in known if not np.isnan(p)]
    if proof is None:
        assert not known
        return
    assert proof.cohorts == len(sorted_)
    assert proof.low == pytest.approx(min(known), rel=1e-12)
    assert proof.high == pytest.approx(max(known), rel=1e-12)


def test_zeros_are_listed_with_the_rest():
    cells = [small.cell("x", "A", 4, (5, 5), (0, 99), zeros=2)]
    spec = small.spec([small.column("x", 0, 9)], (("A", 4),), cells)
    assert vectors(demand(spec, "x", "A")) == ((0, 0, 1, 4), (0, 0, 2, 3))


def test_columns_of_many_values_are_not_listed():
    cells = [small.cell("x", group, 9, (200, 220), (0, 99999)) for group in "AB"]
    spec = small.spec([small.column("x", 0, 99)], (("A", 9), ("B", 9)), cells)
    assert vectors(demand(spec, "x", "A")) is None
    assert list_cohorts(spec, RankSum("x", ("A",), ("B",))) is None


# --- Aoki 2014 ------------------------------------------------------------------------


@cache
def listed():
    """Return the proofs about C against A+B whose columns can be listed."""
    _, _, spec = small.aoki()
    tests = [
        test
        for test in spec.tests
        if isinstance(test, RankSum) and test.analysis == "c_vs_ab"
    ]
    found = {test.column: list_cohorts(spec, test) for test in tests}
    return {column: proof for column, proof in found.items() if proof is not None}


def test_columns_of_few_values_are_listed():
    assert set(listed()) == LISTED


@pytest.mark.parametrize("column", sorted(LISTED))
def test_the_exact_programme_counts_as_many_vectors(column):
    """Each vector in rising order stands for all orders of its values."""
    _, _, spec = small.aoki()
    for group, found in listed()[column].lists:
        assert len(set(found)) == len(found)
        orders = sum(
            factorial(len(one)) // prod(map(factorial, Counter(one).values()))
            for one in found
        )
        assert count(spec, column, group).ordered == orders


@pytest.mark.parametrize("column", ["active_joints@follow_up", "crp@follow_up"])
def test_another_program_finds_the_same_ends(column):
    _, _, spec = small.aoki()
    proof = listed()[column]
    names = [name for name, _ in proof.lists]
    known, cohorts = [], 0
    for chosen in product(*(found for _, found in proof.lists)):
        of = dict(zip(names, map(list, chosen), strict=True))
        whole = [
            small.fits(cell, np.array([[v for name in cell.groups for v in of[name]]]))
            for cell in spec.cells_of(column)
        ]
        if all(one.all() for one in whole):
            cohorts += 1
            known.append(p_value(of["C"], of["A"] + of["B"]))
    assert cohorts == proof.cohorts
    assert proof.low == pytest.approx(np.nanmin(known), rel=1e-12)
    assert proof.high == pytest.approx(np.nanmax(known), rel=1e-12)


def test_both_ends_of_active_joints_are_certified():
    """The printed 0.038 lies between them: neither forced nor ruled out."""
    study, facts, spec = small.aoki()
    tests = tuple(
        test
        for test in spec.tests
        if isinstance(test, RankSum)
        and (test.column, test.analysis) == ("active_joints@follow_up", "c_vs_ab")
    )
    alone = replace(spec, tests=tests)
    index = tuple(row for row, _ in battery_rows(alone))
    hulls = Hulls(index, {(0, "p_value"): Hull(0.001, 0.08, 0, 0)}, None)
    found = certify(alone, hulls, printed_texts(alone, facts))
    table = certificate_rows(study.study, found)
    assert list(table["side"]) == ["low", "high"]
    assert set(table["engine"]) == {LIST_ENGINE}
    assert list(table["boxes"]) == [130, 130]
    low, high = table["bound"]
    # What was searched has the same ends, so it is proved; a narrower hull is not.
    ends = listed()["active_joints@follow_up"]
    assert Range(ends.low, ends.high, False, (), (low, high)).met
    assert not Range(ends.low, 0.08, False, (), (low, high)).met
    assert 0.0002211 < low <= listed()["active_joints@follow_up"].low
    assert listed()["active_joints@follow_up"].high <= high < 0.0850154
