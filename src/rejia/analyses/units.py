"""How many values of a cohort were converted from another unit."""

from collections.abc import Iterator

from rejia.analyses.rows import EVERYONE, CohortRows, Row
from rejia.estimate import Estimate, Key
from rejia.study.units import declared_factor

ANALYSIS, POPULATION = "units", "values"


def converted_units(rows: CohortRows) -> Iterator[Row]:
    """
    Count the values that were converted, by variable and unit of the source.

    Yields
    ------
    Row
        None for variables without a converted value.

    Notes
    -----
    The method names the factor as the study declares it; the count is of values,
    out of all values of the variable.
    """
    table = rows.tables["measurements"]
    if "recorded_unit" not in table.columns or not (table["recorded_unit"] != "").any():
        return
    there = table[table["value"].notna()]
    for name, of in there.groupby("variable", sort=True):
        variable = rows.study.variables.get(str(name))
        if variable is None:
            continue
        for unit in sorted(set(of["recorded_unit"]) - {""}):
            factor = declared_factor(variable, unit)
            if factor is None:
                continue
            events = int((of["recorded_unit"] == unit).sum())
            yield Row(
                key=Key(
                    analysis=ANALYSIS,
                    population=POPULATION,
                    outcome=str(name),
                    level=unit,
                    group=EVERYONE,
                ),
                estimate=Estimate(
                    statistic="n",
                    method=f"values_converted_by_{float(factor):g}",
                    estimate=events,
                    n=len(of),
                    n_events=events,
                ),
                n_missing=0,
                unit=variable.unit,
            )
