"""Quantiles in order, and p before and after correction."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import alarms, fact, rounded, table
from rejia.audit import audit
from rejia.study import Structure

STATISTICS = ("min", "q1", "median", "q3", "max")


def _quantiles(printed: list[str], names: tuple[str, ...] = STATISTICS) -> object:
    rows = zip(names, printed, strict=True)
    return table(*(fact(name, name, text, outcome="x") for name, text in rows))


def _true_quantiles_are_silent(seed: int) -> None:
    random = Random(seed)
    rule = random.choice(("half_up", "half_even"))
    values = sorted(
        Fraction(random.randint(-9, 9), random.randint(1, 9)) for _ in "q" * 5
    )
    kept = sorted(random.sample(range(5), random.randint(1, 5)))
    texts = [rounded(values[place], random.randint(0, 3), rule) for place in kept]
    printed = _quantiles(texts, tuple(STATISTICS[place] for place in kept))
    assert alarms(audit(printed, Structure(), repairs=False)) == []


def _true_corrections_are_silent(seed: int) -> None:
    random = Random(seed)
    rule = random.choice(("half_up", "half_even"))
    p = Fraction(random.randint(0, 10_000), 10_000 ** random.choice((1, 1, 2)))
    columns = {"outcome": "x", "group": "A", "reference": "B"}
    rows = []
    for name, value in (("raw", p), ("bonferroni", min(p * random.randint(1, 20), 1))):
        text = rounded(Fraction(value), random.randint(1, 4), rule)
        if value < Fraction(1, 100) and random.random() < 0.5:
            text = "<0.01"
        rows.append(fact(name, "p_value", text, adjustment=name, **columns))
    assert alarms(audit(table(*rows), Structure(), repairs=False)) == []


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40))
def test_true_quantiles_and_corrections_pass(seed):
    _true_quantiles_are_silent(seed)
    _true_corrections_are_silent(seed)


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        (["0", "1.0", "2.0", "3.5", "9"], "consistent"),
        (["0", "1.4", "1", "3.5", "9"], "consistent_by_rounding"),
        (["0", "1.6", "1", "3.5", "9"], "inconsistent"),
        (["0", "1.0", "2.0", "3.5", "3"], "consistent_by_rounding"),
        (["0", "1.0", "2.0", "3.6", "3"], "inconsistent"),
    ],
)
def test_quantiles_out_of_order_are_a_proof(printed, verdict):
    row = audit(_quantiles(printed), Structure()).set_index("rule")
    row = row.loc["quantile_order"]
    assert (row["verdict"], row["evidence"]) == (verdict, "proof")


@pytest.mark.parametrize(
    ("raw", "corrected", "verdict", "evidence"),
    [
        ("0.02", "0.06", "consistent", "proof"),
        ("0.40", "1.000", "consistent", "proof"),
        ("0.021", "0.050", "inconsistent", "enumeration"),
        ("0.04", "0.01", "inconsistent", "proof"),
        ("<0.001", "0.002", "consistent", "proof"),
    ],
)
def test_a_corrected_p_is_a_multiple_of_the_raw_one(raw, corrected, verdict, evidence):
    columns = {"outcome": "x", "group": "A", "reference": "B"}
    rows = [
        fact("raw", "p_value", raw, adjustment="raw", **columns),
        fact("p", "p_value", corrected, adjustment="bonferroni", **columns),
    ]
    row = audit(table(*rows), Structure()).set_index("rule").loc["corrected_p"]
    assert (row["verdict"], row["evidence"]) == (verdict, evidence)


@pytest.mark.parametrize("changed", [{"unit": "%"}, {"group": ""}])
def test_limits_of_a_definition_have_no_order(changed):
    rows = [
        fact("low", "min", "30", outcome="x", **changed),
        fact("high", "max", "1", outcome="x", **changed | {"unit": "variables"}),
    ]
    assert alarms(audit(table(*rows), Structure())) == []
