"""Means and SDs of whole steps on a scale: true data pass, impossible ones do not."""

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import (
    alarms,
    fact,
    mean,
    paper,
    proofs,
    rounded,
    rounded_root,
    structure,
    table,
    variance,
)
from rejia.audit import audit
from rejia.audit.granularity import Lattice, squares_range
from rejia.study import Structure

RULES = ("mean_step", "sd_step", "within_scale", "within_range", "sd_on_scale")
SEEDS = st.integers(0, 2**40)


def _on_a_lattice(seed: int, missing: float, *, declared: bool) -> tuple:
    """Print mean, SD, minimum and maximum of values on a declared scale."""
    made = paper(seed, missing=missing, largest=15)
    made.cohort()
    for group, size in made.sizes.items():
        values = made.observed(made.values(size))
        made.summarise("score", group, values)
        columns = {"outcome": "score", "group": group}
        for statistic, end in (("min", min(values)), ("max", max(values))):
            text = rounded(end, made.digits, made.rule)
            made.rows.append(fact(f"{group}_{statistic}", statistic, text, **columns))
        if declared:
            made.rows.append(fact(f"k_{group}", "n", str(len(values)), **columns))
    scale = {
        "label": "Score",
        "step": float(made.step),
        "min": float(made.low * made.step),
        "max": float(made.high * made.step),
    }
    complete = ["patients"] if missing == 0 else []
    made_of = structure(made, complete=complete, variables={"score": scale})
    return made.facts(), made_of


def _complete_is_silent(seed: int) -> None:
    assert alarms(audit(*_on_a_lattice(seed, 0.0, declared=False), repairs=False)) == []


def _declared_missing_is_silent(seed: int) -> None:
    assert alarms(audit(*_on_a_lattice(seed, 0.4, declared=True), repairs=False)) == []


def _undeclared_missing_is_never_proof(seed: int) -> None:
    assert proofs(audit(*_on_a_lattice(seed, 0.4, declared=False), repairs=False)) == []


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_true_complete_data_pass(seed):
    _complete_is_silent(seed)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_true_data_pass_where_the_number_of_values_is_printed(seed):
    _declared_missing_is_silent(seed)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_values_missing_without_a_word_are_never_a_proof(seed):
    _undeclared_missing_is_never_proof(seed)


def _verdicts(
    n: int, pairs: list[tuple[str, str]], low: int, high: int
) -> list[dict[str, str]]:
    """Audit pairs of mean and SD, each as an outcome of its own."""
    rows = [fact("n", "n", str(n), outcome="cohort")]
    for place, (centre, spread) in enumerate(pairs):
        rows.append(fact(f"m{place}", "mean", centre, outcome=f"o{place}"))
        rows.append(fact(f"s{place}", "sd", spread, outcome=f"o{place}"))
    scale = {"label": "Score", "step": 1, "min": low, "max": high}
    declared = Structure.model_validate(
        {
            "variables": {f"o{place}": scale for place in range(len(pairs))},
            "complete": ["patients"],
        }
    )
    found: list[dict[str, str]] = [{} for _ in pairs]
    for row in audit(table(*rows), declared, repairs=False).itertuples():
        name = row.facts.split(";")[0]
        if name != "n":
            found[int(name[1:])][row.rule] = row.verdict
    return found


def _audited(n: int, texts: tuple[str, str], low: int, high: int) -> dict[str, str]:
    return _verdicts(n, [texts], low, high)[0]


@pytest.mark.parametrize("n", [3, 7, 8])
def test_a_mean_is_refused_exactly_where_no_data_give_it(n):
    possible = {
        rounded(mean([Fraction(v) for v in values]) - tiny, 2, "half_up")
        for values in combinations_with_replacement(range(4), n)
        for tiny in (0, Fraction(1, 10**9))
    }
    texts = [rounded(Fraction(units, 100), 2, "half_up") for units in range(301)]
    found = _verdicts(n, [(text, "1") for text in texts], 0, 3)
    passed = {
        text
        for text, rules in zip(texts, found, strict=True)
        if rules["mean_step"] != "inconsistent"
    }
    assert passed == possible & set(texts)


def _pair(values: tuple[int, ...], digits: int, rule: str) -> tuple[str, str]:
    exact = [Fraction(v) for v in values]
    return (
        rounded(mean(exact), digits, rule),
        rounded_root(variance(exact), digits, rule),
    )


def _possible(n: int, digits: int) -> set[tuple[str, str]]:
    return {
        _pair(values, digits, rule)
        for values in combinations_with_replacement(range(5), n)
        for rule in ("half_up", "half_even")
    }


@pytest.mark.parametrize("n", [2, 3, 5, 6])
def test_every_pair_of_mean_and_sd_that_data_give_passes(n):
    pairs = sorted(_possible(n, 2))
    for pair, rules in zip(pairs, _verdicts(n, pairs, 0, 4), strict=True):
        assert "inconsistent" not in rules.values(), pair


def test_most_pairs_that_no_data_give_are_refused():
    printable = [
        (rounded(Fraction(a, 10), 1, "half_up"), rounded(Fraction(b, 10), 1, "half_up"))
        for a in range(0, 41, 2)
        for b in range(24)
    ]
    found = _verdicts(5, printable, 0, 4)
    refused = {
        pair
        for pair, rules in zip(printable, found, strict=True)
        if "inconsistent" in rules.values()
    }
    possible = _possible(5, 1)
    assert not refused & possible
    assert len(refused) > 0.8 * len(set(printable) - possible)


@given(st.lists(st.integers(-3, 6), min_size=1, max_size=7))
def test_the_sum_of_squares_lies_between_its_bounds(values):
    least, most = squares_range(sum(values), len(values), (-3, 6))
    assert least <= sum(v * v for v in values) <= most


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("total", range(-8, 25))
def test_the_bounds_of_the_sum_of_squares_are_reached(n, total):
    squares = [
        sum(v * v for v in values)
        for values in combinations_with_replacement(range(-2, 7), n)
        if sum(values) == total
    ]
    if squares:
        assert squares_range(total, n, (-2, 6)) == (min(squares), max(squares))


# Eight counts with mean 0.1 are seven zeros and a one: SD sqrt(1/8) = 0.354.
def test_a_mean_above_zero_needs_an_sd_above_zero():
    assert _audited(8, ("0.1", "0.0"), 0, 71)["sd_step"] == "inconsistent"
    assert _audited(8, ("0.1", "0.4"), 0, 71)["sd_step"] == "consistent"


def test_an_sd_beyond_its_scale_is_refused():
    # (5 - 2.5) x (2.5 - 0) x 10 / 9 = 6.94, so at most 2.64.
    assert _audited(10, ("2.5", "2.6"), 0, 5)["sd_on_scale"] == "consistent"
    assert _audited(10, ("2.5", "2.7"), 0, 5)["sd_on_scale"] == "inconsistent"


def test_a_lattice_counts_in_steps():
    assert Lattice(Fraction(1, 4), Fraction(0), Fraction(5)).units == (0, 20)
