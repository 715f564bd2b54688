"""What was computed again under other choices, for the methods paragraph."""

from dataclasses import dataclass

from rejia.present.evidence import Released, records
from rejia.present.labels import Labels
from rejia.present.sentences import named
from rejia.study.schema import Study

# Kinds that have a sentence of their own; every other kind is named with its number.
TOLD = ("convention", "predictors", "threshold", "sdc", "exchange", "per_year")


@dataclass(frozen=True, slots=True)
class MultiverseFacts:
    """
    What was computed again.

    Attributes
    ----------
    estimates, scenarios : int
        Rows, and the scenarios that they belong to.
    outcome, start, end : str
        What the groups are made by, and the visits of its change.
    conventions, versions, thresholds : tuple of str
        As the scenarios name them: of other programs, of instruments, of a change.
    predictors : int
        Other sets of predictors of a model.
    has_detectable : bool
        Whether the smallest detectable change was a threshold as well.
    exchanges : tuple of str
        What was exchanged: `visits`, `outcome`.
    draws : int
        Most arrangements of an exchange.
    per_year, duration : str
        Outcomes whose change was divided by a duration.
    others : tuple of (str, int)
        Further kinds of scenario and how many there are.
    """

    estimates: int
    scenarios: int
    outcome: str
    start: str
    end: str
    conventions: tuple[str, ...]
    versions: tuple[str, ...]
    thresholds: tuple[str, ...]
    predictors: int
    has_detectable: bool
    exchanges: tuple[str, ...]
    draws: int
    per_year: str
    duration: str
    others: tuple[tuple[str, int], ...]


def multiverse_facts(
    study: Study, released: Released, labels: Labels
) -> MultiverseFacts | None:
    """
    Return what was computed again under other choices.

    Parameters
    ----------
    study : Study
        What it declares of its groups and of sensitivity.
    released : mapping of str to pandas.DataFrame
        ``multiverse.tsv``: only scenarios that have rows are told.
    labels : Labels
        Words for totals of scores.

    Returns
    -------
    MultiverseFacts or None
        Nothing where no other scenario was run.
    """
    rows = records(released, "multiverse.tsv")
    kinds: dict[str, dict[str, None]] = {}
    for row in rows:
        kind, _, choice = row["scenario"].partition(":")
        kinds.setdefault(kind, {})[choice] = None
    if not kinds:
        return None
    instruments = study.variables.values()
    versions = {name for one in instruments for name in (*one.cutoffs, *one.versions)}
    groups, plan = study.groups, study.sensitivity
    exchange = plan.exchange if plan is not None else None
    per_year = plan.per_year if plan is not None else None
    outcomes = per_year.outcomes if per_year and "per_year" in kinds else ()
    return MultiverseFacts(
        estimates=len(rows),
        scenarios=sum(len(choices) for choices in kinds.values()),
        outcome=named(study, labels, groups.outcome) if groups else "",
        start=study.visits[groups.start].label if groups else "",
        end=study.visits[groups.end].label if groups else "",
        conventions=tuple(c for c in kinds.get("convention", ()) if c not in versions),
        versions=tuple(c for c in kinds.get("convention", ()) if c in versions),
        thresholds=tuple(sorted(kinds.get("threshold", ()), key=_size)),
        predictors=len(kinds.get("predictors", ())),
        has_detectable="sdc" in kinds,
        exchanges=tuple(kinds.get("exchange", ())),
        draws=exchange.draws if exchange is not None else 0,
        per_year=", ".join(named(study, labels, name) for name in outcomes),
        duration=named(study, labels, per_year.duration) if per_year else "",
        others=tuple((k, len(found)) for k, found in kinds.items() if k not in TOLD),
    )


def _size(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text
