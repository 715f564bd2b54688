"""Cross-references inside a study: every name that is used must be declared."""

from collections.abc import Iterator

from rejia.study.cohort_references import (
    Fault,
    exclusion_faults,
    missing_faults,
    unknown_names,
    window_faults,
)
from rejia.study.columns import column_map_faults
from rejia.study.document import Document, Place
from rejia.study.runs import cohort_faults
from rejia.study.schema import Logistic, Study, Variable
from rejia.study.sensitivity import YEARS
from rejia.study.units import unit_definition_faults

EVERYONE = "all"
UNDECLARED = "none_declared"


def group_labels(study: Study) -> list[str]:
    """Return the groups that an analysis may name, ``all`` first."""
    if study.groups is None:
        return [EVERYONE]
    labels = study.groups.labels
    return [
        EVERYONE,
        labels.improved,
        labels.unchanged,
        labels.worsened,
        *study.groups.merges,
    ]


def outcomes_of(study: Study) -> list[str]:
    """Return what an analysis may measure: variables, and the totals scores make."""
    totals = [f"{name}_total" for name, v in study.variables.items() if v.instrument]
    return [*study.variables, *totals]


def reference_faults(study: Study, document: Document) -> list[str]:
    """
    Return every reference that leads nowhere, and every identifier given twice.

    Parameters
    ----------
    study : Study
        That fits the schema.
    document : Document
        Its text, for the lines.

    Returns
    -------
    list of str
        In the order of the file's parts.
    """
    found = [
        *_variable_faults(study),
        *_population_faults(study),
        *_group_faults(study),
        *_analysis_faults(study),
        *_spec_faults(study),
        *_structure_faults(study),
        *_source_faults(study),
        *([] if study.cohorts else column_map_faults(study)),
        *cohort_faults(study, document),
        *_sensitivity_faults(study),
        *window_faults(study),
        *exclusion_faults(study, outcomes_of(study)),
        *missing_faults(study),
    ]
    for part in ("analyses", "repairs", "specs", "claims", "exclusions"):
        ids = [item.id for item in getattr(study, part)]
        found += [
            ((part, place), f"{part}: id {name!r} is given twice")
            for place, name in enumerate(ids)
            if name in ids[:place]
        ]
    return [f"{document.where(place)}: {what}" for place, what in found]


def _variable_faults(study: Study) -> Iterator[Fault]:
    for name, variable in study.variables.items():
        place: Place = ("variables", name)
        used = [variable.indicator_of, variable.source, *_parts(variable)]
        yield from unknown_names(
            place, [v for v in used if v is not None], study.variables, "variable"
        )
        if variable.baseline is not None:
            yield from unknown_names(place, [variable.baseline], study.visits, "visit")
        if variable.population is not None:
            yield from unknown_names(
                place, [variable.population], study.populations, "population"
            )
        if (variable.indicator_of is None) != (variable.level is None):
            yield place, f"variables.{name}: indicator_of and level go together"
        for fault in unit_definition_faults(variable):
            yield place, f"variables.{name}: {fault}"
        low, high = variable.min, variable.max
        if low is not None and high is not None and low > high:
            yield place, f"variables.{name}: min {low:g} is above max {high:g}"


def _population_faults(study: Study) -> Iterator[Fault]:
    for name, population in study.populations.items():
        if population.of is not None:
            place: Place = ("populations", name)
            yield from unknown_names(
                place, [population.of], study.populations, "population"
            )


def _parts(variable: Variable) -> list[str]:
    of = variable.of
    return list(of) if isinstance(of, tuple) else [*of.keys()]


def _group_faults(study: Study) -> Iterator[Fault]:
    groups = study.groups
    if groups is None:
        return
    yield from unknown_names(
        ("groups", "outcome"), [groups.outcome], outcomes_of(study), "outcome"
    )
    yield from unknown_names(("groups", "from"), [groups.start], study.visits, "visit")
    yield from unknown_names(("groups", "to"), [groups.end], study.visits, "visit")
    if groups.sdc is not None and groups.threshold:
        yield (
            ("groups", "sdc"),
            "groups: threshold and sdc exclude each other; leave out one of them",
        )
    labels = groups.labels
    plain = [labels.improved, labels.unchanged, labels.worsened]
    named = [*plain, *groups.merges]
    for index, label in enumerate(named):
        if label == EVERYONE:
            yield ("groups",), f"groups: {EVERYONE!r} is everyone; take another label"
        if label in named[:index]:
            yield ("groups",), f"groups: label {label!r} is given twice"
    for merge, parts in groups.merges.items():
        yield from unknown_names(("groups", "merges", merge), parts, plain, "group")


def _analysis_faults(study: Study) -> Iterator[Fault]:
    known = {
        "outcomes": (outcomes_of(study), "outcome"),
        "outcome": (outcomes_of(study), "outcome"),
        "term": (outcomes_of(study), "outcome"),
        "predictors": (outcomes_of(study), "variable"),
        "visits": (study.visits, "visit"),
        "visit": (study.visits, "visit"),
        "ref_visit": (study.visits, "visit"),
        "groups": (group_labels(study), "group"),
        "group": (group_labels(study), "group"),
        "reference": (group_labels(study), "group"),
        "population": (study.populations, "population"),
        "family": ([*study.families, UNDECLARED], "family"),
    }
    for index, analysis in enumerate(study.analyses):
        for field, (names, what) in known.items():
            value = getattr(analysis, field, None)
            if value is None:
                continue
            used = value if isinstance(value, tuple) else (value,)
            yield from unknown_names(("analyses", index, field), used, names, what)
        if isinstance(analysis, Logistic):
            yield from unknown_names(
                ("analyses", index, "event"),
                [analysis.event.group],
                group_labels(study),
                "group",
            )
            for terms in analysis.alternatives.predictors:
                yield from unknown_names(
                    ("analyses", index, "alternatives"),
                    terms,
                    outcomes_of(study),
                    "variable",
                )


def _spec_faults(study: Study) -> Iterator[Fault]:
    repairs = [repair.id for repair in study.repairs]
    for index, spec in enumerate(study.specs):
        yield from unknown_names(
            ("specs", index, "replace"), spec.replace.values(), repairs, "repair"
        )
    specs = [spec.id for spec in study.specs]
    for index, spec in enumerate(study.specs):
        if spec.like is not None:
            yield from unknown_names(
                ("specs", index, "like"), [spec.like], specs[:index], "earlier spec"
            )
        yield from unknown_names(
            ("specs", index, "steps"), spec.steps, study.variables, "variable"
        )
    if study.draw is not None:
        yield from unknown_names(("draw", "spec"), [study.draw.spec], specs, "spec")
    if study.ensemble is not None:
        yield from unknown_names(
            ("ensemble", "specs"), study.ensemble.specs, specs, "spec"
        )
    if study.structure.partitions and study.groups is not None:
        for index, partition in enumerate(study.structure.partitions):
            yield from unknown_names(
                ("structure", "partitions", index),
                partition,
                group_labels(study),
                "group",
            )


def _structure_faults(study: Study) -> Iterator[Fault]:
    known = outcomes_of(study)
    for index, zeros in enumerate(study.structure.zeros):
        place: Place = ("structure", "zeros", index)
        yield from unknown_names((*place, "outcome"), [zeros.outcome], known, "outcome")
        yield from unknown_names((*place, "of"), [zeros.of], known, "outcome")
        variable = study.variables.get(zeros.outcome)
        if variable is not None and variable.levels:
            what = f"level of {zeros.outcome}"
            yield from unknown_names(
                (*place, "level"), [zeros.level], variable.levels, what
            )
    yield from unknown_names(
        ("structure", "worded"),
        study.structure.worded,
        study.populations,
        "population",
    )


def _source_faults(study: Study) -> Iterator[Fault]:
    sources = study.sources
    if sources.facts is None and sources.cohort is None and not study.cohorts:
        yield (
            ("sources",),
            "sources: a study needs facts, a cohort, or both",
        )


def _sensitivity_faults(study: Study) -> Iterator[Fault]:
    declared = study.sensitivity
    if declared is None:
        return
    if study.groups is None:
        yield ("sensitivity",), "sensitivity: the study declares no groups to regroup"
    if not study.has_cohort:
        yield ("sensitivity",), "sensitivity: the study has no cohort to regroup"
    for index, threshold in enumerate(declared.thresholds):
        if threshold in declared.thresholds[:index]:
            yield (
                ("sensitivity", "thresholds"),
                f"sensitivity.thresholds: {threshold:g} is given twice",
            )
    if declared.per_year is None:
        return
    place: Place = ("sensitivity", "per_year")
    yield from unknown_names(
        (*place, "outcomes"), declared.per_year.outcomes, outcomes_of(study), "outcome"
    )
    duration = declared.per_year.duration
    yield from unknown_names(
        (*place, "duration"), [duration], study.variables, "variable"
    )
    variable = study.variables.get(duration)
    if variable is not None and variable.per != "patient":
        yield place, f"sensitivity.per_year.duration: {duration!r} must be per: patient"
    if variable is not None and variable.unit not in YEARS:
        yield (
            place,
            f"sensitivity.per_year.duration: unit of {duration!r} must be one of "
            f"{', '.join(YEARS)}, but is {variable.unit!r}",
        )
