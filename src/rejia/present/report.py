"""One self-contained page a study, and one that leads to all of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from markupsafe import Markup

from rejia.present.cards import Cards
from rejia.present.coupling import coupling_sentences
from rejia.present.deviations import deviations
from rejia.present.evidence import (
    Record,
    Released,
    number,
    printed_beside,
    read_evidence,
    records,
)
from rejia.present.format import format_number, format_p, format_trimmed
from rejia.present.html import read_asset, render
from rejia.present.inline import read_pictures
from rejia.present.labels import Labels
from rejia.present.methods import blocks, methods_text
from rejia.present.model import SEVERITY, Table
from rejia.present.names import Names
from rejia.present.reproduced import reproduced
from rejia.present.strobe import strobe_checklist
from rejia.present.survival import Survival
from rejia.present.tables import FORMATS
from rejia.present.views import Views
from rejia.study.schema import Study

COURSE_TABLE = "patient_by_visit"


@dataclass(frozen=True, slots=True)
class ResultView:
    """One estimate in words."""

    row: str
    about: str
    statistic: str
    method: str
    estimate: str
    interval: str
    p_value: str
    p_adjusted: str
    n: str
    kind: str
    warning: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """Files of a table or figure."""

    words: str
    files: tuple[tuple[str, str], ...]


def build_report(
    study: Study,
    released: Released,
    tables: Sequence[Table],
    figure_folder: Path | None,
    labels: Labels,
    provenance: Mapping[str, str],
    table_formats: Sequence[str] = FORMATS,
    above: str = "../index.html",
) -> str:
    """
    Build the report of a study.

    A cohort that stands beside the printed numbers of another study (`compare_with`)
    has nothing to be audited: where the audit of these is read stands instead.

    Parameters
    ----------
    study : Study
        Claims, labels, definitions.
    released : mapping of str to pandas.DataFrame
        Released tables by file name.
    tables : sequence of Table
        From `build_tables`.
    figure_folder : Path or None
        Where ``<figure>.svg`` (and its other formats) lie.
    labels : Labels
        Words.
    provenance : mapping of str to str
        Versions, seeds and digests to show.
    table_formats : sequence of str
        Formats in which the tables were written, to be linked.
    above : str
        Page to link at the head: the index, or the page of all cohorts of the study.

    Returns
    -------
    str
        HTML that makes no request.
    """
    names = Names(study, labels)
    evidence = read_evidence(released)
    views = Views(names, evidence)
    cards = Cards(study, views)
    pictures = read_pictures(study, figure_folder, labels, released)
    survival = Survival(study, released, labels)
    words = labels.text("page.download")
    downloads = {
        table.id: Downloads(
            words, tuple((f.upper(), f"tables/{table.id}.{f}") for f in table_formats)
        )
        for table in tables
    }
    return render(
        "report.html.j2",
        t=labels.text,
        study=study,
        above=above,
        beside=printed_beside(study),
        claims=[views.claim(claim) for claim in study.claims],
        coupling=coupling_sentences(study, released, labels),
        standings=survival.box(),
        survival=survival.claims(),
        survival_spec=survival.spec,
        reproduced=reproduced(study, released, labels),
        findings=views.findings(),
        finding_cards=cards.findings(),
        clusters=cards.clusters(released),
        coverage=views.coverage(),
        tables=[table for table in tables if table.id != COURSE_TABLE],
        course=[table for table in tables if table.id == COURSE_TABLE],
        downloads=downloads,
        pictures=pictures,
        facts=views.facts(),
        places=list(dict.fromkeys(fact.place for fact in views.facts())),
        verdicts=[*SEVERITY, "none"],
        results=[_result(row, names) for row in records(released, "results.tsv")],
        methods=blocks(methods_text(study, released, {}, labels)),
        strobe=strobe_checklist(study, released, labels),
        deviations=deviations(study, released, labels),
        provenance=provenance,
        summary=build_summary(study, released, labels),
        kinds=_kinds(released, labels),
        script=Markup(read_asset("script.js")),
        style=Markup(read_asset("style.css")),
        sentence=_coverage_sentence(views, labels),
    )


def build_summary(study: Study, released: Released, labels: Labels) -> dict[str, str]:
    """
    Count what a study has, for its head and for the index.

    Parameters
    ----------
    study : Study
        Its claims are counted.
    released : mapping of str to pandas.DataFrame
        Released tables by file name.
    labels : Labels
        Words.

    Returns
    -------
    dict of str to str
        Words to number; counts of nothing are left out, contradictions never, unless
        the printed numbers are those of another study.
    """
    evidence = read_evidence(released)
    verdicts = Counter(finding.verdict for finding in evidence.findings.values())
    reproduced = Counter(fact["reproduction"] for fact in evidence.facts.values())
    resting = [
        claim
        for claim in study.claims
        if evidence.worst(claim.rests_on)[0] == "inconsistent"
    ]
    touched = [
        fact
        for fact in evidence.facts
        if evidence.worst([fact])[0] not in {"", "not_checkable"}
    ]
    counts = {
        "facts": len(evidence.facts),
        "touched": len(touched),
        "checks": len(evidence.findings),
        "inconsistent": verdicts["inconsistent"],
        "claims": len(study.claims),
        "claims_touched": len(resting),
        "results": len(records(released, "results.tsv")),
        "agrees": reproduced["agrees"],
        "differs": reproduced["differs"],
    }
    if printed_beside(study):
        return {
            labels.text(f"summary.{name}_beside"): str(counts[name])
            for name in ("results", "facts", "agrees", "differs")
            if counts[name]
        }
    always = {"facts", "inconsistent"}
    return {
        labels.text(f"summary.{name}"): str(count)
        for name, count in counts.items()
        if count or name in always
    }


def build_index(
    studies: Sequence[tuple[Study, Mapping[str, str]]], labels: Labels
) -> str:
    """
    Build the page that leads to every report.

    Parameters
    ----------
    studies : sequence of (Study, mapping of str to str)
        Each with its summary (see `build_summary`): words to number.
    labels : Labels
        Words.

    Returns
    -------
    str
        HTML that makes no request; links to ``<study>/report.html``.
    """
    return render(
        "index.html.j2",
        t=labels.text,
        studies=[
            (study, {labels.find(f"summary.{k}") or k: str(v) for k, v in line.items()})
            for study, line in studies
        ],
        style=Markup(read_asset("style.css")),
    )


def _kinds(released: Released, labels: Labels) -> list[str]:
    kinds = dict.fromkeys(
        row["cohort_kind"] for row in records(released, "results.tsv")
    )
    return [labels.text(f"kinds.{kind}") for kind in kinds if kind]


def _coverage_sentence(views: Views, labels: Labels) -> str:
    rows = views.coverage()
    if not rows:
        return ""
    total = rows[-1]
    return labels.text(
        "coverage.sentence",
        touched=total.touched,
        facts=total.facts,
        inconsistent=total.inconsistent,
    )


def _result(row: Record, names: Names) -> ResultView:
    def shown(name: str) -> str:
        value = number(row, name)
        return "" if isnan(value) else format_trimmed(value, 4)

    def shown_p(name: str) -> str:
        value = number(row, name)
        return "" if isnan(value) else format_p(value)

    low, high = shown("ci_low"), shown("ci_high")
    joint = " to " if "-" in low + high else "–"
    return ResultView(
        row=row["row"],
        about=names.about(row),
        statistic=names.statistic(row["statistic"]),
        method=row["method"],
        estimate=f"{shown('estimate')} {row['unit']}".rstrip()
        if shown("estimate")
        else "",
        interval=f"{low}{joint}{high}" if low and high else "",
        p_value=shown_p("p_value"),
        p_adjusted=shown_p("p_adjusted"),
        n=format_number(number(row, "n"), 0) if row["n"] else "",
        kind=row["cohort_kind"],
        warning=row["warning"],
    )
