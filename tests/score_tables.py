"""Small cohorts of one patient for the tests of scores."""

from collections.abc import Iterable, Mapping

import pandas as pd

from rejia.contracts import COHORT_TABLES
from rejia.frame import parse_columns


def tables(
    days: Mapping[str, str],
    treatments: Iterable[tuple[str, str, str]],
    inactive: Mapping[str, str],
) -> dict[str, pd.DataFrame]:
    """
    Return canonical tables of one patient.

    Parameters
    ----------
    days : mapping of str to str
        Day of each visit, as text.
    treatments : iterable of (drug, start, stop)
        As text.
    inactive : mapping of str to str
        Text of the variable ``inactive`` by visit.
    """
    rows = {
        "patients": [{"patient": "p"}],
        "visits": [{"patient": "p", "visit": v, "day": day} for v, day in days.items()],
        "measurements": [
            {"patient": "p", "visit": v, "variable": "inactive", "text": text}
            for v, text in inactive.items()
        ],
        "treatments": [
            {"patient": "p", "drug": drug, "start": start, "stop": stop}
            for drug, start, stop in treatments
        ],
    }
    made = {}
    for name, contract in COHORT_TABLES.items():
        cells = {
            column: [str(row.get(column, "")) for row in rows.get(name, [])]
            for column in contract
        }
        made[name] = parse_columns(cells, contract)[1]
    return made
