"""One quantity printed twice."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import alarms, fact, proofs, rounded, table
from rejia.audit import audit
from rejia.study import Structure


def _twice(first: str, second: str, **units: str) -> dict[str, object]:
    rows = [
        fact("one", "mean", first, outcome="x", place="Text", unit=units.get("u", "")),
        fact("two", "mean", second, outcome="x", unit=units.get("v", "")),
    ]
    audited = audit(table(*rows), Structure())
    return {row.rule: row for row in audited.itertuples()}


def _one_value_is_silent(seed: int) -> None:
    random = Random(seed)
    value = Fraction(random.randint(-4000, 4000), random.choice((1, 3, 8, 40, 1000)))
    rule = random.choice(("half_up", "half_even"))
    texts = [rounded(value, random.randint(0, 3), rule) for _ in range(3)]
    rows = [
        fact(f"f{place}", "mean", text, outcome="x", place=f"Table {place}")
        for place, text in enumerate(texts)
    ]
    assert alarms(audit(table(*rows), Structure())) == []


def _two_rules_are_never_proof(seed: int) -> None:
    random = Random(seed)
    value = Fraction(random.randint(-400, 400), random.choice((2, 8, 20, 40)))
    digits = random.randint(0, 2)
    texts = [rounded(value, digits, rule) for rule in ("half_up", "half_even")]
    rows = [
        fact(f"f{place}", "mean", text, outcome="x", place=f"Table {place}")
        for place, text in enumerate(texts)
    ]
    assert proofs(audit(table(*rows), Structure())) == []


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40))
def test_one_value_in_several_precisions_passes(seed):
    _one_value_is_silent(seed)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40))
def test_one_value_rounded_by_two_rules_is_never_a_proof(seed):
    _two_rules_are_never_proof(seed)


@pytest.mark.parametrize(
    ("first", "second", "verdict", "evidence"),
    [
        ("5.9", "5.9", "consistent", "proof"),
        ("1.19", "1.2", "consistent_by_rounding", "proof"),
        ("28", "27.5", "consistent_by_rounding", "proof"),
        ("64", "65", "inconsistent", "enumeration"),
        ("15.6", "16.5", "inconsistent", "proof"),
        ("<0.05", "0.041", "consistent_by_rounding", "proof"),
        ("<0.05", "0.41", "inconsistent", "proof"),
    ],
)
def test_two_printings_are_compared_by_what_their_digits_stand_for(
    first, second, verdict, evidence
):
    row = _twice(first, second)["repeat"]
    assert (row.verdict, row.evidence) == (verdict, evidence)


def test_counts_are_not_rounded():
    rows = [
        fact("one", "n", "64", outcome="x", place="Text"),
        fact("two", "n", "65", outcome="x"),
    ]
    row = audit(table(*rows), Structure()).set_index("rule").loc["repeat"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")


def test_a_raw_and_a_corrected_p_are_two_quantities():
    contrast = {"outcome": "x", "group": "A", "reference": "B"}
    rows = [
        fact("raw", "p_value", "0.02", adjustment="raw", **contrast),
        fact("corrected", "p_value", "0.06", adjustment="bonferroni", **contrast),
    ]
    assert alarms(audit(table(*rows), Structure())) == []
