"""Odds ratio, interval and p: Wald rows pass, whatever their digits."""

from fractions import Fraction
from math import erfc, exp, log, sqrt
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import alarms, fact, proofs, rounded, table
from rejia.audit import audit
from rejia.study import Structure

Z = 1.959963984540054


def _row(printed: tuple[str, str, str, str]) -> object:
    statistics = ("odds_ratio", "ci_low", "ci_high", "p_value")
    return table(
        *(
            fact(name, name, text, outcome="progress", term="age", adjustment="raw")
            for name, text in zip(statistics, printed, strict=True)
        )
    )


def _wald(random: Random, quantile: float) -> tuple[str, str, str, str]:
    beta = random.gauss(0, 1.5)
    error = abs(random.gauss(0, 1)) + 0.001
    digits = random.choice((0, 1, 2, 3))
    rule = random.choice(("half_up", "half_even"))
    ends = (beta, beta - quantile * error, beta + quantile * error)
    p = erfc(abs(beta / error) / sqrt(2))
    p_digits = random.choice((1, 2, 3, 4))
    told = rounded(Fraction(p), p_digits, rule)
    if p < 0.001 and random.random() < 0.8:
        told = "<0.001"
    odds, low, high = (rounded(Fraction(exp(end)), digits, rule) for end in ends)
    return odds, low, high, told


def _wald_is_silent(seed: int) -> None:
    random = Random(seed)
    printed = _wald(random, random.choice((Z, 1.96)))
    assert alarms(audit(_row(printed), Structure())) == []


def _any_interval_is_never_refused_as_proof(seed: int) -> None:
    random = Random(seed)
    estimate = random.gauss(0, 1.5)
    ends = (
        estimate,
        estimate - random.expovariate(1),
        estimate + random.expovariate(1),
    )
    digits = random.choice((0, 1, 2, 3))
    odds, low, high = (rounded(Fraction(exp(e)), digits, "half_even") for e in ends)
    printed = (odds, low, high, rounded(Fraction(random.random()), 3, "half_even"))
    assert proofs(audit(_row(printed), Structure(), repairs=False)) == []


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**40))
def test_wald_rows_pass(seed):
    _wald_is_silent(seed)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**40))
def test_an_interval_that_holds_its_estimate_is_never_refused_as_proof(seed):
    _any_interval_is_never_refused_as_proof(seed)


def _verdicts(*printed: str) -> dict[str, str]:
    audited = audit(_row(printed), Structure())
    return dict(zip(audited["rule"], audited["verdict"], strict=True))


def test_an_estimate_outside_its_interval_is_inconsistent_by_proof():
    audited = audit(_row(("1.02", "1.307", "1.674", "0.034")), Structure())
    row = audited.set_index("rule").loc["ratio_order"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")


# log(1.312) = 0.27155, width log(1.703) - log(1.011) = 0.52149, so z = 2.0412 and
# p = 0.0412: a zero is lost in 0.41.
def test_a_lost_zero_of_p_is_found():
    audited = audit(_row(("1.312", "1.011", "1.703", "0.41")), Structure())
    row = audited.set_index("rule").loc["ratio_p"]
    assert row["verdict"] == "inconsistent"
    assert row["low"] < 0.0412 < row["high"]
    assert "a zero lost: 0.041 would fit" in row["explanations"]
    assert _verdicts("1.312", "1.011", "1.703", "0.41")["ratio_null"] == "inconsistent"
    assert _verdicts("1.312", "1.011", "1.703", "0.041")["ratio_null"] == "consistent"


def test_digits_that_say_nothing_are_not_refused():
    assert set(_verdicts("1", "1", "1", "0.807").values()) <= {
        "consistent",
        "consistent_by_rounding",
    }


def test_a_profile_interval_is_offered_where_the_arms_differ():
    audited = audit(_row(("2.00", "1.10", "5.00", "0.03")), Structure())
    row = audited.set_index("rule").loc["ratio_symmetry"]
    assert (row["verdict"], row["under"]) == ("inconsistent", "Wald")
    assert "profile" in row["explanations"]
    ratio = (log(5) - log(2)) / (log(2) - log(1.1))
    assert f"{ratio:.4f}"[:5] in row["explanations"]
