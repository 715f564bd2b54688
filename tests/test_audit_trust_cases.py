"""True data that once raised an alarm, each reduced to its smallest case."""

import pytest

from audit_papers import alarms, fact, proofs, table
from rejia.audit import audit
from rejia.study import Structure


def _row(rows: list[dict[str, str]], rule: str, **declared: object) -> tuple[str, str]:
    audited = audit(table(*rows), Structure.model_validate(declared), repairs=False)
    row = audited.set_index("rule").loc[rule]
    return row["verdict"], row["evidence"]


def _summary(**texts: str) -> list[dict[str, str]]:
    rows = [fact("n", "n", texts.pop("n"), outcome="cohort")]
    return rows + [fact(s, s, text, outcome="score") for s, text in texts.items()]


# The values are 0 and 1: with divisor n their SD is 0.5, with n - 1 it is 0.71.
@pytest.mark.parametrize("rule", ["sd_step", "extreme"])
def test_an_sd_with_divisor_n_is_no_proof(rule):
    step = {"label": "Score", "step": 1}
    rows = _summary(n="2", mean="0.50", sd="0.50", max="1.00")
    declared = {"variables": {"score": step}, "complete": ["patients"]}
    assert _row(rows, rule, **declared) == ("inconsistent", "enumeration")
    rows = _summary(n="2", mean="0.50", sd="0.20", max="1.00")
    assert _row(rows, rule, **declared) == ("inconsistent", "proof")


def _sum(
    sizes: tuple[str, ...], means: tuple[str, ...], sds: tuple[str, ...] = ()
) -> list[dict[str, str]]:
    rows = [fact("n", "n", "3", outcome="cohort")]
    names = ("onset", "duration", "start")
    for name, size, mean in zip(names, sizes, means, strict=True):
        rows.append(fact(f"n_{name}", "denominator", size, outcome=name))
        rows.append(fact(f"{name}", "mean", mean, outcome=name))
    for name, sd in zip(names, sds, strict=bool(sds)):
        rows.append(fact(f"s_{name}", "sd", sd, outcome=name))
    return rows


# Onset 1, 1, - and duration -, 0, 0 and start 1, -, 3: two values of each.
def test_equal_numbers_of_values_are_not_equal_rows():
    declared = {"identities": ["start = onset + duration"]}
    rows = _sum(("2", "2", "2"), ("1.0", "0.0", "2.0"), ("0.0", "0.0", "1.4"))
    for rule in ("identity_mean", "identity_correlation"):
        assert _row(rows, rule, **declared) == ("inconsistent", "enumeration")
    rows = _sum(("3", "3", "3"), ("1.0", "0.0", "2.0"), ("0.0", "0.0", "1.4"))
    for rule in ("identity_mean", "identity_correlation"):
        assert _row(rows, rule, **declared) == ("inconsistent", "proof")


# Onset 3, 3, 3 and duration 2, 1, - (7 unprinted): start 3 - 2, 3 - 1, 3 - 7.
def test_a_missing_part_counts_with_its_sign():
    scale = {"label": "Years", "min": 0, "max": 9}
    declared = {
        "identities": ["start = onset - duration"],
        "variables": {"onset": scale, "duration": scale},
    }
    rows = _sum(("3", "2", "3"), ("3.0", "1.5", "-0.3"))
    assert _row(rows, "identity_mean", **declared)[0] != "inconsistent"
    # At most 3 - (2 x 1.45) / 3, at least that less 3.
    rows = _sum(("3", "2", "3"), ("3.0", "1.5", "2.2"))
    assert _row(rows, "identity_mean", **declared) == ("inconsistent", "proof")


# A part whose number of values is smaller says nothing of the SDs of all.
def test_sds_of_other_rows_are_no_proof():
    scale = {"label": "Years", "min": 0, "max": 9}
    declared = {
        "identities": ["start = onset + duration"],
        "variables": {"onset": scale, "duration": scale},
    }
    rows = _sum(("3", "2", "3"), ("3.0", "1.0", "5.0"), ("0.0", "0.0", "3.5"))
    verdict = _row(rows, "identity_correlation", **declared)
    assert verdict == ("inconsistent", "enumeration")


def _plus_minus(spread: str, **declared: object) -> tuple[str, str]:
    rows = [fact("pm", "plus_minus", spread, outcome="score")]
    for group, size, mean in (
        ("A", "9", "0.0"),
        ("B", "9", "9.0"),
        ("all", "18", "1.0"),
    ):
        columns = {"group": group}
        rows.append(fact(f"n_{group}", "n", size, outcome="cohort", **columns))
        rows.append(fact(f"m_{group}", "mean", mean, outcome="score", **columns))
    return _row(rows, "plus_minus_sd", partitions=[["A", "B"]], **declared)


# Nine zeros in A, one 9 in B and eight missing: the SD is 2.85.
def test_group_means_need_an_sd_only_as_far_as_there_are_values():
    assert _plus_minus("3.0") == ("inconsistent", "enumeration")
    # With every value there, 3.0 could still be a standard error; 0.5 could not.
    declared = {"complete": ["patients"]}
    assert _plus_minus("3.0", **declared) == ("inconsistent", "enumeration")
    assert _plus_minus("0.5", **declared) == ("inconsistent", "proof")


# One of three patients has no hip scored after; nobody changes.
def test_parts_of_an_unchanged_group_with_other_rows_are_no_proof():
    rows = [fact("n", "n", "3", outcome="cohort", group="B")]
    for visit, mean in (("before", "1.0"), ("after", "1.5")):
        columns = {"outcome": "part", "component": "hip", "group": "B", "visit": visit}
        rows.append(fact(f"hip_{visit}", "mean", mean, **columns))
        rows.append(
            fact(f"again_{visit}", "mean", mean, **columns | {"population": "others"})
        )
    labels = {"improved": "A", "unchanged": "B", "worsened": "C"}
    declared = {
        "identities": ["score = part[hip]"],
        "groups": {
            "outcome": "score",
            "from": "before",
            "to": "after",
            "labels": labels,
        },
    }
    audited = audit(table(*rows), Structure.model_validate(declared), repairs=False)
    assert len(alarms(audited, "group_change_parts")) == 2  # each population by itself
    assert proofs(audited) == []
    declared["complete"] = ["patients"]
    audited = audit(table(*rows), Structure.model_validate(declared), repairs=False)
    assert len(proofs(audited)) == 1
