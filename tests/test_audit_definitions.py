"""Groups defined by a change, and what plus-minus means."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import (
    alarms,
    fact,
    paper,
    rounded,
    rounded_root,
    structure,
    table,
    variance,
)
from rejia.audit import audit
from rejia.study import Structure

SEEDS = st.integers(0, 2**40)
LABELS = {"improved": "A", "unchanged": "B", "worsened": "C"}


def _groups(threshold: float = 0) -> dict[str, object]:
    return {
        "outcome": "score",
        "from": "before",
        "to": "after",
        "threshold": threshold,
        "labels": LABELS,
    }


def _grouped_is_silent(seed: int) -> None:
    made = paper(seed)
    random = made.random
    threshold = made.step * random.choice((0, 0, 1, 3))
    before = made.values(random.randint(4, 16))
    change = [made.step * random.randint(-6, 6) for _ in before]
    after = [b + c for b, c in zip(before, change, strict=True)]
    kinds = ["B" if abs(c) <= threshold else "A" if c < 0 else "C" for c in change]
    made.sizes = {label: kinds.count(label) for label in "ABC" if label in kinds}
    made.cohort()
    for label in [*made.sizes, "all"]:
        rows = [place for place, k in enumerate(kinds) if label in {k, "all"}]
        for visit, values in (("before", before), ("after", after)):
            own = [values[place] for place in rows]
            made.summarise("score", label, own, visit=visit)
            if len(own) > 1 and label == "all":
                text = rounded_root(variance(own), made.sd_digits, made.rule)
                columns = {"outcome": "score", "visit": visit, "place": "Text"}
                made.rows.append(fact(f"pm_{visit}", "plus_minus", text, **columns))
    for level, label in LABELS.items():
        columns = {"outcome": "score", "level": level, "analysis": "change"}
        if label in made.sizes:
            count = str(made.sizes[label])
            made.rows.append(fact(level, "n", count, visit="after", **columns))
    scale = {"label": "Score", "step": float(made.step), "worse": "high"}
    declared = structure(
        made,
        complete=["patients"],
        groups=_groups(float(threshold)),
        variables={"score": scale},
    )
    assert alarms(audit(made.facts(), declared)) == []


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_true_groups_pass(seed):
    _grouped_is_silent(seed)


def _changed(group: str, before: tuple[str, str], after: tuple[str, str]) -> dict:
    rows = [fact("n", "n", "8", outcome="cohort", group=group)]
    for visit, (mean, sd) in (("before", before), ("after", after)):
        columns = {"outcome": "score", "group": group, "visit": visit}
        rows.append(fact(f"{visit}_mean", "mean", mean, **columns))
        rows.append(fact(f"{visit}_sd", "sd", sd, **columns))
    scale = {"label": "Score", "worse": "high", "step": 0.25}
    declared = Structure.model_validate(
        {"groups": _groups(), "variables": {"score": scale}}
    )
    audited = audit(table(*rows), declared)
    return dict(zip(audited["rule"], audited["verdict"], strict=True))


def test_an_unchanged_group_keeps_its_mean_and_its_sd():
    found = _changed("B", ("8.1", "16.5"), ("8.1", "3.2"))
    assert found["group_change_mean"] == "consistent"
    assert found["group_change_sd"] == "inconsistent"
    assert _changed("B", ("8.1", "3.2"), ("8.3", "3.2"))["group_change_mean"] == (
        "inconsistent"
    )


def test_a_group_moves_in_the_direction_of_its_name():
    assert _changed("A", ("11.0", "9"), ("3.5", "4"))["group_change_mean"] == (
        "consistent"
    )
    assert _changed("A", ("3.5", "9"), ("3.9", "4"))["group_change_mean"] == (
        "inconsistent"
    )
    assert _changed("C", ("2.3", "3"), ("2.1", "7"))["group_change_mean"] == (
        "inconsistent"
    )


def _plus_minus(text: str) -> dict[str, object]:
    sizes = {"A": 22, "B": 16, "C": 42, "all": 80}
    means = {"A": "1.36", "B": "0.81", "C": "0.55", "all": "0.83"}
    rows = []
    for group, size in sizes.items():
        rows.append(fact(f"n_{group}", "n", str(size), outcome="cohort", group=group))
        rows.append(
            fact(f"m_{group}", "mean", means[group], outcome="hip", group=group)
        )
    rows.append(fact("pm", "plus_minus", text, outcome="hip"))
    declared = Structure(partitions=(("A", "B", "C"),), complete=("patients",))
    return audit(table(*rows), declared).set_index("id").loc["plus_minus_sd-pm"]


# Between the groups alone: (22 x 0.535^2 + 16 x 0.015^2 + 42 x 0.275^2) / 79 = 0.120,
# a square root of 0.346: 0.14 cannot be the SD, and 0.14 x sqrt(80) = 1.25 can.
def test_a_standard_error_after_plus_minus_is_told_from_an_sd():
    row = _plus_minus("0.14")
    assert row["verdict"] == "inconsistent"
    assert "standard error" in row["explanations"]
    assert _plus_minus("1.25")["verdict"] == "consistent"


def test_a_plus_minus_with_nothing_beside_it_is_not_checked():
    rows = [
        fact("n", "n", "8", outcome="cohort"),
        fact("m", "mean", "1.5", outcome="x"),
        fact("pm", "plus_minus", "2.0", outcome="x"),
    ]
    row = audit(table(*rows), Structure()).set_index("id").loc["plus_minus_sd-pm"]
    assert row["verdict"] == "not_checkable"


def test_units_that_differ_within_a_quantity_are_reported():
    rows = [
        fact("c", "mean", "278", outcome="mmp3", group="C", unit="mg/dl"),
        fact("a", "mean", "49", outcome="mmp3", group="A", unit="ng/ml"),
    ]
    declared = Structure(partitions=(("A", "C"),))
    row = audit(table(*rows), declared).set_index("rule").loc["unit"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "wording")
    assert rounded(Fraction(1, 2), 0, "half_even") == "0"
