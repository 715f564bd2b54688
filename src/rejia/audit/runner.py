"""Make every check, evaluate it, and lay the rows of audit.tsv."""

from math import nan

import pandas as pd

from rejia.audit.context import Context
from rejia.audit.counts import count_checks
from rejia.audit.definitions import definition_checks
from rejia.audit.finding import INCONSISTENT, NOT_CHECKABLE, Check, Outcome
from rejia.audit.granularity import granularity_checks
from rejia.audit.identities import identity_checks
from rejia.audit.kinds import kind_checks
from rejia.audit.moments import moment_checks
from rejia.audit.orders import order_checks
from rejia.audit.percentages import percentage_checks
from rejia.audit.ranges import range_checks
from rejia.audit.rank_sums import rank_sum_checks
from rejia.audit.ranks import rank_checks
from rejia.audit.ratios import ratio_checks
from rejia.audit.repairs import Repairer
from rejia.audit.repeats import repeat_checks
from rejia.audit.statements import statement_checks
from rejia.audit.two_by_two import two_by_two_checks
from rejia.audit.wording import wording_checks
from rejia.audit.zeros import zero_checks
from rejia.contracts import AUDIT
from rejia.study.schema import Structure

FAMILIES = (
    count_checks,
    percentage_checks,
    moment_checks,
    granularity_checks,
    range_checks,
    identity_checks,
    definition_checks,
    kind_checks,
    ratio_checks,
    two_by_two_checks,
    rank_checks,
    rank_sum_checks,
    order_checks,
    repeat_checks,
    statement_checks,
    zero_checks,
    wording_checks,
)


def audit(
    facts: pd.DataFrame, structure: Structure, *, repairs: bool = True
) -> pd.DataFrame:
    """
    Check printed numbers against each other.

    Parameters
    ----------
    facts : pandas.DataFrame
        With the columns of `rejia.contracts.FACTS`.
    structure : Structure
        What the numbers have to do with each other; what is not declared there or
        printed as a fact is not guessed.
    repairs : bool
        Whether to look for the most economical repair of each inconsistent row.

    Returns
    -------
    pandas.DataFrame
        One row a check, with the columns of `rejia.contracts.AUDIT`, sorted by id.

    Raises
    ------
    ValueError
        If a column is missing, or a printed text is no number.
    """
    context = Context.of(facts, structure)
    checks = name_checks(context)
    cells = context.cells.by_fact
    outcomes = [check.evaluate(cells) for _, check in checks]
    red = {
        name
        for (name, _), outcome in zip(checks, outcomes, strict=True)
        if outcome.verdict == INCONSISTENT
    }
    repairer = Repairer(context, checks, red if repairs else None)
    rows = [
        _row(context, name, check, outcome, repairer)
        for (name, check), outcome in zip(checks, outcomes, strict=True)
    ]
    rows += _untouched(context, checks)
    frame = pd.DataFrame(rows, columns=list(AUDIT))
    return frame.sort_values("id", ignore_index=True)


def make_checks(context: Context) -> list[Check]:
    """Return every check that the facts and the structure allow."""
    return [check for family in FAMILIES for check in family(context)]


def name_checks(context: Context) -> list[tuple[str, Check]]:
    """Return every check with a name of its own: the identifier of its row."""
    used: dict[str, int] = {}
    named: list[tuple[str, Check]] = []
    for check in make_checks(context):
        count = used.get(check.name, 0) + 1
        used[check.name] = count
        name = check.name if count == 1 else f"{check.name}-{count}"
        named.append((name, check))
    return named


def _row(
    context: Context,
    name: str,
    check: Check,
    outcome: Outcome,
    repairer: Repairer,
) -> dict[str, object]:
    cells = context.cells.by_fact
    facts = list(dict.fromkeys(check.facts))
    places = list(dict.fromkeys(cells[fact].place for fact in facts))
    red = outcome.verdict == INCONSISTENT
    return {
        "id": name,
        "rule": check.rule,
        "place": "; ".join(places),
        "facts": ";".join(facts),
        "verdict": outcome.verdict,
        "evidence": outcome.evidence,
        "under": outcome.under,
        "printed": cells[check.held].printed,
        "low": outcome.low,
        "high": outcome.high,
        "arithmetic": outcome.arithmetic,
        "explanations": "; ".join(outcome.explain()) if red else "",
        "repair": repairer.best(check) if red else "",
        "power": outcome.power,
    }


def _untouched(
    context: Context, checks: list[tuple[str, Check]]
) -> list[dict[str, object]]:
    """Return a row for each fact that no check reads: the audit's coverage."""
    read = {fact for _, check in checks for fact in check.facts}
    return [
        {
            "id": f"untouched-{cell.fact}",
            "rule": "untouched",
            "place": cell.place,
            "facts": cell.fact,
            "verdict": NOT_CHECKABLE,
            "evidence": "",
            "under": "",
            "printed": cell.printed,
            "low": nan,
            "high": nan,
            "arithmetic": "no other printed number or declaration bears on it",
            "explanations": "",
            "repair": "",
            "power": 0.0,
        }
        for cell in context.cells
        if cell.fact not in read
    ]
