"""One cohort, for each set of columns, with all that is printed of its tests."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product

import pandas as pd

from rejia.contracts import REPRODUCER, WITNESSES
from rejia.ensemble._battery_tests import FixedLogistic
from rejia.ensemble.attainable import ADJUSTMENTS, tests_of
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.quantities import Quantity, quantities
from rejia.ensemble.reproduction import Printed, Reproduction, reproduce
from rejia.estimate import FACT_KEY_FIELDS, Key
from rejia.study import Study

SEARCHED = ("p_value", "odds_ratio", "ci_low", "ci_high")
Asked = dict[tuple[Key, str], Printed]


def reproducer_rows(
    study: Study,
    facts: pd.DataFrame,
    spec: Spec,
    starts: Ensemble,
    *,
    seed: int,
    part: int = 0,
    parts: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Ask for each set of columns for one cohort with all that is printed of its tests.

    Parameters
    ----------
    study : Study
        Declares the families of tests.
    facts : pandas.DataFrame
        Printed numbers.
    spec : Spec
        Demands.
    starts : Ensemble
        Cohorts that fit.
    seed : int
        Seed of the searches.
    part, parts : int
        Which of so many equal parts of the rows is asked for, from 0; the parts one
        after another are the same rows, since each search has a stream of its own.

    Returns
    -------
    reproducer, witnesses : pandas.DataFrame
        A row a set of columns and reading of the p-values whose adjustment is not
        stated; the cohorts that were found or came nearest.
    """
    if not 0 <= part < parts:
        raise ValueError(f"part must be from 0 to {parts - 1}, but got {part}")
    searches = [
        (subject, reading, asked, names)
        for subject, rows in _subjects(facts, spec).items()
        for reading, asked, names in _readings(study, rows)
    ]
    first, end = (len(searches) * at // parts for at in (part, part + 1))
    rows, cohorts = [], []
    for number, search in enumerate(searches[first:end], first + 1):
        subject, reading, asked, names = search
        one = reproduce(spec, asked, starts=starts, seed=seed)
        witness = f"{spec.id}-r{number}"
        rows.append(
            {
                "study": study.study,
                "spec": spec.id,
                "subject": subject,
                "facts": ";".join(names),
                "readings": reading,
                "printed": ";".join(item.text for item in asked.values()),
                "nearest": ";".join(f"{one.statistics[key]:.6g}" for key in asked),
                "found": "yes" if one.found else "no",
                "distance": one.farthest,
                "witness": witness,
            }
        )
        cohorts += list(_cohort(spec, witness, one))
    return (
        pd.DataFrame(rows, columns=list(REPRODUCER)),
        pd.DataFrame(cohorts, columns=list(WITNESSES)),
    )


Row = tuple[Mapping[str, object], Quantity]


def _subjects(facts: pd.DataFrame, spec: Spec) -> dict[str, list[Row]]:
    """Return the printed statistics of tests, by the columns that they read."""
    fixed = {t.column for t in spec.tests if isinstance(t, FixedLogistic)}
    known = {
        (*(getattr(q.key, name) for name in FACT_KEY_FIELDS), q.statistic): q
        for q in quantities(spec)
        if q.row >= 0 and q.key.scenario == "primary"
    }
    found: dict[str, list[Row]] = defaultdict(list)
    for fact in facts.to_dict("records"):
        key = (*(fact[name] for name in FACT_KEY_FIELDS), fact["statistic"])
        quantity = known.get(key)
        if quantity is None or quantity.statistic not in SEARCHED:
            continue
        if not set(quantity.columns) <= fixed:
            row = {str(name): value for name, value in fact.items()}
            found["+".join(sorted(quantity.columns))].append((row, quantity))
    return found


def _readings(study: Study, rows: list[Row]) -> Iterator[tuple[str, Asked, list[str]]]:
    """Yield each way to read the p-values whose adjustment is not stated."""
    choices = [
        ADJUSTMENTS.get(str(fact["adjustment"]), (False,))
        if fact["statistic"] == "p_value" and tests_of(study, str(fact["analysis"])) > 1
        else (False,)
        for fact, _ in rows
    ]
    for adjusted in product(*choices):
        asked: Asked = {}
        names, words = [], []
        for (fact, quantity), is_adjusted in zip(rows, adjusted, strict=True):
            m = tests_of(study, str(fact["analysis"])) if is_adjusted else 1
            name = (quantity.key, quantity.statistic)
            if name in asked:
                continue
            asked[name] = Printed(str(fact["printed"]), m)
            names.append(str(fact["fact"]))
            if fact["statistic"] == "p_value":
                words.append(f"times {m}" if is_adjusted else "raw")
        yield ";".join(words), asked, names


def _cohort(spec: Spec, witness: str, one: Reproduction) -> Iterator[dict[str, str]]:
    groups = ";".join(label for label, size in spec.groups for _ in range(size))
    for at, column in enumerate(spec.columns):
        size = float(column.step)
        yield {
            "spec": spec.id,
            "witness": witness,
            "column": column.name,
            "unit": column.unit,
            "groups": groups,
            "values": ";".join(f"{value * size:.10g}" for value in one.witness[at]),
        }
