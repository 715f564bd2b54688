"""Tables of models and of readers: risk factors, agreement."""

from collections.abc import Mapping, Sequence
from math import isnan

from rejia.present.computed import (
    anchor_of,
    computed_table,
    name_clusters,
    name_tests,
    p_cell,
    pick,
    primary,
    published_cell,
)
from rejia.present.evidence import Record, Released, number, read_evidence
from rejia.present.format import MISSING, Part, Quantity, format_recorded
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names, capital, small, with_unit
from rejia.study.schema import Agreement, Logistic, Study

PRINTED_RATIO = ("odds_ratio", "ci_low", "ci_high")


def risk_factors(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show odds ratios of every logistic model, with rows, events and inference.

    Parameters
    ----------
    study : Study
        Its logistic models.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``; ``comparison.tsv`` gives what was printed.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        A row a predictor, three columns a model; the printed odds ratio and p beside
        where a fact has the key of a result.
    """
    names = Names(study, labels)
    evidence = read_evidence(released)
    rows = pick(primary(released), statistic="odds_ratio")
    models = [
        a
        for a in study.analyses
        if isinstance(a, Logistic) and pick(rows, analysis=a.id)
    ]
    used = [row for a in models for row in pick(rows, analysis=a.id)]
    printed = {
        a.id: any(
            published_cell(evidence, row, PRINTED_RATIO, labels).parts
            for row in pick(rows, analysis=a.id)
        )
        for a in models
    }
    digits = _ratio_decimals(used)
    body = []
    for term, visit in _predictors(models, used):
        cells: list[Cell] = []
        for model in models:
            found = pick(used, analysis=model.id, term=term, visit=visit)
            row = found[0] if found else None
            cells += _ratio_cells(row, digits, labels)
            if printed[model.id]:
                shown = [
                    published_cell(evidence, row, which, labels) if row else Cell()
                    for which in (PRINTED_RATIO, ("p_value",))
                ]
                cells += shown
        body.append(Row((heading(_predictor(names, term, visit)), *cells)))
    header = _model_heads(models, used, printed, names) if models else [[heading("")]]
    notes = _model_notes(models, used, study, names)
    return computed_table(
        "risk_factors", header, body, used, notes, labels, rounded=("ratio",)
    )


def _predictors(
    models: Sequence[Logistic], used: Sequence[Record]
) -> list[tuple[str, str]]:
    """Return predictors and their visits, in the order of the first model."""
    order = {
        name: at
        for model in reversed(models)
        for at, name in enumerate(model.predictors)
    }
    keys = dict.fromkeys((row["term"], row["visit"]) for row in used)
    return sorted(keys, key=lambda key: order[key[0]])


def _model_heads(
    models: Sequence[Logistic],
    used: Sequence[Record],
    printed: Mapping[str, bool],
    names: Names,
) -> list[list[Cell]]:
    """Return a head over the columns of each model, and the heads of these."""
    labels = names.labels
    level = ", ".join(
        format_recorded(100 * float(one))
        for one in dict.fromkeys(row["confidence"] for row in used if row["confidence"])
    )
    # Where every estimate is withheld, nothing has a level.
    name = "computed.ratio" if level else "computed.ratio_alone"
    ratio = labels.text(name, level=level, percent=labels.style.percent)
    p_letter = labels.style.p_letter
    columns = [labels.text("computed.events"), ratio, p_letter]
    beside = [
        labels.text("computed.printed_ratio"),
        labels.text("computed.printed_p", p=p_letter),
    ]
    top, below = [heading("")], [heading(labels.text("computed.predictor"))]
    for model in models:
        words = columns + beside * printed[model.id]
        top.append(heading(capital(names.word(model.id)), len(words)))
        below += [heading(text) for text in words]
    return [top, below]


def _model_notes(
    models: Sequence[Logistic], used: Sequence[Record], study: Study, names: Names
) -> list[str]:
    """Name the event, the inference, what is adjusted, and every remark of a fit."""
    labels = names.labels
    notes = [_event_note(used, names), *name_tests(used, study, labels)] if used else []
    notes += [
        labels.text("computed.adjusted", what=capital(names.word(a.id)))
        for a in models
        if not a.each
    ]
    notes += dict.fromkeys(
        f"{capital(names.variable(row['term']))}: {row['warning']}."
        for row in used
        if row["warning"]
    )
    return notes


def _predictor(names: Names, term: str, visit: str) -> str:
    parts = [names.variable(term), small(names.visit(visit)) if visit else ""]
    label = capital(", ".join(part for part in parts if part))
    return with_unit(label, names.unit(term))


def _ratio_decimals(rows: Sequence[Record]) -> int:
    """Return 2, or 3 where an odds ratio lies within 0.05 of 1."""
    near = any(abs(number(row, "estimate") - 1) < 0.05 for row in rows)
    return 3 if near else 2


def _ratio_cells(row: Record | None, digits: int, labels: Labels) -> list[Cell]:
    if row is None:
        return [Cell(), Cell(), Cell()]
    events: tuple[Part, ...] = (
        Quantity(number(row, "n_events"), digits=0),
        "/",
        Quantity(number(row, "n"), digits=0),
    )
    if isnan(number(row, "n_events")) or isnan(number(row, "n")):
        events = (MISSING,)
    value, low, high = (
        Quantity(
            number(row, name), "bounded", digits, row["row"] * (name == "estimate")
        )
        for name in ("estimate", "ci_low", "ci_high")
    )
    ratio: tuple[Part, ...] = (MISSING,)
    if not isnan(value.value):
        ratio = (value, " (", *labels.style.span(low, high), ")")
    return [
        Cell(parts=events),
        Cell(parts=ratio, anchor=anchor_of(row)),
        p_cell(row, labels),
    ]


def _event_note(rows: Sequence[Record], names: Names) -> str:
    row = rows[0]
    return names.labels.text(
        "computed.event",
        event=names.who(row),
        outcome=names.variable(row["outcome"]) if row["outcome"] else "",
    )


def agreement(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show the agreement between and within readers.

    Parameters
    ----------
    study : Study
        Its analyses of agreement.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``; ``comparison.tsv`` gives what was printed.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        Weighted kappa with its interval, and the share of identical grades.
    """
    names = Names(study, labels)
    evidence = read_evidence(released)
    wanted = {a.id: a for a in study.analyses if isinstance(a, Agreement)}
    rows = [row for row in primary(released) if row["analysis"] in wanted]
    body = []
    for name in dict.fromkeys(row["analysis"] for row in rows):
        found = {row["statistic"]: row for row in pick(rows, analysis=name)}
        kappa, share = found.get("kappa"), found.get("agreement")
        first = kappa or share
        if first is None:
            continue
        who = names.word(first["level"])
        text = capital(", ".join([names.variable(first["outcome"]), who]))
        body.append(
            Row(
                (
                    heading(text),
                    _kappa(kappa, labels),
                    published_cell(evidence, kappa, ("kappa",), labels)
                    if kappa
                    else Cell(),
                    _identical(share, labels),
                    published_cell(evidence, share, ("agreement",), labels)
                    if share
                    else Cell(),
                )
            )
        )
    header = [heading(labels.text("columns.variable"))]
    header += [
        heading(labels.text(f"computed.{name}"))
        for name in ("kappa", "printed_kappa", "identical", "printed_identical")
    ]
    notes = [
        labels.text(
            "computed.readings",
            what=names.word(name),
            weights=analysis.weights,
            method=names.word(
                next(iter(pick(rows, analysis=name, statistic="kappa")))["method"]
            ),
        )
        for name, analysis in wanted.items()
        if pick(rows, analysis=name, statistic="kappa")
    ]
    notes += name_clusters(pick(rows, statistic="kappa"), names)
    return computed_table("agreement", [header], body, rows, notes, labels)


def _kappa(row: Record | None, labels: Labels) -> Cell:
    if row is None or isnan(number(row, "estimate")):
        return Cell(parts=(MISSING,))
    value = Quantity(number(row, "estimate"), digits=2, row=row["row"])
    low, high = (Quantity(number(row, end), digits=2) for end in ("ci_low", "ci_high"))
    if isnan(low.value):
        return Cell(parts=(value,), anchor=anchor_of(row))
    parts = (value, " (", *labels.style.span(low, high), ")")
    return Cell(parts=parts, anchor=anchor_of(row))


def _identical(row: Record | None, labels: Labels) -> Cell:
    if row is None or isnan(number(row, "n_events")):
        return Cell(parts=(MISSING,))
    percent = Quantity(100 * number(row, "estimate"), digits=1)
    parts: tuple[Part, ...] = (
        Quantity(number(row, "n_events"), digits=0),
        "/",
        Quantity(number(row, "n"), digits=0),
        " (",
        percent,
        f"{labels.style.percent})",
    )
    return Cell(parts=parts, anchor=anchor_of(row))
