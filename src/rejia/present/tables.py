"""Tables of a study: which there are, and their files."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rejia.errors import DefinitionError
from rejia.frame import nearest, write_bytes
from rejia.present.abbreviations import explain_abbreviations
from rejia.present.attainable_table import attainable_table
from rejia.present.described import baseline_by_group, before_after
from rejia.present.evidence import Released
from rejia.present.fitted import agreement, risk_factors
from rejia.present.labels import Labels
from rejia.present.listing import proportions, published_and_recomputed
from rejia.present.missing import missing_data
from rejia.present.model import Table
from rejia.present.patients import patient_by_visit
from rejia.present.responses import (
    acr_pedi_by_visit,
    grade_transitions,
    inactive_disease,
)
from rejia.present.safety import adverse_events
from rejia.present.source import rebuild_table
from rejia.study.schema import Study, TableSpec

Builder = Callable[[Study, Released, Labels], Table]
TABLES: dict[str, Builder] = {
    "acr_pedi_by_visit": acr_pedi_by_visit,
    "adverse_events": adverse_events,
    "agreement": agreement,
    "baseline_by_group": baseline_by_group,
    "before_after": before_after,
    "grade_transitions": grade_transitions,
    "inactive_disease": inactive_disease,
    "missing_data": missing_data,
    "patient_by_visit": patient_by_visit,
    "proportions": proportions,
    "published_and_recomputed": published_and_recomputed,
    "risk_factors": risk_factors,
}
# Ways to show a table of the source.
SHOWN = {"printed": rebuild_table, "attainable": attainable_table}
FORMATS = ("csv", "html", "docx", "tex")


def build_tables(study: Study, released: Released, labels: Labels) -> list[Table]:
    """
    Build the tables that a study asks for.

    Parameters
    ----------
    study : Study
        Names of tables, or tables of the source by place.
    released : mapping of str to pandas.DataFrame
        Released tables by file name.
    labels : Labels
        Words.

    Returns
    -------
    list of Table
        In the order of the study.

    Raises
    ------
    DefinitionError
        With every unknown table, or the first missing label.
    """
    check_names([t for t in study.tables if isinstance(t, str)], TABLES, "table", study)
    made = [
        SHOWN[wanted.show](study, released, labels, wanted)
        if isinstance(wanted, TableSpec)
        else TABLES[wanted](study, released, labels)
        for wanted in study.tables
    ]
    return [explain_abbreviations(table, labels) for table in made]


def check_names(
    wanted: Iterable[str], known: Iterable[str], what: str, study: Study
) -> None:
    """Refuse names that no builder has, with those there are."""
    names = list(known)
    faults = [
        f"{what} {name!r} is unknown{nearest(name, names)} (known: {', '.join(names)})"
        for name in wanted
        if name not in names
    ]
    if faults:
        raise DefinitionError(f"study {study.study!r} cannot be shown:", faults)


def write_tables(tables: Sequence[Table], formats: Iterable[str], folder: Path) -> None:
    """
    Write tables, each in each format, whole or not at all.

    Parameters
    ----------
    tables : sequence of Table
        Tables.
    formats : iterable of str
        Of ``csv``, ``html``, ``docx``, ``tex``.
    folder : Path
        Where ``<table>.<format>`` goes.

    Raises
    ------
    ValueError
        If a format is unknown.
    """
    wanted = list(formats)
    for name in wanted:
        if name not in FORMATS:
            raise ValueError(
                f"formats must be of {', '.join(FORMATS)}, but got {name!r}"
            )
    for table in tables:
        for name in wanted:
            write_bytes(folder / f"{table.id}.{name}", render(table, name))


def render(table: Table, name: str) -> bytes:
    """Render a table in one format; each format's library is loaded when used."""
    if name == "csv":
        from rejia.present.delimited import to_csv

        return to_csv(table).encode()
    if name == "tex":
        from rejia.present.latex import to_latex

        return to_latex(table).encode()
    if name == "docx":
        from rejia.present.word import to_docx

        return to_docx(table)
    from rejia.present.html import to_page

    return to_page(table).encode()
