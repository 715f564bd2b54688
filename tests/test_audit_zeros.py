"""Counts of zeros: true data pass, slips do not, and small cases are complete."""

from fractions import Fraction
from itertools import combinations_with_replacement
from math import sqrt
from random import Random

import pytest

from audit_papers import (
    STEPS,
    Writer,
    fact,
    mean,
    rounded_root,
    table,
    variance,
)
from rejia.audit import audit
from rejia.audit.context import Context
from rejia.audit.granularity import Lattice
from rejia.audit.zeros import zero_checks, zeros_allowed
from rejia.constraints import Interval
from rejia.study import Structure

ORDINARY = 1000


def _values(random: Random, size: int, step: Fraction, top: int) -> list[Fraction]:
    share = random.random()
    high = random.randint(1, top)
    drawn = [
        0 if random.random() < share else random.randint(0, high) for _ in "x" * size
    ]
    return [k * step for k in drawn]


def _printed(seed: int, *, silent: bool) -> tuple[list[dict[str, str]], Structure]:
    """Print mean, SD and zeros of true values; some missing, perhaps unsaid."""
    random = Random(seed)
    size, step = random.randint(1, 30), Fraction(random.choice(STEPS))
    top = random.choice((1, 2, 5, 40))
    values = _values(random, size, step, top)
    missing = silent or random.random() < 0.3
    kept = [v for v in values if not missing or random.random() < 0.8] or values[:1]
    counted = values if not silent else [v for v in values if random.random() < 0.8]
    out = Writer(random, random.choice(("half_up", "half_even")), missing)
    out.put("n", str(size), outcome="cohort")
    columns = {"outcome": "dose", "visit": "after"}
    if missing and not silent:
        out.put("denominator", str(len(kept)), **columns)
    out.number("mean", mean(kept), random.choice((0, 1, 2)), **columns)
    lost = random.choice((0, 1))
    if len(kept) > 1 and random.random() < 0.8:
        text = rounded_root(variance(kept, lost), random.choice((0, 1, 2)), out.rule)
        out.put("sd", text, **columns)
    zeros = sum(value == 0 for value in counted)
    every = random.random() < 0.5
    if not every:
        zeros = random.randint(0, zeros)
    if random.random() < 0.5:
        out.put("n", str(zeros), outcome="stopped", level="yes", visit="after")
    else:
        above = len(counted) - sum(value == 0 for value in counted)
        out.put("n", str(above), level="yes", analysis="found", **columns)
    complete = [] if silent else ["patients"] if not missing else ["stopped", "found"]
    return out.rows, _structure(step, step * top, every, complete)


def _structure(
    step: Fraction, high: Fraction | None, every: bool, complete: list[str]
) -> Structure:
    scale = {"label": "Dose", "step": float(step), "min": 0}
    if high is not None:
        scale["max"] = float(high)
    return Structure.model_validate(
        {
            "variables": {"dose": scale},
            "zeros": [
                {"outcome": "stopped", "level": "yes", "of": "dose", "every": every}
            ],
            "analyses": [
                {
                    "id": "found",
                    "test": "positives",
                    "outcome": "dose",
                    "visits": ["after"],
                }
            ],
            "complete": complete,
        }
    )


def _is_never_proof(seed: int, *, silent: bool) -> set[str]:
    """Evaluate the rule alone: a thousand whole audits would take a minute."""
    rows, declared = _printed(seed, silent=silent)
    context = Context.of(table(*rows), declared)
    said = set()
    for check in zero_checks(context):
        outcome = check.evaluate(context.cells.by_fact)
        said.add(outcome.verdict)
        if outcome.verdict == "inconsistent":
            assert outcome.evidence == "enumeration", seed
            assert "complete data" in outcome.under or "sample SD" in outcome.under
            assert outcome.under.count("complete data") == silent, seed
    return said


@pytest.mark.parametrize("silent", [False, True])
def test_true_data_pass_a_thousand_times(silent):
    said = [_is_never_proof(seed, silent=silent) for seed in range(ORDINARY)]
    assert sum("consistent" in verdicts for verdicts in said) > ORDINARY // 2


@pytest.mark.nightly
def test_true_data_pass_a_hundred_thousand_times():
    for seed in range(10_000, 110_000):
        _is_never_proof(seed, silent=seed % 2 == 0)


@pytest.mark.parametrize("top", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_what_is_allowed_holds_what_every_data_set_has(n, top):
    lattice = Lattice(Fraction(1), Fraction(0), Fraction(top))
    known = []
    for values in combinations_with_replacement(range(top + 1), n):
        own = [Fraction(value) for value in values]
        square = variance(own) if n > 1 else Fraction(0)
        known.append((mean(own), square, values.count(0)))
    shapes = {(_printed_as(m), _printed_as(Fraction(sqrt(s)))) for m, s, _ in known}
    for m, s in shapes:
        centre, spread = _window(m), _window(s)
        square = Interval(max(spread.low, Fraction(0)) ** 2, spread.high**2)
        exact = {k for value, _, k in known if centre.holds(value)}
        assert set(zeros_allowed(centre, None, n, lattice)) == exact
        if n > 1:
            exact = {k for v, q, k in known if centre.holds(v) and square.holds(q)}
            found = set(zeros_allowed(centre, square, n, lattice))
            assert exact <= found
            assert not exact or max(found) - max(exact) <= 1


def _printed_as(value: Fraction) -> int:
    return round(value * 10)


def _window(tenths: int) -> Interval:
    return Interval(Fraction(2 * tenths - 1, 20), Fraction(2 * tenths + 1, 20))


def _facts(stopped: str, **changed: str) -> list[dict[str, str]]:
    printed = {"mean": "3.3", "sd": "3.1"} | changed
    columns = {"outcome": "dose", "visit": "after"}
    return [
        fact("n", "n", "40", outcome="cohort"),
        *(fact(name, name, text, **columns) for name, text in printed.items()),
        fact("stopped", "n", stopped, outcome="stopped", level="yes", visit="after"),
    ]


def _row(stopped: str, *, every: bool = False, **changed: str):
    declared = _structure(Fraction(1, 2), Fraction(100), every, ["patients"])
    audited = audit(table(*_facts(stopped, **changed)), declared)
    return audited[audited["rule"] == "zero_count"].iloc[0]


def test_fourteen_of_forty_can_have_stopped():
    # 132 mg in 40 patients with squares of at most 830: at least 21 take something.
    row = _row("14")
    assert row["verdict"] == "consistent"
    assert row["high"] == 19


def test_more_zeros_than_mean_and_sd_leave_room_for_are_a_proof():
    row = _row("20")
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")
    assert "every 0" not in row["under"]
    assert _row("20", sd="3.3")["verdict"] == "consistent"


def test_fewer_zeros_than_there_must_be_matter_only_where_every_zero_is_counted():
    changed = {"mean": "0.1", "sd": "0.6"}
    assert _row("3", **changed)["verdict"] == "consistent"
    row = _row("3", every=True, **changed)
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")


def test_without_a_step_nothing_is_said():
    declared = Structure.model_validate(
        {"zeros": [{"outcome": "stopped", "level": "yes", "of": "dose"}]}
    )
    audited = audit(table(*_facts("40")), declared)
    assert "zero_count" not in set(audited["rule"])
