"""A sentence for each kind of analysis that a study declares, as it was run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rejia.present.computed import clusters
from rejia.present.evidence import Record
from rejia.present.labels import Labels
from rejia.present.names import Names, small
from rejia.present.prose import label_of, plain
from rejia.study.analyses import Analysis, RankSum, StandardizedDifference
from rejia.study.schema import Study

# Methods that say no more than the name of their statistic.
TELL_NOTHING = (
    "arithmetic_mean",
    "as_recorded",
    "count",
    "maximum",
    "mean_of_changes",
    "minimum",
    "not_estimable",
)


@dataclass(frozen=True, slots=True)
class Told:
    """
    What the methods say of the analyses of a study.

    Attributes
    ----------
    sentences : tuple of str
        One for analyses that differ in nothing but the groups that they compare.
    families : tuple of str
        How p-values were adjusted.
    references : tuple of str
        Sources of the tests.
    """

    sentences: tuple[str, ...]
    families: tuple[str, ...]
    references: tuple[str, ...]


def tell_tests(study: Study, results: Sequence[Record], labels: Labels) -> Told:
    """
    Put the analyses of a study into sentences.

    Parameters
    ----------
    study : Study
        Analyses, families, labels of what is measured.
    results : sequence of dict
        Rows of ``results.tsv``: methods are named as they were run.
    labels : Labels
        Words, below ``methods``.

    Returns
    -------
    Told
    """
    names = Names(study, labels)
    methods: dict[str, dict[str, None]] = {}
    for row in results:
        methods.setdefault(row["analysis"], {})[row["method"]] = None
    alike: dict[str, list[Analysis]] = {}
    for analysis in study.analyses:
        alike.setdefault(_sentence(analysis, names, {}, ""), []).append(analysis)
    sentences = [
        _sentence(ones[0], names, methods, _contrasts(ones, names))
        for ones in alike.values()
    ]
    several = [small(label) for label in clusters(results, study)]
    if several:
        listed = _listed(several, labels)
        sentences.append(labels.text("methods.within", listed=listed))
    tests = dict.fromkeys(analysis.test for analysis in study.analyses)
    cited = [labels.find(f"methods.references.{test}") for test in tests]
    return Told(
        sentences=tuple(sentences),
        families=tuple(_families(study, names)),
        references=tuple(text for text in cited if text),
    )


def named(study: Study, labels: Labels, name: str) -> str:
    """Return the words for a variable: the study's, ours, or its identifier."""
    if name in study.variables:
        return study.variables[name].label
    return labels.find(f"names.{name}") or label_of(study, name)


def _sentence(
    analysis: Analysis,
    names: Names,
    methods: Mapping[str, dict[str, None]],
    contrasts: str,
) -> str:
    labels = names.labels
    run = [_method(m, names) for m in methods.get(analysis.id, ()) if m not in _SILENT]
    convention = getattr(analysis, "convention", "")
    if convention:
        known = labels.find(f"methods.conventions.{convention}")
        other = labels.text("methods.conventions.other", convention=convention)
        run.append(known or other)
    if "predictors" in type(analysis).model_fields:
        way = "each" if getattr(analysis, "each", False) else "together"
        run.insert(0, labels.text(f"methods.{way}"))
    population = names.study.populations.get(analysis.population or "")
    where = population.label if population is not None else ""
    label = f"methods.tests.{analysis.test}"
    text = labels.text(
        label if labels.find(label) else "methods.tests.other",
        test=plain(analysis.test),
        what=_what(analysis, names),
        contrasts=contrasts,
        event=_event(analysis, names),
        visits=_visits(analysis, names),
    )
    if where:
        text = labels.text("methods.in_population", text=text, population=where)
    tail = "; ".join(dict.fromkeys(run))
    return labels.text("methods.with", text=text, how=tail) if tail else f"{text}."


_SILENT = frozenset(TELL_NOTHING)


def _method(name: str, names: Names) -> str:
    return names.labels.find(f"methods.words.{name}") or names.word(name)


def _what(analysis: Analysis, names: Names) -> str:
    """Return what was analysed, in the words of the study."""
    study, labels = names.study, names.labels
    found = [
        name
        for field in ("outcomes", "predictors")
        for name in getattr(analysis, field, ())
    ]
    words = [named(study, labels, name) for name in found]
    outcome, component, term = (
        getattr(analysis, field, None) for field in ("outcome", "component", "term")
    )
    if outcome:
        part = f", {names.variable(component)}" if component else ""
        words.append(named(study, labels, outcome) + part)
    if term:
        words.append(named(study, labels, term))
    words += [names.word(term) for term in getattr(analysis, "terms", ())]
    return _listed(list(dict.fromkeys(words)), labels)


def _listed(words: Sequence[str], labels: Labels) -> str:
    """Return words with commas, semicolons where they hold commas, and an "and"."""
    between = "; " if any("," in word for word in words) else ", "
    ends = [between.join(words[:-1]), *words[-1:]]
    return f" {labels.text('methods.and')} ".join(end for end in ends if end)


def _visits(analysis: Analysis, names: Names) -> str:
    visit, ref = (getattr(analysis, name, None) for name in ("visit", "ref_visit"))
    if visit and ref:
        return names.labels.text(
            "methods.visits",
            visit=small(names.visit(visit)),
            ref=small(names.visit(ref)),
        )
    return ""


def _event(analysis: Analysis, names: Names) -> str:
    event = getattr(analysis, "event", None)
    return names.group(event.group) if event is not None else ""


def _contrasts(analyses: Sequence[Analysis], names: Names) -> str:
    return ", ".join(
        names.labels.text("methods.contrast", group=one.group, ref=one.reference)
        for one in analyses
        if isinstance(one, RankSum | StandardizedDifference)
    )


def _families(study: Study, names: Names) -> list[str]:
    """Say of each family how its p-values were adjusted, and of which tests it is."""
    labels = names.labels
    told = []
    for name, family in study.families.items():
        own = [a.id for a in study.analyses if getattr(a, "family", "") == name]
        how = "none" if family.method == "none" else "adjusted"
        how = "one" if family.m == 1 else how
        told.append(
            labels.text(
                f"methods.families.{how}",
                tests=", ".join(map(names.word, own)) or plain(name),
                method=names.word(family.method),
                m=family.m,
            )
        )
    free = [
        names.word(a.id)
        for a in study.analyses
        if getattr(a, "family", "") not in {"", *study.families}
    ]
    if free:
        told.append(labels.text("methods.families.free", tests=", ".join(free)))
    return told
