"""The scores that a study declares, made of the tables of its cohort."""

from collections.abc import Mapping
from math import isnan
from pathlib import Path

import pandas as pd

from rejia.errors import DefinitionError
from rejia.frame import nearest
from rejia.scores import (
    acr_pedi,
    carsh,
    chaq,
    ctcae,
    flare,
    glucocorticoid_free,
    ilar,
    jadas,
    jadas_state,
    larsen,
    poznanski,
    reference_range,
    refractory,
    remission,
    sjadas,
    wallace,
)
from rejia.scores.intervals import exact
from rejia.scores.readings import Reading, read_cohort
from rejia.scores.score import Instrument, Score, scores_frame, together
from rejia.scores.standards import Standard, read_standards
from rejia.study.schema import Study, Variable

_INSTRUMENTS: dict[str, Instrument] = {
    "acr_pedi": acr_pedi.INSTRUMENT,
    "carsh": carsh.INSTRUMENT,
    "chaq": chaq.INSTRUMENT,
    "ctcae": ctcae.INSTRUMENT,
    "flare": flare.INSTRUMENT,
    "glucocorticoid_free": glucocorticoid_free.INSTRUMENT,
    "ilar": ilar.INSTRUMENT,
    "jadas": jadas.INSTRUMENT,
    "jadas_state": jadas_state.INSTRUMENT,
    "larsen_hands": larsen.HANDS,
    "larsen_large_joints": larsen.LARGE_JOINTS,
    "poznanski": poznanski.INSTRUMENT,
    "reference_range": reference_range.INSTRUMENT,
    "refractory": refractory.INSTRUMENT,
    "remission": remission.INSTRUMENT,
    "sjadas": sjadas.INSTRUMENT,
    "wallace": wallace.INSTRUMENT,
}


def instruments() -> tuple[str, ...]:
    """Return the names of the instruments that a study may use."""
    return tuple(_INSTRUMENTS)


def instrument_faults(study: Study) -> list[str]:
    """
    Say what is wrong with the instruments of a study.

    Parameters
    ----------
    study : Study
        As read.

    Returns
    -------
    list of str
        One line a fault; none where every score can be made.
    """
    faults = []
    for name, variable in _made(study).items():
        wanted = variable.instrument or ""
        if wanted in _INSTRUMENTS:
            found = _INSTRUMENTS[wanted].faults(name, variable, study)
        else:
            known = ", ".join(_INSTRUMENTS)
            hint = nearest(wanted, _INSTRUMENTS)
            found = [f"no instrument {wanted!r}{hint} (known: {known})"]
        faults += [f"variables.{name}: {fault}" for fault in found]
    _, circle = _in_order(study)
    if circle:
        faults.append(f"variables: {', '.join(circle)} are made of each other")
    return faults


def derive_scores(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    standards: Mapping[str, tuple[Standard, ...]] | None = None,
) -> pd.DataFrame:
    """
    Make every score that a study declares.

    Parameters
    ----------
    study : Study
        Its variables with an ``instrument`` are made.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables by name; an absent one is empty.
    standards : mapping of str to tuple of Standard, optional
        What `read_references` read; without them lengths have no score.

    Returns
    -------
    pandas.DataFrame
        With the columns of `contracts.SCORES`, sorted by patient, visit, score,
        component, version and side. What cannot be decided is a row with a reason.

    Raises
    ------
    DefinitionError
        If an instrument is unknown or its definition does not fit.
    DataError
        If a reading of a radiograph is no grade of its instrument, or a given score
        is not that of its lengths.
    """
    faults = instrument_faults(study)
    if faults:
        raise DefinitionError(f"the scores of {study.study} cannot be made:", faults)
    cohort = read_cohort(study, tables, standards)
    scores: list[Score] = []
    frames: list[pd.DataFrame] = []
    order, _ = _in_order(study)
    for name in order:
        variable = study.variables[name]
        instrument = _INSTRUMENTS[variable.instrument or ""]
        if instrument.derive_frame is not None:
            frame = instrument.derive_frame(name, variable, cohort)
            if frame is not None:
                frames.append(frame)
                continue
        made = instrument.derive(name, variable, cohort)
        cohort = cohort.with_readings(_as_readings(name, made))
        scores += made
    return together([*frames, scores_frame(scores)])


def read_references(study: Study, data: Path) -> dict[str, tuple[Standard, ...]]:
    """
    Read the standards that a study's variables name.

    Parameters
    ----------
    study : Study
        Its variables may have a ``reference``.
    data : Path
        The project's folder ``data``.

    Returns
    -------
    dict of str to tuple of Standard
        By variable.

    Raises
    ------
    DataError
        If a file is missing or no table of standards.
    """
    return {
        name: read_standards(data / variable.reference)
        for name, variable in study.variables.items()
        if variable.reference is not None
    }


def _made(study: Study) -> dict[str, Variable]:
    return {n: v for n, v in study.variables.items() if v.instrument is not None}


def _in_order(study: Study) -> tuple[list[str], list[str]]:
    """Return scores with those that they are made of first, and any circle."""
    waiting = {
        name: {variable.source, *variable.of} & set(_made(study))
        for name, variable in _made(study).items()
    }
    order: list[str] = []
    while ready := [n for n, needs in waiting.items() if needs <= set(order)]:
        order += ready
        waiting = {n: needs for n, needs in waiting.items() if n not in ready}
    return order, list(waiting)


def _as_readings(name: str, made: list[Score]) -> dict[tuple[str, str, str], Reading]:
    """
    Return one value a visit, for the instruments that read other scores.

    Of a score in several versions it is the first that the study declares.
    """
    return {
        (score.patient, score.visit, name): Reading(
            None if isnan(score.value) else exact(score.value),
            unit=score.unit,
            reason=score.reason,
        )
        for score in reversed(made)
        if score.score == name and not score.component and not score.side
    }
