"""The column map of a study: what each column of a wide sheet holds."""

from collections.abc import Iterator

from rejia.contracts import PATIENTS
from rejia.frame import nearest
from rejia.study.schema import Study
from rejia.study.sources import Holds, placeholders

# Columns that say of which row its cells are, and those of the visits.
ROW = ("patient", "visit", "reader", "reading")
OF_VISITS = ("day", "date")
IGNORED = "ignored"
# Date of the first dose: only says which visit a date is.
FIRST_DOSE = "first_dose"


def measured(study: Study) -> list[str]:
    """Return the variables that a cohort gives at a visit."""
    return [
        name
        for name, variable in study.variables.items()
        if variable.per == "visit"
        and variable.instrument is None
        and variable.indicator_of is None
    ]


def of_patients(study: Study) -> list[str]:
    """Return the columns of the table of patients, the study's own last."""
    own = [
        name
        for name, variable in study.variables.items()
        if variable.per == "patient"
        and variable.instrument is None
        and variable.indicator_of is None
        and name not in PATIENTS
    ]
    return [*PATIENTS, *own]


def spelt_out(study: Study, pattern: str, short: str | Holds) -> Holds:
    """
    Return what a column holds in full.

    Parameters
    ----------
    study : Study
        Declares variables.
    pattern : str
        Name of the column; a place in it may say which variable it is.
    short : str or Holds
        As written in ``sources: columns:``.

    Returns
    -------
    Holds
        With one of `column`, `variable` and `finding`, unless the pattern gives it.

    Raises
    ------
    ValueError
        In the words of a fault of the study.
    """
    places = placeholders(pattern)
    if isinstance(short, Holds):
        said = [n for n in ("column", "variable", "finding") if getattr(short, n)]
        said += [n for n in ("variable", "finding") if n in places]
        if len(said) != 1:
            raise ValueError("say one of column, variable and finding")
        holds = short
    elif short in {"variable", "finding"}:
        if short not in places:
            raise ValueError(f"{short!r} needs a place {{{short}}} in the name")
        return Holds()
    elif short in {*ROW, *OF_VISITS, FIRST_DOSE, IGNORED} or short in of_patients(
        study
    ):
        holds = Holds(column=short)
    elif short in study.variables:
        holds = Holds(variable=short)
    else:
        others = [*of_patients(study)[1:], *measured(study)]
        known = [*ROW, *OF_VISITS, FIRST_DOSE, IGNORED, *others]
        raise ValueError(
            f"no column or variable {short!r}{nearest(short, known)} "
            f"(known: {', '.join(known)})"
        )
    columns = [*ROW, *OF_VISITS, FIRST_DOSE, IGNORED, *of_patients(study)]
    if holds.column is not None and holds.column not in columns:
        hint = nearest(holds.column, columns)
        raise ValueError(f"no column {holds.column!r}{hint}")
    if holds.variable is not None and holds.variable not in measured(study):
        hint = nearest(holds.variable, measured(study))
        raise ValueError(f"{holds.variable!r} is no measured variable{hint}")
    return holds


def column_map_faults(study: Study) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """
    Give what is wrong with the column map of a study.

    Parameters
    ----------
    study : Study
        That fits the schema.

    Yields
    ------
    tuple of place and str
        A column that leads nowhere, a visit that is not declared, and a map without
        the column of the patient.
    """
    found = []
    for pattern, short in study.sources.columns.items():
        place = ("sources", "columns", pattern)
        try:
            holds = spelt_out(study, pattern, short)
        except ValueError as error:
            yield place, f"sources.columns: {pattern}: {error}"
            continue
        found.append(holds.column)
        if holds.visit is not None and holds.visit not in study.visits:
            hint = nearest(holds.visit, study.visits)
            yield place, f"sources.columns: {pattern}: no visit {holds.visit!r}{hint}"
    if study.sources.columns and "patient" not in found:
        yield (
            ("sources", "columns"),
            "sources.columns: none is the patient; write NAME: patient",
        )
    for code, visit in study.sources.names.get("visit", {}).items():
        if visit not in study.visits:
            hint = nearest(visit, study.visits)
            yield (
                ("sources", "names", "visit", code),
                f"sources.names.visit: no visit {visit!r}{hint}",
            )
