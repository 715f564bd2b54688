"""Whether one cohort has all that is printed of a variable's tests at once."""

from dataclasses import dataclass

from rejia.present.evidence import (
    Evidence,
    Fact,
    Record,
    Released,
    number,
    read_evidence,
    records,
)
from rejia.present.format import Quantity, format_quantity, format_trimmed
from rejia.present.labels import Labels
from rejia.present.names import Names, capital
from rejia.printed import parse
from rejia.study.schema import Study

P, NEAR = "p_value", 1e-9


@dataclass(frozen=True, slots=True)
class ReproducedNumber:
    """A printed number and that of the nearest cohort."""

    fact: str
    about: str
    printed: str
    nearest: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Reproduced:
    """One search: a set of columns and a reading of its p-values."""

    subject: str
    reading: str
    found: bool
    verdict: str
    distance: str
    witness: str
    numbers: tuple[ReproducedNumber, ...]


def reproduced(study: Study, released: Released, labels: Labels) -> list[Reproduced]:
    """
    Return the searches for one cohort with all that is printed of its tests.

    Parameters
    ----------
    study : Study
        Labels of variables and visits.
    released : mapping of str to pandas.DataFrame
        ``reproducer.tsv`` and ``comparison.tsv``.
    labels : Labels
        Words, below ``reproducer``.

    Returns
    -------
    list of Reproduced
        Searches of several numbers first, in the order of the table; empty without an
        ensemble.
    """
    names, evidence = Names(study, labels), read_evidence(released)
    rows = [
        _search(row, names, evidence) for row in records(released, "reproducer.tsv")
    ]
    return sorted(rows, key=lambda row: len(row.numbers) == 1)


def _search(row: Record, names: Names, evidence: Evidence) -> Reproduced:
    found = row["found"] == "yes"
    pairs = zip(row["facts"].split(";"), row["nearest"].split(";"), strict=True)
    return Reproduced(
        subject=_subject(row["subject"], names),
        reading=_reading(row["readings"], names.labels),
        found=found,
        verdict="forced" if found else "not_attained",
        distance="" if found else format_trimmed(number(row, "distance"), 2),
        witness=row["witness"],
        numbers=tuple(
            _number(evidence.facts[fact], float(nearest), names)
            for fact, nearest in pairs
            if fact in evidence.facts
        ),
    )


def _subject(name: str, names: Names) -> str:
    """Write the columns that a search reads: variables, each with its visit."""
    parts = []
    for column in name.split("+"):
        variable, _, visit = column.partition("@")
        words = [names.variable(variable), names.visit(visit) if visit else ""]
        parts.append(", ".join(word for word in words if word))
    return capital(" + ".join(parts))


def _reading(text: str, labels: Labels) -> str:
    """Say by what p-values were multiplied, where they were."""
    factors = [word.rpartition(" ")[2] for word in text.split(";")]
    times = dict.fromkeys(factor for factor in factors if factor.isdigit())
    return ", ".join(labels.text("reproducer.times", m=factor) for factor in times)


def _number(fact: Fact, nearest: float, names: Names) -> ReproducedNumber:
    digits = parse(fact.printed).decimals + 1
    shown = Quantity(nearest, "p" if fact["statistic"] == P else "bounded", digits)
    spare = NEAR * max(1.0, abs(nearest))
    return ReproducedNumber(
        fact=fact.id,
        about=f"{names.statistic(fact['statistic'])}, {names.word(fact['analysis'])}",
        printed=fact.printed,
        nearest=format_quantity(shown),
        fits=fact.low - spare <= nearest <= fact.high + spare,
    )
