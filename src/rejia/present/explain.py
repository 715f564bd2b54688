"""Why a number is what it is: one fact, one check or one result, in plain text."""

from difflib import get_close_matches
from math import isinf, isnan

from rejia.errors import DataError
from rejia.present.attained import Attained, Cuts, read_attained
from rejia.present.evidence import (
    Evidence,
    Record,
    Released,
    printed_beside,
    read_evidence,
    records,
)
from rejia.present.prose import render_text
from rejia.printed import parse
from rejia.study.schema import Study

_KEY = (
    "analysis",
    "population",
    "outcome",
    "term",
    "component",
    "level",
    "visit",
    "ref_visit",
    "group",
    "reference",
)
# Their size says nothing without that of the groups: p does.
OF_RANKS = ("mann_whitney_u", "w_plus")


def explain(study: Study, released: Released, identifier: str) -> str:
    """
    Say where a number comes from.

    Parameters
    ----------
    study : Study
        Labels, claims, repairs.
    released : mapping of str to pandas.DataFrame
        Released tables.
    identifier : str
        A fact, a check of the audit, or a row of the results; the anchors of the
        report (``fact-…``, ``audit-…``, ``row-…``) are understood too.

    Returns
    -------
    str
        Plain text.

    Raises
    ------
    DataError
        If nothing has that identifier, with the nearest ones.
    """
    evidence = read_evidence(released)
    rows = {
        row["row"]: row
        for name in ("results.tsv", "multiverse.tsv")
        for row in records(released, name)
        if row["row"]
    }
    known = [*evidence.facts, *evidence.findings, *rows]
    for name in _readings(identifier):
        if name in evidence.facts:
            attained = read_attained(released, evidence).get(name)
            return _explain_fact(study, evidence, rows, name, attained)
        if name in evidence.findings:
            return _explain_finding(study, evidence, name)
        if name in rows:
            return _explain_row(study, evidence, rows, rows[name])
    near = get_close_matches(identifier, known, n=5, cutoff=0.4)
    faults = [f"nearest: {', '.join(near)}"] if near else []
    faults.append(
        f"known: {len(evidence.facts)} facts, {len(evidence.findings)} checks, "
        f"{len(rows)} rows; the report lists them"
    )
    raise DataError(
        f"study {study.study!r} has no number named {identifier!r}:", faults
    )


def _readings(identifier: str) -> list[str]:
    bare = identifier.removeprefix("#")
    starts = ("fact-", "audit-", "row-")
    return [
        bare,
        *(bare.removeprefix(start) for start in starts if bare.startswith(start)),
    ]


def _key(study: Study, record: Record) -> dict[str, str]:
    key = {name: record[name] for name in _KEY if record.get(name)}
    for name in ("outcome", "term"):
        if key.get(name) in study.variables:
            key[name] = f"{key[name]} ({study.variables[key[name]].label})"
    for name in ("visit", "ref_visit"):
        if key.get(name) in study.visits:
            key[name] = f"{key[name]} ({study.visits[key[name]].label})"
    return key


def _explain_fact(
    study: Study,
    evidence: Evidence,
    rows: dict[str, Record],
    name: str,
    attained: Attained | None,
) -> str:
    fact = evidence.facts[name]
    same = [
        other
        for other in evidence.facts.values()
        if other.id != name
        and other.key_fields == fact.key_fields
        and other["statistic"] == fact["statistic"]
    ]
    return render_text(
        "explain_fact.txt.j2",
        study=study,
        beside=printed_beside(study),
        fact=fact,
        key=_key(study, fact.key),
        low=_end(fact.low),
        high=_end(fact.high),
        comparator=parse(fact.printed).comparator,
        same=same,
        findings=evidence.touching.get(name, ()),
        computed="" if isnan(fact.computed) else repr(fact.computed),
        distance="" if isnan(fact.distance) else repr(fact.distance),
        row=rows.get(fact["row"]),
        scenarios=_scenarios(rows, rows.get(fact["row"]), fact["statistic"]),
        attained=attained,
        ranges=_ranges(attained) if attained is not None else [],
        claims=[claim for claim in study.claims if name in claim.rests_on],
        repairs=[repair for repair in study.repairs if repair.fact == name],
    )


def _scenarios(
    rows: dict[str, Record], row: Record | None, statistic: str = ""
) -> list[dict[str, str]]:
    """Return the same question under every other convention or choice."""
    if row is None:
        return []
    asked = [name for name in _KEY if name != "scenario"]
    return [
        {
            "scenario": other["scenario"],
            "method": other["method"],
            **_answer(other, statistic or row["statistic"]),
        }
        for other in rows.values()
        if other["scenario"] != row["scenario"]
        and all(other.get(name) == row.get(name) for name in asked)
        and other["statistic"] == row["statistic"]
    ]


def _answer(other: Record, statistic: str) -> dict[str, str]:
    """Return what a row answers to a statistic: a limit, a p, or an estimate with p."""
    if statistic in {"ci_low", "ci_high"}:
        return {"value": other[statistic], "p": "", "adjusted": ""}
    p = {"p": other["p_value"], "adjusted": other["p_adjusted"]}
    if statistic == "p_value" or (statistic in OF_RANKS and other["p_value"]):
        return {"value": "", **p}
    return {"value": other["estimate"], **p}


def _ranges(one: Attained) -> list[tuple[str, str]]:
    """Return what was attainable, by spec and law, then under what deviates."""
    hull = f"{_end(one.low)} to {_end(one.high)}"
    known = "no value outside exists" if one.is_proven else "no value outside was found"
    found = [(f"spec {one.spec}", f"{hull} ({known})")]
    found += [(f"spec {one.spec}, law {law}", _cut(c)) for law, c in one.laws.items()]
    for spec, other in one.others.items():
        text = f"{_end(other.low)} to {_end(other.high)}, {other.verdict}"
        found.append((f"spec {spec}", text))
        found += [(f"spec {spec}, law {n}", _cut(c)) for n, c in other.laws.items()]
    for scenario, other in one.alternatives.items():
        found += [(f"{scenario}, law {n}", _cut(c)) for n, c in other.laws.items()]
    for rho, cuts in one.dependence.items():
        found.append((f"rank correlation {rho} within groups", _cut(cuts)))
    return found


def _cut(cuts: Cuts) -> str:
    low, middle, high = (_end(cut) for cut in (cuts.low, cuts.middle, cuts.high))
    return f"0.5 % {low}, median {middle}, 99.5 % {high}"


def _explain_finding(study: Study, evidence: Evidence, name: str) -> str:
    finding = evidence.findings[name]
    return render_text(
        "explain_finding.txt.j2",
        study=study,
        finding=finding,
        low=_end(finding.low),
        high=_end(finding.high),
        power="" if isnan(finding.power) else f"{finding.power:.3g}",
        facts=[
            evidence.facts[fact] for fact in finding.facts if fact in evidence.facts
        ],
        steps=[step.strip() for step in finding["arithmetic"].split(";")],
    )


def _explain_row(
    study: Study, evidence: Evidence, rows: dict[str, Record], row: Record
) -> str:
    shown = {
        name: value
        for name, value in row.items()
        if value and name not in {*_KEY, "study", "cohort", "scenario", "row", "method"}
    }
    return render_text(
        "explain_row.txt.j2",
        study=study,
        row=row,
        key=_key(study, row),
        values=shown,
        scenarios=_scenarios(rows, row),
        facts=[fact for fact in evidence.facts.values() if fact["row"] == row["row"]],
    )


def _end(value: float) -> str:
    if isnan(value):
        return ""
    if isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return f"{value:.10g}"
