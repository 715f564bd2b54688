"""The methods paragraph: what was done to the numbers, ready to be pasted."""

from collections.abc import Mapping, Sequence
from typing import Any

from rejia.present.ensemble_methods import ensemble_facts
from rejia.present.evidence import (
    Record,
    Released,
    number,
    printed_beside,
    read_evidence,
    records,
)
from rejia.present.format import ROUNDING, format_recorded
from rejia.present.labels import Labels
from rejia.present.multiverse_methods import multiverse_facts
from rejia.present.prose import plain, render_text
from rejia.present.sentences import tell_tests
from rejia.study.schema import Study

Block = tuple[str, str]


def methods_text(
    study: Study, released: Released, versions: Mapping[str, str], labels: Labels
) -> str:
    """
    Describe the methods of a study in Markdown.

    Parameters
    ----------
    study : Study
        Sources, analyses, families.
    released : mapping of str to pandas.DataFrame
        Released tables: methods are named as they were run.
    versions : mapping of str to str
        Software and its versions.
    labels : Labels
        Words for tests and their methods, below ``methods``.

    Returns
    -------
    str
        ``methods.md``.
    """
    results = records(released, "results.tsv")
    scored = [*results, *records(released, "course.tsv")]
    return render_text(
        "methods.md.j2",
        study=study,
        **_audit_facts(released),
        kinds=[plain(k) for k in dict.fromkeys(r["cohort_kind"] for r in results)],
        beside=printed_beside(study),
        told=tell_tests(study, results, labels),
        conversions=_conversions(study, results),
        confidence=[
            f"{format_recorded(100 * float(level))} %"
            for level in sorted({r["confidence"] for r in results if r["confidence"]})
        ],
        scores=sorted({r["score_version"] for r in scored if r["score_version"]}),
        multiverse=multiverse_facts(study, released, labels),
        ensemble=ensemble_facts(study, released),
        rounding=ROUNDING,
        versions=versions,
    )


def _audit_facts(released: Released) -> dict[str, Any]:
    """Return where numbers were printed, how many rules and assumptions there are."""
    evidence = read_evidence(released)
    under = dict.fromkeys(
        part.strip()
        for finding in evidence.findings.values()
        for part in finding["under"].split(";")
        if part.strip()
    )
    return {
        "places": list(dict.fromkeys(f["place"] for f in evidence.facts.values())),
        "n_facts": len(evidence.facts),
        "n_findings": len(evidence.findings),
        "n_rules": len({one["rule"] for one in evidence.findings.values()}),
        "n_under": len(under),
    }


def _conversions(
    study: Study, results: Sequence[Record]
) -> list[tuple[str, str, str, str, str, str]]:
    """Return by variable and foreign unit what its values were multiplied by."""
    return [
        (
            study.variables[row["outcome"]].label,
            row["level"],
            row["unit"],
            row["method"].removeprefix("values_converted_by_"),
            format_recorded(number(row, "n_events")),
            format_recorded(number(row, "n")),
        )
        for row in results
        if row["analysis"] == "units" and row["population"] == "values"
    ]


def blocks(markdown: str) -> list[Block]:
    """
    Split our own Markdown into headings, paragraphs and items.

    Parameters
    ----------
    markdown : str
        From `methods_text`.

    Returns
    -------
    list of (str, str)
        ``heading``, ``paragraph`` or ``item``, and its text; the title is left out.
    """
    out: list[Block] = []
    for line in markdown.splitlines():
        if line.startswith("## "):
            out.append(("heading", line.removeprefix("## ")))
        elif line.startswith("- "):
            out.append(("item", line.removeprefix("- ")))
        elif line and not line.startswith("# "):
            out.append(("paragraph", line))
    return out
