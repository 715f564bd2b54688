"""STROBE checklist of cohort studies, filled from what a study declares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

from rejia.frame import read_rows
from rejia.present.deviations import planned_scenarios
from rejia.present.evidence import (
    Record,
    Released,
    drawn,
    number,
    read_evidence,
    records,
)
from rejia.present.labels import Labels
from rejia.present.names import Names
from rejia.study.schema import Study

STATUSES = ("whole", "part", "none")


@dataclass(frozen=True, slots=True)
class Item:
    """
    One item of the checklist and where it is answered.

    Attributes
    ----------
    item, section, topic : str
        Number in STROBE with its part, its section, and what it asks, in our words.
    status : str
        One of `STATUSES`: whether the study answers all, some or nothing of it.
    answer : str
        What the study declares, or that it declares nothing.
    anchor : str
        Section of the report where more is found; empty for none.
    """

    item: str
    section: str
    topic: str
    status: str
    answer: str
    anchor: str


@cache
def strobe_items() -> tuple[Mapping[str, str], ...]:
    """
    Read the items of STROBE; every row cites its ``source``.

    Returns
    -------
    tuple of mapping of str to str
        ``item``, ``section``, ``topic`` (ours, after von Elm et al., PLoS Med 2007,
        4:e296), ``covers`` (how much of the item a study file can say), ``anchor``.
    """
    with as_file(files("rejia.present").joinpath("data", "strobe.csv")) as path:
        header, rows = read_rows(path, delimiter=",")
    return tuple(dict(zip(header, row, strict=True)) for row in rows)


def strobe_checklist(study: Study, released: Released, labels: Labels) -> list[Item]:
    """
    Fill the checklist from the study and the released tables.

    Parameters
    ----------
    study : Study
        What is declared.
    released : mapping of str to pandas.DataFrame
        Released tables by file name: items on results are counted there.
    labels : Labels
        Words.

    Returns
    -------
    list of Item
        All 22 items, those with parts by part, in their order. No answer is guessed:
        an item on which the study is silent says so.
    """
    names = Names(study, labels)
    answers = {
        **_about_design(study, names),
        **_about_methods(study, names),
        **_about_results(study, released, labels),
    }
    return [
        _item(entry, answers.get(entry["item"], ""), study, labels)
        for entry in strobe_items()
    ]


def _item(
    entry: Mapping[str, str], declared: str, study: Study, labels: Labels
) -> Item:
    """Join what the definitions answer with what the source reports in words."""
    reported = {str(item): answer for item, answer in study.reporting.items()}
    said = reported.get(entry["item"])
    answer, status = declared, entry["covers"] if declared else "none"
    if said is not None:
        words = labels.text("strobe.reported", says=said.says, place=said.place)
        words = words if said.place else said.says
        answer = _list((answer, words))
        status = "whole" if said.whole or status == "whole" else "part"
    return Item(
        item=entry["item"],
        section=labels.text(f"strobe.sections.{entry['section']}"),
        topic=entry["topic"],
        status=status,
        answer=answer or labels.text("strobe.not_stated"),
        anchor=entry["anchor"] if declared else "",
    )


def _about_design(study: Study, names: Names) -> dict[str, str]:
    say = names.labels.text
    claims = say("strobe.claims", n=len(study.claims)) if study.claims else ""
    visits = _list(
        visit.label
        if visit.month is None
        else say("strobe.month", visit=visit.label, month=f"{visit.month:g}")
        for visit in study.visits.values()
    )
    sizes = _list(
        say("strobe.size", population=population.label or name, n=population.size)
        for name, population in study.populations.items()
        if population.size is not None
    )
    kind = names.labels.find(f"kinds.{study.cohort_kind}") or study.cohort_kind
    flows = _list(study.structure.flows)
    return {
        "1b": claims,
        "4": say("strobe.design", kind=kind, visits=visits) if visits else "",
        "5": say("strobe.visits", visits=visits) if visits else "",
        "6a": sizes,
        "12d": say("strobe.flows", flows=flows) if flows else "",
        "13a": _list((sizes, flows)),
        "13c": say(f"strobe.{_flow_chart(study)}") if "flow" in study.figures else "",
        "18": claims,
    }


def _about_methods(study: Study, names: Names) -> dict[str, str]:
    say = names.labels.text
    instruments = dict.fromkeys(
        names.word(variable.instrument)
        for variable in study.variables.values()
        if variable.instrument
    )
    declared = [("outcomes", _outcomes(study)), ("predictors", _predictors(study))]
    sources = _list(
        source for source in (study.sources.facts, study.sources.cohort) if source
    )
    tests = _list(
        dict.fromkeys(names.word(analysis.test) for analysis in study.analyses)
    )
    groups = dict.fromkeys(
        names.group(group)
        for analysis in study.analyses
        for group in getattr(analysis, "groups", ())
        if group != "all"
    )
    grouping = _grouping(study, names)
    missing = (
        say("strobe.missing", treatment=study.groups.missing) if study.groups else ""
    )
    complete = _list(
        (study.populations[name].label or name) if name in study.populations else name
        for name in study.structure.complete
    )
    scenarios = planned_scenarios(study)
    exchange = study.sensitivity is not None and study.sensitivity.exchange is not None
    return {
        "7": _list(
            say(f"strobe.{word}", names=_list(names.variable(name) for name in found))
            for word, found in declared
            if found
        ),
        "8": _list(
            (
                say("strobe.sources", files=sources) if sources else "",
                say("strobe.instruments", names=_list(instruments))
                if instruments
                else "",
            )
        ),
        "9": say("strobe.exchange") if exchange else "",
        "11": grouping,
        "12a": say("strobe.tests", tests=tests) if tests else "",
        "12b": say("strobe.groups", groups=_list(groups)) if groups else "",
        "12c": _list(
            (missing, say("strobe.complete", names=complete) if complete else "")
        ),
        "12e": say("strobe.scenarios", n=len(scenarios)) if scenarios else "",
        "16b": grouping,
    }


def _about_results(study: Study, released: Released, labels: Labels) -> dict[str, str]:
    rows = records(released, "results.tsv")
    tests = {analysis.id: analysis.test for analysis in study.analyses}
    found = {
        "14a": [row for row in rows if tests.get(row["analysis"]) == "describe"],
        "14b": [row for row in rows if row["n_missing"]],
        "15": [row for row in rows if row["n_events"]],
        "16a": [row for row in rows if _is_ratio(row)],
        "16c": [row for row in rows if row["statistic"] in {"proportion", "rate"}],
        "17": records(released, "multiverse.tsv"),
    }
    adjusted = sum(bool(row["adjusted_for"]) for row in found["16a"])
    some = sum(number(row, "n_missing") > 0 for row in found["14b"])
    answers = {
        item: labels.text(
            f"strobe.rows.{item}", n=len(chosen), adjusted=adjusted, some=some
        )
        for item, chosen in found.items()
        if chosen
    }
    if drawn(released):
        answers = {
            item: labels.text("strobe.drawn", answer=answer)
            for item, answer in answers.items()
        }
    findings = read_evidence(released).findings.values()
    if findings:
        wrong = sum(finding.verdict == "inconsistent" for finding in findings)
        answers["19"] = labels.text("strobe.audit", n=len(findings), wrong=wrong)
    return answers


def _flow_chart(study: Study) -> str:
    return "flow_chart_own" if study.cohort_kind == "observed" else "flow_chart"


def _is_ratio(row: Record) -> bool:
    return row["statistic"].endswith("_ratio") and bool(row["ci_low"])


def _outcomes(study: Study) -> list[str]:
    found: dict[str, None] = {}
    for analysis in study.analyses:
        found |= dict.fromkeys(getattr(analysis, "outcomes", ()))
        if hasattr(analysis, "outcome"):
            found[analysis.outcome] = None
    return list(found)


def _predictors(study: Study) -> list[str]:
    return list(
        dict.fromkeys(
            name
            for analysis in study.analyses
            if analysis.test == "logistic"
            for name in analysis.predictors
        )
    )


def _grouping(study: Study, names: Names) -> str:
    groups = study.groups
    if groups is None:
        return ""
    return names.labels.text(
        "strobe.grouping_sdc" if groups.sdc is not None else "strobe.grouping",
        outcome=names.variable(groups.outcome),
        start=names.visit(groups.start),
        end=names.visit(groups.end),
        threshold=f"{groups.threshold:g}",
        boundary=groups.boundary,
    )


def _list(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)
