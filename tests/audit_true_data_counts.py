"""True data for counts, percentages, flow charts, units and limits."""

from fractions import Fraction
from math import prod

from audit_true_data import PARTITIONS, Batch, DataSet, Source, draw_size
from audit_true_data_values import declare_groups, unions
from rejia.audit.counts import count_checks
from rejia.audit.percentages import percentage_checks
from rejia.audit.statements import statement_checks

LEVELS = ("one", "two", "three", "four", "five")
CHANGES = ("improved", "unchanged", "worsened")
DOMAINS = ("kappa", "icc", "agreement", "spearman")


def _levels(batch: Batch) -> None:
    """Print counts and percentages of the levels of a variable, by group."""
    data = batch.begin()
    random = data.random
    data.complete()
    few = random.choice((2, 2, 2, 3, 5))
    levels = random.choice((LEVELS[:few], LEVELS[:few], CHANGES))
    weights = [random.choice((0, 1, 1, 20)) for _ in levels]
    weights[-1] += not any(weights)
    places = range(len(levels))
    groups = {
        group: random.choices(places, weights, k=draw_size(random))
        for group in random.choice(PARTITIONS[:2] + PARTITIONS[:1])
    }
    for group, values in unions(groups).items():
        data.size(len(values), group=group)
    names = [data.name(word) for word in ("counted", "shared", "alone")]
    data.declare("exhaustive", dict.fromkeys(names, levels))
    seen = {group: data.observed(values) for group, values in groups.items()}
    digits = random.randint(0, 3)
    for group, values in unions(seen).items():
        if values:
            _print_levels(data, group, values, levels, names, digits)


def _print_levels(
    data: DataSet,
    group: str,
    values: list[int],
    levels: tuple[str, ...],
    names: list[str],
    digits: int,
) -> None:
    counted, shared, alone = names
    size = len(values)
    if data.kind == "printed":
        for name in names:
            statistic = data.random.choice(("n", "denominator"))
            data.put(statistic, str(size), outcome=name, group=group)
    for place, level in enumerate(levels):
        count = values.count(place)
        share = Fraction(100 * count, size)
        columns = {"level": level, "group": group}
        data.put("n", str(count), outcome=counted, **columns)
        data.number("percent", share, digits, outcome=counted, **columns)
        data.number("percent", share, data.digits(digits), outcome=shared, **columns)
        if data.random.random() < 0.5:
            statistic = data.random.choice(("n", "n_of"))
            data.put(statistic, str(count), outcome=alone, **columns)
            data.number("percent", share, data.digits(digits), outcome=alone, **columns)


def _conditions(batch: Batch) -> None:
    """Print what became of the rows of each grade, and shares of declared numbers."""
    data = batch.begin("printed")
    random = data.random
    grades = random.choices(range(3), k=draw_size(random))
    moved = [random.random() < 0.3 for _ in grades]
    columns = {"outcome": data.name("grade"), "group": "all"}
    before = columns | {"visit": "before"}
    after = columns | {"visit": "after", "ref_visit": "before"}
    data.put("denominator", str(len(grades)), **before)
    digits = random.randint(0, 2)
    acr = data.name("acr")
    data.declare("denominators", {acr: len(grades)})
    share = Fraction(100 * sum(moved), len(grades))
    data.number("percent", share, digits, outcome=acr, visit="after", group="all")
    for grade in range(3):
        own = [m for g, m in zip(grades, moved, strict=True) if g == grade]
        level = f"grade_{grade}"
        data.put("n", str(len(own)), level=level, **before)
        data.number(
            "percent",
            Fraction(100 * len(own), len(grades)),
            digits,
            level=level,
            **before,
        )
        if own:
            level += ">worsened"
            share = Fraction(100 * sum(own), len(own))
            if random.random() < 0.7:
                data.put("n", str(sum(own)), level=level, **after)
            data.number("percent", share, data.digits(digits), level=level, **after)


def _start_change(batch: Batch) -> None:
    declare_groups(batch)
    labels = dict(zip(CHANGES, ("A", "B", "C"), strict=True))
    batch.declared["groups"] = {
        "outcome": "score",
        "from": "before",
        "to": "after",
        "labels": labels,
    }


def _group_sizes(batch: Batch) -> None:
    """Count the classes that define the groups."""
    data = batch.begin("complete", "silent")
    for level, label in zip(CHANGES, ("A", "B", "C"), strict=True):
        count = str(data.random.choice((0, draw_size(data.random))))
        data.size(int(count), group=label)
        columns = {"outcome": "score", "level": level, "group": "all"}
        data.put("n", count, visit="after", analysis="change", **columns)


def _statements(batch: Batch) -> None:
    """Print a flow chart, numbers with units, and coefficients within limits."""
    data = batch.begin("complete", "silent")
    random = data.random
    names = [data.name(word) for word in ("whole", "kept", "lost", "other")]
    counts = [random.choice((0, draw_size(random))) for _ in names[1:]]
    data.declare("flows", [f"{names[0]} = {' + '.join(names[1:])}"])
    data.declare("flows", [f"{names[1]} = {names[0]} - {names[2]} - {names[3]}"])
    for name, count in zip(names, [sum(counts), *counts], strict=True):
        data.put(
            "n", str(count), outcome="cohort", level=name, analysis="flow", group="all"
        )
    unit = random.choice(("mg/dL", "mm/h", "%"))
    for group in ("all", "P1", "P2"):
        value = Fraction(random.randint(-900, 900), 7)
        columns = {"outcome": data.name("crp"), "group": group, "unit": unit}
        data.number("mean", value, random.randint(0, 2), **columns)
    ends = random.choice((-1, 0, 1, Fraction(random.randint(-999, 999), 1000)))
    columns = {"outcome": data.name("r"), "group": "all"}
    digits = random.randint(0, 3)
    data.number(random.choice(DOMAINS), Fraction(ends), digits, **columns)
    share = prod([Fraction(random.randint(0, 9), 9)] * random.choice((1, 6)))
    data.number("percent", 100 * share, digits, **columns)
    if share < Fraction(1, 100) and random.random() < 0.5:
        data.put("p_value", "<0.01", adjustment="raw", **columns)
    else:
        data.number("p_value", share, digits, adjustment="raw", **columns)


SOURCES = (
    Source(
        "levels",
        (count_checks, percentage_checks),
        (
            "count_sum",
            "level_sum",
            "count_in_group",
            "percent_of_count",
            "percent_attainable",
            "percent_sum",
        ),
        _levels,
        declare_groups,
    ),
    Source(
        "conditions",
        (count_checks, percentage_checks),
        ("count_in_group", "percent_of_count", "percent_attainable"),
        _conditions,
    ),
    Source(
        "group_sizes", (count_checks,), ("group_size",), _group_sizes, _start_change
    ),
    Source(
        "statements",
        (statement_checks,),
        ("flow", "unit", "domain"),
        _statements,
        declare_groups,
    ),
)
