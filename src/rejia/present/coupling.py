"""What regrouping and exchange do to the results that a claim rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

from rejia.estimate import FACT_KEY_FIELDS
from rejia.present.evidence import Record, Released, number, read_evidence, records
from rejia.present.format import format_p, format_significant, format_trimmed
from rejia.present.labels import Labels
from rejia.present.names import Names
from rejia.study.schema import Claim, Study

EXCHANGE, THRESHOLD, DETECTABLE = "exchange:", "threshold:", "sdc:"
RATIO = "odds_ratio"
KeyFields = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """
    A result under one threshold of the groups.

    Attributes
    ----------
    threshold : float
        Of the change, in units of the outcome that makes the groups.
    is_detectable : bool
        Whether the threshold is the smallest detectable change.
    row : dict of str to str
        Row of ``multiverse.tsv``.
    """

    threshold: float
    is_detectable: bool
    row: Record


def key_of(row: Record) -> KeyFields:
    """Return the key of a row without study, cohort and scenario."""
    return tuple(row[name] for name in FACT_KEY_FIELDS)


def by_threshold(released: Released) -> dict[KeyFields, list[AtThreshold]]:
    """
    Return the tests and odds ratios of each key at every threshold.

    Parameters
    ----------
    released : mapping of str to pandas.DataFrame
        ``multiverse.tsv``.

    Returns
    -------
    dict of tuple to list of AtThreshold
        By key, ascending; the smallest detectable change at its own value. Group
        sizes and the smallest detectable change itself are not among them.
    """
    rows = records(released, "multiverse.tsv")
    detectable = {
        row["scenario"]: number(row, "estimate")
        for row in rows
        if row["statistic"] == "smallest_detectable_change"
    }
    found: dict[KeyFields, list[AtThreshold]] = {}
    for row in rows:
        scenario = row["scenario"]
        if not row["p_value"] or not scenario.startswith((THRESHOLD, DETECTABLE)):
            continue
        at = detectable.get(scenario)
        if at is None:
            at = float(scenario.removeprefix(THRESHOLD))
        place = AtThreshold(at, scenario in detectable, row)
        found.setdefault(key_of(row), []).append(place)
    for places in found.values():
        places.sort(key=lambda place: (place.threshold, place.is_detectable))
    return found


def exchanged(released: Released) -> dict[KeyFields, list[Record]]:
    """Return the rows of each key under exchange, that of all visits first."""
    found: dict[KeyFields, list[Record]] = {}
    for row in records(released, "multiverse.tsv"):
        if row["scenario"].startswith(EXCHANGE) and row["estimate"]:
            found.setdefault(key_of(row), []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: row["scenario"] != f"{EXCHANGE}visits")
    return found


def claimed_keys(claims: Iterable[Claim], released: Released) -> list[KeyFields]:
    """Return the keys of the numbers that claims rest on, each once, in their order."""
    facts = read_evidence(released).facts
    names = [name for claim in claims for name in claim.rests_on if name in facts]
    return list(dict.fromkeys(facts[name].key_fields for name in names))


def coupling_sentences(
    study: Study, released: Released, labels: Labels
) -> dict[str, tuple[str, ...]]:
    """
    Say of each claim about groups made by a change what the grouping alone gives.

    Parameters
    ----------
    study : Study
        Claims, labels, groups.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv`` gives the keys of the facts, ``multiverse.tsv`` what they
        become.
    labels : Labels
        Words, below ``coupling``.

    Returns
    -------
    dict of str to tuple of str
        Sentences by claim; a claim without such a number has none.
    """
    if study.groups is None:
        return {}
    names = Names(study, labels)
    swapped, curves = exchanged(released), by_threshold(released)
    found: dict[str, tuple[str, ...]] = {}
    for claim in study.claims:
        keys = claimed_keys([claim], released)
        rows = [swapped[key][0] for key in keys if key in swapped]
        rows = [*_of_outcome(study.groups.outcome, rows, swapped), *rows]
        lines = [
            *[_exchange_line(names, row) for row in rows],
            *[_threshold_line(names, curves[key]) for key in keys if key in curves],
        ]
        if lines:
            outcome = names.variable(study.groups.outcome)
            head = labels.text("coupling.head", outcome=outcome)
            kinds = {r["cohort_kind"] for r in records(released, "multiverse.tsv")}
            if "drawn" in kinds:
                head = f"{head} {labels.text('coupling.drawn')}"
            found[claim.id] = (head, *lines)
    return found


def _of_outcome(
    outcome: str, rows: list[Record], swapped: dict[KeyFields, list[Record]]
) -> list[Record]:
    """Return what exchange does to the outcome itself, between the same groups."""
    if not rows:
        return []
    between = (rows[0]["group"], rows[0]["reference"])
    for of_key in swapped.values():
        row = of_key[0]
        of_groups = (row["group"], row["reference"]) == between
        if row["outcome"] == outcome and not row["term"] and of_groups:
            return [row]
    return []


def _about(names: Names, row: Record) -> str:
    """Return what is compared: the variable, its visit, the test and the groups."""
    parts = [names.variable(row["term"] or row["outcome"])]
    if row["component"]:
        parts.append(names.variable(row["component"]))
    if row["visit"]:
        parts.append(names.visit(row["visit"]))
    parts.append(names.word(row["analysis"]))
    return ", ".join(parts)


def _exchange_line(names: Names, row: Record) -> str:
    labels = names.labels
    low, high = number(row, "ci_low"), number(row, "ci_high")
    seen = number(row, "test_statistic")
    inside = low <= seen <= high
    return labels.text(
        "coupling.inside" if inside else "coupling.outside",
        about=_about(names, row),
        statistic=names.statistic(row["statistic"]),
        seen=format_significant(seen),
        mean=format_significant(number(row, "estimate")),
        low=format_significant(low),
        high=format_significant(high),
        share=share_text(number(row, "p_value")),
    )


def _threshold_line(names: Names, places: list[AtThreshold]) -> str:
    labels = names.labels
    shown = [
        labels.text(
            "coupling.at_detectable" if place.is_detectable else "coupling.at",
            threshold=format_trimmed(place.threshold, 3),
            p=format_p(number(place.row, "p_value")),
        )
        for place in places
        if not isnan(number(place.row, "p_value"))
    ]
    return labels.text(
        "coupling.thresholds",
        about=_about(names, places[0].row),
        rows=", ".join(shown),
    )


def share_text(share: float) -> str:
    """
    Write a share of arrangements in percent.

    Examples
    --------
    >>> share_text(0.0282), share_text(0.73213), share_text(0.0001)
    ('2.8 %', '73 %', '<0.1 %')
    """
    if share < 0.001:
        return "<0.1 %"
    return f"{format_significant(100 * share, 2)} %"
