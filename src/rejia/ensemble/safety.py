"""Drugs and adverse events that a source names without a number."""

from typing import Any

from rejia.ensemble.plan import Plan

DAYS_A_MONTH = 30.44


def given_drugs(plan: Plan) -> list[dict[str, Any]]:
    """Return the declared drugs of a draw: for everyone, from the first day on."""
    draw = plan.study.draw
    return [
        {"patient": patient, "drug": drug, "start": "0"}
        for drug in (draw.drugs if draw is not None else ())
        for patient in plan.patients
    ]


def draw_adverse_events(plan: Plan) -> list[dict[str, Any]]:
    """
    Draw who had each event that the source names without a count.

    Parameters
    ----------
    plan : Plan
        Patients; the study's ``draw`` declares the terms.

    Returns
    -------
    list of dict
        Rows of the table of adverse events, one a patient with the event.

    Notes
    -----
    All that such a sentence says is that the number of patients lies between one and
    all, so it is drawn uniformly from there; who they are, and the day until the
    last visit of the study, are uniform too. Such a table shows what a safety
    analysis would look like, and nothing of how often the events were.
    """
    draw = plan.study.draw
    months = [visit.month for visit in plan.study.visits.values() if visit.month]
    last = round(max(months, default=0) * DAYS_A_MONTH)
    rows: list[dict[str, Any]] = []
    for term in draw.adverse_events if draw is not None else ():
        rng = plan.stream(f"adverse event {term}")
        count = int(rng.integers(1, len(plan.patients) + 1))
        for at in sorted(rng.permutation(len(plan.patients))[:count].tolist()):
            day = float(rng.integers(1, last + 1)) if last else None
            rows.append({"patient": plan.patients[at], "day": day, "term": term})
    return rows
