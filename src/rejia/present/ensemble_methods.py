"""How the cohorts behind attainable values were drawn, for the methods paragraph."""

from dataclasses import dataclass
from math import isnan

from rejia.present.attained import DEPENDENCE, PRIMARY, cohorts_drawn
from rejia.present.evidence import Record, Released, number, records
from rejia.present.format import format_number
from rejia.study.schema import Study


@dataclass(frozen=True, slots=True)
class SpecFacts:
    """One spec: how many cohorts under each law, and how well they mixed."""

    id: str
    reason: str
    laws: tuple[tuple[str, int], ...]
    least_ess: str
    most_r_hat: str


@dataclass(frozen=True, slots=True)
class EnsembleFacts:
    """
    What was drawn.

    Attributes
    ----------
    specs : tuple of SpecFacts
        The one that verdicts name first, first.
    quantities : int
        Numbers of a cohort of the first spec.
    proven, searched : int
        Hulls by what they rest on.
    correlations : tuple of str
        Rank correlations that were forced upon columns within groups.
    """

    specs: tuple[SpecFacts, ...]
    quantities: int
    proven: int
    searched: int
    correlations: tuple[str, ...]


def ensemble_facts(study: Study, released: Released) -> EnsembleFacts | None:
    """
    Return how the cohorts of a study were drawn.

    Parameters
    ----------
    study : Study
        Reasons of the specs.
    released : mapping of str to pandas.DataFrame
        ``attainable.tsv`` and ``sampling.tsv``.

    Returns
    -------
    EnsembleFacts or None
        `None` without an ensemble.
    """
    rows = records(released, "attainable.tsv")
    if not rows:
        return None
    reasons = {spec.id: spec.reason for spec in study.specs}
    names = list(dict.fromkeys(row["spec"] for row in rows))
    first = [
        row
        for row in rows
        if row["spec"] == names[0] and DEPENDENCE not in row["scenario"]
    ]
    hulls = [row for row in first if row["law"] == first[0]["law"]]
    forced = (row["scenario"] for row in rows if row["scenario"].startswith(DEPENDENCE))
    correlations = dict.fromkeys(text.removeprefix(DEPENDENCE) for text in forced)
    sampled: dict[str, list[Record]] = {name: [] for name in names}
    for row in records(released, "sampling.tsv"):
        sampled.setdefault(row["spec"], []).append(row)
    return EnsembleFacts(
        specs=tuple(
            SpecFacts(
                id=name,
                reason=reasons.get(name, ""),
                laws=tuple(cohorts_drawn(released, name).items()),
                least_ess=_end(sampled[name], "ess", least=True, decimals=0),
                most_r_hat=_end(sampled[name], "r_hat", least=False, decimals=3),
            )
            for name in names
        ),
        quantities=len(hulls),
        proven=sum(row["evidence"] == "proof" for row in hulls),
        searched=sum(row["evidence"] == "search" for row in hulls),
        correlations=tuple(correlations),
    )


def _end(rows: list[Record], name: str, *, least: bool, decimals: int) -> str:
    values = [number(row, name) for row in rows if row["scenario"] == PRIMARY]
    known = [value for value in values if not isnan(value)]
    if not known:
        return ""
    return format_number(min(known) if least else max(known), decimals)
