"""Counts and percentages: true data pass, what cannot be counted does not."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import alarms, fact, paper, proofs, rounded, structure, table
from rejia.audit import audit
from rejia.study import Structure

LEVELS = ("yes", "no", "unknown")
SEEDS = st.integers(0, 2**40)


def _counted(seed: int, missing: float, *, declared: bool) -> tuple[object, Structure]:
    """Print counts and percentages of a variable with three levels."""
    made = paper(seed, missing=missing, largest=60)
    made.cohort()
    everyone: list[str] = []
    seen: dict[str, list[str]] = {}
    for group, size in made.sizes.items():
        drawn = [made.random.choice(LEVELS) for _ in range(size)]
        seen[group] = [v for v in drawn if made.random.random() >= missing] or drawn
        everyone += seen[group]
    for group, values in [*seen.items(), ("all", everyone)]:
        columns = {"outcome": "state", "group": group}
        if declared:
            made.rows.append(
                fact(f"d_{group}", "denominator", str(len(values)), **columns)
            )
        for level in LEVELS:
            count = values.count(level)
            share = rounded(Fraction(100 * count, len(values)), made.digits, made.rule)
            own = columns | {"level": level}
            made.rows.append(fact(f"n_{group}_{level}", "n", str(count), **own))
            made.rows.append(fact(f"p_{group}_{level}", "percent", share, **own))
            elsewhere = own | {"outcome": "alone"}
            made.rows.append(fact(f"q_{group}_{level}", "percent", share, **elsewhere))
        if declared:
            other = columns | {"outcome": "alone"}
            made.rows.append(
                fact(f"e_{group}", "denominator", str(len(values)), **other)
            )
    complete = ["patients"] if missing == 0 else []
    exhaustive = {"state": LEVELS, "alone": LEVELS}
    return made.facts(), structure(made, complete=complete, exhaustive=exhaustive)


def _complete_is_silent(seed: int) -> None:
    assert alarms(audit(*_counted(seed, 0.0, declared=False), repairs=False)) == []


def _declared_missing_is_silent(seed: int) -> None:
    assert alarms(audit(*_counted(seed, 0.3, declared=True), repairs=False)) == []


def _undeclared_missing_is_never_proof(seed: int) -> None:
    assert proofs(audit(*_counted(seed, 0.3, declared=False), repairs=False)) == []


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_true_complete_counts_pass(seed):
    _complete_is_silent(seed)


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_true_counts_pass_where_the_denominator_is_printed(seed):
    _declared_missing_is_silent(seed)


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_values_missing_without_a_word_are_never_a_proof(seed):
    _undeclared_missing_is_never_proof(seed)


@pytest.mark.parametrize("total", [*range(1, 13), 31, 32, 40])
def test_a_percentage_is_refused_exactly_where_no_count_gives_it(total):
    printable = {f"{share}" for share in range(101)}
    given_by_a_count = {
        rounded(Fraction(100 * count, total) - tiny, 0, "half_up")
        for count in range(total + 1)
        for tiny in (0, Fraction(1, 10**9))  # halves up, and halves down
    }
    rows = [
        fact(f"p{share}", "percent", share, outcome=f"o{share}")
        for share in sorted(printable)
    ]
    declared = Structure(denominators={"describe": total})
    audited = audit(table(*rows), declared, repairs=False)
    audited = audited[audited["rule"] == "percent_attainable"]
    refused = set(audited.loc[audited["verdict"] == "inconsistent", "printed"])
    assert refused == printable - given_by_a_count
    assert audited["power"].to_numpy() == pytest.approx(len(refused) / 101)


def test_percentages_of_a_visit_find_their_common_denominator():
    rows = [
        fact(name, "percent", name[1:], outcome=name, visit="week_12")
        for name in ("p90", "p84", "p68")
    ]
    audited = audit(table(*rows), Structure(denominators={"describe": 32}))
    found = audited.set_index("id").loc["percent_attainable-p90"]
    assert found["verdict"] == "inconsistent"
    assert found["evidence"] == "proof"
    assert "fit 31 (28/31 for 90, 26/31 for 84, 21/31 for 68)" in found["explanations"]


def _levels(counts: tuple[int, ...], size: int, **fields: object) -> str:
    names = ("improved", "unchanged", "worsened")
    rows = [
        fact(name, "n", str(count), outcome="score", level=name)
        for name, count in zip(names, counts, strict=True)
    ]
    rows.append(fact("size", "n", str(size), outcome="cohort"))
    audited = audit(table(*rows), Structure.model_validate(fields))
    return str(audited.set_index("id").loc["level_sum-improved", "verdict"])


def test_levels_that_count_more_than_everyone_are_inconsistent():
    assert _levels((4, 23, 13), 38) == "inconsistent"


def test_levels_that_count_fewer_are_not_judged_unless_data_are_complete():
    assert _levels((4, 21, 12), 38) == "not_checkable"
    assert _levels((4, 21, 12), 38, complete=["patients"]) == "inconsistent"
    assert _levels((4, 21, 13), 38) == "consistent"


def test_groups_must_add_up_to_their_total():
    rows = [
        fact(f"n_{group}", "n", n, outcome="mtx", level="yes", group=group)
        for group, n in (("A", "4"), ("B", "0"), ("all", "7"))
    ]
    audited = audit(table(*rows), Structure(partitions=(("A", "B"),)))
    found = audited.set_index("id").loc["count_sum-n_all"]
    assert found["verdict"] == "inconsistent"
    assert found["arithmetic"] == "4 + 0 = 4; printed 7"


def test_a_flow_chart_counts_more_than_are_analysed():
    rows = [
        fact("n", "n", "40", outcome="cohort"),
        fact("treated", "n", "60", outcome="cohort", analysis="flow", level="treated"),
    ]
    assert alarms(audit(table(*rows), Structure())) == []
