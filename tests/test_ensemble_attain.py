"""What was attainable: hulls, verdicts, reproduction; held against complete lists."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.ensemble import hull, reproduce
from rejia.ensemble.battery import Logistic, RankSum, SignedRank, battery
from rejia.ensemble.goal import RANK_OUT, TERM_OUT, evaluate, make_room
from rejia.ensemble.hulls import cell_values, find_hulls
from rejia.ensemble.kept import read_hulls, write_hulls
from rejia.ensemble.model import Cell, Column, Ensemble, SignRule, Spec
from rejia.ensemble.moments import moment_span
from rejia.ensemble.quantities import key_of, measure, quantities
from rejia.ensemble.search import Searcher, Wish, _goal, misfits
from rejia.ensemble.verdicts import Range, better, judge
from rejia.estimate import Key
from rejia.stats import models, ranks

GROUPS = (("A", 3), ("B", 3))
TOP = 5


def small_spec(sum_window=(4, 10), spread_window=(0, 60)):
    """Return two groups of three on a scale from 0 to 5, and two visits."""
    columns = tuple(
        Column(f"x@{visit}", "mg", Fraction(1, 2), 0, TOP, "x", visit)
        for visit in ("before", "after")
    )
    cells = tuple(
        Cell(column.name, label, (label,), n, *sum_window, *spread_window)
        for column in columns
        for label, n in GROUPS
    )
    tests = (
        RankSum("x@before", ("A",), ("B",), "normal", "rank"),
        SignedRank("x@before", "x@after", (), "drop", "normal", "paired"),
        Logistic(("x@before",), ("A",), "model"),
    )
    merges = (("all", ("A", "B")),)
    return Spec("s", "t", columns, GROUPS, cells, (), (), tests, "y", merges)


def vectors(cell, top=TOP):
    """List every vector of a group that fits a cell."""
    found = []
    for values in product(range(top + 1), repeat=cell.n):
        total = sum(values)
        spread = cell.n * sum(v * v for v in values) - total * total
        if (
            cell.sum_low <= total <= cell.sum_high
            and cell.spread_low <= spread <= cell.spread_high
        ):
            found.append(values)
    return found


def every_cohort(spec, column):
    """List every cohort of one column: ``[patient, cohort]``."""
    cells = [c for c in spec.cells if c.column == column]
    return np.array(
        [sum(parts, ()) for parts in product(*(vectors(cell) for cell in cells))]
    ).T


def as_ensemble(spec, values):
    sizes = [size for _, size in spec.groups]
    return Ensemble(
        np.ascontiguousarray(values, np.int16),
        np.array([float(column.step) for column in spec.columns]),
        np.repeat(np.arange(len(sizes)), sizes).astype(np.int8),
        spec.columns,
        tuple(label for label, _ in spec.groups),
        spec=spec.id,
    )


def test_a_hull_holds_the_extremes_of_a_complete_list():
    spec = small_spec((5, 6), (14, 26))
    before = every_cohort(spec, "x@before")
    everyone = as_ensemble(spec, np.stack([before, before]))
    tests = spec.tests[::2]
    whole = battery(everyone, tests)
    start = as_ensemble(spec, everyone.values[:, :, :4])
    found = find_hulls(replace(spec, tests=tests), tests, start, seed=3, steps=20_000)
    for row in range(len(whole.index)):
        for cell, values in cell_values(whole, row).items():
            known = values[np.isfinite(values)]
            hull_found = found.found[row, cell]
            assert hull_found.low == pytest.approx(known.min(), rel=1e-12), cell
            if np.isfinite(hull_found.high):
                assert hull_found.high == pytest.approx(known.max(), rel=1e-12), cell


def test_every_witness_fits_and_has_its_value():
    spec = small_spec((5, 6), (14, 26))
    before = every_cohort(spec, "x@before")
    some = np.stack([before[:, :50], before[:, 50:100]])
    tests = spec.tests
    found = find_hulls(spec, tests, as_ensemble(spec, some), seed=3, steps=4_000)
    assert found.witnesses.cohorts > 2
    for at in range(found.witnesses.cohorts):
        assert misfits(spec, found.witnesses.values[:, :, at]) == []
    index = battery(found.witnesses, tests)
    for (row, cell), end in found.found.items():
        values = cell_values(index, row)[cell]
        assert values[end.at_low] == end.low
        assert values[end.at_high] == end.high


def test_threads_do_not_change_a_hull():
    spec = small_spec((5, 6), (14, 26))
    before = every_cohort(spec, "x@before")
    start = as_ensemble(spec, np.stack([before[:, :40], before[:, 40:80]]))
    one = find_hulls(spec, spec.tests, start, seed=5, steps=2_000, jobs=1)
    two = find_hulls(spec, spec.tests, start, seed=5, steps=2_000, jobs=2)
    assert one.found == two.found
    assert np.array_equal(one.witnesses.values, two.witnesses.values)


def test_hulls_come_back_from_a_file_as_they_were(tmp_path):
    spec = small_spec((5, 6), (14, 26))
    before = every_cohort(spec, "x@before")
    start = as_ensemble(spec, np.stack([before[:, :40], before[:, 40:80]]))
    found = find_hulls(spec, spec.tests, start, seed=5, steps=400)
    none = replace(found, found={})
    path = tmp_path / "hulls.npz"
    write_hulls(path, {spec.id: found, "other": none})
    again = read_hulls(path, spec, start)
    assert again.found == found.found
    assert list(again.found) == list(found.found)
    assert again.index == found.index
    assert np.array_equal(again.witnesses.values, found.witnesses.values)
    assert again.witnesses.values.dtype == found.witnesses.values.dtype
    assert read_hulls(path, replace(spec, id="other"), start).found == {}
    first = path.read_bytes()
    write_hulls(path, {spec.id: again, "other": none})
    assert path.read_bytes() == first


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(6, 25), top=st.integers(2, 40))
def test_the_search_sees_what_the_statistics_see(seed, n, top):
    rng = np.random.default_rng(seed)
    sizes = (("A", n // 2), ("B", n - n // 2))
    columns = tuple(
        Column(name, "mg", Fraction(1, 4), 0, top, name) for name in ("x", "y")
    )
    spec = Spec("s", "t", columns, sizes, ())
    values = rng.integers(0, top + 1, (2, n))
    tests = [
        RankSum("x", ("A",), ("B",)),
        SignedRank("x", "y"),
        Logistic(("x", "y"), ("A",)),
    ]
    group = Searcher(spec, 1).group
    goal = _goal(spec, group, tests, [Wish(0, "z", linear=1.0)])
    room = make_room(len(goal.linear), n)
    energy = evaluate(np.ascontiguousarray(values), goal, room)
    a, b = values[0][group == 0], values[0][group == 1]
    if len(set(values[0])) > 1:
        expected = ranks.rank_sum(a, b, method="normal")
        assert room.out[0] == pytest.approx(expected.test_statistic, abs=1e-10)
        assert room.out[1] == pytest.approx(expected.p_value, rel=1e-9)
    difference = values[1] - values[0]
    if np.any(difference):
        expected = ranks.signed_rank(difference, zeros="drop", method="normal")
        assert room.out[2] == pytest.approx(expected.test_statistic, abs=1e-10)
    if np.isfinite(energy):
        event = (group == 0).astype(float)
        terms = models.logistic(
            event, values.T * 0.25, names=["x", "y"], inference="wald"
        )
        at = 2 * RANK_OUT
        for term in (t for t in terms if t.term in ("x", "y")):
            beta, low, high = room.out[at + 2 : at + 5]
            assert np.exp(beta) == pytest.approx(term.estimate, rel=1e-5)
            assert np.exp(low) == pytest.approx(term.ci_low, rel=1e-5)
            assert np.exp(high) == pytest.approx(term.ci_high, rel=1e-5)
            at += TERM_OUT


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    n=st.tuples(st.integers(2, 3), st.integers(2, 3)),
    statistic=st.sampled_from(["mean", "sd"]),
)
def test_no_cohort_lies_outside_the_span_of_a_moment(data, n, statistic):
    column = Column("x", "mg", Fraction(1, 2), 0, 4, "x")
    sizes = (("A", n[0]), ("B", n[1]))
    cells = []
    for label, size in sizes:
        chosen = data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
        total = sum(chosen)
        spread = size * sum(v * v for v in chosen) - total * total
        wide = data.draw(st.integers(0, 3))
        cells.append(
            Cell(
                "x",
                label,
                (label,),
                size,
                *(total - wide, total + wide),
                *(max(0, spread - 3 * wide), spread + 3 * wide),
            )
        )
    spec = Spec("s", "t", (column,), sizes, tuple(cells), merges=(("all", ("A", "B")),))
    cohorts = [a + b for a, b in product(*(vectors(cell, 4) for cell in cells))]
    for label, members in (("A", slice(0, n[0])), ("all", slice(None))):
        span = moment_span(spec, "x", label, statistic)
        for cohort in cohorts:
            values = np.array(cohort[members]) / 2
            value = values.mean() if statistic == "mean" else values.std(ddof=1)
            assert span.low - 1e-9 <= value <= span.high + 1e-9


def test_a_span_of_the_mean_is_attained_at_both_ends():
    spec = small_spec((4, 6), (0, 60))
    cohorts = every_cohort(spec, "x@before")
    means = cohorts.mean(axis=0) / 2
    span = moment_span(spec, "x@before", "all", "mean")
    assert span.low == pytest.approx(means.min())
    assert span.high == pytest.approx(means.max())


def test_a_group_that_does_not_change_keeps_its_sd():
    columns = tuple(
        Column(f"x@{v}", "", Fraction(1), 0, 40, "x", v) for v in ("before", "after")
    )
    cells = (Cell("x@before", "B", ("B",), 9, 90, 90, 800, 820),)
    rule = SignRule("x@before", "x@after", (("B", 0),))
    spec = Spec("s", "t", columns, (("B", 9),), cells, (rule,))
    after = moment_span(spec, "x@after", "B", "sd")
    assert after.low == pytest.approx(sqrt(800 / 72))
    assert after.high == pytest.approx(sqrt(820 / 72))
    free = moment_span(replace(spec, rules=()), "x@after", "B", "sd")
    assert free.high > 15


def test_one_statistic_asked_by_its_key():
    spec = small_spec((5, 6), (14, 26))
    key = Key(
        analysis="rank",
        population="patients",
        outcome="x",
        visit="before",
        group="A",
        reference="B",
    )
    found = hull(spec, key, seed=2, steps=8_000)
    everyone = every_cohort(spec, "x@before")
    whole = battery(as_ensemble(spec, np.stack([everyone] * 2)), spec.tests[:1])
    assert found.evidence == "search"
    assert found.low == pytest.approx(whole.p.min(), rel=1e-12)
    assert found.high == pytest.approx(whole.p.max(), rel=1e-12)
    assert misfits(spec, found.cohort_low) == []
    describe = Key(
        analysis="describe",
        population="patients",
        outcome="x",
        visit="before",
        group="A",
    )
    mean = hull(spec, describe, statistic="mean")
    assert (mean.evidence, mean.low) == ("proof", pytest.approx(2.5 / 3))
    with pytest.raises(ValueError, match="key and statistic must be of a column"):
        hull(spec, replace(key, outcome="z"))


def test_what_a_cohort_shows_is_reproduced_and_what_none_shows_is_not():
    spec = small_spec((5, 6), (14, 26))
    everyone = every_cohort(spec, "x@before")
    whole = as_ensemble(spec, np.stack([everyone] * 2))
    measured = measure(spec, whole)
    wanted = [q for q in quantities(spec) if q.key.analysis in ("rank", "model")]
    places = [quantities(spec).index(q) for q in wanted]
    rows = measured[places]
    at = int(np.flatnonzero(np.isfinite(rows).all(axis=0))[7])
    printed = {
        (q.key, q.statistic): f"{value:.3f}"
        for q, value in zip(wanted, rows[:, at], strict=True)
    }
    found = reproduce(spec, printed, seed=4, steps=120_000)
    assert found.found
    assert misfits(spec, found.witness) == []
    low = min(rows[0])
    key = (wanted[0].key, wanted[0].statistic)
    missed = reproduce(spec, {key: f"{low / 3:.4f}"}, seed=4, steps=20_000)
    assert not missed.found
    assert missed.distance[key] > 0
    assert missed.statistics[key] == pytest.approx(low)


def test_a_bonferroni_p_is_the_raw_one_times_m():
    found = Range(0.01, 0.02, proven=False, quantiles=((0.01, 0.02),))
    assert judge("0.045", found).attainability == "not_attained"
    assert judge("0.045", found, m=3).attainability == "typical"
    capped = Range(0.4, 0.9, proven=False, quantiles=((0.4, 0.9),))
    assert judge("1.000", capped, m=3).attainability == "forced"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.50", "typical"),
        ("0.11", "rare"),
        ("0.09", "not_attained"),
        ("<0.95", "forced"),
        ("<0.05", "not_attained"),
        ("0.30", "law_dependent"),
    ],
)
def test_each_verdict(text, expected):
    found = Range(0.1, 0.9, proven=False, quantiles=((0.2, 0.8), (0.4, 0.8)))
    assert judge(text, found).attainability == expected
    proven = judge(text, replace(found, proven=True))
    assert proven.attainability == expected.replace("not_attained", "impossible")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=40), st.integers(2, 4))
def test_a_value_that_is_attained_is_never_called_unattained(values, digits):
    cuts = tuple(float(c) for c in np.quantile(values, (0.005, 0.995)))
    for proven in (False, True):
        found = Range(min(values), max(values), proven, (cuts,))
        for value in values:
            verdict = judge(f"{value:.{digits}f}", found)
            assert verdict.attainability not in ("not_attained", "impossible")


def test_the_better_reading_counts():
    found = Range(0.01, 0.02, proven=True, quantiles=((0.01, 0.02),))
    readings = [judge("0.045", found), judge("0.045", found, m=3)]
    assert better(readings).attainability == "typical"


def test_keys_are_those_of_facts_and_results():
    spec = small_spec()
    keys = {q.key.analysis: q.key for q in quantities(spec)}
    assert keys["rank"].visit == "before"
    assert (keys["rank"].group, keys["rank"].reference) == ("A", "B")
    assert (keys["paired"].visit, keys["paired"].ref_visit) == ("after", "before")
    assert keys["paired"].group == "all"
    assert (keys["model"].outcome, keys["model"].term) == ("y", "x")
    assert key_of.__doc__


def test_summaries_are_those_of_numpy():
    spec = small_spec()
    values = np.random.default_rng(1).integers(0, TOP + 1, (2, 6, 9))
    measured = measure(spec, as_ensemble(spec, values))
    for quantity, row in zip(quantities(spec), measured, strict=True):
        if quantity.row >= 0:
            continue
        at = [c.name for c in spec.columns].index(quantity.columns[0])
        chosen = {"A": slice(0, 3), "B": slice(3, 6), "all": slice(None)}
        part = values[at][chosen[quantity.key.group]] / 2
        expected = {
            "mean": part.mean(axis=0),
            "sd": part.std(axis=0, ddof=1),
            "min": part.min(axis=0),
            "max": part.max(axis=0),
        }[quantity.statistic]
        assert row == pytest.approx(expected, rel=1e-12)


def test_a_search_says_infinite_where_a_model_separates():
    spec = small_spec()
    values = np.array([[0, 0, 1, 4, 5, 5], [0, 0, 0, 0, 0, 0]])
    searcher = Searcher(spec, 1)
    least, _ = searcher.best([spec.tests[2]], [Wish(0, "z")], [values])
    assert least == inf
