"""Rules that claim to be complete refuse exactly what no small data set gives."""

from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from audit_papers import ROUNDINGS, fact, mean, rounded, rounded_root, table, variance
from rejia.audit.context import Context
from rejia.study import Structure
from test_audit_trust import SOURCES

SIZES = (2, 3, 4, 6)


def _refused(
    rows: list[dict[str, str]], rule: str, *, proof: bool = True, **declared: object
) -> set[str]:
    """Return the facts that a rule holds to be inconsistent, by its family alone."""
    context = Context.of(table(*rows), Structure.model_validate(declared))
    family = next(s.families for s in SOURCES if rule in s.rules)
    cells = context.cells.by_fact
    found = {
        check.held: check.evaluate(cells)
        for make in family
        for check in make(context)
        if check.rule == rule
    }
    assert found
    red = {name for name, outcome in found.items() if outcome.verdict == "inconsistent"}
    assert not proof or all(found[name].evidence == "proof" for name in red)
    return red


def _all_printed(values: list[Fraction], digits: int) -> set[str]:
    return {rounded(value, digits, rule) for value in values for rule in ROUNDINGS}


@pytest.mark.parametrize("step", ["1", "0.5", "0.25", "0.3"])
@pytest.mark.parametrize("n", [1, *SIZES, 9])
def test_a_mean_is_refused_exactly_where_no_steps_give_it(n, step):
    unit, ends = Fraction(step), (-2, 2)
    lattice = range(ends[0], ends[1] + 1)
    digits = next(d for d in range(4) if unit / n > Fraction(1, 10**d))
    sets = combinations_with_replacement(lattice, n)
    given = _all_printed([mean([v * unit for v in own]) for own in sets], digits)
    reach = int(2 * unit * 10**digits) + 2
    texts = [
        rounded(Fraction(units, 10**digits), digits, "half_up")
        for units in range(-reach, reach + 1)
    ]
    rows = [fact("n", "n", str(n), outcome="cohort")]
    rows += [
        fact(f"m{i}", "mean", text, outcome=f"o{i}") for i, text in enumerate(texts)
    ]
    scale = {"label": "S", "step": float(unit)}
    scale |= {"min": float(-2 * unit), "max": float(2 * unit)}
    refused = _refused(
        rows,
        "mean_step",
        complete=["patients"],
        variables={f"o{i}": scale for i in range(len(texts))},
    )
    assert {texts[int(name[1:])] for name in refused} == set(texts) - given


@pytest.mark.parametrize("top", [1, 2])
@pytest.mark.parametrize("n", [*SIZES, 7])
def test_an_sd_is_refused_exactly_on_scales_of_two_or_three_values(n, top):
    given = {
        (
            rounded(mean(list(map(Fraction, own))), 2, rule),
            rounded_root(variance(list(map(Fraction, own))), 2, rule),
        )
        for own in combinations_with_replacement(range(top + 1), n)
        for rule in ROUNDINGS
    }
    means = sorted({m for m, _ in given})
    sds = sorted({s for _, s in given}) + [
        rounded(Fraction(units, 100), 2, "half_up") for units in range(0, 75 * top, 2)
    ]
    pairs = sorted(set(product(means, sds)))
    rows = [fact("n", "n", str(n), outcome="cohort")]
    for i, (centre, spread) in enumerate(pairs):
        rows.append(fact(f"m{i}", "mean", centre, outcome=f"o{i}"))
        rows.append(fact(f"s{i}", "sd", spread, outcome=f"o{i}"))
    scale = {"label": "S", "step": 1, "min": 0, "max": top}
    refused = _refused(
        rows,
        "sd_step",
        proof=False,  # some are right with divisor n
        complete=["patients"],
        variables={f"o{i}": scale for i in range(len(pairs))},
    )
    assert {pairs[int(name[1:])] for name in refused} == set(pairs) - given


@pytest.mark.parametrize(
    ("n", "digits"), [(1, 0), (2, 0), (3, 1), (7, 0), (8, 0), (12, 0), (21, 0)]
)
def test_a_percentage_of_a_count_is_refused_unless_it_is_that_share(n, digits):
    texts = [
        rounded(Fraction(units, 10**digits), digits, "half_up")
        for units in range(100 * 10**digits + 1)
    ]
    rows = [fact("d", "n", str(n), outcome="cohort")]
    for count, text in product(range(n + 1), texts):
        columns = {"outcome": f"o{count}", "level": f"l{text}"}
        rows.append(fact(f"n{count}_{text}", "n", str(count), **columns))
        rows.append(fact(f"p{count}_{text}", "percent", text, **columns))
    refused = _refused(rows, "percent_of_count", complete=["patients"])
    expected = {
        f"p{count}_{text}"
        for count in range(n + 1)
        for text in set(texts) - _all_printed([Fraction(100 * count, n)], digits)
    }
    assert refused == expected


def test_percentages_of_levels_are_refused_exactly_where_no_denominator_gives_them():
    given = set()
    for n in range(1, 201):
        shares = [sorted(_all_printed([Fraction(100 * k, n)], 0)) for k in range(n + 1)]
        for first in range(0, n + 1, 1 if n < 40 else 3):
            for second in range(first, n - first + 1):
                given |= set(
                    product(shares[first], shares[second], shares[n - first - second])
                )
    triples = [
        (a, b, total - a - b)
        for a in range(0, 34, 3)
        for b in range(a, 50, 7)
        for total in range(99, 104)
    ]
    rows = []
    for i, triple in enumerate(triples):
        for level, share in zip(("a", "b", "c"), triple, strict=True):
            rows.append(
                fact(
                    f"p{i}_{level}", "percent", str(share), outcome=f"o{i}", level=level
                )
            )
    levels = {f"o{i}": ("a", "b", "c") for i in range(len(triples))}
    refused = _refused(rows, "percent_sum", exhaustive=levels)
    for i, triple in enumerate(triples):
        possible = tuple(map(str, triple)) in given
        assert not (possible and f"p{i}_a" in refused), triple
        if sum(triple) > 101:
            assert f"p{i}_a" in refused, triple


@pytest.mark.parametrize("sizes", [(2, 2), (3, 9), (11, 2)])
def test_a_union_is_refused_exactly_where_no_means_and_sds_give_it(sizes):
    """Any mean and SD are those of some real data; the windows are searched finely."""
    n = sum(sizes)
    printed = (("1.2", "0.4"), ("1.9", "1.1"))
    grid = np.linspace(-0.05, 0.05, 41)
    m, k, s, t = np.meshgrid(1.2 + grid, 1.9 + grid, 0.4 + grid, 1.1 + grid)
    centre = (sizes[0] * m + sizes[1] * k) / n
    within = (sizes[0] - 1) * s**2 + (sizes[1] - 1) * t**2
    between = sizes[0] * (m - centre) ** 2 + sizes[1] * (k - centre) ** 2
    total = np.sqrt((within + between) / (n - 1))
    texts = [f"{i / 100:.2f}" for i in range(80, 220)]
    rows = []
    for group, size, (centre_text, spread) in zip("AB", sizes, printed, strict=True):
        columns = {"group": group}
        rows.append(fact(f"n{group}", "n", str(size), outcome="cohort", **columns))
        for i in range(len(texts)):
            own = {"outcome": f"o{i}"} | columns
            rows.append(fact(f"m{group}{i}", "mean", centre_text, **own))
            rows.append(fact(f"s{group}{i}", "sd", spread, **own))
    for i, text in enumerate(texts):
        own = {"outcome": f"o{i}", "group": "A+B"}
        rows.append(fact(f"m{i}", "mean", text, **own))
        rows.append(fact(f"s{i}", "sd", text, **own))
    declared = {"merges": {"A+B": ["A", "B"]}, "complete": ["patients"]}
    for rule, letter, found in (
        ("subgroup_mean", "m", centre),
        ("subgroup_sd", "s", total),
    ):
        refused = _refused(rows, rule, proof=False, **declared)
        for i, text in enumerate(texts):
            low, high = float(text) - 0.005, float(text) + 0.005
            apart = max(found.min() - high, low - found.max())
            if abs(apart) > 1e-3:  # the grid itself decides
                assert (f"{letter}{i}" in refused) == (apart > 0), (rule, text)


@pytest.mark.parametrize("n", [2, 5, 8])
def test_an_sd_on_a_scale_is_refused_exactly_beyond_values_at_both_ends(n):
    rows = [fact("n", "n", str(n), outcome="cohort")]
    expected = set()
    for count, units in product(range(n + 1), range(80)):
        name = f"{count}_{units}"
        own = [Fraction(1)] * count + [Fraction(0)] * (n - count)
        columns = {"outcome": f"o{name}"}
        rows.append(
            fact(f"m{name}", "mean", rounded(mean(own), 9, "half_up"), **columns)
        )
        rows.append(fact(f"s{name}", "sd", f"{units / 100:.2f}", **columns))
        low = Fraction(2 * units - 1, 200)
        if low > 0 and low**2 > variance(own) + Fraction(1, 10**8):
            expected.add(f"s{name}")
    scale = {"label": "S", "min": 0, "max": 1}
    variables = {row["outcome"]: scale for row in rows[1:]}
    refused = _refused(rows, "sd_on_scale", complete=["patients"], variables=variables)
    assert refused == expected


@pytest.mark.parametrize("n", [2, 3, 7, 40])
def test_an_extreme_is_refused_exactly_beyond_one_value_apart_from_the_rest(n):
    own = [Fraction(0)] * (n - 1) + [Fraction(10)]
    centre, spread = (
        rounded(mean(own), 6, "half_up"),
        rounded_root(variance(own), 6, "half_up"),
    )
    rows = [fact("n", "n", str(n), outcome="cohort")]
    for units in range(90, 115):
        columns = {"outcome": f"o{units}"}
        rows.append(fact(f"m{units}", "mean", centre, **columns))
        rows.append(fact(f"s{units}", "sd", spread, **columns))
        rows.append(fact(f"x{units}", "max", f"{units / 10:.1f}", **columns))
    refused = _refused(rows, "extreme", proof=False, complete=["patients"])
    assert refused == {f"x{units}" for units in range(101, 115)}


def test_counts_are_refused_exactly_where_they_do_not_add_up():
    rows, wrong = [], set()
    for a, b, total in product(range(4), range(4), range(7)):
        name = f"{a}{b}{total}"
        columns = {"outcome": f"o{name}", "level": "yes"}
        for group, count in (("A", a), ("B", b), ("all", total)):
            rows.append(fact(f"{group}{name}", "n", str(count), group=group, **columns))
        if a + b != total:
            wrong.add(f"all{name}")
    assert _refused(rows, "count_sum", partitions=[["A", "B"]]) == wrong


def test_quantiles_are_refused_exactly_where_no_order_fits_their_windows():
    rows, wrong = [], set()
    shown = [("0", 0), ("1", 0), ("2", 0), ("0.5", 1), ("1.0", 1), ("1.5", 1)]
    halves = {
        text: [Fraction(text) + Fraction(j, 20 * 10**d) for j in range(-10, 11)]
        for text, d in shown
    }
    for i, (low, middle, high) in enumerate(product(halves, repeat=3)):
        for statistic, text in (("min", low), ("median", middle), ("max", high)):
            rows.append(fact(f"{statistic}{i}", statistic, text, outcome=f"o{i}"))
        fits = any(
            a <= b and any(b <= c for c in halves[high])
            for a in halves[low]
            for b in halves[middle]
        )
        if not fits:
            wrong.add(f"median{i}")
    assert _refused(rows, "quantile_order") == wrong


def test_no_placement_of_a_missing_joint_is_refused():
    """Every data set of two patients with two hips and two knees, one side missing."""
    printed = set()
    for grades in product(range(3), repeat=8):
        for gone in (0, 6):  # a hip of the first patient, a knee of the second
            seen = [Fraction(g) for i, g in enumerate(grades) if i != gone]
            split = 3 if gone == 0 else 4
            total = Fraction(sum(seen), 2)
            own = (mean(seen[:split]), mean(seen[split:]), total)
            printed.add(tuple(rounded(value, 1, "half_even") for value in own))
    rows = [fact("n", "n", "2", outcome="cohort")]
    populations = {"patients": {"unit": "patient"}}
    populations["joints"] = {"unit": "joint", "of": "patients", "rows": 4, "each": 2}
    populations["joints"] |= {"size": 7}
    identities, variables = [], {}
    for i, (hip, knee, total) in enumerate(sorted(printed)):
        columns = {"outcome": f"g{i}", "population": "joints"}
        rows.append(fact(f"h{i}", "mean", hip, component="hip", **columns))
        rows.append(fact(f"k{i}", "mean", knee, component="knee", **columns))
        rows.append(fact(f"t{i}", "mean", total, outcome=f"t{i}"))
        identities.append(f"t{i} = 2 * g{i}[hip] + 2 * g{i}[knee]")
        variables[f"g{i}"] = {"label": "Grade", "min": 0, "max": 2}
    refused = _refused(
        rows,
        "identity_mean",
        complete=["patients"],
        identities=identities,
        populations=populations,
        variables=variables,
    )
    assert len(printed) > 100
    assert refused == set()
