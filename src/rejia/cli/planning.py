"""What a cohort has, and about how long a study takes: for ``rejia plan``."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rejia.analyses.plan import AtHand
from rejia.errors import DataError
from rejia.study import Study
from rejia.study.config import Config
from rejia.study.flow import draw_files
from rejia.study.references import EVERYONE

if TYPE_CHECKING:
    import pandas as pd


def at_hand(project: Path, study: Study) -> AtHand | None:
    """
    Return what a study's cohort has, without writing anything.

    Parameters
    ----------
    project : Path
        Its folder.
    study : Study
        Its definitions.

    Returns
    -------
    AtHand or None
        `None` where the study has no cohort.

    Raises
    ------
    DataError
        If the cohort has faults.
    """
    from rejia.cli.excluding import analysed_cohort
    from rejia.cohort import read_cohort
    from rejia.ensemble import draw_cohort
    from rejia.facts import read_facts
    from rejia.groups import derive_groups
    from rejia.scores import derive_scores
    from rejia.scores.by_reader import needed_by_reader
    from rejia.study import read_config

    data = project / "data"
    if study.sources.cohort is not None:
        faults, tables = read_cohort(study, data / study.sources.cohort)
        if faults:
            raise DataError(
                f"study {study.study} cannot be planned:",
                [f"its cohort has {len(faults)} faults; run `rejia check` first"],
            )
        tables = analysed_cohort(study, tables, data).tables
    elif study.draw is not None and study.sources.facts is not None:
        seed = read_config(project / "config" / "config.yaml").seed
        tables = draw_cohort(study, read_facts(data / study.sources.facts), seed=seed)
    else:
        return None
    scores = derive_scores(study, tables)
    by_reader = needed_by_reader(study, tables)
    groups = derive_groups(study, tables, scores, by_reader)
    visits = _visits(tables["measurements"], scores)
    findings = tables["findings"]
    by = findings[findings["reader"] != ""].groupby("reader")["reading"].nunique()
    return AtHand(
        frozenset(visits) | _of_patients(tables["patients"]),
        visits,
        _sizes(study, groups),
        len(by),
        int(by.max()) if len(by) else 0,
        len(tables["patients"]),
    )


def _visits(
    measurements: "pd.DataFrame", scores: "pd.DataFrame"
) -> dict[str, frozenset[str]]:
    """Return the visits at which each variable or score has a value."""
    found: dict[str, set[str]] = {}
    has_value = measurements["value"].notna() | (measurements["text"] != "")
    made = scores["value"].notna() | (scores["level"] != "")
    for table, name, there in (
        (measurements, "variable", has_value),
        (scores, "score", made),
    ):
        for outcome, visit in zip(
            table.loc[there, name], table.loc[there, "visit"], strict=True
        ):
            found.setdefault(str(outcome), set()).add(str(visit))
    return {outcome: frozenset(own) for outcome, own in found.items()}


def _of_patients(patients: "pd.DataFrame") -> frozenset[str]:
    return frozenset(
        str(name)
        for name in patients.columns
        if (patients[name].notna() & (patients[name].astype(str) != "")).any()
    )


def _sizes(study: Study, groups: "pd.DataFrame") -> dict[str, int]:
    """Return the patients of each group and union; everyone who is in any first."""
    if study.groups is None:
        return {}
    labels = study.groups.labels
    counts: Mapping[object, int] = groups["group"].value_counts().to_dict()
    plain = (labels.improved, labels.unchanged, labels.worsened)
    sizes = {label: int(counts.get(label, 0)) for label in plain}
    unions = {
        name: sum(sizes.get(part, 0) for part in parts)
        for name, parts in study.groups.merges.items()
    }
    return {EVERYONE: sum(sizes.values()), **sizes, **unions}


# Measured on one core for the 19 analyses of a study of 5 patients: 63 s, most of it
# the start of 13 short processes and the drawing of figures.
_PROCESSES, _AN_ANALYSIS, _A_DRAW = 35.0, 1.2, 0.0005
# The ensemble of 40 patients and 26 columns: a cohort with its battery; what a file of
# cohorts takes to prepare; searches and certificates of a spec.
_A_COHORT, _A_FILE, _A_SEARCH = 0.004, 8.0, 60.0


def ensemble_forecast(study: Study, config: Config) -> str:
    """Say how many cohorts will be drawn, of what, and in how many jobs."""
    files = draw_files(study, config)
    counts = Counter[tuple[str, str]]()
    for file in files:
        counts[file.spec, file.law] += file.cohorts
    parts = [f"{n:,} of {spec} ({law})" for (spec, law), n in counts.items()]
    return f"{counts.total():,} cohorts in {len(files)} jobs: {', '.join(parts)}"


def seconds(study: Study, patients: int, config: Config) -> str:
    """
    Say about how long ``rejia run`` of a study takes.

    Parameters
    ----------
    study : Study
        Its analyses, and whether it exchanges visits at random.
    patients : int
        Patients of its cohort.
    config : Config
        How many cohorts an ensemble has.

    Returns
    -------
    str
        Rounded to what such an estimate is worth.
    """
    exchange = study.sensitivity.exchange if study.sensitivity is not None else None
    draws = exchange.draws if exchange is not None else 0
    growth = max(1.0, patients / 100)
    total = _PROCESSES + growth * (_AN_ANALYSIS * len(study.analyses) + _A_DRAW * draws)
    files = draw_files(study, config)
    if files:
        total += _A_COHORT * sum(file.cohorts for file in files)
        total += _A_FILE * len(files) + _A_SEARCH
    if total < 90:
        return f"{10 * round(total / 10):.0f} seconds"
    return f"{max(2, round(total / 60))} minutes"
