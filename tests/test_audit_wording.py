"""What words say of numbers: true wordings pass, impossible ones do not."""

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from audit_papers import Writer, fact, mean, rounded, rounded_root, table, variance
from rejia.audit import audit
from rejia.audit.context import Context
from rejia.audit.wording import relations, wording_checks
from rejia.study import Structure

ORDINARY = 1000
JOINTS = ("hip", "knee", "ankle")


def _structure(patients: int, joints: int, *worded: str) -> Structure:
    return Structure.model_validate(
        {
            "identities": [
                "grade_total = " + " + ".join(f"2 * grade[{j}]" for j in JOINTS)
            ],
            "worded": {"joints": worded},
            "variables": {
                "grade": {"label": "Grade", "step": 0.25, "min": 0, "max": 5}
            },
            "populations": {
                "patients": {"unit": "patient", "size": patients},
                "joints": {
                    "unit": "joint",
                    "of": "patients",
                    "rows": 2 * len(JOINTS),
                    "each": 2,
                    "size": joints,
                },
            },
        }
    )


def _rows(facts: list[dict[str, str]], declared: Structure):
    audited = audit(table(*facts), declared)
    return audited[audited["rule"] == "rows_worded"].set_index("id")


def _true_wording_is_silent(seed: int) -> int:
    """Print true summaries of joints, keyed to joints or worded so."""
    random = Random(seed)
    severity = random.choice((0, 3, 20))
    patients = random.randint(1, 12)
    grades = [
        Fraction(random.choice((0, severity, random.randint(0, severity))), 4)
        for _ in range(6 * patients)
        if random.random() < 0.9
    ] or [Fraction(0)]
    out = Writer(random, random.choice(("half_up", "half_even")), False)
    worded = random.random() < 0.5
    columns = {"population": "patients" if worded else "joints"}
    columns["outcome"] = "grade_total" if worded else "grade"
    digits = random.choice((0, 1, 2))
    out.number("mean", mean(grades), digits, **columns)
    if len(grades) > 1:
        text = rounded_root(variance(grades, random.choice((0, 1))), digits, out.rule)
        out.put(random.choice(("sd", "plus_minus")), text, **columns)
    for statistic, value in (("min", min(grades)), ("max", max(grades))):
        out.number(statistic, value, digits, **columns)
    names = [row["fact"] for row in out.rows] if worded else []
    declared = _structure(patients, len(grades), *names)
    context = Context.of(table(*out.rows), declared)
    checks = list(wording_checks(context))
    for check in checks:
        assert check.evaluate(context.cells.by_fact).verdict == "consistent", seed
    return len(checks)


def test_true_summaries_of_joints_pass_a_thousand_times():
    assert sum(map(_true_wording_is_silent, range(ORDINARY))) > 3 * ORDINARY


@pytest.mark.nightly
def test_true_summaries_of_joints_pass_a_hundred_thousand_times():
    for seed in range(10_000, 110_000):
        _true_wording_is_silent(seed)


def test_a_number_of_joints_that_can_only_be_a_sum_of_patients_comes_out():
    columns = {"outcome": "grade_total", "visit": "before"}
    facts = [
        fact("text_mean", "mean", "5.9", place="Text", **columns),
        fact("text_pm", "plus_minus", "9.5", place="Text", **columns),
        fact("table_mean", "mean", "5.9", **columns),
    ]
    found = _rows(facts, _structure(40, 238, "text_mean", "text_pm"))
    assert set(found.index) == {"rows_worded-text_mean", "rows_worded-text_pm"}
    assert set(found["verdict"]) == {"inconsistent"}
    assert set(found["evidence"]) == {"wording"}
    row = found.loc["rows_worded-text_mean"]
    assert "patient's sum" in row["explanations"]
    assert "Table 1 prints the same of patients" in row["explanations"]
    assert row["facts"] == "text_mean"


@pytest.mark.parametrize("printed", ["5.0", "4.9", "5.04", "0"])
def test_a_number_that_joints_can_have_stays_silent(printed):
    columns = {"outcome": "grade", "population": "joints"}
    found = _rows([fact("m", "mean", printed, **columns)], _structure(40, 240))
    expected = "consistent" if Fraction(printed) <= 5 else "inconsistent"
    assert list(found["verdict"]) == [expected]


def test_the_largest_spread_of_joints_is_that_of_grades_at_the_ends():
    # Two joints, 0 and 5: SD 3.54; no two joints have more.
    columns = {"outcome": "grade", "population": "joints"}
    for printed, verdict in (("3.5", "consistent"), ("3.6", "inconsistent")):
        found = _rows([fact("s", "sd", printed, **columns)], _structure(1, 2))
        assert list(found["verdict"]) == [verdict]


def _rank(rows: list[list[Fraction]]) -> int:
    rows, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((r for r in rows[rank:] if r[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(rank, pivot)
        for at in range(rank + 1, len(rows)):
            factor = rows[at][column] / pivot[column]
            rows[at] = [a - factor * b for a, b in zip(rows[at], pivot, strict=True)]
        rank += 1
    return rank


def _data(random: Random, n: int) -> tuple[dict[str, list[Fraction]], list[dict]]:
    """Draw free variables, and sums of those that are there already."""
    names = list("abcdefg")
    free = random.randint(2, 4)
    data = {
        name: [Fraction(random.randint(-(10**6), 10**6)) for _ in range(n)]
        for name in names[:free]
    }
    equations = []
    for name in names[free : free + random.randint(0, 3)]:
        parts = random.sample(sorted(data), random.randint(1, 2))
        weights = [Fraction(random.choice((1, 1, 2, -1))) for _ in parts]
        data[name] = [
            sum(
                (w * data[p][row] for p, w in zip(parts, weights, strict=True)),
                Fraction(0),
            )
            for row in range(n)
        ]
        equations.append(dict(zip(parts, weights, strict=True)) | {name: Fraction(-1)})
    return data, equations


def _relations_are_those_of_the_data(seed: int) -> int:
    """Hold the number of relations against the rank of data that obey them."""
    random = Random(seed)
    data, equations = _data(random, 12)
    names = random.sample(sorted(data), random.randint(1, len(data)))
    design = [[Fraction(1), *(data[name][row] for name in names)] for row in range(12)]
    found = relations(equations, names)
    assert len(found) == len(names) + 1 - _rank(design), seed
    for relation in found:
        assert set(relation) <= {*names, "1"}
        for row in range(12):
            assert sum(w * data[name][row] for name, w in relation.items()) == 0
    return len(found)


def test_a_model_is_refused_exactly_where_true_data_have_too_small_a_rank():
    found = [_relations_are_those_of_the_data(seed) for seed in range(ORDINARY)]
    assert 0.1 * ORDINARY < sum(map(bool, found)) < 0.9 * ORDINARY


@pytest.mark.nightly
def test_a_hundred_thousand_models_are_refused_exactly():
    for seed in range(10_000, 110_000):
        _relations_are_those_of_the_data(seed)


def test_indicators_of_every_level_add_up_to_the_intercept():
    equations = [dict.fromkeys("xyz", Fraction(1)) | {"1": Fraction(-1)}]
    assert relations(equations, "xyz")
    for fewer in combinations("xyz", 2):
        assert relations(equations, fewer) == []


def _model(predictors: list[str], alone: list[str] | None = None) -> list[dict]:
    model = {
        "test": "logistic",
        "event": {"group": "C"},
        "inference": "wald",
        "family": "none_declared",
    }
    made = [{"id": "adjusted", "predictors": predictors} | model]
    if alone:
        made.append({"id": "alone", "predictors": alone, "each": True} | model)
    return made


def _adjusted(predictors: list[str], alone: list[str] | None = None):
    declared = Structure.model_validate(
        {
            "identities": ["start = onset + duration"],
            "analyses": _model(predictors, alone),
        }
    )
    columns = {"analysis": "adjusted", "outcome": "worse", "term": "onset"}
    rows = [
        fact("or", "odds_ratio", "1.3", **columns),
        fact("p", "p_value", rounded(Fraction(1, 20), 2, "half_up"), **columns),
    ]
    audited = audit(table(*rows), declared).set_index("id")
    return audited[audited["rule"] == "collinear_adjustment"]


def test_a_model_with_a_sum_and_all_its_parts_is_refused():
    row = _adjusted(["onset", "duration", "start", "crp"]).iloc[0]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "wording")
    assert "start = onset + duration" in row["arithmetic"]
    assert "at most 3 of the 4" in row["arithmetic"]
    assert row["facts"] == "or;p"


def test_a_model_with_two_of_the_three_stands():
    found = _adjusted(["onset", "duration", "crp"])
    assert list(found["verdict"]) == ["consistent"]


def test_adjusting_for_everything_that_was_tried_alone_is_told_but_not_red():
    everything = ["onset", "duration", "start", "crp"]
    found = _adjusted(["onset", "crp"], everything)
    assert list(found["verdict"]) == ["consistent", "not_checkable"]
    assert list(_adjusted(["onset", "crp"], ["onset", "start", "crp"])["verdict"]) == [
        "consistent"
    ]
