"""Cross-references of what a study declares of its own patients."""

from collections.abc import Iterable, Iterator

from rejia.frame import nearest
from rejia.study.document import Place
from rejia.study.exclusions import Exclusion
from rejia.study.schema import Study, Variable

Fault = tuple[Place, str]
# What each rule of exclusion reads, beside `id`, `label` and `rule`.
_READS = {
    "missing_visit": ("visits",),
    "missing_value": ("of", "visits"),
    "outside": ("of", "visits", "min", "max", "if_missing"),
    "not_in": ("of", "visits", "levels", "if_missing"),
}
_NEEDS = {
    "missing_visit": ("visits",),
    "missing_value": ("of",),
    "outside": ("of",),
    "not_in": ("of", "levels"),
}


def unknown_names(
    place: Place, names: Iterable[str], known: Iterable[str], what: str
) -> Iterator[Fault]:
    """
    Give each name that is not declared, with the nearest that is.

    Parameters
    ----------
    place : tuple
        Where the names stand in the study.
    names, known : iterable of str
        Used, and declared.
    what : str
        What they name.
    """
    allowed = list(known)
    for name in names:
        if name not in allowed:
            listed = f" (declared: {', '.join(allowed) or 'none'})"
            yield (
                place,
                f"{'.'.join(map(str, place))}: no {what} {name!r}"
                f"{nearest(name, allowed)}{listed}",
            )


def window_faults(study: Study) -> Iterator[Fault]:
    """
    Give what is wrong with the windows of visits.

    Parameters
    ----------
    study : Study
        That fits the schema.

    Yields
    ------
    tuple of place and str
        Two nominal times, a window without one, two windows, a window that ends
        before it begins, and `windows` of a study whose visits have none.
    """
    for name, visit in study.visits.items():
        place: Place = ("visits", name)
        if visit.month is not None and visit.day is not None:
            yield place, f"visits.{name}: month and day exclude each other"
        if visit.window is not None and visit.days is not None:
            yield place, f"visits.{name}: window and days exclude each other"
        elif visit.window is not None and visit.span is None:
            yield (
                (*place, "window"),
                f"visits.{name}: a window is relative to a nominal time; add month or "
                "day, or declare days since the first dose instead",
            )
        for key in ("window", "days"):
            span = getattr(visit, key)
            if span is not None and span[0] > span[1]:
                yield (
                    (*place, key),
                    f"visits.{name}.{key}: first day {span[0]:g} is after last day "
                    f"{span[1]:g}",
                )
    windows = study.windows
    if not windows.model_fields_set:
        return
    if not any(visit.span for visit in study.visits.values()):
        yield ("windows",), "windows: no visit has a window or days"
    if (windows.first_dose == "treatments") != bool(windows.drugs):
        yield (
            ("windows",),
            "windows: first_dose: treatments and drugs go together; say whose first "
            "dose it is",
        )


def exclusion_faults(study: Study, outcomes: Iterable[str]) -> Iterator[Fault]:
    """
    Give what is wrong with the exclusions.

    Parameters
    ----------
    study : Study
        That fits the schema.
    outcomes : iterable of str
        Variables, and totals of scores.

    Yields
    ------
    tuple of place and str
        Names that are not declared, keys that a rule lacks or does not read, an
        empty range, and visits of what is not measured at visits.
    """
    known = list(outcomes)
    for index, exclusion in enumerate(study.exclusions):
        place: Place = ("exclusions", index)
        where = f"exclusions.{exclusion.id}"
        given = exclusion.model_fields_set - {"id", "label", "rule"}
        for key in sorted(given - set(_READS[exclusion.rule])):
            listed = ", ".join(_READS[exclusion.rule])
            yield (
                (*place, key),
                f"{where}: rule {exclusion.rule} does not read {key} (it reads: "
                f"{listed})",
            )
        for key in _NEEDS[exclusion.rule]:
            if not getattr(exclusion, key):
                yield place, f"{where}: rule {exclusion.rule} needs {key}"
        yield from unknown_names(
            (*place, "visits"), exclusion.visits, study.visits, "visit"
        )
        if exclusion.of is not None:
            yield from unknown_names((*place, "of"), [exclusion.of], known, "outcome")
            variable = study.variables.get(exclusion.of.removesuffix("_total"))
            variable = study.variables.get(exclusion.of, variable)
            if variable is not None:
                yield from _value_faults(place, where, exclusion, variable)


def _value_faults(
    place: Place, where: str, exclusion: Exclusion, variable: Variable
) -> Iterator[Fault]:
    """Give what does not fit the variable whose value a rule looks at."""
    at_visits = variable.per == "visit" or variable.instrument is not None
    if at_visits and not exclusion.visits and exclusion.rule != "missing_visit":
        yield place, f"{where}: {exclusion.of} is measured at visits; add visits"
    if not at_visits and exclusion.visits:
        yield place, f"{where}: {exclusion.of} is of the patient; leave out visits"
    if exclusion.rule == "outside":
        low, high = exclusion.min, exclusion.max
        if low is None and high is None:
            yield place, f"{where}: rule outside needs min, max or both"
        if low is not None and high is not None and low > high:
            yield place, f"{where}: min {low:g} is above max {high:g}"
        if variable.levels:
            what = f"{exclusion.of} has levels, no range; take rule not_in"
            yield place, f"{where}: {what}"
    if exclusion.rule == "not_in" and variable.levels:
        what = f"level of {exclusion.of}"
        yield from unknown_names(
            (*place, "levels"), exclusion.levels, variable.levels, what
        )


# Tests that can be done with the best or worst value, and with imputed ones.
_EXTREME = ("describe", "signed_rank", "rank_sum", "change_counts", "positives")
_IMPUTED = ("describe", "logistic")


def missing_faults(study: Study) -> Iterator[Fault]:
    """
    Give what is wrong with what is declared about missing values.

    Parameters
    ----------
    study : Study
        That fits the schema.

    Yields
    ------
    tuple of place and str
        Options that a test does not have, outcomes without a best and worst value,
        imputation that is not declared, and predictors of it that are no numbers of
        the patient.
    """
    imputation = study.imputation
    for name in imputation.also if imputation is not None else ():
        place: Place = ("imputation", "also")
        yield from unknown_names(place, [name], study.variables, "variable")
        variable = study.variables.get(name)
        if variable is not None and (variable.per != "patient" or variable.levels):
            yield (
                place,
                f"imputation.also: {name!r} must be a number of the patient "
                "(per: patient; of a category take an indicator)",
            )
    for index, analysis in enumerate(study.analyses):
        for how in analysis.missing:
            yield from _option_faults(study, index, how)


def _option_faults(study: Study, index: int, how: str) -> Iterator[Fault]:
    analysis = study.analyses[index]
    place: Place = ("analyses", index, "missing")
    where = f"analyses.{analysis.id}.missing"
    allowed = _IMPUTED if how == "mi" else (*_EXTREME, "logistic")
    if analysis.test not in allowed:
        listed = ", ".join(allowed)
        yield place, f"{where}: {how} is for {listed}, not for {analysis.test}"
        return
    if how == "mi":
        if study.imputation is None:
            yield place, f"{where}: mi needs imputation: {{seed: …}} in the study"
        return
    if analysis.test == "logistic":
        return
    one = getattr(analysis, "outcome", None)
    for name in getattr(analysis, "outcomes", (one,)):
        variable = study.variables.get(str(name))
        if variable is None or not has_ends(variable):
            yield (
                place,
                f"{where}: {name} has no {how} value: it needs worse, and levels, "
                "indicator_of, or min and max",
            )


def has_ends(variable: Variable) -> bool:
    """Say whether it is known which value of a variable is the best and the worst."""
    if variable.worse is None:
        return False
    is_scale = variable.min is not None and variable.max is not None
    return is_scale or bool(variable.levels) or variable.indicator_of is not None
