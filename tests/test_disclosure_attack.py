"""An attacker with every released table solves for what was suppressed."""

import re
from itertools import combinations, product
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from present_cohorts import cohort
from present_material import ROOT
from rejia.analyses import run_analyses
from rejia.analyses.rows import CohortRows
from rejia.cohort import read_cohort
from rejia.contracts import COHORT_TABLES
from rejia.disclosure import suppress
from rejia.frame import write_table
from rejia.groups import derive_groups
from rejia.present.delimited import to_csv
from rejia.present.labels import read_labels
from rejia.present.tables import build_tables
from rejia.results import gather_results
from rejia.scores import derive_scores
from rejia.study import Study, read_study
from rejia.study.equations import read_equation

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small}
visits: {before: {label: Before, month: 0}, after: {label: After, month: 12}}
variables:
  sex: {label: Sex, per: patient, levels: [female, male]}
  female: {label: Female, per: patient, indicator_of: sex, level: female}
  damage: {label: Damage, step: 1, min: 0, max: 200, worse: high}
  crp: {label: CRP, step: 1, min: -1000, worse: high}
  item: {label: Item of a score, step: 1, min: 0, max: 2, worse: high}
groups:
  outcome: damage
  from: before
  to: after
  labels: {improved: A, unchanged: B, worsened: C}
  merges: {A+B: [A, B]}
families: {contrasts: {m: 9, method: none}, models: {m: 9, method: none}}
analyses:
  - {id: describe, test: describe, outcomes: [sex, female, crp, item], visits: [before, after], groups: [%s]}
  - {id: change, test: signed_rank, outcomes: [crp], visit: after, ref_visit: before, convention: spss-16-npar, family: none_declared}
  - {id: contrast, test: rank_sum, outcomes: [crp], visits: [before], group: C, reference: A+B, convention: spss-16-npar, family: contrasts}
  - {id: risk, test: logistic, event: {group: C}, predictors: [crp, female], visit: before, inference: wald, each: true, family: models}
  - {id: risks, test: logistic, event: {group: C}, predictors: [crp, female], visit: before, inference: wald, family: models}
"""  # noqa: E501
MIN_CELL = 5
# Bounds on a suppressed count leave at least this room.
PROTECTION = 4
PARTS = {"A": "A", "B": "B", "C": "C", "A+B": "AB", "all": "ABC-"}
GROUPS, SEXES, GRADES = "ABC-", ("female", "male", ""), (0, 1, 2, None)
# Group, sex, CRP before and after there or not, grade before, grade after.
CELLS = list(product(GROUPS, SEXES, (1, 0), (1, 0), GRADES))


def study_with(groups: list[str], folder) -> Study:
    path = folder / "small.yaml"
    path.write_text(DEFINITION % ", ".join(groups))
    return read_study(path)


def cohort_of(seed: int, size: int, missing: float, rare: float):
    """Return cohort tables, and how many patients of each cell there are."""
    rng = np.random.default_rng(seed)
    patients, visits, measured = [], [], []
    counts = np.zeros(len(CELLS))
    for number in range(size):
        name = f"p{number:03d}"
        sex = rng.choice(["female", "male", ""], p=[rare, 1 - rare - 0.02, 0.02])
        patients.append({"patient": name, "sex": sex})
        change = int(rng.choice([-2, 0, 3]))
        grouped = rng.random() >= missing / 3
        has = [int(rng.random() >= missing) for _ in range(2)]
        grade = int(rng.choice([0, 1, 2], p=[0.7, 0.2, 0.1]))
        grade = None if rng.random() < missing / 3 else grade
        for place, visit in enumerate(("before", "after")):
            visits.append({"patient": name, "visit": visit})
            found = {"damage": 10 + change * place if grouped or not place else None}
            found["crp"] = int(rng.integers(-50, 50)) if has[place] else None
            found["item"] = grade
            measured += [
                {"patient": name, "visit": visit, "variable": key, "value": value}
                for key, value in found.items()
                if value is not None
            ]
        group = {-2: "A", 0: "B", 3: "C"}[change] if grouped else "-"
        counts[CELLS.index((group, sex, *has, grade))] += 1
    tables = {"patients": patients, "visits": visits, "measurements": measured}
    return {name: frame(rows, name) for name, rows in tables.items()}, counts


def frame(rows: list[dict[str, object]], name: str) -> pd.DataFrame:
    contract = COHORT_TABLES[name]
    blank = {n: nan if c.kind == "number" else "" for n, c in contract.items()}
    table = pd.DataFrame([{**blank, **row} for row in rows], columns=list(contract))
    numbers = [n for n, c in contract.items() if c.kind != "text"]
    return table.astype(dict.fromkeys(numbers, "float64"))


def results_of(study: Study, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    tables = {**{n: frame([], n) for n in COHORT_TABLES}, **tables}
    scores = derive_scores(study, tables)
    groups = derive_groups(study, tables, scores)
    rows = CohortRows(
        study=study, tables=tables, scores=scores, groups=groups, planned_only=True
    )
    return gather_results(study, run_analyses(study, cohort=rows, facts=None))[0]


def vector(condition) -> np.ndarray:
    return np.array([float(condition(*cell)) for cell in CELLS])


def within(*labels: str) -> set[str]:
    return set("".join(PARTS[label] for label in labels if label))


def has(outcome: str, visit: str, sex, before, after, grade) -> bool:
    return {
        "cohort": True,
        "sex": sex != "",
        "female": sex != "",
        "crp": before if visit == "before" else after,
        "item": grade is not None,
    }[outcome]


def equations(table: pd.DataFrame, truth: np.ndarray):
    """Give what each released row says of the cells, also what it says by algebra."""
    for row in table.to_dict("records"):
        if isnan(row["n"]):
            continue
        of, out, visit = within(row["group"], row["reference"]), row["outcome"], ""
        visit = row["visit"]
        if row["statistic"] == "odds_ratio":
            yield from of_model(row, truth)
            continue
        if row["ref_visit"]:
            # Whoever has both; a test may drop some, but those missing are told.
            there = vector(lambda g, s, b, a, x, of=of: g in of and b and a)
            count = float(vector(lambda g, *_, of=of: g in of) @ truth)
            yield there, count - row["n_missing"]
            continue
        there = vector(
            lambda g, *c, of=of, out=out, v=visit: g in of and has(out, v, *c)
        )
        yield there, row["n"]
        yield vector(lambda g, *_, of=of: g in of), row["n"] + row["n_missing"]
        if row["reference"]:
            # U and z tell the size of each sample.
            one = within(row["group"])
            here = vector(lambda g, s, b, a, x, one=one: g in one and b)
            yield here, float(here @ truth)
        if row["level"]:
            level = row["level"]
            yield (
                vector(lambda g, s, *_, of=of, le=level: g in of and s == le),
                row["n_events"],
            )
        elif row["statistic"] == "mean" and out in {"female", "item"}:
            yield from of_moments(table, row, of)


def of_moments(table: pd.DataFrame, row, of):
    """Give the sum that a mean tells, and with the SD the sum of squares."""
    n, mean = row["n"], row["estimate"]
    if row["outcome"] == "female":
        yield vector(lambda g, s, *_: g in of and s == "female"), n * mean
        return
    yield vector(lambda g, s, b, a, x: (g in of) * (x or 0)), n * mean
    same = [*table.columns[:13]]
    twin = table[(table[same] == pd.Series(row)[same]).all(axis=1)]
    sd = twin.loc[twin["statistic"] == "sd", "estimate"]
    if len(sd) and not isnan(sd.iloc[0]):
        square = (n - 1) * sd.iloc[0] ** 2 + n * mean**2
        yield vector(lambda g, s, b, a, x: (g in of) * (x or 0) ** 2), square


def of_model(row, truth):
    """Give complete cases and events, and the table if one alone gives the ratio."""
    needs = {row["term"], *str(row["adjusted_for"]).split(";")} - {""}

    def complete(s, b):
        return (s != "" or "female" not in needs) and (b or "crp" not in needs)

    yield vector(lambda g, s, b, *_: g in "ABC" and complete(s, b)), row["n"]
    yield vector(lambda g, s, b, *_: g == "C" and complete(s, b)), row["n_events"]
    if row["term"] != "female" or isnan(row["estimate"]):
        return
    if row["adjusted_for"]:
        return
    events, others = int(row["n_events"]), int(row["n"] - row["n_events"])
    a, b = np.meshgrid(range(1, events), range(1, others), indexing="ij")
    fits = np.isclose(a * (others - b) / (b * (events - a)), row["estimate"], 1e-5)
    errors = np.sqrt(1 / a + 1 / b + 1 / (events - a) + 1 / (others - b))
    fits &= np.isclose(errors, row["std_error"], 1e-5)
    if fits.sum() == 1:
        here, there = float(a[fits][0]), float(b[fits][0])
        yield vector(lambda g, s, *_: g == "C" and s == "female"), here
        yield vector(lambda g, s, *_: g in "AB" and s == "female"), there


def targets():
    """Give every count of patients that must not be recovered if it is under five."""
    kinds = [lambda s, b, a, x: True]
    kinds += [lambda s, b, a, x, sex=sex: s == sex for sex in SEXES]
    kinds += [lambda s, b, a, x, w=w: (b, a) == w for w in product((1, 0), (1, 0))]
    kinds += [lambda s, b, a, x, w=w: b == w for w in (1, 0)]
    kinds += [lambda s, b, a, x, w=w: a == w for w in (1, 0)]
    kinds += [lambda s, b, a, x, grade=grade: x == grade for grade in GRADES]
    for size in range(1, 5):
        for of in combinations(GROUPS, size):
            for kind in kinds:
                yield vector(lambda g, *c, of=of, kind=kind: g in of and kind(*c))


TARGETS = np.array(list(targets()))


def bounds(matrix: np.ndarray, values: np.ndarray, target: np.ndarray):
    """Return the whole numbers that a count of patients can be."""
    found = []
    for sense in (1.0, -1.0):
        # Means and SDs carry rounding; a count does not.
        solved = linprog(
            sense * target,
            A_ub=np.vstack([matrix, -matrix]),
            b_ub=np.concatenate([values + 1e-6, 1e-6 - values]),
            method="highs",
        )
        assert solved.status in {0, 3}, solved.message
        found.append(sense * solved.fun if solved.status == 0 else sense * -np.inf)
    return np.ceil(found[0] - 1e-3), np.floor(found[1] + 1e-3)


def attack(table: pd.DataFrame, truth: np.ndarray):
    """Return, for each small count: its truth, whether it is solved, its bounds."""
    known = list(equations(table, truth))
    counts = TARGETS @ truth
    small = np.flatnonzero((counts > 0.5) & (counts < MIN_CELL - 0.5))
    if not known:
        return [(counts[i], False, 0.0, np.inf) for i in small]
    matrix = np.unique(
        np.column_stack([np.array([k[0] for k in known]), [k[1] for k in known]]),
        axis=0,
    )
    matrix, values = matrix[:, :-1], matrix[:, -1]
    np.testing.assert_allclose(matrix @ truth, values, atol=1e-6)
    weights = np.linalg.lstsq(matrix.T, TARGETS[small].T, rcond=None)[0]
    solved = np.isclose(matrix.T @ weights, TARGETS[small].T, atol=1e-7).all(axis=0)
    return [
        (counts[i], bool(is_solved), *bounds(matrix, values, TARGETS[i]))
        for i, is_solved in zip(small, solved, strict=True)
    ]


group_sets = st.lists(st.sampled_from(list(PARTS)), unique=True, min_size=1)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.integers(0, 10**6),
    st.sampled_from([12, 25, 40, 60, 90, 150]),
    st.sampled_from([0.0, 0.05, 0.3]),
    st.sampled_from([0.1, 0.5]),
    group_sets,
)
# Nobody lacks a sex: the model of CRP and sex tells who has a CRP.
@example(21116, 90, 0.3, 0.1, ["A", "B", "C", "A+B", "all"])
# Nobody lacks a CRP: its rank sum tells the sizes of the groups.
@example(344667, 12, 0.0, 0.5, ["A"])
# Two tables give the odds ratio, and one of them the women of C, who are told.
@example(124609, 40, 0.0, 0.5, ["A", "C"])
# A CRP have 26, of whom 24 are of a group and have a sex.
@example(326903, 40, 0.3, 0.1, ["all", "C"])
def test_no_small_count_can_be_solved_or_pinned_down(
    tmp_path, seed, size, missing, rare, groups
):
    study = study_with(groups, tmp_path)
    tables, truth = cohort_of(seed, size, missing, rare)
    private = results_of(study, tables)
    released = suppress({"results": private}, study=study, min_cell=MIN_CELL)
    for count, is_solved, low, high in attack(released.tables["results"], truth):
        assert not is_solved, f"{count} follows by linear algebra"
        assert high - low >= PROTECTION, f"{count} is from {low} to {high}"


# Sixty patients, made of the drawn ones of a publication, through the real stages.
SIXTY = """\
study: sixty
title: Sixty patients
citation: sixty
sources: {cohort: cohorts/sixty}
"""
LABELS = {"A": "A", "B": "B", "C": "C", "A+B": "AB", "all": "ABC-"}


def sixty_study(folder) -> Study:
    """Return the study of the publication, without what is printed."""
    text = (ROOT / "config" / "studies" / "aoki2014.yaml").read_text()
    start, end = text.index("\nvisits:"), text.index("\nrepairs:")
    kept = re.sub(r", size: \d+", "", text[start:end])
    tables = "tables: [baseline_by_group, before_after, risk_factors, "
    tables += "grade_transitions, acr_pedi_by_visit, agreement]\n"
    path = folder / "sixty.yaml"
    path.write_text(SIXTY + kept + "\n" + tables)
    return read_study(path)


def sixty_patients(folder, missing: float) -> None:
    """Write sixty patients, drawn with replacement, some of their values missing."""
    rng = np.random.default_rng(60)
    drawn = cohort("aoki2014").tables
    chosen = rng.choice(drawn["patients"]["patient"], size=60)
    for name, table in drawn.items():
        parts = [
            table[table["patient"] == old].assign(patient=f"p{number:03d}")
            for number, old in enumerate(chosen)
        ]
        made = pd.concat(parts)
        if name == "measurements":
            made = made[rng.random(len(made)) >= missing]
        write_table(made, folder / f"{name}.tsv", COHORT_TABLES[name])


@pytest.fixture(scope="module", params=[0.0, 0.03], ids=["complete", "some missing"])
def sixty(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sixty")
    study = sixty_study(folder)
    sixty_patients(folder / "cohort", request.param)
    faults, tables = read_cohort(study, folder / "cohort")
    assert not faults
    private = results_of(study, tables)
    released = suppress({"results": private}, study=study, min_cell=MIN_CELL)
    return study, private, released.tables["results"]


class System:
    """Linear equations between sums over patients, each named."""

    def __init__(self) -> None:
        self.places: dict[tuple[object, ...], int] = {}
        self.rows: list[dict[int, float]] = []

    def terms(self, names, weight: float = 1.0) -> dict[int, float]:
        return {self.places.setdefault(n, len(self.places)): weight for n in names}

    def add(self, *parts: dict[int, float]) -> None:
        row: dict[int, float] = {}
        for part in parts:
            for place, weight in part.items():
                row[place] = row.get(place, 0.0) + weight
        self.rows.append(row)

    def matrix(self, rows) -> np.ndarray:
        made = np.zeros((len(rows), len(self.places)))
        for number, row in enumerate(rows):
            for place, weight in row.items():
                made[number, place] = weight
        return made


def atoms_of(row) -> set[str]:
    return set("".join(LABELS[n] for n in (row["group"], row["reference"]) if n))


def what(row) -> tuple[str, ...]:
    names = ("population", "outcome", "component", "visit", "ref_visit")
    return tuple(str(row[name]) for name in names)


def counted(system: System, row):
    """Give the unknown sums that the cells of a row are, by cell."""
    of, own = sorted(atoms_of(row)), what(row)
    # Of a score all parts are there or none: the same patients have all of them.
    size = [("size", row["population"], row["component"], g) for g in of]
    if row["statistic"] == "odds_ratio":
        return
    missing = [("missing", *own, row["score_version"], g) for g in of]
    yield "n_missing", system.terms(missing)
    yield "size", system.terms(size)
    if row["level"]:
        level = [("level", *own, row["analysis"], row["level"], g) for g in of]
        yield "n_events", system.terms(level)
    elif row["outcome"] == "female":
        level = [("level", row["population"], "sex", "", "", "") for g in of]
        level = [
            (*name, "describe", "female", g) for name, g in zip(level, of, strict=True)
        ]
        yield "sum", system.terms(level)
    elif row["statistic"] == "mean":
        yield "sum", system.terms([("sum", *own, row["score_version"], g) for g in of])


def sums_of_scores(system: System, study: Study, names):
    """Add what everyone knows of totals: they are the sums of their parts."""
    for text in study.structure.identities:
        equation = read_equation(text)
        for kind, population, outcome, component, visit, ref, version, g in names:
            if (outcome, component) != (equation.left.name, equation.left.component):
                continue
            parts = [
                system.terms(
                    [(kind, population, t.name, t.component, visit, ref, version, g)],
                    float(t.weight),
                )
                for t in equation.right
            ]
            total = (kind, population, outcome, component, visit, ref, version, g)
            system.add(system.terms([total], -1.0), *parts)


def solved(system: System, targets) -> np.ndarray:
    """Say of each target whether the equations determine it."""
    known, wanted = system.matrix(system.rows), system.matrix(targets)
    # Sums that no equation connects are solved apart.
    together = csr_array(np.abs(np.vstack([known, wanted])))
    _, parts = connected_components(together.T @ together)
    found = np.zeros(len(targets), dtype=bool)
    for part in np.unique(parts):
        own = parts == part
        left = known[:, own][known[:, own].any(axis=1)]
        mine = np.flatnonzero(wanted[:, own].any(axis=1))
        goal = wanted[mine][:, own].T
        weights = np.linalg.lstsq(left.T, goal, rcond=None)[0]
        found[mine] = np.isclose(left.T @ weights, goal, atol=1e-7).all(axis=0)
    return found


def test_no_suppressed_number_of_sixty_patients_follows_from_the_released(sixty):
    study, private, released = sixty
    system, targets, named = System(), [], []
    shown = released.set_index("row")
    for row in private.to_dict("records"):
        is_shown = not isnan(shown.loc[row["row"], "n"])
        cells = dict(counted(system, row))
        for cell, terms in cells.items():
            if is_shown:
                system.add(terms)
            elif cell == "sum" and not isnan(row["estimate"]) and row["n"]:
                targets.append(terms)
                named.append((row["row"], cell))
            elif cell in {"n_missing", "n_events"} and 0 < row[cell] < MIN_CELL:
                targets.append(terms)
                named.append((row["row"], cell))
    sums_of_scores(system, study, [n for n in system.places if n[0] == "sum"])
    assert len(targets) > 20
    found = solved(system, targets)
    assert not [name for name, is_solved in zip(named, found, strict=True) if is_solved]


def test_sixty_patients_leave_more_than_a_third_of_their_rows(sixty):
    _, _, released = sixty
    is_kept = ~released["warning"].str.startswith("suppressed")
    assert is_kept.mean() > 1 / 3


def test_tables_of_sixty_patients_show_no_small_count(sixty):
    study, private, released = sixty
    labels = read_labels(ROOT / "config" / "labels.yaml")
    empty = released.head(0)

    def small_counts(results) -> list[tuple[int, int]]:
        tables = {"results.tsv": results, "multiverse.tsv": empty}
        texts = [to_csv(table) for table in build_tables(study, tables, labels)]
        shares = re.findall(r"\b(\d+)/(\d+) \(", "\n".join(texts))
        return [
            (int(k), int(n))
            for k, n in shares
            if 0 < int(k) < MIN_CELL or 0 < int(n) - int(k) < MIN_CELL
        ]

    assert small_counts(private)
    assert not small_counts(released)
