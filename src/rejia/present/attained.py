"""What was attainable of each printed number: hull, quantiles, verdict, by spec."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan

from rejia.estimate import FACT_KEY_FIELDS
from rejia.present.evidence import (
    Evidence,
    Fact,
    Record,
    Released,
    number,
    records,
)
from rejia.present.format import Quantity, Style, format_quantity
from rejia.printed import parse

PRIMARY, DEPENDENCE = "primary", "dependence:"
P = "p_value"
# What a printed statistic is called among the quantities of a cohort.
SAME_AS = {"plus_minus": "sd"}
KeyFields = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cuts:
    """
    Quantiles of a number over drawn cohorts.

    Attributes
    ----------
    low, middle, high : float
        0.5 %, 50 % and 99.5 % quantile.
    """

    low: float
    middle: float
    high: float

    def times(self, factor: int) -> "Cuts":
        """Return the quantiles of a p-value that is multiplied, but at most 1."""
        low, middle, high = (
            min(1.0, factor * cut) for cut in (self.low, self.middle, self.high)
        )
        return Cuts(low, middle, high)


@dataclass(frozen=True, slots=True)
class OfSpec:
    """
    A number under one spec or another set of predictors.

    Attributes
    ----------
    low, high : float
        Hull.
    verdict : str
        On the printed number; of a number that is printed twice, the worse one.
    laws : dict of str to Cuts
        By sampling law.
    """

    low: float
    high: float
    verdict: str
    laws: dict[str, Cuts]


@dataclass(frozen=True, slots=True)
class Attained:
    """
    A printed number that the cohorts of a spec have, with what they have of it.

    Attributes
    ----------
    fact : Fact
        The printed number.
    spec, verdict, evidence : str
        Spec that is named first, verdict under it, and what the verdict rests on.
    law : str
        Sampling law that is named first.
    low, high : float
        Hull.
    witnesses : tuple of str
        Cohorts at its ends.
    laws : dict of str to Cuts
        Quantiles by law, the first one first.
    is_proven : bool
        Whether no cohort lies outside of the hull; else none was found.
    others : dict of str to OfSpec
        By other spec.
    dependence : dict of str to Cuts
        By rank correlation that was forced upon the columns within groups.
    alternatives : dict of str to OfSpec
        By scenario: other predictors of a model.
    worst : str
        Verdict under the first spec on the number of the cohorts, which may be printed
        more than once.
    readings : tuple of int
        What the raw p-value may have been multiplied by before it was printed.
    """

    fact: Fact
    spec: str
    verdict: str
    evidence: str
    law: str
    low: float
    high: float
    witnesses: tuple[str, ...]
    laws: dict[str, Cuts]
    is_proven: bool
    others: dict[str, OfSpec]
    dependence: dict[str, Cuts]
    alternatives: dict[str, OfSpec]
    worst: str = ""
    readings: tuple[int, ...] = (1,)

    @property
    def id(self) -> str:
        """Identifier of the printed number."""
        return self.fact.id

    @property
    def statistic(self) -> str:
        """What is printed."""
        return self.fact["statistic"]

    @property
    def is_forced_by_proof(self) -> bool:
        """Whether it is proved that every cohort prints it, whatever the hull."""
        return self.verdict == "forced" and self.evidence == "proof"

    @property
    def first(self) -> Cuts:
        """Quantiles under the first law."""
        return self.laws.get(self.law, Cuts(nan, nan, nan))

    @property
    def changed(self) -> dict[str, str]:
        """Verdicts of the specs under which it is another one."""
        return {
            spec: other.verdict
            for spec, other in self.others.items()
            if other.verdict and other.verdict != self.worst
        }

    def shown(self, value: float) -> Quantity:
        """Return a value with one digit more than was printed."""
        digits = parse(self.fact.printed).decimals + 1
        is_p = self.statistic == P
        style: Style = "p" if is_p else "bounded"
        return Quantity(value, style, max(3, digits) if is_p else digits)


def read_attained(released: Released, evidence: Evidence) -> dict[str, Attained]:
    """
    Return what was attainable of each printed number that a quantity answers.

    Parameters
    ----------
    released : mapping of str to pandas.DataFrame
        ``attainable.tsv`` and ``reproducer.tsv``, where they exist.
    evidence : Evidence
        Of ``comparison.tsv``.

    Returns
    -------
    dict of str to Attained
        By fact, in the order of the source; empty without an ensemble.
    """
    by_key: dict[KeyFields, list[Record]] = {}
    for row in records(released, "attainable.tsv"):
        by_key.setdefault((*_key(row), row["statistic"]), []).append(row)
    readings = _readings(released, evidence)
    found = {}
    for fact in evidence.facts.values():
        if fact["spec"] and not isnan(number(fact.key, "attainable_low")):
            statistic = SAME_AS.get(fact["statistic"], fact["statistic"])
            rows = by_key.get((*fact.key_fields, statistic), [])
            found[fact.id] = _attained(fact, rows, readings.get(fact.id, (1,)))
    return found


def _key(row: Record) -> KeyFields:
    return tuple(row[name] for name in FACT_KEY_FIELDS)


def _attained(fact: Fact, rows: list[Record], readings: tuple[int, ...]) -> Attained:
    spec = fact["spec"]
    own = [row for row in rows if row["spec"] == spec]
    primary = [row for row in own if row["scenario"] == PRIMARY]
    laws = {fact["law"]: _cuts(fact.key), **_laws(primary)}
    specs = dict.fromkeys(row["spec"] for row in rows if row["spec"] != spec)
    scenarios = dict.fromkeys(
        row["scenario"]
        for row in own
        if row["scenario"] != PRIMARY and DEPENDENCE not in row["scenario"]
    )
    return Attained(
        fact=fact,
        spec=spec,
        verdict=fact["attainability"],
        evidence=fact["evidence"],
        law=fact["law"],
        low=number(fact.key, "attainable_low"),
        high=number(fact.key, "attainable_high"),
        witnesses=tuple(name for name in fact["witness"].split(";") if name),
        laws=laws,
        is_proven=any(row["evidence"] == "proof" for row in primary),
        others={
            name: _of_spec(
                row for row in rows if (row["spec"], row["scenario"]) == (name, PRIMARY)
            )
            for name in specs
        },
        dependence={
            row["scenario"].removeprefix(DEPENDENCE): _cuts(row)
            for row in own
            if row["scenario"].startswith(DEPENDENCE)
        },
        alternatives={
            name: _of_spec(row for row in own if row["scenario"] == name)
            for name in scenarios
        },
        worst=primary[0]["attainability"] if primary else "",
        readings=readings,
    )


def _of_spec(rows: Iterable[Record]) -> OfSpec:
    kept = list(rows)
    if not kept:
        return OfSpec(nan, nan, "", {})
    low, high = (number(kept[0], f"attainable_{end}") for end in ("low", "high"))
    return OfSpec(low, high, kept[0]["attainability"], _laws(kept))


def _laws(rows: Iterable[Record]) -> dict[str, Cuts]:
    return {row["law"]: _cuts(row) for row in rows}


def _cuts(row: Record) -> Cuts:
    low, middle, high = (number(row, name) for name in ("q005", "q50", "q995"))
    return Cuts(low, middle, high)


def _readings(released: Released, evidence: Evidence) -> dict[str, tuple[int, ...]]:
    """Return by fact what its p-value was multiplied by in the searches."""
    found: dict[str, dict[int, None]] = {}
    for row in records(released, "reproducer.tsv"):
        named = [name for name in row["facts"].split(";") if name in evidence.facts]
        tests = [name for name in named if evidence.facts[name]["statistic"] == P]
        words = [word.strip() for word in row["readings"].split(";")]
        for name, word in zip(tests, words, strict=False):
            last = word.rpartition(" ")[2]
            factor = int(last) if last.isdigit() else 1
            found.setdefault(name, {})[factor] = None
    return {name: tuple(sorted(factors)) for name, factors in found.items()}


def cohorts_drawn(released: Released, spec: str) -> dict[str, int]:
    """Return how many cohorts of a spec were drawn under each law."""
    found: dict[str, int] = {}
    for row in records(released, "sampling.tsv"):
        if row["spec"] == spec:
            count = int(number(row, "cohorts"))
            found[row["law"]] = max(found.get(row["law"], 0), count)
    return found


def span_parts(low: Quantity, high: Quantity) -> tuple[Quantity | str, ...]:
    """
    Join the ends of a range; equal ends are written once.

    Examples
    --------
    >>> from rejia.present.format import format_parts
    >>> format_parts(span_parts(Quantity(0.012, "p", 3), Quantity(0.4, "p", 3)))
    '0.012–0.400'
    """
    first, last = format_quantity(low), format_quantity(high)
    if first == last:
        return (low,)
    signed = low.value < 0 or high.value < 0
    return (low, " to " if signed or last.startswith(">") else "–", high)
