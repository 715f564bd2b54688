"""Whether one cohort has all that is printed of a variable's tests at once."""

from dataclasses import dataclass
from itertools import zip_longest

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
    rows = [_search(row, names, evidence) for row in records(released, "reproducer.tsv")]
    return sorted(rows, key=lambda row: len(row.numbers) == 1)


def _search(row: Record, names: Names, evidence: Evidence) -> Reproduced:
    labels = names.labels
    found = row["found"] == "yes"
    facts = [evidence.facts.get(name) for name in row["facts"].split(";")]
    factors = _factors(row, facts)
    distance = number(row, "distance")
    return Reproduced(
        subject=_subject(row["subject"], names),
        reading=_reading(factors, labels),
        found=found,
        verdict="forced" if found else "not_attained",
        distance="" if found else format_trimmed(distance, 2),
        witness=row["witness"],
        numbers=tuple(
            _number(fact, printed, nearest, factor, names)
            for fact, printed, nearest, factor in zip_longest(
                facts,
                row["printed"].split(";"),
                row["nearest"].split(";"),
                factors,
                fillvalue=None,
            )
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


def _factors(row: Record, facts: list[Fact | None]) -> list[int]:
    """Return what each number was multiplied by, 1 but for corrected p-values."""
    words = iter(row["readings"].split(";"))
    factors = []
    for fact in facts:
        last = ""
        if fact is not None and fact["statistic"] == P:
            last = next(words, "").rpartition(" ")[2]
        factors.append(int(last) if last.isdigit() else 1)
    return factors


def _reading(factors: list[int], labels: Labels) -> str:
    times = [factor for factor in factors if factor > 1]
    return labels.text("reproducer.times", m=times[0]) if times else ""


def _number(
    fact: Fact | None,
    printed: str | None,
    nearest: str | None,
    factor: int | None,
    names: Names,
) -> ReproducedNumber:
    value = float(nearest) * (factor or 1) if nearest else float("nan")
    text = printed or ""
    digits = parse(text).decimals + 1 if text else 3
    if fact is None:
        return ReproducedNumber("", "", text, f"{value:.{digits}f}", False)
    is_p = fact["statistic"] == P
    shown = Quantity(min(value, 1.0) if is_p else value, "p" if is_p else "bounded", digits)
    analysis = names.word(fact["analysis"])
    spare = NEAR * max(1.0, abs(value))
    return ReproducedNumber(
        fact=fact.id,
        about=f"{names.statistic(fact['statistic'])}, {analysis}",
        printed=text,
        nearest=format_quantity(shown),
        fits=fact.low - spare <= value <= fact.high + spare,
    )
