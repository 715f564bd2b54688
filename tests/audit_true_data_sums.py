"""True data for sums of variables, joints of patients, groups by change, plus-minus."""

from dataclasses import dataclass
from fractions import Fraction

from audit_true_data import (
    Batch,
    DataSet,
    Source,
    draw_lattice,
    draw_size,
    draw_values,
    mean,
)
from audit_true_data_values import declare_groups, draw_groups, unions
from rejia.audit.definitions import definition_checks
from rejia.audit.granularity import granularity_checks
from rejia.audit.identities import identity_checks
from rejia.audit.kinds import kind_checks
from rejia.audit.moments import moment_checks
from rejia.audit.statements import statement_checks

JOINTS = ("hip", "knee", "ankle")
LABELS = {"improved": "A", "unchanged": "B", "worsened": "C"}
VISITS = ("before", "after")


def _sums(batch: Batch) -> None:
    """Print some variables, a sum of them, and a change; rows may differ."""
    data = batch.begin()
    random = data.random
    data.complete()
    step, low, high = draw_lattice(random)
    size = draw_size(random)
    parts = [data.name(word) for word in ("a", "b", "c")[: random.choice((2, 2, 3))]]
    values = [draw_values(random, size, low, high) for _ in parts]
    weights = [1, *(random.choice((1, 1, 2, -1, -3)) for _ in parts[1:])]
    rows = zip(*values, strict=True)
    total = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in rows]
    terms = "".join(
        f" {'-' if w < 0 else '+'} {abs(w)} * {part}"
        for w, part in zip(weights, parts, strict=True)
    )
    data.declare("identities", [f"{data.name('sum')} = {terms.removeprefix(' + ')}"])
    group = random.choice(("all", "P1"))
    data.size(size, group=group)
    scaled = random.random() < 0.7
    if scaled:
        scale = {"label": "S", "min": float(low * step), "max": float(high * step)}
        data.declare("variables", dict.fromkeys(parts, scale))
    # Equal numbers of values do not mean equal rows, unless nobody lacks the sum.
    everyone = random.random() < 0.5
    if data.kind == "printed":
        data.spares("identity_correlation", "change_of_means")
        if not (everyone and scaled):
            data.spares("identity_mean")
    digits = random.randint(0, 3)
    for name, own in zip(parts, values, strict=True):
        data.summary(data.observed(own), step, digits, outcome=name, group=group)
    seen = total if everyone else data.observed(total)
    data.summary(seen, step, digits, outcome=data.name("sum"), group=group)
    _change(data, values[:2], step, digits, group)


def _change(
    data: DataSet, values: list[list[int]], step: Fraction, digits: int, group: str
) -> None:
    """Print a mean before and after, and the mean change."""
    columns = {"outcome": data.name("crp"), "group": group}
    for visit, own in zip(VISITS, values, strict=True):
        data.summary(data.observed(own), step, digits, visit=visit, **columns)
    change = (mean(values[1]) - mean(values[0])) * step
    columns |= {"visit": "after", "ref_visit": "before", "analysis": "change"}
    data.number("mean", change, data.digits(digits), **columns)


@dataclass
class _Joint:
    """Both sides of one joint of one patient; None where it is missing."""

    sides: list[int | None]

    def seen(self) -> list[int]:
        return [grade for grade in self.sides if grade is not None]


def _joints(batch: Batch) -> None:
    """Print the mean of each joint and of each patient's sum; some joints missing."""
    data = batch.begin("known", "printed", "silent")
    random = data.random
    step, low, high = draw_lattice(random)
    low, high = max(low, 0), max(low, 0) + min(high - low, 700)
    joints = JOINTS[: random.randint(2, 3)]
    groups = _patients(data, low, high, joints)
    everyone = [patient for own in groups.values() for patient in own]
    lost = random.choice((0, 1, 2, 3)) if len(everyone) > 5 else 0
    for _ in range(lost):
        joint = random.choice(everyone)[random.choice(joints)]
        joint.sides[random.randrange(2)] = None
    lost = sum(j.sides.count(None) for p in everyone for j in p.values())
    counted = random.choice((0, low, high))
    _declare_joints(data, joints, 2 * len(joints) * len(everyone) - lost, step, high)
    if lost:
        data.spares("subgroup_sd", "sd_step", "mean_step")
    digits = random.randint(0, 3)
    for group, own in [*groups.items(), ("all", everyone)]:
        _print_joints(data, group, own, joints, step, digits, counted)


def _patients(
    data: DataSet, low: int, high: int, joints: tuple[str, ...]
) -> dict[str, list[dict[str, _Joint]]]:
    groups = {}
    for group in ("P1", "P2"):
        size = draw_size(data.random, 12)
        grades = {
            joint: draw_values(data.random, 2 * size, low, high) for joint in joints
        }
        groups[group] = [
            {joint: _Joint(list(grades[joint][2 * i : 2 * i + 2])) for joint in joints}
            for i in range(size)
        ]
    return groups


def _declare_joints(
    data: DataSet, joints: tuple[str, ...], size: int, step: Fraction, high: int
) -> None:
    grade, total = data.name("grade"), data.name("total")
    rows = {"unit": "joint", "of": data.population, "rows": 2 * len(joints), "each": 2}
    if data.kind == "known":
        rows["size"] = size
    if data.kind != "silent":
        data.declare("complete", [data.population])
    terms = " + ".join(f"2 * {grade}[{joint}]" for joint in joints)
    data.declare("identities", [f"{total} = {terms}"])
    data.declare(
        "populations", {data.population: {"unit": "patient"}, data.name("j"): rows}
    )
    scale = {"label": "Grade", "step": float(step), "min": 0, "max": float(high * step)}
    data.declare("variables", {grade: scale})


def _print_joints(
    data: DataSet,
    group: str,
    patients: list[dict[str, _Joint]],
    joints: tuple[str, ...],
    step: Fraction,
    digits: int,
    counted: int,
) -> None:
    columns = {"group": group}
    data.size(len(patients), **columns)
    spread = data.random.random() < 0.3
    rows = {"population": data.name("j"), "outcome": data.name("grade")} | columns
    for joint in joints:
        seen = [v for patient in patients for v in patient[joint].seen()]
        own = data.digits(digits)
        data.summary(seen, step, own, component=joint, spread=spread, **rows)
    sums = [
        sum(
            counted if grade is None else grade
            for joint in patient.values()
            for grade in joint.sides
        )
        for patient in patients
    ]
    columns["outcome"] = data.name("total")
    data.number("mean", mean(sums) * step, data.digits(digits), **columns)


def _start_groups(batch: Batch) -> None:
    """Declare groups by the change of a score, one threshold for the batch."""
    random = batch.random
    step = Fraction(random.choice(("1", "0.5", "0.25", "0.1")))
    threshold = step * random.choice((0, 0, 1, 3))
    batch.declared |= {
        "partitions": [("A", "B", "C")],
        "identities": ["score = 2 * part[hip] + part[knee]"],
        "groups": {
            "outcome": "score",
            "from": "before",
            "to": "after",
            "threshold": float(threshold),
            "labels": LABELS,
        },
        "variables": {
            "score": {
                "label": "Score",
                "step": float(step),
                "worse": random.choice(("high", "low", None)),
            }
        },
    }


def _changed(batch: Batch) -> None:
    """Print a score and its parts, before and after, by the group of its change."""
    data = batch.begin("complete", "silent", "divisor")
    random = data.random
    data.complete()
    variable = batch.declared["variables"]["score"]
    step = Fraction(str(variable["step"]))
    threshold = Fraction(str(batch.declared["groups"]["threshold"])) / step
    up = -1 if variable["worse"] == "low" else 1
    top = random.choice((2, 10, 100))
    parts = {}
    size = draw_size(random)
    for joint in ("hip", "knee"):
        before = draw_values(random, size, 0, top)
        moves = draw_values(random, size, -random.randint(0, 4), random.randint(0, 4))
        parts[joint] = (before, [v + m for v, m in zip(before, moves, strict=True)])
    score = [
        [2 * hip + knee for hip, knee in zip(*own, strict=True)]
        for own in zip(parts["hip"], parts["knee"], strict=True)
    ]
    change = [up * (b - a) for a, b in zip(*score, strict=True)]
    kinds = ["B" if abs(c) <= threshold else "A" if c < 0 else "C" for c in change]
    digits = random.randint(0, 3)
    for label in ("A", "B", "C", "all"):
        rows = [place for place, kind in enumerate(kinds) if label in {kind, "all"}]
        if rows:
            _print_group(data, label, rows, parts, score, step, digits)
    for level, label in LABELS.items():
        data.put(
            "n",
            str(kinds.count(label)),
            outcome="score",
            level=level,
            analysis="change",
            visit="after",
            group="all",
        )


def _print_group(
    data: DataSet,
    label: str,
    rows: list[int],
    parts: dict[str, tuple[list[int], list[int]]],
    score: list[list[int]],
    step: Fraction,
    digits: int,
) -> None:
    data.size(len(rows), group=label)
    for place, visit in enumerate(VISITS):
        columns = {"group": label, "visit": visit}
        own = [score[place][row] for row in rows]
        data.number(
            "mean", mean(own) * step, data.digits(digits), outcome="score", **columns
        )
        if len(own) > 1:
            data.root("sd", data.square(own, step), digits, outcome="score", **columns)
        for joint, values in parts.items():
            seen = data.observed([values[place][row] for row in rows])
            if seen:
                data.number(
                    "mean",
                    mean(seen) * step,
                    data.digits(digits),
                    outcome="part",
                    component=joint,
                    **columns,
                )


def _plus_minus(batch: Batch) -> None:
    """Print the SD after plus-minus, and the SD and the group means elsewhere."""
    data = batch.begin()
    random = data.random
    data.complete()
    step, low, high = draw_lattice(random)
    name = data.name("score")
    if random.random() < 0.7:
        scale = {"label": "S", "min": float(low * step), "max": float(high * step)}
        data.declare("variables", {name: scale})
    groups = draw_groups(data, low, high)
    for group, values in unions(groups).items():
        data.size(len(values), group=group)
    seen = {group: data.observed(values) for group, values in groups.items()}
    digits = random.randint(0, 3)
    for group, values in unions(seen).items():
        if len(values) < 2:
            continue
        columns = {"outcome": name, "group": group}
        if data.kind == "printed":
            data.put("denominator", str(len(values)), **columns)
        data.number("mean", mean(values) * step, data.digits(digits), **columns)
        square = data.square(values, step)
        data.root("plus_minus", square, data.digits(digits), **columns)
        if random.random() < 0.4:
            elsewhere = {"place": "Text"} | columns
            data.root("sd", square, data.digits(digits), **elsewhere)


SOURCES = (
    Source(
        "sums",
        (identity_checks, statement_checks),
        ("identity_mean", "identity_correlation", "change_of_means"),
        _sums,
    ),
    Source(
        "joints",
        (identity_checks, moment_checks, granularity_checks),
        ("identity_mean", "subgroup_mean"),
        _joints,
        declare_groups,
    ),
    Source(
        "groups_by_change",
        (definition_checks,),
        ("group_change_mean", "group_change_sd", "group_change_parts"),
        _changed,
        _start_groups,
    ),
    Source(
        "plus_minus", (kind_checks,), ("plus_minus_sd",), _plus_minus, declare_groups
    ),
)
