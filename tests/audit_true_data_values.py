"""True data for means and SDs: groups and their union, whole steps, scales, orders."""

from fractions import Fraction

from audit_true_data import (
    MERGES,
    PARTITIONS,
    Batch,
    DataSet,
    Source,
    draw_lattice,
    draw_size,
    draw_values,
)
from rejia.audit.granularity import granularity_checks
from rejia.audit.moments import moment_checks
from rejia.audit.orders import order_checks
from rejia.audit.ranges import range_checks
from rejia.audit.repeats import repeat_checks

QUANTILES = ("min", "q1", "median", "q3", "max")


def declare_groups(batch: Batch) -> None:
    batch.declared |= {"partitions": PARTITIONS, "merges": MERGES}


def draw_groups(data: DataSet, low: int, high: int) -> dict[str, list[int]]:
    """Draw a partition and the values of each group, the groups apart or alike."""
    random = data.random
    groups = {}
    for group in random.choice(PARTITIONS):
        ends = (low, high)
        if random.random() < 0.3:
            ends = tuple(sorted(random.randint(low, high) for _ in "ab"))
        groups[group] = draw_values(random, draw_size(random), *ends)
    return groups


def unions(groups: dict[str, list[int]]) -> dict[str, list[int]]:
    """Add everyone, and each merge of these groups."""
    found = dict(groups)
    for label, parts in (*MERGES.items(), ("all", tuple(groups))):
        if set(parts) <= set(groups):
            found[label] = [v for part in parts for v in groups[part]]
    return found


def _groups(batch: Batch) -> None:
    """Print mean and SD of each group and of their unions."""
    data = batch.begin()
    random = data.random
    data.complete()
    step, low, high = draw_lattice(random)
    groups = draw_groups(data, low, high)
    for group, values in unions(groups).items():
        data.size(len(values), group=group)
    seen = {group: data.observed(values) for group, values in groups.items()}
    digits = random.randint(0, 3)
    for group, values in unions(seen).items():
        own = data.digits(digits)
        data.summary(values, step, own, outcome="score", group=group)


def _lattice(batch: Batch) -> None:
    """Print mean, SD and quantiles of values on a declared scale."""
    data = batch.begin()
    random = data.random
    data.complete()
    step, low, high = draw_lattice(random)
    values = draw_values(random, draw_size(random), low, high)
    name = data.name("score")
    variable: dict[str, object] = {"label": "Score", "step": float(step)}
    if random.random() < 0.9:
        variable["min"] = float(low * step)
    if random.random() < 0.9:
        variable["max"] = float(high * step)
    data.declare("variables", {name: variable})
    if random.random() < 0.5:
        data.size(len(values), group="all")
    else:
        population = {"unit": "patient", "size": len(values)}
        data.declare("populations", {data.population: population})
    seen = data.observed(values) or values[:1]
    fine = next(d for d in range(9) if step / len(values) > Fraction(1, 10**d))
    digits = random.choice((fine, fine, fine + 1, random.randint(0, 3)))
    data.summary(seen, step, digits, outcome=name)
    _quantiles(data, seen, step, digits, outcome=name)


def _quantiles(
    data: DataSet, values: list[int], step: Fraction, digits: int, **columns: str
) -> None:
    """Print some quantiles, by any definition that picks values or their middles."""
    random = data.random
    ordered = sorted(values)
    last = len(ordered) - 1
    kind = random.choice(("lower", "higher", "middle", "linear"))
    kept = random.choice((QUANTILES, QUANTILES, QUANTILES[::2], QUANTILES[::4]))
    for statistic in kept:
        below, rest = divmod(QUANTILES.index(statistic) * last, 4)
        gap = ordered[min(below + 1, last)] - ordered[below]
        quarters = {"lower": 0, "higher": 4, "middle": 2, "linear": rest}[kind]
        value = ordered[below] + Fraction(gap * quarters * (rest > 0), 4)
        data.number(statistic, value * step, data.digits(digits), **columns)


def _repeats(batch: Batch) -> None:
    """Print one number in several places, in several precisions."""
    data = batch.begin("complete", "silent")
    random = data.random
    columns = {"outcome": data.name("score"), "group": "all"}
    places = random.sample(("Abstract", "Text", "Table 1", "Table 2"), 3)
    if random.random() < 0.2:
        count = str(random.randint(0, 400))
        for place in places:
            data.put("n", count, place=place, level="yes", **columns)
        return
    value = Fraction(random.randint(-4000, 4000), random.choice((1, 3, 8, 40, 1000)))
    statistic = random.choice(("mean", "median", "percent", "p_value"))
    if statistic in {"percent", "p_value"}:
        value = abs(value) / (1 if statistic == "percent" else 4000)
        columns["adjustment"] = "raw" if statistic == "p_value" else ""
    digits = random.randint(0, 2)
    for place in places:
        if data.kind == "silent":  # each place rounds halves in its own way
            data.rule = random.choice(("half_up", "half_even", "half_down"))
        if 0 < value < Fraction(1, 20) and random.random() < 0.3:
            data.put(statistic, "<0.05", place=place, **columns)
        else:
            data.number(statistic, value, data.digits(digits), place=place, **columns)


SOURCES = (
    Source(
        "groups",
        (moment_checks,),
        ("subgroup_mean", "subgroup_sd"),
        _groups,
        declare_groups,
    ),
    Source(
        "lattice",
        (granularity_checks, range_checks, order_checks),
        (
            "mean_step",
            "sd_step",
            "within_scale",
            "within_range",
            "sd_on_scale",
            "extreme",
            "quantile_order",
        ),
        _lattice,
    ),
    Source("repeats", (repeat_checks,), ("repeat",), _repeats),
)
