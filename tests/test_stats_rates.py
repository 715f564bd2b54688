import csv
from math import exp, factorial, inf, isnan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.stats.rates import poisson_rate, rate_ratio

approx = pytest.approx

REFERENCE = Path(__file__).parent / "reference" / "rates.csv"


def read_reference(function):
    lines = [r for r in REFERENCE.read_text().splitlines() if not r.startswith("#")]
    cases = {}
    for row in csv.DictReader(lines):
        if row["function"] == function:
            key = row["method"], tuple(map(float, row["arguments"].split()))
            cases.setdefault(key, {})[row["field"]] = float(row["value"])
    return [(arguments, values) for (_, arguments), values in cases.items()]


def fields(estimate, names):
    return {name: getattr(estimate, name) for name in names}


# Garwood's limits as printed by Altman, Machin, Bryant & Gardner, Statistics with
# confidence, 2nd ed. 2000, Table 18.3 (95 %), to three decimals.
GARWOOD = [(0, 0.0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)]

positive = st.floats(0.01, 1e4)
counts = st.integers(0, 300)


@pytest.mark.parametrize(("events", "low", "high"), GARWOOD)
def test_poisson_limits_match_printed_tables(events, low, high):
    e = poisson_rate(events, 1)
    assert (e.ci_low, e.ci_high) == approx((low, high), abs=6e-4)


def test_rate_ratio_matches_fay_2010():
    # Fay, R Journal 2010; 2(1):53-58: 2 events in 17877 against 10 in 20000;
    # p = 0.042 while the 95 % interval is 0.024 to 1.050.
    e = rate_ratio(2, 17877, 10, 20000)
    assert e.p_value == approx(0.042, abs=5e-4)
    assert (e.ci_low, e.ci_high) == approx((0.024, 1.050), abs=5e-4)
    assert "disagree about a ratio of 1" in e.warning


@pytest.mark.parametrize(("arguments", "values"), read_reference("poisson_rate"))
def test_poisson_rate_agrees_with_r_and_epir(arguments, values):
    events, exposure, confidence = arguments
    e = poisson_rate(events, exposure, confidence=confidence)
    assert fields(e, values) == approx(values, rel=1e-8)


@pytest.mark.parametrize(("arguments", "values"), read_reference("rate_ratio"))
def test_rate_ratio_agrees_with_r(arguments, values):
    assert fields(rate_ratio(*arguments), values) == approx(values, rel=1e-8)


@settings(deadline=None)
@given(st.integers(0, 60), positive)
def test_poisson_tails_at_the_limits_are_half_of_the_error(events, exposure):
    e = poisson_rate(events, exposure, confidence=0.9)

    def up_to(k, mean):
        return exp(-mean) * sum(mean**i / factorial(i) for i in range(k + 1))

    assert up_to(events, e.ci_high * exposure) == approx(0.05, rel=1e-8)
    if events:
        below = up_to(events - 1, e.ci_low * exposure)
        assert 1 - below == approx(0.05, rel=1e-8)


@settings(deadline=None)
@given(counts, positive, st.floats(0.1, 10))
def test_rate_scales_with_the_unit_of_exposure(events, exposure, unit):
    e, f = poisson_rate(events, exposure), poisson_rate(events, exposure * unit)
    assert (f.estimate * unit, f.ci_high * unit) == approx((e.estimate, e.ci_high))


@settings(deadline=None)
@given(st.integers(1, 300), positive, st.integers(1, 300), positive)
def test_rate_ratio_inverts_when_groups_are_swapped(x, time, ref_x, ref_time):
    there = rate_ratio(x, time, ref_x, ref_time)
    back = rate_ratio(ref_x, ref_time, x, time)
    assert back.estimate == approx(1 / there.estimate)
    assert (back.ci_low, back.ci_high) == approx((1 / there.ci_high, 1 / there.ci_low))
    assert back.p_value == approx(there.p_value)
    assert there.ci_low <= there.estimate <= there.ci_high


@settings(deadline=None)
@given(counts, counts)
def test_rate_ratio_over_equal_exposure_has_the_binomial_p_of_one_half(x, ref_x):
    # At one half both tails are equal, so that interval and p-value must agree.
    e = rate_ratio(x, 7.0, ref_x, 7.0)
    if x + ref_x and abs(e.p_value - 0.05) > 1e-9:
        assert (e.p_value < 0.05) == (not e.ci_low <= 1 <= e.ci_high)
        assert e.warning == ""


def test_no_events_give_an_open_interval_and_no_exposure_gives_no_estimate():
    none = poisson_rate(0, 12)
    assert (none.estimate, none.ci_low, none.warning) == (0, 0, "")
    assert none.ci_high > 0
    nowhere = poisson_rate(0, 0)
    assert isnan(nowhere.estimate)
    assert nowhere.warning == "no exposure"


def test_rate_ratio_at_its_ends():
    assert rate_ratio(0, 30, 5, 20).estimate == 0
    assert rate_ratio(0, 30, 5, 20).ci_low == 0
    assert rate_ratio(5, 30, 0, 20).estimate == inf
    assert rate_ratio(5, 30, 0, 20).ci_high == inf
    neither = rate_ratio(0, 30, 0, 20)
    assert isnan(neither.estimate)
    assert neither.warning == "no events in either group"
    assert rate_ratio(3, 30, 0, 0).warning == "no exposure in a group"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: poisson_rate(-1, 3), "events must be a whole number, 0 or more, but"),
        (lambda: poisson_rate(1.5, 3), "events must be a whole number, 0 or more, but"),
        (
            lambda: poisson_rate(1, -3),
            "exposure must be a finite number, 0 or more, but got -3",
        ),
        (lambda: poisson_rate(1, inf), "exposure must be a finite number"),
        (
            lambda: poisson_rate(2, 0),
            r"exposure must be above 0 where there are events \(2\), but got 0",
        ),
        (
            lambda: rate_ratio(1, 2, 3, float("nan")),
            "ref_exposure must be a finite number",
        ),
        (lambda: rate_ratio(1, 2, 0.5, 3), "ref_events must be a whole number"),
        (
            lambda: poisson_rate(1, 3, confidence=1),
            "confidence must be between 0 and 1, both excluded, but got 1",
        ),
    ],
)
def test_a_wrong_argument_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
