"""The page of a study that has several cohorts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from markupsafe import Markup

from rejia.present.computed import SIZE
from rejia.present.evidence import Released, number, records
from rejia.present.format import format_number
from rejia.present.html import read_asset, render
from rejia.present.inline import read_pictures
from rejia.present.labels import Labels
from rejia.present.model import Table
from rejia.present.report import Downloads
from rejia.present.tables import FORMATS
from rejia.study.schema import Cohort, Study


@dataclass(frozen=True, slots=True)
class CohortView:
    """One cohort in words."""

    name: str
    label: str
    kind: str
    patients: str


def build_gathered_report(
    study: Study,
    released: Released,
    tables: Sequence[Table],
    figure_folder: Path,
    labels: Labels,
    provenance: Mapping[str, str],
    table_formats: Sequence[str] = FORMATS,
) -> str:
    """
    Build the page that leads to the reports of all cohorts of a study.

    Parameters
    ----------
    study : Study
        With cohorts.
    released : mapping of str to pandas.DataFrame
        ``results.tsv`` of all cohorts, and ``pooled.tsv``.
    tables : sequence of Table
        Side by side, and what is pooled.
    figure_folder : Path
        Where ``pooled.svg`` lies, if anything is pooled.
    labels : Labels
        Words.
    provenance : mapping of str to str
        Versions, seeds and digests to show.
    table_formats : sequence of str
        Formats in which the tables were written, to be linked.

    Returns
    -------
    str
        HTML that makes no request.
    """
    drawn = study.model_copy(update={"figures": ("pooled",)})
    words = labels.text("page.download")
    return render(
        "gathered.html.j2",
        t=labels.text,
        study=study,
        cohorts=[_view(cohort, released, labels) for cohort in study.cohorts],
        tables=[table for table in tables if table.id != "pooled"],
        pooled=[table for table in tables if table.id == "pooled"],
        downloads={
            table.id: Downloads(
                words,
                tuple((f.upper(), f"tables/{table.id}.{f}") for f in table_formats),
            )
            for table in tables
        },
        pictures=read_pictures(drawn, figure_folder, labels, released),
        provenance=provenance,
        style=Markup(read_asset("style.css")),
    )


def _view(cohort: Cohort, released: Released, labels: Labels) -> CohortView:
    sizes = [
        number(row, "estimate")
        for row in records(released, "results.tsv")
        if row["cohort"] == cohort.name
        and row["outcome"] == SIZE
        and row["group"] == "all"
        and not isnan(number(row, "estimate"))
    ]
    unknown = labels.text("gathered.patients_unknown")
    return CohortView(
        name=cohort.name,
        label=cohort.label,
        kind=labels.text(f"kinds.{cohort.cohort_kind}"),
        patients=format_number(sizes[0], 0) if sizes else unknown,
    )
