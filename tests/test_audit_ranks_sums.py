"""Mann-Whitney and signed-rank p-values that sizes and summaries allow."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import (
    accumulate,
    combinations,
    combinations_with_replacement,
    product,
)
from math import comb, erfc, isnan, sqrt
from random import Random

import numpy as np
import pytest

from audit_papers import fact, mean, rounded, rounded_root, table, variance
from rejia.audit import audit
from rejia.audit.bands import Summary, counts_below, make_grid, pairs_above
from rejia.audit.context import Context
from rejia.audit.finding import INCONSISTENT, PROOF
from rejia.audit.rank_spans import (
    RANK_SUM_METHODS,
    rank_sum_spans,
    signed_rank_spans,
)
from rejia.audit.rank_sums import rank_sum_checks
from rejia.audit.ranks import rank_checks
from rejia.constraints import Cells, Interval, Sizes
from rejia.constraints.cells import _cell as read_cell  # without a table: quick
from rejia.stats.ranks import CONVENTIONS, rank_sum, signed_rank
from rejia.stats.ranks import printed as printed_by
from rejia.study import Structure

RANK_SUM = sorted(set(CONVENTIONS) - {"sas-9.3-univariate"})
SIGNED = sorted(set(CONVENTIONS) - {"sas-9.3-npar1way"})


def _structure(test: str, convention: str, **fields: object) -> Structure:
    analysis = {"id": "test", "test": test, "outcomes": ["x"], "convention": convention}
    analysis |= {"family": "contrasts"}
    if test == "rank_sum":
        analysis |= {"group": "A", "reference": "B"}
    else:
        analysis |= {"visit": "after", "ref_visit": "before"}
    return Structure.model_validate({"analyses": [analysis], **fields})


def _red(rows: list[dict[str, str]], declared: Structure) -> list[tuple[str, str]]:
    """Return rule and evidence of what does not fit; only rank tests are tried."""
    cells = Cells(read_cell(row) for row in rows)
    context = Context(cells, Sizes(cells, declared), declared)
    checks = [*rank_sum_checks(context), *rank_checks(context)]
    outcomes = [(check, check.evaluate(context.cells.by_fact)) for check in checks]
    return [
        (check.rule, outcome.evidence)
        for check, outcome in outcomes
        if outcome.verdict == INCONSISTENT
    ]


def _drawn(random: Random, size: int, low: int, high: int) -> list[int]:
    kind = random.choice(("even", "zeros", "constant", "skewed"))
    middle = random.randint(low, high)
    return [
        {
            "even": random.randint(low, high),
            "zeros": low if random.random() < 0.8 else random.randint(low, high),
            "constant": middle,
            "skewed": min(high, low + int(random.expovariate(3 / (high - low)))),
        }[kind]
        for _ in range(size)
    ]


def _summary(
    random: Random, values: list[Fraction], group: str, digits: int, rule: str
) -> list[dict[str, str]]:
    columns = {"outcome": "x", "group": group}
    rows = [
        fact(f"mean_{group}", "mean", rounded(mean(values), digits, rule), **columns)
    ]
    if len(values) > 1 and random.random() < 0.8:
        square = variance(values, random.choice((0, 1)))
        text = rounded_root(square, digits, rule)
        rows.append(fact(f"sd_{group}", "sd", text, **columns))
    for name, value in (("min", min(values)), ("max", max(values))):
        if random.random() < 0.4:
            text = rounded(value, digits, rule)
            rows.append(fact(f"{name}_{group}", name, text, **columns))
    return rows


def _paper(random: Random, missing: float) -> tuple[list[dict[str, str]], Structure]:
    """Print two groups and their p-value, by a convention that is declared."""
    step = Fraction(random.choice(("1", "0.5", "0.1", "0.25")))
    low = random.choice((0, 0, 0, -10))
    high = low + random.choice((1, 2, 5, 40, 300))
    sizes = {g: random.randint(1, random.choice((3, 6, 25))) for g in "AB"}
    shift = random.choice((0, 0, high - low, 2 * (high - low)))
    kept, rows = {}, []
    digits, rule = random.choice((0, 1, 2, 3)), random.choice(("half_up", "half_even"))
    for group, size in sizes.items():
        units = _drawn(random, size, low, high)
        units = [u + (shift if group == "A" else 0) for u in units]
        kept[group] = [u for u in units if random.random() >= missing] or units[:1]
        columns = {"outcome": "cohort", "group": group}
        rows.append(fact(f"n_{group}", "n", str(size), **columns))
        values = [u * step for u in kept[group]]
        rows += _summary(random, values, group, digits, rule)
    convention = random.choice(RANK_SUM)
    n = (len(kept["A"]), len(kept["B"]))
    pooled = kept["A"] + kept["B"]
    ties = len(set(pooled)) < len(pooled)
    shown = printed_by(convention, "rank_sum", n=n, n_zero=0, ties=ties)
    p = rank_sum(kept["A"], kept["B"], **random.choice(shown)[1]).p_value
    m = random.choice((1, 3))
    adjustment = "bonferroni" if m > 1 else "raw"
    if random.random() < 0.3:
        adjustment = "unstated"
    if not isnan(p):
        p = min(1.0, m * p)
        text = rounded(Fraction(p), random.choice((1, 2, 3, 4, 6)), rule)
        if p < 0.001 and random.random() < 0.5:
            text = "<0.001"
        columns = {"outcome": "x", "group": "A", "reference": "B", "analysis": "test"}
        rows.append(fact("p", "p_value", text, adjustment=adjustment, **columns))
    scale = {"label": "X", "step": float(step)}
    if random.random() < 0.5:
        scale |= {"min": float(low * step), "max": float((high + shift) * step)}
    declared = _structure(
        "rank_sum",
        convention,
        variables={"x": scale},
        families={"contrasts": {"m": 3, "method": "bonferroni"}},
        complete=[] if missing else ["patients"],
    )
    return rows, declared


def _mann_whitney_is_silent(seed: int) -> None:
    random = Random(seed)
    missing = random.choice((0.0, 0.0, 0.1, 0.4))
    rows, declared = _paper(random, missing)
    red = _red(rows, declared)
    assert [row for row in red if row[1] == PROOF] == [], seed
    if not missing:
        assert red == [], seed


def test_true_mann_whitney_p_values_pass():
    for seed in range(1000):
        _mann_whitney_is_silent(seed)


@pytest.mark.nightly
def test_true_mann_whitney_p_values_pass_a_hundred_thousand_times():
    for seed in range(1000, 101_000):
        _mann_whitney_is_silent(seed)


def _signed_rank_is_silent(seed: int) -> None:
    random = Random(seed)
    count = random.randint(1, random.choice((4, 12, 40)))
    reach = random.choice((1, 2, 5, 50))
    lean = random.choice((-reach, -1, 0, 0, 1, reach))
    changes = [random.randint(-reach, reach) + lean for _ in range(count)]
    convention = random.choice(SIGNED)
    kept = [abs(change) for change in changes if change]
    shown = printed_by(
        convention,
        "signed_rank",
        n=count,
        n_zero=count - len(kept),
        ties=len(set(kept)) < len(kept),
    )
    p = signed_rank(changes, **random.choice(shown)[1]).p_value
    if isnan(p):
        return
    text = rounded(Fraction(p), random.randint(1, 6), "half_even")
    columns = {"outcome": "x", "visit": "after", "ref_visit": "before"}
    signs = {
        "improved": sum(change < 0 for change in changes),
        "unchanged": count - len(kept),
        "worsened": sum(change > 0 for change in changes),
    }
    if random.random() < 0.4:
        del signs["unchanged"]
    lost = random.choice((0, 0, 3))
    rows = [
        fact(f"n_{level}", "n", str(k), level=level, analysis="change", **columns)
        for level, k in signs.items()
    ]
    rows.append(fact("n", "n", str(count + lost), outcome="cohort"))
    rows.append(
        fact("p", "p_value", text, adjustment="raw", analysis="test", **columns)
    )
    assert _red(rows, _structure("signed_rank", convention)) == [], seed


def test_true_signed_rank_p_values_pass_under_every_convention():
    for seed in range(1000):
        _signed_rank_is_silent(seed)


@pytest.mark.nightly
def test_true_signed_rank_p_values_pass_a_hundred_thousand_times():
    for seed in range(1000, 101_000):
        _signed_rank_is_silent(seed)


def _all_samples(n: int, total: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield every pattern of ties, and every choice of the first sample in it."""
    for rises in product((0, 1), repeat=total - 1):
        if any(rises):
            values = [0, *accumulate(rises)]
            for chosen in combinations(range(total), n):
                rest = [v for k, v in enumerate(values) if k not in chosen]
                yield [values[k] for k in chosen], rest


@pytest.mark.parametrize("sizes", [(1, 1), (1, 2), (2, 2), (1, 4), (2, 3), (3, 3)])
def test_the_smallest_rank_sum_p_is_attained_and_never_passed(sizes):
    n, ref_n = sizes
    total = n + ref_n
    spans = rank_sum_spans(n, ref_n, 0.0, float(n * ref_n))
    for (method, name), span in zip(RANK_SUM_METHODS.items(), spans, strict=True):
        assert span.name == name
        found = [
            rank_sum(first, second, method=method).p_value
            for first, second in _all_samples(n, total)
        ]
        assert min(found) == pytest.approx(span.least, rel=1e-9), method
        assert max(found) <= span.most + 1e-12


def test_the_floors_are_those_of_the_formulas():
    spans = {s.name: s.least for s in rank_sum_spans(5, 3, 0.0, 15.0)}
    assert spans["exact, given the ties"] == pytest.approx(1 / comb(8, 3))
    assert spans["exact, without ties"] == pytest.approx(2 / comb(8, 3))
    assert spans["normal approximation"] == pytest.approx(erfc(sqrt(7 / 2)))


# With n values from -n to n every sign, tie and zero comes up.
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_signed_rank_spans_hold_every_p_and_the_floors_are_attained(n):
    floors: dict[str, list[float]] = {}
    for changes in combinations_with_replacement(range(-n, n + 1), n):
        down, up = sum(c < 0 for c in changes), sum(c > 0 for c in changes)
        spans = signed_rank_spans(down, up, n - down - up)
        unknown = signed_rank_spans(down, up, None)
        for name, span in spans.items():
            method, zeros = name.split()
            p = signed_rank(changes, zeros=zeros, method=method).p_value
            if isnan(p):
                continue
            assert span.least - 1e-12 <= p <= span.most + 1e-12, (changes, name)
            wide = unknown[name]
            assert wide.least - 1e-12 <= p <= wide.most + 1e-12, (changes, name)
            floors.setdefault(name, []).append(p)
    for name in ("exact drop", "normal drop", "normal_corrected drop"):
        expected = signed_rank_spans(0, n, 0)[name].least
        assert min(floors[name]) == pytest.approx(expected, rel=1e-9)


def test_counts_below_a_threshold_hold_every_set_of_values():
    random = Random(4)
    for _ in range(150):
        n, top = random.randint(1, 6), random.choice((1, 3, 8))
        values = [Fraction(random.randint(0, top)) for _ in range(n)]
        half = Fraction(1, random.choice((2, 20, 200)))
        centre = mean(values)
        window = Interval(centre - half, centre + half)
        spread = float(variance(values, random.choice((0, 1)) if n > 1 else 0)) ** 0.5
        sd = Interval(Fraction(spread) - half, Fraction(spread) + half)
        step = random.choice((Fraction(1), None))
        scale = (Fraction(0), Fraction(top))
        summary = Summary(n, window, random.choice((sd, None)), *scale, step)
        grid = make_grid([summary], step)
        assert grid is not None
        least, most = counts_below(summary, grid)
        points = np.array([float(value) for value in values])
        for shift, bound, sign in ((1e-9, least, 1), (-1e-9, most, -1)):
            reached = grid.thresholds[:, None] + shift
            true = (points[None, :] <= reached).sum(axis=1)
            assert (sign * bound <= sign * true).all()


def test_the_range_of_u_is_sharp_where_the_summaries_force_it():
    zero = Summary(8, _window("0.0"), None, Fraction(0), Fraction(71), Fraction(1))
    one = Summary(5, _window("1.2"), None, Fraction(0), Fraction(71), Fraction(1))
    grid = make_grid([zero, one], Fraction(1))
    assert grid is not None
    pair = counts_below(one, grid), counts_below(zero, grid)
    # Six units among five patients: one to five of them are above 0.
    assert pairs_above(*pair, (5, 8), grid) == (8 + 16, 40.0)


def _window(text: str) -> Interval:
    half = Fraction(1, 20)
    return Interval(Fraction(text) - half, Fraction(text) + half)


def _contrast(p: str, adjustment: str, *, complete: bool = True) -> object:
    rows = []
    for group, size, low, high in (("A", 6, "10", "20"), ("B", 7, "1", "8")):
        rows.append(fact(f"n_{group}", "n", str(size), outcome="cohort", group=group))
        columns = {"outcome": "x", "group": group}
        rows.append(fact(f"min_{group}", "min", low, **columns))
        rows.append(fact(f"max_{group}", "max", high, **columns))
    columns = {"outcome": "x", "group": "A", "reference": "B", "analysis": "test"}
    rows.append(fact("p", "p_value", p, adjustment=adjustment, **columns))
    declared = _structure(
        "rank_sum", "spss-16-npar", complete=["patients"] if complete else []
    )
    return audit(table(*rows), declared, repairs=False).set_index("rule")


# U = 42 of 42: z is at most sqrt(12) and at least 21 / sqrt(49) = 3, without ties; p
# is 0.0005 to 0.0027, and 0.0126 at most for Student's t with continuity correction.
@pytest.mark.parametrize(
    ("p", "adjustment", "complete", "expected"),
    [
        ("0.003", "raw", True, ("consistent", "proof")),
        ("0.012", "raw", True, ("inconsistent", "enumeration")),
        ("0.040", "raw", True, ("inconsistent", "proof")),
        ("0.800", "raw", True, ("inconsistent", "proof")),
        ("0.800", "unstated", True, ("consistent", "proof")),
        ("0.200", "raw", False, ("inconsistent", "enumeration")),
    ],
)
def test_ranges_that_do_not_meet_force_the_p_value(p, adjustment, complete, expected):
    row = _contrast(p, adjustment, complete=complete).loc["rank_sum_summaries"]
    assert (row["verdict"], row["evidence"]) == expected
    assert row["low"] == pytest.approx(erfc(sqrt(12 / 2)))
    if expected[0] == "inconsistent" and not complete:
        assert "missing values: with 2 of 6 and 3 of 7" in row["explanations"]


def test_a_p_below_every_floor_is_a_proof_and_another_convention_an_explanation():
    row = _contrast("0.00001", "raw").loc["rank_sum_floor"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")
    row = _contrast("0.0003", "raw").loc["rank_sum_floor"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "enumeration")
    assert "one-sided" in row["explanations"]
    row = _contrast("0.0008", "raw").loc["rank_sum_floor"]
    assert row["verdict"] == "consistent"
    assert row["power"] == pytest.approx(5 / 10_001)


def test_nothing_is_said_of_a_test_that_nobody_declares():
    rows = [fact(f"n_{g}", "n", "3", outcome="cohort", group=g) for g in "AB"]
    columns = {"outcome": "x", "group": "A", "reference": "B", "analysis": "other"}
    rows.append(fact("p", "p_value", "0.0001", adjustment="raw", **columns))
    assert _red(rows, _structure("rank_sum", "r-4.5")) == []


def _group_test(p: str, group: str) -> list[tuple[str, str]]:
    sizes = {"A": 11, "B": 8, "C": 21}
    rows = [
        fact(f"n_{g}", "n", str(k), outcome="cohort", group=g) for g, k in sizes.items()
    ]
    columns = {"visit": "after", "ref_visit": "before", "outcome": "x", "group": group}
    rows.append(fact("p", "p_value", p, adjustment="raw", analysis="test", **columns))
    groups = {
        "outcome": "x",
        "from": "before",
        "to": "after",
        "labels": {"improved": "A", "unchanged": "B", "worsened": "C"},
        "merges": {"A+B": ["A", "B"]},
    }
    return _red(rows, _structure("signed_rank", "spss-16-npar", groups=groups))


# All 11 improved: z is 3.32 (all tied) to 2.93 (none), so p is 0.0009 to 0.0033.
@pytest.mark.parametrize(
    ("p", "group", "evidence"),
    [
        ("0.003", "A", []),
        ("0.040", "A", [("signed_rank_counts", "proof")]),
        ("0.190", "all", []),
        ("0.002", "A+B", []),
        ("0.900", "A+B", [("signed_rank_counts", "proof")]),
        ("0.040", "B", [("signed_rank_counts", "proof")]),
    ],
)
def test_the_definition_of_the_groups_gives_the_signs(p, group, evidence):
    assert _group_test(p, group) == evidence


def test_four_pairs_cannot_give_one_in_a_hundred():
    columns = {"visit": "after", "ref_visit": "before", "outcome": "x"}
    rows = [fact("n", "n", "4", outcome="cohort")]
    rows.append(
        fact("p", "p_value", "0.010", adjustment="raw", analysis="test", **columns)
    )
    declared = _structure("signed_rank", "spss-16-npar")
    assert _red(rows, declared) == [("signed_rank_floor", "proof")]
