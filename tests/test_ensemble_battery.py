"""The battery on every cohort is the statistics on each, and never invents a number."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from math import isnan, log
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from rejia.ensemble._battery_lanes import TAIL_SERIES, two_sided_p
from rejia.ensemble.battery import (
    FixedLogistic,
    Kappa,
    Logistic,
    RankSum,
    SignedRank,
    Spearman,
    battery,
    study_tests,
)
from rejia.ensemble.model import Column, Ensemble
from rejia.errors import DefinitionError
from rejia.stats import agreement, models, ranks
from rejia.study import read_study

LABELS = ("A", "B", "C")


def make_ensemble(values, group, steps=None, kind=np.int16):
    """Columns c0, c1, …; values [column, patient, cohort]."""
    values = np.ascontiguousarray(values, dtype=kind)
    steps = steps or [Fraction(1)] * len(values)
    columns = tuple(
        Column(f"c{i}", "mg", step, int(v.min()), int(v.max()), f"c{i}")
        for i, (step, v) in enumerate(zip(steps, values, strict=True))
    )
    return Ensemble(values, np.array([float(s) for s in steps]), group, columns, LABELS)


def draw(seed, *, sizes=(4, 5, 7), top=9, cohorts=66, columns=4, kind=np.int16):
    """Draw small cohorts with many ties, some constant columns, some separated."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat([0, 1, 2], sizes)).astype(np.int8)
    values = rng.integers(0, top + 1, (columns, sum(sizes), cohorts))
    values[0, :, 0] = 3
    values[1, :, 1] = values[0, :, 1]
    values[0, :, 2] = np.where(group == 2, 5, 2) + rng.integers(0, 2, len(group))
    values[0, :, 3] = np.where(group == 2, 2, 4) - rng.integers(0, 3, len(group))
    values[-2, :, 4] = values[-1, :, 4]
    steps = [Fraction(1), Fraction(1), Fraction(1, 10), Fraction(1, 2)][:columns]
    return make_ensemble(values, group, steps, kind)


def side(ensemble, column, cohort, labels=LABELS):
    members = np.isin(ensemble.group, [LABELS.index(label) for label in labels])
    return ensemble.values[ensemble.place(column), members, cohort].astype(float)


def same(found, expected, tolerance):
    return found == pytest.approx(expected, abs=tolerance, rel=tolerance, nan_ok=True)


CONTRASTS = (("C", "AB"), ("A", "B"), ("A", "C"), ("B", "C"))


@pytest.mark.parametrize("method", ["normal", "normal_corrected"])
@pytest.mark.parametrize(("seed", "top"), [(1, 3), (2, 40), (3, 3000), (4, 30000)])
def test_rank_sums_are_those_of_stats(method, seed, top):
    ensemble = draw(seed, top=top)
    tests = [
        RankSum(f"c{i}", tuple(g), tuple(r), method)
        for i in range(4)
        for g, r in CONTRASTS
    ]
    results = battery(ensemble, tests)
    for at, test in enumerate(tests):
        for cohort in range(ensemble.cohorts):
            x = side(ensemble, test.column, cohort, test.group)
            y = side(ensemble, test.column, cohort, test.reference)
            e = ranks.rank_sum(x, y, method=method)
            assert same(results.statistic[at, cohort], e.estimate, 0)
            assert same(results.z[at, cohort], e.test_statistic, 1e-13)
            assert same(results.p[at, cohort], e.p_value, 1e-12)


@pytest.mark.parametrize("zeros", ["drop", "pratt", "keep"])
@pytest.mark.parametrize("method", ["normal", "normal_corrected"])
@pytest.mark.parametrize(("seed", "top"), [(1, 3), (2, 40), (3, 30000)])
def test_signed_ranks_are_those_of_stats(zeros, method, seed, top):
    ensemble = draw(seed, top=top)
    tests = [
        SignedRank("c0", "c1", groups, zeros, method) for groups in ((), ("A", "B"))
    ]
    results = battery(ensemble, tests)
    for at, test in enumerate(tests):
        labels = test.groups or LABELS
        for cohort in range(ensemble.cohorts):
            d = side(ensemble, "c1", cohort, labels) - side(
                ensemble, "c0", cohort, labels
            )
            e = ranks.signed_rank(d, zeros=zeros, method=method)
            assert same(results.statistic[at, cohort], e.estimate, 0)
            assert same(results.z[at, cohort], e.test_statistic, 1e-13)
            assert same(results.p[at, cohort], e.p_value, 1e-12)
    assert isnan(results.p[0, 1])


def test_spearman_is_that_of_stats():
    ensemble = draw(5)
    results = battery(ensemble, [Spearman("c0", "c2"), Spearman("c2", "c3")])
    for at, (x, y) in enumerate([("c0", "c2"), ("c2", "c3")]):
        for cohort in range(ensemble.cohorts):
            pair = side(ensemble, x, cohort), side(ensemble, y, cohort)
            e = ranks.spearman(*pair, method="student_t")
            assert same(results.statistic[at, cohort], e.estimate, 1e-15)
            assert same(results.p[at, cohort], e.p_value, 1e-12)
    assert results.p[1, 4] == 0


def check_model(results, rows, ensemble, columns, cohort):
    """Compare the rows of a model with the model of one cohort."""
    y = (ensemble.group == 2).astype(float)
    x = np.column_stack([ensemble.physical(name)[:, cohort] for name in columns])
    found = models.separation(y, x, names=columns)
    assert results.separated[rows, cohort].tolist() == [found.kind != "none"] * len(
        columns
    )
    terms = models.logistic(y, x, names=columns, inference="wald")
    if found.kind != "none" and len(columns) > 1:
        assert np.isnan(results.beta[rows, cohort]).all()
        assert np.isnan(results.p[rows, cohort]).all()
        return
    for row, e in zip(rows, terms, strict=True):
        assert same(results.statistic[row, cohort], e.estimate, 1e-9)
        assert same(results.se[row, cohort], e.std_error, 1e-9)
        assert same(results.p[row, cohort], e.p_value, 1e-10)
        if np.isfinite(e.std_error):
            gap = abs(results.beta[row, cohort] - log(e.estimate))
            assert gap < 1e-8 * e.std_error


@pytest.mark.parametrize(("seed", "top"), [(1, 3), (2, 12), (3, 3000)])
def test_models_are_those_of_stats(seed, top):
    ensemble = draw(seed, top=top)
    sets = (("c0",), ("c2",), ("c0", "c1"), ("c0", "c1", "c2"), ("c3", "c2", "c1"))
    results = battery(ensemble, [Logistic(names, ("C",)) for names in sets])
    first = 0
    for names in sets:
        rows = list(range(first, first + len(names)))
        first += len(names)
        for cohort in range(ensemble.cohorts):
            check_model(results, rows, ensemble, names, cohort)
    assert results.separated[0, 2]
    assert results.beta[0, 2] == np.inf
    assert results.beta[0, 3] == -np.inf
    assert isnan(results.beta[0, 0])


def test_models_near_separation_are_those_of_stats():
    """One event among 30 that is not where the others are: a steep, finite slope."""
    rng = np.random.default_rng(8)
    group = np.repeat([0, 1, 2], [8, 7, 15]).astype(np.int8)
    values = rng.integers(0, 8, (1, 30, 60)) ** 3
    values[0, 15:] += 300
    values[0, 15] = 100
    ensemble = make_ensemble(values, group)
    results = battery(ensemble, [Logistic(("c0",), ("C",))])
    for cohort in range(ensemble.cohorts):
        check_model(results, [0], ensemble, ("c0",), cohort)


def test_fixed_predictor_is_the_model_of_its_column():
    group = np.repeat([0, 1, 2], [4, 5, 7]).astype(np.int8)
    ones = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0])
    ensemble = make_ensemble(np.repeat(ones[None, :, None], 3, axis=2), group)
    tests = [
        Logistic(("c0",), ("C",)),
        FixedLogistic("female", ("C",), (("A", 2), ("B", 1), ("C", 4))),
        FixedLogistic("female", ("C",), (("A", 0), ("B", 0), ("C", 4))),
        FixedLogistic("female", ("C",), (("A", 4), ("B", 5), ("C", 4))),
        FixedLogistic("female", ("C",), ()),
    ]
    results = battery(ensemble, tests)
    assert results.beta[0] == pytest.approx(results.beta[1], abs=1e-14)
    assert results.p[0] == pytest.approx(results.p[1], abs=1e-13)
    assert results.beta[2:4, 0].tolist() == [np.inf, -np.inf]
    assert results.separated[:, 0].tolist() == [False, False, True, True, False]
    assert np.isnan(results.p[2:]).all()


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_kappa_is_that_of_stats(weights):
    rng = np.random.default_rng(6)
    first = rng.integers(0, 6, (20, 70))
    second = np.clip(first + rng.integers(-1, 2, first.shape), 0, 5)
    first[:, 0], second[:, 0] = 2, 2
    first[:, 1] = 3
    second[:, 2] = first[:, 2]
    ensemble = make_ensemble(np.array([first, second]), np.zeros(20, np.int8))
    results = battery(ensemble, [Kappa("c0", "c1", 6, weights)])
    for cohort in range(ensemble.cohorts):
        pair = first[:, cohort], second[:, cohort]
        e = agreement.weighted_kappa(*pair, levels=list(range(6)), weights=weights)
        assert same(results.statistic[0, cohort], e.estimate, 1e-12)
        assert same(results.se[0, cohort], e.std_error, 1e-12)
        assert same(results.p[0, cohort], e.p_value, 1e-12)


def test_many_patients_are_sorted_otherwise_with_the_same_result():
    ensemble = draw(7, sizes=(40, 50, 30), top=60, cohorts=5, columns=2, kind=np.int32)
    tests = [
        RankSum("c0", ("C",), ("A", "B")),
        RankSum("c0", ("A",), ("B",)),
        SignedRank("c0", "c1", zeros="pratt"),
        Spearman("c0", "c1"),
        Logistic(("c1",), ("C",)),
    ]
    results = battery(ensemble, tests)
    for cohort in range(5):
        values = [side(ensemble, c, cohort) for c in ("c0", "c1")]
        found = [
            ranks.rank_sum(
                side(ensemble, "c0", cohort, g),
                side(ensemble, "c0", cohort, r),
                method="normal",
            )
            for g, r in (("C", "AB"), ("A", "B"))
        ]
        found.append(
            ranks.signed_rank(values[1] - values[0], zeros="pratt", method="normal")
        )
        found.append(ranks.spearman(*values, method="student_t"))
        for at, e in enumerate(found):
            assert same(results.statistic[at, cohort], e.estimate, 1e-14)
            assert same(results.p[at, cohort], e.p_value, 1e-12)
        check_model(results, [4], ensemble, ("c1",), cohort)


def every_test():
    return (
        *(RankSum("c0", tuple(g), tuple(r)) for g, r in CONTRASTS),
        SignedRank("c0", "c1"),
        Logistic(("c2",), ("C",)),
        Logistic(("c1", "c2", "c3"), ("C",)),
        Spearman("c0", "c3"),
    )


def quantities(results):
    names = ("statistic", "z", "p", "beta", "se", "separated")
    return [getattr(results, name) for name in names]


def test_cohort_has_the_same_bits_in_any_chunk_and_with_any_number_of_threads():
    ensemble = draw(9, cohorts=1500, top=50)
    whole = quantities(battery(ensemble, every_test()))
    threaded = quantities(battery(ensemble, every_test(), threads=2))
    pieces = [
        replace(ensemble, values=ensemble.values[:, :, first : first + 217])
        for first in range(0, ensemble.cohorts, 217)
    ]
    chunks = [quantities(battery(piece, every_test())) for piece in pieces]
    joined = [np.concatenate(parts, axis=1) for parts in zip(*chunks, strict=True)]
    for one, two, three in zip(whole, threaded, joined, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes()


def test_wide_values_of_a_narrow_column_are_ranked_as_they_are():
    ensemble = draw(10, top=20)
    moved = replace(ensemble, values=ensemble.values.astype(np.int32) + 10**6)
    low = replace(ensemble, values=ensemble.values - 30000)
    tests = every_test()[:5]
    expected = battery(ensemble, tests)
    assert np.array_equal(battery(moved, tests).p, expected.p, equal_nan=True)
    assert np.array_equal(battery(low, tests).p, expected.p, equal_nan=True)


def test_odds_ratio_is_per_unit_of_the_column_not_per_step():
    ensemble = draw(11, top=30)
    coarse = replace(
        ensemble, columns=tuple(replace(c, step=Fraction(1)) for c in ensemble.columns)
    )
    tests = [Logistic(("c2",), ("C",))]
    fine, per_step = battery(ensemble, tests), battery(coarse, tests)
    assert fine.index[0].unit == "mg"
    assert fine.beta[0, 5:] == pytest.approx(10 * per_step.beta[0, 5:])
    assert fine.p[0, 5:] == pytest.approx(per_step.p[0, 5:])


def test_bonferroni_is_a_view_and_keeps_the_raw_p():
    results = battery(draw(12), every_test()[:2])
    raw = results.p.copy()
    assert results.bonferroni(3)[0, 5] == min(1.0, 3 * raw[0, 5])
    assert np.array_equal(results.p, raw, equal_nan=True)
    with pytest.raises(ValueError, match="m must be 1 or more, but got 0"):
        results.bonferroni(0)


def test_normal_tails_have_all_digits_down_to_the_smallest():
    z = np.concatenate([np.linspace(-37, 37, 4001), [0.0, np.nan, np.inf, -50.0]])
    p = np.empty_like(z)
    two_sided_p(z, p, TAIL_SERIES)
    assert p[:-3] == pytest.approx(2 * ndtr(-np.abs(z[:-3])), rel=3e-13, abs=0)
    assert p[-2:].tolist() == [0.0, 0.0]
    assert isnan(p[-3])


def test_empty_group_and_lack_of_events_have_no_estimate():
    ensemble = draw(13, sizes=(6, 6, 0))
    tests = [
        RankSum("c1", ("C",), ("A",)),
        Logistic(("c1",), ("C",)),
        SignedRank("c0", "c1", ("C",)),
        Spearman("c0", "c1", ("C",)),
    ]
    results = battery(ensemble, tests)
    for quantity in (results.statistic, results.z, results.p):
        assert np.isnan(quantity).all()


REFUSED = [
    (RankSum("c9", ("A",), ("B",)), "column must be one of c0, c1, c2, c3"),
    (RankSum("c0", ("D",), ("B",)), "group must be one of A, B, C, but got 'D'"),
    (SignedRank("c0", "c2"), "c0 and c2 must have one step, but got 1 and 1/10"),
    (Kappa("c0", "c1", 3), "must be from 0 to 2, but got 0 to 9"),
    (FixedLogistic("f", ("C",), (("C", 8),)), "ones of group C must be from 0 to 7"),
]


@pytest.mark.parametrize(("test", "words"), REFUSED)
def test_battery_refuses_what_it_cannot_do(test, words):
    with pytest.raises(ValueError, match=words):
        battery(draw(14), [test])


def test_definitions_refuse_unknown_choices():
    with pytest.raises(ValueError, match="method must be one of normal"):
        RankSum("c0", ("A",), ("B",), "exact")
    with pytest.raises(ValueError, match="group and reference must not overlap"):
        RankSum("c0", ("A",), ("A", "B"))
    with pytest.raises(ValueError, match="columns must be one or more and differ"):
        Logistic(("c0", "c0"), ("C",))


def aoki():
    return read_study(Path(__file__).parents[1] / "config/studies/aoki2014.yaml")


def aoki_columns():
    of_patient = ("age_onset", "disease_duration", "age_start", "tcz_duration")
    measured = ("glucocorticoid", "active_joints", "limited_joints", "wbc", "crp")
    return (
        *of_patient,
        *(
            f"{name}@{visit}"
            for name in (*measured, "esr", "mmp3", "fdp_e")
            for visit in ("baseline", "follow_up")
        ),
    )


def test_study_gives_its_contrasts_pairs_and_models():
    ones = {"female": {"A": 4, "B": 6, "C": 14}}
    tests = study_tests(aoki(), aoki_columns(), ones=ones)
    kinds = [type(test).__name__ for test in tests]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    assert counts == {
        "SignedRank": 8,
        "RankSum": 80,
        "Logistic": 16,
        "FixedLogistic": 1,
    }
    assert RankSum("crp@follow_up", ("C",), ("A", "B"), "normal", "c_vs_ab") in tests
    pair = ("age_onset", "glucocorticoid@baseline")
    scenario = "predictors:age_onset+glucocorticoid"
    assert Logistic(pair, ("C",), "risk_multivariable", scenario) in tests


def test_study_whose_program_chooses_by_the_data_has_no_battery():
    study = aoki()
    other = study.analyses[6].model_copy(update={"convention": "r-4.5"})
    changed = study.model_copy(update={"analyses": (other,)})
    with pytest.raises(DefinitionError, match=r"r-4\.5 is not a normal approximation"):
        study_tests(changed, aoki_columns())


def test_package_names_the_functions_and_its_modules_are_called_as_them():
    script = (
        "import rejia.ensemble as package\n"
        "assert callable(package.battery) and callable(package.couple)\n"
        "from rejia.ensemble import battery, couple\n"
        "for module in (battery, couple):\n"
        "    try:\n"
        "        module()\n"
        "    except TypeError as error:\n"
        "        print(error)\n"
    )
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "battery() missing" in told
    assert "couple() missing" in told
