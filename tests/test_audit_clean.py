"""Whole papers of true data, with every kind of number: not one alarm."""

from dataclasses import dataclass
from fractions import Fraction
from math import exp, isnan, log, sqrt
from random import Random
from statistics import NormalDist

import pytest
from scipy import stats

from audit_papers import (
    Writer,
    alarms,
    mean,
    proofs,
    table,
)
from rejia.audit import audit
from rejia.audit.wald import two_sided
from rejia.study import Structure

JOINTS = ("hip", "knee", "ankle")
VISITS = ("before", "after")
GROUPS = ("A", "B", "C")
LEVELS = {"A": "improved", "B": "unchanged", "C": "worsened"}
STEP = Fraction(1, 4)
Values = dict[int, Fraction]


@dataclass
class Patient:
    """One true patient; `grades` are right and left by visit and joint."""

    group: str
    female: bool
    onset: Fraction
    duration: Fraction
    crp: dict[str, Fraction | None]
    grades: dict[str, dict[str, tuple[Fraction | None, ...]]]

    def total(self, visit: str) -> Fraction:
        """The sum of all grades that are there."""
        grades = (g for pair in self.grades[visit].values() for g in pair)
        return sum((g for g in grades if g is not None), Fraction(0))


def _patients(random: Random, missing: float) -> list[Patient]:
    """Draw patients until no group is empty."""
    while True:
        size = random.randint(9, 60)
        drawn = [_patient(random, missing) for _ in range(size)]
        if {patient.group for patient in drawn} == set(GROUPS):
            return drawn


def _patient(random: Random, missing: float) -> Patient:
    severity = random.choice((0, 2, 8, 20))
    before: dict[str, tuple[Fraction | None, ...]] = {}
    after: dict[str, tuple[Fraction | None, ...]] = {}
    shift = random.choice((-4, -1, 0, 0, 1, 4))
    for joint in JOINTS:
        there = [random.random() >= missing for _ in range(2)]
        first = [random.randint(0, severity) for _ in range(2)]
        moved = [0 if not shift else random.randint(min(shift, 0), max(shift, 0))] * 2
        last = [min(20, max(0, g + m)) for g, m in zip(first, moved, strict=True)]
        before[joint], after[joint] = (
            tuple(
                g * STEP if seen else None
                for g, seen in zip(grades, there, strict=True)
            )
            for grades in (first, last)
        )
    lost = missing and random.random() < 0.1
    made = Patient(
        "",
        random.random() < 0.6,
        Fraction(random.randint(4, 140), 10),
        Fraction(random.randint(1, 120), 10),
        {
            "before": None if lost else Fraction(random.randint(0, 300), 10),
            "after": Fraction(random.choice((0, 0, random.randint(0, 50))), 10),
        },
        {"before": before, "after": after},
    )
    change = made.total("after") - made.total("before")
    made.group = "A" if change < 0 else "C" if change > 0 else "B"
    return made


def _of(patients: list[Patient], group: str) -> list[Patient]:
    wanted = GROUPS if group == "all" else tuple(group.split("+"))
    return [patient for patient in patients if patient.group in wanted]


def _characteristics(out: Writer, patients: list[Patient], digits: int) -> None:
    for group in ("all", "A+B", *GROUPS):
        own = _of(patients, group)
        columns = {"group": group}
        if group != "A+B" or out.random.random() < 0.5:
            out.put("n", str(len(own)), outcome="cohort", **columns)
        females = sum(patient.female for patient in own)
        for level, count in (("female", females), ("male", len(own) - females)):
            out.share(count, len(own), digits, outcome="sex", level=level, **columns)
        ages = {
            "onset": [p.onset for p in own],
            "duration": [p.duration for p in own],
            "start": [p.onset + p.duration for p in own],
        }
        for outcome, values in ages.items():
            out.summary(values, digits, outcome=outcome, **columns)
            for statistic, value in (("min", min(values)), ("max", max(values))):
                out.number(statistic, value, digits, outcome=outcome, **columns)


def _scores(out: Writer, patients: list[Patient], digits: int) -> None:
    for group in ("all", "A+B", *GROUPS):
        own = _of(patients, group)
        for visit in VISITS:
            columns = {"group": group, "visit": visit}
            totals = [patient.total(visit) for patient in own]
            out.summary(totals, digits, outcome="larsen_total", **columns)
            crp = [p.crp[visit] for p in own]
            kept = [value for value in crp if value is not None]
            out.summary(kept, digits, outcome="crp", unit="mg/dL", **columns)
            for joint in JOINTS:
                grades = [
                    g for p in own for g in p.grades[visit][joint] if g is not None
                ]
                out.summary(
                    grades,
                    2,
                    outcome="larsen",
                    component=joint,
                    population="joints",
                    **columns,
                )
    changes = [p.total("after") - p.total("before") for p in patients]
    out.number(
        "mean",
        mean(changes),
        2,
        outcome="larsen_total",
        visit="after",
        ref_visit="before",
        place="Discussion",
    )


def _changes(out: Writer, patients: list[Patient]) -> None:
    """Count who changed, in the text and in the abstract, and test it."""
    columns = {"outcome": "larsen_total", "visit": "after", "ref_visit": "before"}
    for place in ("Text", "Abstract"):
        for group, level in LEVELS.items():
            count = len(_of(patients, group))
            out.share(
                count,
                len(patients),
                out.random.choice((0, 1)),
                level=level,
                place=place,
                analysis="change",
                **columns,
            )
    for outcome, values in (
        ("larsen_total", [p.total("after") - p.total("before") for p in patients]),
    ):
        p = _signed_rank([value for value in values if value])
        out.p(p, **columns | {"outcome": outcome}, adjustment="raw", analysis="paired")


def _signed_rank(changes: list[Fraction]) -> float:
    """Normal approximation, zeros dropped, ties in the variance."""
    n = len(changes)
    if not n:
        return 1.0
    sizes = [abs(float(change)) for change in changes]
    ranks = stats.rankdata(sizes)
    plus = sum(r for r, change in zip(ranks, changes, strict=True) if change > 0)
    ties = sum(sizes.count(s) ** 3 - sizes.count(s) for s in set(sizes)) / 48
    spread = n * (n + 1) * (2 * n + 1) / 24 - ties
    return two_sided((plus - n * (n + 1) / 4) / sqrt(spread))


def _tests(out: Writer, patients: list[Patient]) -> None:
    """Compare groups, raw and corrected, and correlate."""
    for first, second in (("A", "B"), ("A", "C"), ("C", "A+B")):
        for outcome in ("onset", "duration"):
            x, y = (
                [float(getattr(p, outcome)) for p in _of(patients, group)]
                for group in (first, second)
            )
            method = out.random.choice(("exact", "asymptotic"))
            correct = out.random.random() < 0.5
            p = stats.mannwhitneyu(x, y, method=method, use_continuity=correct).pvalue
            columns = {"outcome": outcome, "group": first, "reference": second}
            columns |= {"analysis": "contrast"}
            if not isnan(p):
                out.p(p, adjustment="raw", **columns)
                out.p(min(1.0, 3 * p), adjustment="bonferroni", **columns)
    r, p = stats.spearmanr(
        [float(x.onset) for x in patients], [float(x.duration) for x in patients]
    )
    columns = {"outcome": "onset", "term": "duration", "analysis": "correlation"}
    if not isnan(r):
        out.number("spearman", r, out.random.choice((2, 3)), **columns)
        out.p(p, adjustment="raw", **columns)


def _odds(out: Writer, patients: list[Patient]) -> None:
    """Print the odds ratio of sex for worsening, with its Wald interval and p."""
    cells = {
        (female, worse): sum(
            p.female == female and (p.group == "C") == worse for p in patients
        )
        for female in (True, False)
        for worse in (True, False)
    }
    if not all(cells.values()):
        return
    b = log(cells[True, True]) + log(cells[False, False])
    b -= log(cells[True, False]) + log(cells[False, True])
    error = sqrt(sum(1 / count for count in cells.values()))
    z = out.random.choice((1.96, NormalDist().inv_cdf(0.975)))
    columns = {"outcome": "worsening", "term": "female", "analysis": "logistic"}
    digits = out.random.choice((2, 3))
    for statistic, value in (
        ("odds_ratio", b),
        ("ci_low", b - z * error),
        ("ci_high", b + z * error),
    ):
        out.number(statistic, exp(value), digits, **columns)
    out.p(two_sided(b / error), adjustment="raw", **columns)


def _joint_counts(out: Writer, patients: list[Patient]) -> None:
    """Count joints by grade before, and what became of them."""
    pairs = [
        (first, last)
        for p in patients
        for joint in JOINTS
        for first, last in zip(
            p.grades["before"][joint], p.grades["after"][joint], strict=True
        )
        if first is not None and last is not None
    ]
    columns = {"analysis": "grades", "outcome": "larsen", "population": "joints"}
    classes = {"none": (0, 0), "mild": (STEP, 1), "severe": (1 + STEP, 5)}
    for level, (low, high) in classes.items():
        own = [pair for pair in pairs if low <= pair[0] <= high]
        out.share(len(own), len(pairs), 0, level=level, visit="before", **columns)
        worse = sum(last > first for first, last in own)
        moved = {"level": f"{level}>worsened", "visit": "after", "ref_visit": "before"}
        out.share(worse, len(own), 1, **moved, **columns)


def _flow(out: Writer, patients: list[Patient]) -> None:
    lost = out.random.randint(0, 20)
    counts = {"treated": len(patients) + lost, "lost": lost, "analysed": len(patients)}
    for level, count in counts.items():
        out.put("n", str(count), analysis="flow", outcome="cohort", level=level)


def _paper(
    seed: int, *, silent: bool = False
) -> tuple[list[dict[str, str]], Structure]:
    random = Random(seed)
    missing = random.choice((0.02, 0.1) if silent else (0.0, 0.0, 0.02, 0.1))
    patients = _patients(random, missing)
    out = Writer(
        random, random.choice(("half_up", "half_even")), missing > 0 and not silent
    )
    digits = random.choice((1, 1, 2))
    _characteristics(out, patients, digits)
    _scores(out, patients, digits)
    _changes(out, patients)
    _tests(out, patients)
    _odds(out, patients)
    _joint_counts(out, patients)
    _flow(out, patients)
    there = sum(
        g is not None
        for p in patients
        for pair in p.grades["before"].values()
        for g in pair
    )
    return out.rows, _structure(len(patients), there, missing)


def _variables() -> dict[str, dict[str, object]]:
    step = {"unit": "years", "step": 0.1}
    grade = {"step": 0.25, "min": 0, "max": 5, "worse": "high"}
    return {
        "onset": {"label": "Onset", "min": 0.4, "max": 14} | step,
        "duration": {"label": "Duration", "min": 0.1, "max": 12} | step,
        "start": {"label": "Start"} | step,
        "crp": {"label": "CRP", "step": 0.1, "min": 0, "max": 60},
        "larsen": {"label": "Grade"} | grade,
    }


def _structure(size: int, joints: int, missing: float) -> Structure:
    return Structure.model_validate(
        {
            "partitions": [GROUPS],
            "merges": {"A+B": ["A", "B"]},
            "identities": [
                "start = onset + duration",
                "larsen_total = " + " + ".join(f"2 * larsen[{j}]" for j in JOINTS),
            ],
            "denominators": {"grades": joints},
            "exhaustive": {
                "sex": ["female", "male"],
                "grades": ["none", "mild", "severe"],
            },
            "complete": [] if missing else ["patients", "joints"],
            "flows": ["analysed = treated - lost"],
            "variables": _variables(),
            "populations": {
                "patients": {"unit": "patient", "size": size},
                "joints": {
                    "unit": "joint",
                    "of": "patients",
                    "rows": 2 * len(JOINTS),
                    "each": 2,
                    "size": joints,
                },
            },
            "groups": {
                "outcome": "larsen_total",
                "from": "before",
                "to": "after",
                "labels": {level: group for group, level in LEVELS.items()},
            },
        }
    )


def _clean(seed: int) -> set[str]:
    """Audit one paper; return the rules that had something to say."""
    rows, structure = _paper(seed)
    audited = audit(table(*rows), structure)
    assert alarms(audited) == [], seed
    return set(audited[audited["verdict"] != "not_checkable"]["rule"])


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_a_clean_paper_has_no_alarm(first):
    for seed in range(first, first + 10):
        assert len(_clean(seed)) >= 15, seed


def _silent(seed: int) -> None:
    """Audit a paper whose values are missing without a word."""
    rows, structure = _paper(seed, silent=True)
    audited = audit(table(*rows), structure, repairs=False)
    assert proofs(audited) == [], seed


@pytest.mark.parametrize("seed", [7, 8, 9, 12])
def test_values_missing_without_a_word_are_never_a_proof(seed):
    _silent(seed)


@pytest.mark.nightly
def test_a_thousand_clean_papers_have_no_alarm():
    said = {rule for seed in range(1000, 2000) for rule in _clean(seed)}
    assert len(said) >= 20
    for seed in range(1000, 2000):
        _silent(seed)
