"""What may leave an observed cohort: no count under five, shown or recoverable."""

from itertools import combinations, product
from math import isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.contracts import COMPARISON, RESULTS
from rejia.disclosure import derive_course, suppress
from rejia.study import Study, read_study

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {{{sources}}}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  sex: {{label: Sex, per: patient, levels: [female, male]}}
  female: {{label: Female, per: patient, indicator_of: sex, level: female}}
  crp: {{label: CRP, step: 0.1, worse: high}}
groups:
  outcome: crp
  from: baseline
  to: follow_up
  labels: {{improved: A, unchanged: B, worsened: C}}
  merges: {{A+B: [A, B]}}
"""
SOURCES = {
    "observed": "cohort: cohorts/small",
    "published_cases": "cohort: cohorts/small, cohort_kind: published_cases",
    "published_summary": "facts: published/small/facts.tsv",
}
MIN_CELL = 5
NUMBERS = [n for n, column in RESULTS.items() if column.kind in {"number", "integer"}]
TOLD = [name for name in NUMBERS if name not in {"m", "confidence"}]
PARTS = {"A": "A", "B": "B", "C": "C", "A+B": "AB", "all": "ABC-"}


def study_of(folder: Path, kind: str) -> Study:
    path = folder / "small.yaml"
    path.write_text(DEFINITION.format(sources=SOURCES[kind]))
    return read_study(path)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return study_of(tmp_path_factory.mktemp("study"), "observed")


def row(statistic: str, **more: object) -> dict[str, object]:
    blank = {**dict.fromkeys(RESULTS, ""), **dict.fromkeys(NUMBERS, nan)}
    key = {"scenario": "primary", "analysis": "describe", "population": "patients"}
    named = {**blank, **key, "group": "all", "statistic": statistic, **more}
    keyed = ("scenario", "analysis", "outcome", "level", "visit", "group", "reference")
    named["row"] = "-".join(str(named[field]) for field in (*keyed, "statistic"))
    return named


def mean_of(group: str, n: float, **more: object) -> dict[str, object]:
    cells = {"estimate": 4.5, "std_error": 0.5, "n": n, "n_missing": 0}
    return row("mean", **{"outcome": "crp", "group": group, **cells, **more})


def released(study: Study, *rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(RESULTS))
    return suppress({"results": table}, study=study, min_cell=MIN_CELL).tables[
        "results"
    ]


def shown(table: pd.DataFrame) -> list[bool]:
    return [not isnan(n) for n in table["n"]]


@pytest.mark.parametrize("kind", ["published_cases", "published_summary"])
def test_published_and_drawn_cohorts_are_left_as_they_are(tmp_path, kind):
    table = pd.DataFrame([mean_of("all", 2), row("min", estimate=1.0, n=2)])
    study = study_of(tmp_path, kind)
    found = suppress({"results": table}, study=study, min_cell=MIN_CELL)
    pd.testing.assert_frame_equal(found.tables["results"], table)
    assert found.n_suppressed == 0


def test_drawn_cohort_is_left_as_it_is(tmp_path):
    path = tmp_path / "small.yaml"
    text = DEFINITION.format(sources=SOURCES["published_summary"])
    text += "specs: [{id: s, reason: because}]\ndraw: {spec: s}\n"
    path.write_text(text)
    study = read_study(path)
    assert study.cohort_kind == "drawn"
    table = pd.DataFrame([mean_of("all", 2)])
    found = suppress({"results": table}, study=study, min_cell=MIN_CELL)
    pd.testing.assert_frame_equal(found.tables["results"], table)


def test_smallest_cell_of_zero_shows_everything(study):
    table = pd.DataFrame([mean_of("all", 2)])
    found = suppress({"results": table}, study=study, min_cell=0)
    pd.testing.assert_frame_equal(found.tables["results"], table)


def test_mean_of_five_is_shown_and_of_four_is_not(study):
    assert shown(released(study, mean_of("all", 5))) == [True]
    assert shown(released(study, mean_of("all", 4))) == [False]


def test_count_of_zero_is_no_secret(study):
    rows = [
        row("n", outcome="sex", level=level, estimate=n, n=20, n_events=n, n_missing=0)
        for level, n in (("female", 0), ("male", 20))
    ]
    assert shown(released(study, *rows)) == [True, True]


def test_small_number_of_missing_values_is_withheld(study):
    assert shown(released(study, mean_of("all", 38, n_missing=2))) == [False]


def test_every_cell_that_tells_is_empty_and_the_reason_stands_there(study):
    cells = {name: 1.0 for name in TOLD}
    table = released(study, row("mean", outcome="crp", **{**cells, "n": 3.0}))
    assert table[TOLD].isna().all(axis=None)
    assert table["warning"].tolist() == ["suppressed: a count under 5"]


def test_all_levels_go_with_a_small_one(study):
    rows = [
        row("n", outcome="sex", level=level, estimate=n, n=40, n_events=n, n_missing=0)
        for level, n in (("female", 37), ("male", 3))
    ]
    assert shown(released(study, *rows)) == [False, False]


def test_extremes_are_one_patients_value_however_large_the_group(study):
    rows = [
        row(name, outcome="crp", estimate=1.0, n=40, n_missing=0)
        for name in ("min", "max", "median")
    ]
    assert shown(released(study, *rows)) == [False, False, True]


def test_values_of_single_patients_do_not_leave_with_their_names(study):
    case = row("value", outcome="crp", group="patient_17", estimate=3.0, n=1)
    table = released(study, case, mean_of("all", 40))
    assert "patient_17" not in table.to_csv()
    assert shown(table) == [True]


def test_small_group_takes_all_groups_with_it_and_leaves_everyone(study):
    rows = [mean_of(group, n) for group, n in (("all", 40), ("A", 20), ("B", 3))]
    assert shown(released(study, *rows)) == [True, False, False]


# Groups whose sizes tell a small one that is not described itself, and who is left: the
# worsened against all others where these are many.
DIFFERENCES = [
    ({"all": 40, "A": 20, "C": 17}, {"all", "C"}),
    ({"all": 40, "A+B": 38}, {"all"}),
    ({"A+B": 21, "A": 18}, {"A+B"}),
    ({"all": 40, "A": 20, "B": 10, "C": 8}, {"all", "C"}),
    ({"all": 24, "A": 13, "B": 1, "C": 10, "A+B": 14}, {"all", "C", "A+B"}),
    ({"all": 24, "A": 17, "B": 4, "C": 3}, {"all"}),
]


@pytest.mark.parametrize(("sizes", "left"), DIFFERENCES)
def test_group_that_follows_by_subtraction_is_withheld(study, sizes, left):
    rows = [mean_of(group, n) for group, n in sizes.items()]
    assert shown(released(study, *rows)) == [group in left for group in sizes]


def test_group_that_follows_from_pairs_is_withheld(study):
    # A + B = 14, A + C = 23, B + C = 15: A = 11, B = 3, C = 12.
    rows = [
        row("mann_whitney_u", outcome="crp", group=g, reference=r, n=n, n_missing=0)
        for g, r, n in (("A", "B", 14), ("A", "C", 23), ("B", "C", 15))
    ]
    assert shown(released(study, *rows)) == [False] * 3


def test_group_that_follows_from_another_outcome_is_withheld(study):
    rows = [mean_of("all", 40), mean_of("A+B", 38, outcome="esr")]
    assert shown(released(study, *rows)) == [True, False]


@pytest.mark.parametrize(("n", "is_shown"), [(39, False), (30, True), (40, True)])
def test_patients_whom_a_test_drops_are_counted_too(study, n, is_shown):
    # Wilcoxon's test drops those without a change: 40 - 39 is one patient.
    test = row("w_plus", outcome="esr", visit="follow_up", n=n, n_missing=0)
    assert shown(released(study, mean_of("all", 40), test)) == [True, is_shown]


def test_test_that_drops_patients_does_not_shrink_a_group(study):
    sizes = {"all": 40, "A": 11, "B": 8, "C": 21}
    test = row("w_plus", outcome="esr", visit="follow_up", group="A", n=6, n_missing=0)
    rows = [mean_of(group, n) for group, n in sizes.items()]
    assert shown(released(study, *rows, test)) == [True] * 5


def test_level_of_a_group_that_follows_by_subtraction_is_withheld(study):
    rows = [
        row("n", outcome="sex", level="male", group=group, estimate=events, n=n)
        | {"n_events": events, "n_missing": 0}
        for group, events, n in (("all", 20, 40), ("A+B", 18, 28))
    ]
    assert shown(released(study, *rows)) == [True, False]


def test_indicator_does_not_tell_what_its_category_withholds(study):
    count = row("n", outcome="sex", level="male", estimate=3, n=40, n_events=3)
    indicator = row("mean", outcome="female", estimate=37 / 40, n=40, n_missing=0)
    assert shown(released(study, count, indicator)) == [False, False]


def test_mean_of_an_indicator_alone_is_a_count(study):
    indicator = row("mean", outcome="female", estimate=37 / 40, n=40, n_missing=0)
    assert shown(released(study, indicator)) == [False]


def test_odds_ratio_does_not_tell_what_its_category_withholds(study):
    count = row("n", outcome="sex", level="male", group="C", n=20, n_events=3)
    odds = row("odds_ratio", outcome="crp", term="female", group="C", reference="A+B")
    odds |= {"estimate": 2.0, "std_error": 0.7, "n": 40, "n_events": 20, "n_missing": 0}
    assert shown(released(study, count, odds)) == [False, False]


def test_warning_does_not_tell_a_small_count(study):
    more = {"n_missing": 6, "warning": "2 censored values left out"}
    table = released(study, mean_of("all", 34, **more))
    assert shown(table) == [True]
    assert table["warning"].tolist() == ["some censored values left out"]
    more = {"n_missing": 6, "warning": "6 censored values left out"}
    table = released(study, mean_of("all", 34, **more))
    assert table["warning"].tolist() == ["6 censored values left out"]


def test_warning_does_not_tell_few_events_or_zeros(study):
    told = "3 events outside treatment left out; zero differences left out: 2"
    table = released(study, mean_of("all", 40, warning=told))
    assert table["warning"].tolist() == [
        "some events outside treatment left out; zero differences left out: some"
    ]


def test_level_achieved_by_an_exact_interval_goes_with_its_row(study):
    assert released(study, mean_of("all", 3, confidence=0.9375))["confidence"].isna()[0]


@pytest.mark.parametrize(
    ("statistic", "n", "is_shown"),
    [("median", 8, False), ("median", 9, True), ("q1", 16, False), ("q3", 17, True)],
)
def test_quantile_needs_five_patients_on_each_side(study, statistic, n, is_shown):
    found = row(statistic, outcome="crp", estimate=1.0, n=n, n_missing=0)
    assert shown(released(study, found)) == [is_shown]


def test_patients_with_a_first_value_and_no_last_are_not_told(study):
    # Of 40, 34 have a first value, 31 a last and 29 both: 31 - 29 is a small count.
    first = mean_of("all", 34, visit="baseline", n_missing=6)
    last = mean_of("all", 31, visit="follow_up", n_missing=9)
    pair = row("w_plus", outcome="crp", visit="follow_up", ref_visit="baseline")
    pair |= {"estimate": 300.0, "n": 29, "n_missing": 11}
    assert shown(released(study, first, last, pair)) == [True, True, False]


def test_odds_ratio_whose_table_has_a_small_cell_is_withheld_without_its_counts(study):
    # 3 of 20 against 12 of 20: nothing but the model counts them.
    odds = row("odds_ratio", outcome="damage", term="female", group="C")
    odds |= {"reference": "A+B", "estimate": 3 * 8 / (12 * 17), "n": 40, "n_missing": 0}
    odds |= {"std_error": (1 / 3 + 1 / 17 + 1 / 12 + 1 / 8) ** 0.5, "n_events": 15}
    assert shown(released(study, odds)) == [False]
    large = odds | {"estimate": 8 * 13 / (7 * 12), "row": "large"}
    large |= {"std_error": (1 / 8 + 1 / 13 + 1 / 7 + 1 / 12) ** 0.5}
    assert shown(released(study, large)) == [True]


def test_table_that_other_counts_choose_is_asked_for_small_cells(study):
    # Of 15 in C 5 are women, of 25 others 11: or 10 and 19, with a half in each cell.
    levels = [
        row("n", outcome="sex", level="female", group=g, n=n, n_events=k, n_missing=0)
        for g, n, k in (("A", 12, 7), ("C", 15, 5))
    ]
    ratio = {"estimate": 5 * 14 / (10 * 11), "n": 40, "n_events": 15, "n_missing": 0}
    ratio |= {"std_error": (1 / 5 + 1 / 10 + 1 / 11 + 1 / 14) ** 0.5, "group": "C"}
    model = row("odds_ratio", outcome="crp", term="female", reference="A+B", **ratio)
    assert shown(released(study, *levels)) == [True, True]
    # In B there are 4.
    assert shown(released(study, *levels, model)) == [False, True, True]


def test_levels_that_leave_few_over_are_withheld(study):
    rows = [
        row("n", outcome="grade", level=level, estimate=n, n=40, n_events=n)
        | {"n_missing": 0}
        for level, n in (("low", 20), ("high", 17))
    ]
    assert shown(released(study, *rows)) == [False, False]


def test_hips_and_patients_do_not_tell_who_has_both(study):
    rows = [
        row("n", outcome="hip", level="yes", population=unit, estimate=n, n=m)
        | {"n_events": n, "n_missing": 0, "row": unit}
        for unit, n, m in (("patients", 12, 40), ("hips", 14, 80))
    ]
    assert shown(released(study, *rows)) == [False, False]


def test_part_that_is_withheld_does_not_follow_from_its_total(study):
    parts = [
        mean_of("all", 40, outcome="item", component=name, estimate=mean)
        | {"row": name}
        for name, mean in (("a", 0.5), ("b", 2.0), ("c", 1.0))
    ]
    total = mean_of("all", 40, outcome="item_total", estimate=3.5)
    few = row("n", outcome="item", component="a", level="yes", estimate=3, n=40)
    few |= {"n_events": 3, "n_missing": 0}
    # Part a has three patients; b, which hides most, goes with it.
    table = released(study, *parts, total, few)
    assert shown(table) == [False, False, True, True, False]


def test_rank_sum_of_samples_that_no_row_counts_is_withheld(study):
    sizes = [mean_of(group, n) for group, n in (("A", 20), ("B", 20), ("C", 20))]
    test = row("mann_whitney_u", outcome="esr", group="A", reference="B", n=34)
    assert shown(released(study, *sizes, test | {"n_missing": 6})) == [True] * 3 + [
        False
    ]
    assert (
        shown(released(study, *sizes, test | {"n": 40, "n_missing": 0})) == [True] * 4
    )


def test_value_that_nobody_lacks_does_not_tell_who_has_another(study):
    # Of 90, 59 have a CRP and 51 of the 79 in groups have one and an age.
    model = {"outcome": "crp", "visit": "baseline", "term": "crp", "group": "C"}
    model |= {"reference": "A+B", "adjusted_for": "age", "estimate": 1.1}
    rows = [
        mean_of("all", 59, n_missing=31, visit="baseline"),
        *(
            row("n", outcome="cohort", group=g, n=n, n_missing=0)
            for g, n in (("A", 25), ("B", 35), ("C", 19), ("all", 90))
        ),
        row("odds_ratio", **model, n=51, n_events=11, n_missing=39),
    ]
    lacking = mean_of("all", 84, outcome="age", visit="baseline", n_missing=6)
    assert shown(released(study, *rows, lacking))[5]
    # Everyone has an age: 8 of the 11 without a group have a CRP, 3 have none.
    complete = mean_of("all", 90, outcome="age", visit="baseline", n_missing=0)
    assert not shown(released(study, *rows, complete))[5]


def test_few_who_have_some_values_and_are_of_no_group_or_lack_the_rest(study):
    # Of 26 with a CRP 24 are of a group and have an age; 6 of 40 have no group.
    sides = {"group": "C", "reference": "A+B", "estimate": 1.1, "visit": "baseline"}
    model = {**sides, "outcome": "crp", "term": "crp", "adjusted_for": "age"}
    rows = [mean_of("all", 26, n_missing=14, visit="baseline")]
    rows += [
        row("n", outcome="cohort", group=g, n=n, n_missing=0)
        for g, n in (("C", 15), ("A+B", 19), ("all", 40))
    ]

    def is_shown(n: int) -> bool:
        counts = {"n": n, "n_events": 8, "n_missing": 40 - n}
        return shown(released(study, *rows, row("odds_ratio", **model, **counts)))[4]

    assert is_shown(21)
    assert not is_shown(24)


def test_sizes_follow_from_a_value_that_nobody_lacks(study):
    sizes = [row("n", outcome="cohort", group="A", n=5, n_missing=0)]
    sizes += [mean_of("all", 12)]
    sides = {"outcome": "crp", "group": "C", "reference": "A+B", "estimate": 1.1}
    model = row("odds_ratio", **sides, term="crp", n=12, n_events=6, n_missing=0)
    assert shown(released(study, *sizes)) == [True, True]
    # C are 6, so B is 1; of C against the others no more is told.
    assert shown(released(study, *sizes, model)) == [False, True, True]


def compared(row_name: str, value: float = 3.0) -> dict[str, object]:
    blank = dict.fromkeys(COMPARISON, "")
    numbers = {n: nan for n, c in COMPARISON.items() if c.kind == "number"}
    cells = {"computed": value, "distance": 0.0, "reproduction": "agrees"}
    return {**blank, **numbers, "fact": "f", "printed": "3", **cells, "row": row_name}


def test_comparison_does_not_tell_what_results_withhold(study):
    small, large = mean_of("all", 3, outcome="esr"), mean_of("all", 40)
    tables = {
        "results": pd.DataFrame([small, large], columns=list(RESULTS)),
        "comparison": pd.DataFrame(
            [compared(str(small["row"])), compared(str(large["row"])), compared("")],
            columns=list(COMPARISON),
        ),
    }
    found = suppress(tables, study=study, min_cell=MIN_CELL).tables["comparison"]
    assert [isnan(value) for value in found["computed"]] == [True, False, False]
    assert [isnan(value) for value in found["distance"]] == [True, False, False]
    assert found["reproduction"].tolist() == ["not_comparable", "agrees", "agrees"]
    assert found["note"][0] == "recomputed value suppressed"


def test_multiverse_does_not_tell_what_results_withhold(study):
    tables = {
        "results": pd.DataFrame([mean_of("all", 3)], columns=list(RESULTS)),
        "multiverse": pd.DataFrame(
            [mean_of("all", 30, scenario="threshold:2")], columns=list(RESULTS)
        ),
    }
    found = suppress(tables, study=study, min_cell=MIN_CELL)
    assert not any(shown(found.tables["results"]))
    assert not any(shown(found.tables["multiverse"]))
    assert found.n_suppressed == 2


def test_private_tables_are_left_as_they_were(study):
    table = pd.DataFrame([mean_of("all", 3), mean_of("A", 20)], columns=list(RESULTS))
    before = table.copy()
    suppress({"results": table}, study=study, min_cell=MIN_CELL)
    pd.testing.assert_frame_equal(table, before)


# An attacker who knows the design solves for the number of patients of each group
# ("-" for none), sex ("" for unknown) and presence of CRP.
SEXES = ("female", "male", "")
CELLS = list(product("ABC-", SEXES, (True, False)))


def vector(condition) -> np.ndarray:
    return np.array([condition(*cell) for cell in CELLS], dtype=float)


def count(cohort: np.ndarray, condition) -> float:
    return float(vector(condition) @ cohort)


def inside(*groups: str):
    return set("".join(PARTS[group] for group in groups if group))


def rows_of(cohort: np.ndarray, groups: list[str], pairs: list[tuple[str, str]]):
    """Return the rows that analyses of this cohort would give, counted one by one."""
    for group in groups:
        of = inside(group)
        n = count(cohort, lambda g, s, c, of=of: g in of)
        yield row("n", outcome="cohort", group=group, estimate=n, n=n, n_missing=0)
        there = count(cohort, lambda g, s, c, of=of: g in of and s != "")
        for sex in ("female", "male"):
            events = count(cohort, lambda g, s, c, of=of, sex=sex: g in of and s == sex)
            cells = {"estimate": events, "n": there, "n_events": events}
            more = {"outcome": "sex", "level": sex, "n_missing": n - there}
            yield row("n", group=group, **more, **cells)
        females = count(cohort, lambda g, s, c, of=of: g in of and s == "female")
        cells = {"estimate": females / there if there else nan, "n": there}
        yield row("mean", outcome="female", group=group, **cells, n_missing=n - there)
        measured = count(cohort, lambda g, s, c, of=of: g in of and c)
        yield mean_of(group, measured, n_missing=n - measured)
    for group, reference in pairs:
        of = inside(group, reference)
        n = count(cohort, lambda g, s, c, of=of: g in of)
        measured = count(cohort, lambda g, s, c, of=of: g in of and c)
        cells = {"n": measured, "n_missing": n - measured, "reference": reference}
        yield row("mann_whitney_u", outcome="crp", group=group, **cells)


def equations(table: pd.DataFrame):
    """Return what each released row says of the unknown counts."""
    for found in table.to_dict("records"):
        if isnan(found["n"]):
            continue
        of = inside(found["group"], found["reference"])
        there = {
            "cohort": lambda g, s, c, of=of: g in of,
            "sex": lambda g, s, c, of=of: g in of and s != "",
            "female": lambda g, s, c, of=of: g in of and s != "",
            "crp": lambda g, s, c, of=of: g in of and c,
        }[found["outcome"]]
        whole = vector(lambda g, s, c, of=of: g in of)
        yield vector(there), found["n"]
        yield whole, found["n"] + found["n_missing"]
        if found["outcome"] in {"sex", "female"} and found["n"]:
            sex = found["level"] or "female"
            share = found["estimate"] * (1 if found["level"] else found["n"])
            yield vector(lambda g, s, c, of=of, sex=sex: g in of and s == sex), share


def targets():
    """Return every count of patients that must not be under five."""
    for size in range(1, 5):
        for groups in combinations("ABC-", size):
            yield vector(lambda g, s, c, of=groups: g in of)
            for sex in SEXES:
                yield vector(lambda g, s, c, of=groups, sex=sex: g in of and s == sex)
            for there in (True, False):
                yield vector(lambda g, s, c, of=groups, t=there: g in of and c is t)


TARGETS = np.array(list(targets()))


def recovered(table: pd.DataFrame) -> np.ndarray:
    """Return each target that linear algebra gets out of a released table."""
    known = list(equations(table))
    if not known:
        return np.full(len(TARGETS), nan)
    matrix = np.array([left for left, _ in known])
    values = np.array([right for _, right in known])
    # Counts are not negative: those that add up to nothing are nothing each.
    nothing = matrix[np.abs(values) < 1e-9].sum(axis=0) > 0
    matrix = np.vstack([matrix, np.eye(len(CELLS))[nothing]])
    values = np.concatenate([values, np.zeros(nothing.sum())])
    weights = np.linalg.lstsq(matrix.T, TARGETS.T, rcond=None)[0]
    follows = np.isclose(matrix.T @ weights, TARGETS.T, atol=1e-7).all(axis=0)
    return np.where(follows, values @ weights, nan)


cohorts = st.lists(
    st.sampled_from([0, 0, 0, 1, 2, 5, 9, 14]), min_size=len(CELLS), max_size=len(CELLS)
)
group_sets = st.lists(st.sampled_from(list(PARTS)), unique=True, max_size=5)
pair_sets = st.lists(
    st.sampled_from([("A", "B"), ("A", "C"), ("B", "C"), ("C", "A+B")]), unique=True
)


@settings(max_examples=60, deadline=None)
@given(cohorts, group_sets, pair_sets)
def test_no_count_under_five_can_be_recovered_from_what_is_released(
    study, cohort, groups, pairs
):
    truth = np.array(cohort, dtype=float)
    found = recovered(released(study, *rows_of(truth, groups, pairs)))
    told = TARGETS[(found > 0.5) & (found < MIN_CELL - 0.5)]
    assert len(told) == 0, [CELLS[i] for i in np.flatnonzero(told[0])]


def test_attacker_recovers_what_an_unsuppressed_table_tells(study):
    truth = np.zeros(len(CELLS))
    truth[CELLS.index(("A", "female", True))] = 20
    truth[CELLS.index(("C", "male", True))] = 17
    truth[CELLS.index(("B", "male", False))] = 3
    rows = list(rows_of(truth, ["all", "A", "C"], []))
    found = recovered(pd.DataFrame(rows, columns=list(RESULTS)))
    assert np.isclose(found, 3).any()
    assert not np.isclose(recovered(released(study, *rows)), 3).any()


def test_large_cohort_is_released_whole(study):
    truth = np.full(len(CELLS), 10.0)
    table = released(study, *rows_of(truth, list(PARTS), [("C", "A+B")]))
    assert all(shown(table))


def test_course_holds_measurements_and_scores_of_each_patient():
    measured = pd.DataFrame(
        {
            "patient": ["p1"],
            "visit": ["M0"],
            "variable": ["crp"],
            "value": [0.2],
            "comparator": ["<"],
            "text": [""],
            "unit": ["mg/L"],
            "lower_limit": [nan],
            "upper_limit": [5.0],
            "confidence": ["B"],
            "note": ["as printed"],
        }
    )
    scores = pd.DataFrame(
        {
            "patient": ["p1", "p1"],
            "visit": ["M0", "M0"],
            "score": ["cjadas_state", "larsen"],
            "component": ["", "hip"],
            "side": ["", "left"],
            "value": [20.0, 1.0],
            "level": ["high", ""],
            "unit": ["", ""],
            "score_version": ["v1", "v2"],
            "reason": ["", ""],
        }
    )
    groups = pd.DataFrame({"patient": ["p1"], "group": ["B"]})
    course = derive_course({"measurements": measured}, scores, groups)
    assert set(course["group"]) == {"B"}
    assert course["variable"].tolist() == ["cjadas_state", "crp"]
    assert course["text"].tolist() == ["high", ""]
    assert course["comparator"].tolist() == ["", "<"]
