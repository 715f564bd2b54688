"""Small released tables and studies for the tests of presentation."""

from functools import cache
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from rejia.contracts import AUDIT, COMPARISON, COURSE, RESULTS
from rejia.frame import Contract
from rejia.present.labels import Labels, read_labels
from rejia.study import Study

ROOT = Path(__file__).parents[1]


@cache
def words() -> Labels:
    """Return the labels of the project."""
    return read_labels(ROOT / "config" / "labels.yaml")


def frame(contract: Contract, *rows: dict[str, object]) -> pd.DataFrame:
    """Return rows as a released table; what is not given is empty."""
    empty = {n: "" if c.kind == "text" else nan for n, c in contract.items()}
    return pd.DataFrame([empty | row for row in rows], columns=list(contract))


def fact(name: str, statistic: str, printed: str, **columns: object) -> dict[str, Any]:
    """Return a row of the comparison."""
    row: dict[str, Any] = {
        "fact": name,
        "statistic": statistic,
        "printed": printed,
        "analysis": "describe",
        "population": "patients",
        "group": "all",
        "place": "Table 1",
        "reproduction": "absent",
    }
    return row | columns


def finding(name: str, verdict: str, *facts: str, **columns: object) -> dict[str, Any]:
    """Return a row of the audit."""
    row: dict[str, Any] = {
        "id": name,
        "rule": "repeat",
        "place": "Table 1",
        "facts": ";".join(facts),
        "verdict": verdict,
        "evidence": "proof",
    }
    return row | columns


def comparison(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a comparison."""
    return frame(COMPARISON, *rows)


def audit(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return an audit."""
    return frame(AUDIT, *rows)


def results(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return results."""
    return frame(RESULTS, *rows)


def course(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return the course of patients."""
    return frame(COURSE, *rows)


def study(**definitions: object) -> Study:
    """Return a study with two groups, two visits and two variables."""
    base: dict[str, object] = {
        "study": "small",
        "title": "A small study",
        "citation": "small2020",
        "visits": {
            "before": {"label": "Before", "month": 0},
            "after": {"label": "After", "month": 6},
        },
        "variables": {
            "crp": {"label": "CRP", "unit": "mg/L"},
            "age": {"label": "Age", "unit": "years", "per": "patient"},
        },
    }
    return Study.model_validate(base | definitions)


TABLE_1 = {"id": "table_1", "title": "Patients", "place": "Table 1"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\\input{/etc/passwd}$x^2$%#&_~",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2066",
    "]]></w:t><w:t>",
    "nul\u0000bell\u0007",
)
