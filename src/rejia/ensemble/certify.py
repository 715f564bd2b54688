"""Certificates: values that no cohort of a spec passes, each with its proofs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

import pandas as pd

from rejia.contracts import CERTIFICATES
from rejia.ensemble._battery_tests import Logistic, RankSum, SignedRank, find_rows
from rejia.ensemble.certify_boxes import Proof
from rejia.ensemble.certify_lists import ListProof, list_cohorts
from rejia.ensemble.certify_logistic import OneSlope, outward
from rejia.ensemble.certify_rank import RankProof, prove_rank_test
from rejia.ensemble.hulls import Hulls
from rejia.ensemble.model import Spec
from rejia.ensemble.quantities import Quantity, quantities
from rejia.ensemble.verdicts import window
from rejia.estimate import KEY_FIELDS, Key

LOW, HIGH = "low", "high"
ENGINE = "Lagrange duality over boxes of the parameters"
RANK_ENGINE = "Lagrange duality over boxes of counts"
LIST_ENGINE = "complete list of cohorts"
_DIGITS = 12  # of a p-value that is known, not only bounded
_SHARE = 0.05  # of the way from a printed window to the hull
NOTHING = pd.DataFrame({name: [] for name in CERTIFICATES})
Texts = Mapping[tuple[Key, str], Sequence[str]]
Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    A value that a quantity passes in no cohort that fits a spec.

    Attributes
    ----------
    spec : str
        Name of the spec.
    quantity : Quantity
        Odds ratio, Wald limit or p of a model with one predictor; p of a rank test.
    side : {'low', 'high'}
        Whether nothing lies below the bound, or nothing above.
    bound : float
        The value.
    proofs : tuple of Proof, of RankProof or of ListProof
        They hold together: cases, intercepts, slopes, and the claim itself.
    """

    spec: str
    quantity: Quantity
    side: str
    bound: float
    proofs: tuple[Proof, ...] | tuple[RankProof] | tuple[ListProof]


def certify(spec: Spec, hulls: Hulls, printed: Texts) -> tuple[Certificate, ...]:
    """
    Prove bounds of models with one predictor, and of rank tests.

    Parameters
    ----------
    spec : Spec
        Demands; it must have a witness, else nothing follows from a bound.
    hulls : Hulls
        What a search attained: where proofs begin.
    printed : mapping of (Key, str) to sequence of str
        What is printed of a key and statistic: of limits and p, only those bounds are
        sought that decide about it; of rank tests, only that p is small, but both
        ends where all cohorts can be listed.

    Returns
    -------
    tuple of Certificate
        In the order of the quantities; what was not proved is not there.
    """
    cells: dict[int, dict[str, Quantity]] = {}
    for quantity in quantities(spec):
        if quantity.row >= 0:
            cells.setdefault(quantity.row, {})[quantity.statistic] = quantity
    found: list[Certificate] = []
    for row, test in _certified(spec):
        ends = {
            name: (hulls.found[row, name].low, hulls.found[row, name].high)
            for name in cells[row]
            if (row, name) in hulls.found
        }
        if not isinstance(test, Logistic):
            if "p_value" in ends:
                cell = cells[row]["p_value"]
                found += _of_ranks(spec, test, cell, ends["p_value"], printed)
        elif "odds_ratio" in ends:
            model = OneSlope(spec, test.columns[0], test.event)
            found += _of_model(model, cells[row], ends, printed)
    return tuple(found)


def _certified(spec: Spec) -> Iterator[tuple[int, Logistic | RankSum | SignedRank]]:
    """Yield rank tests, and the models with one predictor that differs."""
    units = {column.name: column.unit for column in spec.columns}
    labels = tuple(label for label, _ in spec.groups)
    row = 0
    for test in spec.tests:
        if isinstance(test, Logistic):
            if len(test.columns) == 1:
                yield row, test
        elif isinstance(test, RankSum | SignedRank):
            yield row, test
        row += len(find_rows(test, units, labels))


def _of_model(
    model: OneSlope,
    cells: Mapping[str, Quantity],
    ends: Mapping[str, tuple[float, float]],
    printed: Texts,
) -> Iterator[Certificate]:
    """Yield both ends of the odds ratio, then what decides about printed numbers."""
    name = model.spec.id
    slopes, proofs = [-inf, inf], []
    for at, (side, sign) in enumerate(((LOW, 1), (HIGH, -1))):
        proved = model.odds_ratio(sign, ends["odds_ratio"][at])
        if proved is not None:
            slopes[at] = proved[0]
            proofs.append(proved[1])
            yield Certificate(name, cells["odds_ratio"], side, *proved)
    of_slopes = tuple(proof for several in proofs for proof in several)
    for statistic in ("ci_low", "ci_high", "p_value"):
        quantity = cells[statistic]
        for text in printed.get((quantity.key, statistic), ()):
            for sign, value in _targets(window(text), ends[statistic], statistic):
                bound = outward(value, sign)
                more = model.limit(statistic, sign, bound, (slopes[0], slopes[1]))
                if more is not None:
                    side = LOW if sign > 0 else HIGH
                    yield Certificate(name, quantity, side, bound, (*of_slopes, *more))


def _of_ranks(
    spec: Spec,
    test: RankSum | SignedRank,
    quantity: Quantity,
    hull: tuple[float, float],
    printed: Texts,
) -> Iterator[Certificate]:
    """Yield both ends of p, or the bounds above it that decide about printed ones."""
    listed = list_cohorts(spec, test) if isinstance(test, RankSum) else None
    if listed is not None:
        low, high = outward(listed.low, 1, _DIGITS), outward(listed.high, -1, _DIGITS)
        yield Certificate(spec.id, quantity, LOW, low, (listed,))
        yield Certificate(spec.id, quantity, HIGH, high, (listed,))
        return
    for text in printed.get((quantity.key, quantity.statistic), ()):
        for sign, value in _targets(window(text), hull, quantity.statistic):
            bound = outward(value, sign)
            proof = prove_rank_test(spec, test, bound) if sign < 0 else None
            if proof is not None:
                yield Certificate(spec.id, quantity, HIGH, bound, (proof,))


def _targets(
    asked: tuple[float, float], hull: tuple[float, float], statistic: str
) -> Iterator[tuple[int, float]]:
    """Yield the bounds that would decide about a window, each with its side."""
    if not all(isfinite(end) for end in hull):
        return
    top = 1.0 if statistic == "p_value" else inf
    if asked[1] < hull[0]:
        yield 1, asked[1] + _SHARE * (hull[0] - asked[1])
    elif asked[0] > hull[1]:
        yield -1, asked[0] - _SHARE * (asked[0] - hull[1])
    elif asked[0] <= hull[0] and hull[1] <= asked[1]:
        if asked[0] > 0.0:
            yield 1, asked[0] + _SHARE * (hull[0] - asked[0])
        if asked[1] < top:
            yield -1, asked[1] - _SHARE * (asked[1] - hull[1])


def certificate_rows(study: str, certificates: Sequence[Certificate]) -> pd.DataFrame:
    """
    Lay out certificates.

    Parameters
    ----------
    study : str
        Study.
    certificates : sequence of Certificate
        Of one spec or several.

    Returns
    -------
    pandas.DataFrame
        Table ``certificates``: one row a bound.
    """
    rows = [
        {name: getattr(one.quantity.key, name) for name in KEY_FIELDS}
        | {
            "study": study,
            "statistic": one.quantity.statistic,
            "spec": one.spec,
            "side": one.side,
            "bound": one.bound,
            "engine": _engine(one),
            "claims": len(one.proofs),
            "boxes": sum(_boxes(proof) for proof in one.proofs),
            "margin": _margin(one),
        }
        for one in certificates
    ]
    return pd.DataFrame(rows, columns=list(CERTIFICATES))


def _engine(certificate: Certificate) -> str:
    match certificate.proofs[0]:
        case ListProof():
            return LIST_ENGINE
        case RankProof():
            return RANK_ENGINE
        case _:
            return ENGINE


def _boxes(proof: Proof | RankProof | ListProof) -> int:
    """Return the boxes of a proof; of a list, its cohorts."""
    return proof.cohorts if isinstance(proof, ListProof) else len(proof.boxes)


def _margin(certificate: Certificate) -> float:
    """Return how far the closest inequality is from failing; a list has none."""
    proofs = [one for one in certificate.proofs if not isinstance(one, ListProof)]
    return outward(min(one.margin for one in proofs), 1, 2) if proofs else 0.0


def proved_ends(certificates: pd.DataFrame) -> dict[Name, tuple[float, float]]:
    """
    Return the interval that is proved of each quantity.

    Parameters
    ----------
    certificates : pandas.DataFrame
        Table ``certificates``.

    Returns
    -------
    dict of tuple of str to (float, float)
        By spec, fields of the key but study and cohort, and statistic; an end that
        nothing bounds is infinite.
    """
    found: dict[Name, tuple[float, float]] = {}
    for record in certificates.to_dict("records"):
        row = {str(name): value for name, value in record.items()}
        name = ends_name(row)
        low, high = found.get(name, (-inf, inf))
        if row["side"] == LOW:
            low = max(low, float(str(row["bound"])))
        else:
            high = min(high, float(str(row["bound"])))
        found[name] = (low, high)
    return found


def ends_name(row: Mapping[str, object]) -> Name:
    """Return the name of a row's quantity in `proved_ends`."""
    fields = [name for name in KEY_FIELDS if name not in ("study", "cohort")]
    parts = [str(row["spec"]), *(str(row[name]) for name in fields)]
    return (*parts, str(row["statistic"]))
