"""Deviations log: what the study declares against what the released tables hold."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan

from rejia.present.evidence import Record, Released, number, read_evidence, records
from rejia.present.labels import Labels
from rejia.present.names import Names
from rejia.study.schema import Analysis, Study

KINDS = ("without_row", "without_value", "remarks", "beyond", "claims", "printed")

# What an analysis may declare, and the columns of its rows in which it is found.
_DECLARED_IN = {
    "outcomes": ("outcome",),
    "outcome": ("outcome",),
    "predictors": ("term", "outcome"),
    "term": ("term",),
    "component": ("component",),
    "visits": ("visit", "ref_visit"),
    "visit": ("visit", "ref_visit"),
    "ref_visit": ("visit", "ref_visit"),
    "groups": ("group", "reference"),
    "group": ("group", "reference"),
    "reference": ("group", "reference"),
}
_WORDS = {"visit": "visit", "ref_visit": "visit", "visits": "visit"} | {
    name: "group" for name in ("group", "groups", "reference")
}

# What an estimate of no value says, where it says anything.
OF_NOTHING = ("", "no differences")


@dataclass(frozen=True, slots=True)
class Deviation:
    """
    One difference between plan and run.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    what : str
        Identifier of the analysis, scenario or claim.
    about : str
        What of it, in words.
    found : str
        What the released tables hold, in words.
    why : str
        The reason, as far as the study or a warning gives one.
    fact : str
        Fact to link, where the deviation is of one printed number.
    """

    kind: str
    what: str
    about: str
    found: str
    why: str
    fact: str = ""


def deviations(
    study: Study, released: Released, labels: Labels
) -> dict[str, list[Deviation]]:
    """
    Compare what a study declares with what was run.

    Parameters
    ----------
    study : Study
        Analyses, alternatives, sensitivity, claims.
    released : mapping of str to pandas.DataFrame
        ``results.tsv``, ``multiverse.tsv`` and ``comparison.tsv``, where they exist.
    labels : Labels
        Words.

    Returns
    -------
    dict of str to list of Deviation
        By kind, in the order of `KINDS`; kinds of nothing are left out.
    """
    names = Names(study, labels)
    found = [
        *_without_row(study, released, names),
        *_warned(released, names),
        *_beyond(study, released, labels),
        *_claims(study, released, names),
        *_printed(released, labels),
    ]
    by_kind = {kind: [one for one in found if one.kind == kind] for kind in KINDS}
    return {kind: list(dict.fromkeys(ones)) for kind, ones in by_kind.items() if ones}


def _declared(analysis: Analysis) -> Iterator[tuple[str, str]]:
    for field in _DECLARED_IN:
        value = getattr(analysis, field, None)
        if isinstance(value, str):
            yield field, value
        elif isinstance(value, tuple):
            yield from ((field, name) for name in value)


def _without_row(study: Study, released: Released, names: Names) -> Iterator[Deviation]:
    labels = names.labels
    by_analysis: dict[str, list[Record]] = {}
    for row in records(released, "results.tsv"):
        by_analysis.setdefault(row["analysis"], []).append(row)
    nothing = labels.text("deviations.no_row")
    reason = "unsaid" if study.has_cohort else "no_cohort"
    why = labels.text(f"deviations.why.{reason}")
    for analysis in study.analyses:
        rows = by_analysis.get(analysis.id, [])
        if not rows:
            whole = labels.text("deviations.whole")
            yield Deviation("without_row", analysis.id, whole, nothing, why)
            continue
        for field, name in _declared(analysis):
            columns = _DECLARED_IN[field]
            seen = {row[column] for row in rows for column in columns} - {""}
            # What is measured once has no visit: a plan of visits is not missed.
            if name in seen or not seen:
                continue
            word = getattr(names, _WORDS.get(field, "variable"))
            yield Deviation("without_row", analysis.id, word(name), nothing, why)
    run = _scenarios(released)
    for scenario in planned_scenarios(study):
        if scenario not in run:
            about = labels.text("deviations.scenario")
            yield Deviation("without_row", scenario, about, nothing, why)


def planned_scenarios(study: Study) -> dict[str, str]:
    """
    Name the scenarios that a study declares beyond its plan.

    Parameters
    ----------
    study : Study
        Alternatives of its models, versions of its instruments, its sensitivity.

    Returns
    -------
    dict of str to str
        Scenario, and what declares it: ``alternatives``, ``sensitivity``. Versions of
        instruments are not here: which of them makes the plan is theirs to say.
    """
    planned = {
        f"predictors:{'+'.join(predictors)}": "alternatives"
        for analysis in study.analyses
        if analysis.test == "logistic"
        for predictors in analysis.alternatives.predictors
    }
    sensitivity = study.sensitivity
    if sensitivity is None:
        return planned
    scenarios = [f"threshold:{value:g}" for value in sensitivity.thresholds]
    if sensitivity.sdc is not None:
        sdc = sensitivity.sdc
        scenarios.append(f"sdc:k_{sdc.k}_level_{sdc.level:g}")
    if sensitivity.exchange is not None:
        scenarios += [f"exchange:{of}" for of in sensitivity.exchange.of]
    if sensitivity.per_year is not None:
        scenarios += ["per_year", f"adjusted:{sensitivity.per_year.duration}"]
    return planned | dict.fromkeys(scenarios, "sensitivity")


def _scenarios(released: Released) -> dict[str, list[Record]]:
    run: dict[str, list[Record]] = {}
    for name in ("results.tsv", "multiverse.tsv"):
        for row in records(released, name):
            if row["scenario"] not in {"", "primary"}:
                run.setdefault(row["scenario"], []).append(row)
    return run


def _warned(released: Released, names: Names) -> Iterator[Deviation]:
    """Rows of the plan that came with a warning, one line a warning and analysis."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for row in records(released, "results.tsv"):
        empty = isnan(number(row, "estimate")) and isnan(number(row, "p_value"))
        if row["warning"] or empty:
            kind = "without_value" if empty else "remarks"
            why = row["warning"]
            if empty and why in OF_NOTHING and _is_of_nothing(row):
                why = names.labels.text("deviations.why.no_value")
            groups.setdefault((kind, row["analysis"], why), []).append(row)
    for (kind, analysis, warning), rows in groups.items():
        outcomes = dict.fromkeys(row["term"] or row["outcome"] for row in rows)
        yield Deviation(
            kind,
            analysis,
            ", ".join(names.variable(name) for name in outcomes if name),
            names.labels.text("deviations.rows", n=len(rows)),
            warning or names.labels.text("deviations.why.unsaid"),
        )


def _is_of_nothing(row: Record) -> bool:
    """Say whether everyone lacks the value: a test of nothing has its own words."""
    return number(row, "n") == 0 and number(row, "n_missing") > 0


def _beyond(study: Study, released: Released, labels: Labels) -> Iterator[Deviation]:
    declared = {analysis.id for analysis in study.analyses}
    others = Counter(
        row["analysis"]
        for row in records(released, "results.tsv")
        if row["analysis"] not in declared
    )
    undeclared = labels.text("deviations.why.undeclared")
    for analysis, n in others.items():
        about = labels.text("deviations.analysis")
        rows = labels.text("deviations.rows", n=n)
        yield Deviation("beyond", analysis, about, rows, undeclared)
    planned = planned_scenarios(study)
    versions = {
        f"convention:{version}"
        for variable in study.variables.values()
        for version in (*variable.cutoffs, *variable.versions)
    }
    for scenario, made in _scenarios(released).items():
        reason = "versions" if scenario in versions else "undeclared"
        yield Deviation(
            "beyond",
            scenario,
            ", ".join(dict.fromkeys(row["analysis"] for row in made)),
            _counted(made, labels),
            labels.text(f"deviations.why.{planned.get(scenario, reason)}"),
        )


def _counted(rows: Iterable[Record], labels: Labels) -> str:
    made = list(rows)
    empty = [
        row
        for row in made
        if isnan(number(row, "estimate")) and isnan(number(row, "p_value"))
    ]
    name = "deviations.rows_empty" if empty else "deviations.rows"
    return labels.text(name, n=len(made), empty=len(empty))


def _claims(study: Study, released: Released, names: Names) -> Iterator[Deviation]:
    labels, facts = names.labels, read_evidence(released).facts
    for claim in study.claims:
        for name in claim.rests_on:
            fact = facts.get(name)
            if fact is None:
                unknown = labels.text("deviations.unknown")
                why = labels.text("deviations.why.unknown")
                yield Deviation("claims", claim.says, name, unknown, why)
            elif fact["reproduction"] in {"absent", "not_comparable"}:
                yield Deviation(
                    "claims",
                    claim.says,
                    f"{names.about(fact.key)}: {fact.printed}",
                    labels.text(f"reproductions.{fact['reproduction']}"),
                    _why_not(fact.key, labels),
                    fact=name,
                )


def _printed(released: Released, labels: Labels) -> Iterator[Deviation]:
    missed = [
        fact
        for fact in read_evidence(released).facts.values()
        if fact["reproduction"] in {"absent", "not_comparable"}
    ]
    counts = Counter(
        (fact["place"], fact["reproduction"], _why_not(fact.key, labels))
        for fact in missed
    )
    for (place, reproduction, why), n in counts.items():
        numbers = labels.text("deviations.numbers", n=n)
        found = labels.text(f"reproductions.{reproduction}")
        yield Deviation("printed", place, numbers, found, why)


def _why_not(fact: Mapping[str, str], labels: Labels) -> str:
    reason = "row_differs" if fact["reproduction"] == "not_comparable" else "no_match"
    return labels.text(f"deviations.why.{reason}")
