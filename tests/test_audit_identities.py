"""Sums of variables and of components, changes and flow charts."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import alarms, fact, mean, paper, proofs, rounded, structure, table
from rejia.audit import audit
from rejia.audit.equations import read_equation
from rejia.errors import DefinitionError
from rejia.study import Structure

SEEDS = st.integers(0, 2**40)
JOINTS = ("hip", "knee", "ankle")


def _added(a: list[Fraction], b: list[Fraction], factor: int) -> list[Fraction]:
    return [x + factor * y for x, y in zip(a, b, strict=True)]


def _sum_is_silent(seed: int) -> None:
    """Print two variables, their sum, their difference, and a mean change."""
    made = paper(seed)
    made.cohort()
    for group, size in made.sizes.items():
        onset, duration = made.values(size), made.values(size)
        made.summarise("onset", group, onset)
        made.summarise("duration", group, duration)
        made.summarise("start", group, _added(onset, duration, 1))
        made.summarise("gap", group, _added(onset, duration, -2))
        made.summarise("crp", group, onset, visit="before")
        made.summarise("crp", group, duration, visit="after")
        change = mean(_added(duration, onset, -1))
        made.rows.append(
            fact(
                f"change_{group}",
                "mean",
                rounded(change, made.digits, made.rule),
                outcome="crp",
                group=group,
                analysis="change",
                visit="after",
                ref_visit="before",
            )
        )
    declared = structure(
        made,
        complete=["patients"],
        identities=["start = onset + duration", "gap = onset - 2 * duration"],
    )
    assert alarms(audit(made.facts(), declared, repairs=False)) == []


def _joints_are_silent(seed: int) -> None:
    """Print the mean of each joint and of each patient's sum; some joints missing."""
    made = paper(seed, largest=6)
    random = made.random
    made.cohort()
    patients = [
        (group, {joint: [made.values(1)[0] for _ in range(2)] for joint in JOINTS})
        for group, size in made.sizes.items()
        for _ in range(size)
    ]
    lost = random.choice((0, 0, 1, 2, 3))
    if len(patients) < lost + 2:
        lost = 0
    for _, joints in random.sample(patients, lost):
        joints[random.choice(JOINTS)].pop()
    top = made.high * made.step
    counted = Fraction(0)  # what a missing joint counts as in the sum
    for group in [*made.sizes, "all"]:
        own = [joints for g, joints in patients if group in {g, "all"}]
        for joint in JOINTS:
            values = [v for joints in own for v in joints[joint]]
            if values:
                made.rows.append(
                    fact(
                        f"{joint}_{group}",
                        "mean",
                        rounded(mean(values), made.digits, made.rule),
                        outcome="grade",
                        population="joints",
                        component=joint,
                        group=group,
                    )
                )
        sums = [
            sum((sum(v, Fraction(0)) for v in joints.values()), Fraction(0))
            + counted * (6 - sum(len(v) for v in joints.values()))
            for joints in own
        ]
        made.summarise("grade_total", group, sums)
    size = 6 * len(patients) - lost
    joints = {"unit": "joint", "of": "patients", "rows": 6, "each": 2, "size": size}
    scale = {
        "label": "Grade",
        "step": float(made.step),
        "min": min(0.0, float(made.low * made.step)),
        "max": float(top),
    }
    declared = structure(
        made,
        complete=["patients"],
        identities=[
            "grade_total = 2 * grade[hip] + 2 * grade[knee] + 2 * grade[ankle]"
        ],
        populations={"joints": joints, "patients": {"unit": "patient"}},
        variables={"grade": scale},
    )
    assert alarms(audit(made.facts(), declared, repairs=False)) == []


def _missing_sums_are_never_proof(seed: int) -> None:
    made = paper(seed, missing=0.4, largest=10)
    made.cohort()
    for group, size in made.sizes.items():
        onset, duration = made.values(size), made.values(size)
        made.summarise("onset", group, made.observed(onset))
        made.summarise("duration", group, made.observed(duration))
        made.summarise("start", group, made.observed(_added(onset, duration, 1)))
    declared = structure(made, identities=["start = onset + duration"])
    assert proofs(audit(made.facts(), declared, repairs=False)) == []


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_true_sums_and_changes_pass(seed):
    _sum_is_silent(seed)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_true_joints_pass_wherever_joints_are_missing(seed):
    _joints_are_silent(seed)


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_sums_of_other_rows_are_never_a_proof(seed):
    _missing_sums_are_never_proof(seed)


def test_parts_with_printed_numbers_of_values_count_the_rows_that_are_missing():
    # Three patients, four joints each; one hip of grade 5 is missing: the hips' mean
    # is of five, so that the total of 4 is 2 x 1.6 + 2 x 1 - 1.6/3, a missing joint
    # counting nothing.
    grades = {"outcome": "grade", "population": "joints"}
    rows = [
        fact("n", "n", "3", outcome="cohort"),
        fact("n_hip", "denominator", "5", component="hip", **grades),
        fact("n_knee", "denominator", "6", component="knee", **grades),
        fact("hip", "mean", "1.6", component="hip", **grades),
        fact("knee", "mean", "1.0", component="knee", **grades),
        fact("total", "mean", "4.67", outcome="grade_total"),
    ]
    declared = Structure.model_validate(
        {
            "complete": ["patients"],
            "identities": ["grade_total = 2 * grade[hip] + 2 * grade[knee]"],
            "variables": {"grade": {"label": "Grade", "min": 0, "max": 5}},
            "populations": {
                "joints": {"unit": "joint", "of": "patients", "rows": 4, "each": 2}
            },
        }
    )
    row = audit(table(*rows), declared).set_index("rule").loc["identity_mean"]
    assert row["verdict"] != "inconsistent"
    rows[-1] |= {"printed": "6.90"}
    row = audit(table(*rows), declared).set_index("rule").loc["identity_mean"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")


def _three(start: str, sds: tuple[str, str, str]) -> dict[str, object]:
    rows = [fact("n", "n", "8", outcome="cohort")]
    means = {"onset": "3.7", "duration": "5.9", "start": start}
    for (name, text), sd in zip(means.items(), sds, strict=True):
        rows.append(fact(f"{name}_mean", "mean", text, outcome=name))
        rows.append(fact(f"{name}_sd", "sd", sd, outcome=name))
    declared = Structure(
        identities=("start = onset + duration",), complete=("patients",)
    )
    return {row.rule: row for row in audit(table(*rows), declared).itertuples()}


def test_a_sum_is_held_to_the_windows_of_its_parts():
    sds = ("1.5", "5.9", "4.4")
    assert _three("9.6", sds)["identity_mean"].verdict == "consistent"
    assert _three("9.5", sds)["identity_mean"].verdict == "consistent_by_rounding"
    row = _three("9.4", sds)["identity_mean"]
    assert (row.verdict, row.evidence) == ("inconsistent", "proof")
    assert row.arithmetic.startswith("3.7 + 5.9 = 9.6;")


# (4.4^2 - 1.5^2 - 5.9^2) / (2 x 1.5 x 5.9) = -1: the SDs can only just be.
def test_sds_force_a_correlation():
    row = _three("9.6", ("1.5", "5.9", "4.4"))["identity_correlation"]
    assert row.verdict == "consistent"
    assert "forces r = -1;" in row.arithmetic
    assert _three("9.6", ("1.5", "5.9", "4.2"))["identity_correlation"].verdict == (
        "inconsistent"
    )


def test_an_equation_that_cannot_be_read_is_a_fault():
    with pytest.raises(DefinitionError, match="not of the form"):
        read_equation("start = onset * duration")


def test_a_flow_chart_must_add_up():
    rows = [
        fact(level, "n", n, outcome="cohort", analysis="flow", level=level)
        for level, n in (("treated", "60"), ("missing", "20"), ("analysed", "41"))
    ]
    declared = Structure(flows=("analysed = treated - missing",))
    row = audit(table(*rows), declared).set_index("id").loc["flow-analysed"]
    assert (row["verdict"], row["arithmetic"]) == (
        "inconsistent",
        "60 - 20 = 40; printed 41",
    )
