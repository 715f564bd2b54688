"""Any table of facts is audited: no crash, no row without its contract."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import fact, table
from rejia.audit import audit
from rejia.contracts import AUDIT, STATISTICS
from rejia.study import Structure

WORDS = {
    "outcome": ("cohort", "score", "score", "part", "sex"),
    "group": ("all", "A", "B", "A+B", ""),
    "visit": ("", "before", "after"),
    "ref_visit": ("", "", "before"),
    "level": ("", "", "male", "female", "improved", "worsened", "male>improved"),
    "component": ("", "", "hip"),
    "population": ("patients", "joints"),
    "place": ("Table 1", "Text"),
    "unit": ("", "mg", "g"),
}
TEXTS = ("0", "1", "2", "3", "7", "0.0", "0.5", "1.25", "-1.5", "40", "100", "<0.05")
DECLARED = {
    "partitions": [["A", "B"]],
    "merges": {"A+B": ["A", "B"]},
    "identities": ["score = part + 2 * part[hip]", "part = score - cohort"],
    "denominators": {"score": 3},
    "exhaustive": {"sex": ["male", "female"]},
    "complete": ["joints"],
    "flows": ["male = female + improved"],
    "populations": {
        "patients": {"unit": "patient", "size": 7},
        "joints": {"unit": "joint", "of": "patients", "rows": 4, "each": 2, "size": 25},
    },
    "variables": {
        "score": {"label": "Score", "step": 0.25, "min": 0, "max": 5, "worse": "high"},
        "part": {"label": "Part", "step": 1},
    },
    "groups": {
        "outcome": "score",
        "from": "before",
        "to": "after",
        "labels": {"improved": "A", "unchanged": "B", "worsened": "C"},
    },
}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40), st.booleans())
def test_any_facts_are_audited(seed, declared):
    random = Random(seed)
    analyses = ("describe", "flow")
    rows = [
        fact(
            f"f{place}",
            random.choice(("mean", "sd", "n", "percent", random.choice(STATISTICS))),
            random.choice(TEXTS),
            analysis=random.choice(analyses),
            **{name: random.choice(words) for name, words in WORDS.items()},
        )
        for place in range(random.randint(1, 40))
    ]
    structure = Structure.model_validate(DECLARED) if declared else Structure()
    audited = audit(table(*rows), structure)
    assert list(audited.columns) == list(AUDIT)
    assert audited["id"].is_unique
    assert (audited["facts"] != "").all()
    assert {f for facts in audited["facts"] for f in facts.split(";")} == {
        row["fact"] for row in rows
    }


def test_no_facts_are_no_rows():
    assert audit(table(), Structure()).empty


def test_a_missing_column_is_named():
    facts = table(fact("a", "n", "1")).drop(columns=["unit"])
    with pytest.raises(ValueError, match="facts must have the columns unit"):
        audit(facts, Structure())


def test_a_number_that_no_rule_reads_is_listed_as_untouched():
    row = audit(table(fact("a", "median", "3")), Structure()).iloc[0]
    assert (row["id"], row["verdict"]) == ("untouched-a", "not_checkable")
