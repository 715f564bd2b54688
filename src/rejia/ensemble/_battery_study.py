"""The battery of a study: its declared analyses, on the columns of an ensemble."""

from collections.abc import Collection, Iterator, Mapping

from rejia.ensemble._battery_tests import (
    FixedLogistic,
    Groups,
    Logistic,
    RankSum,
    SignedRank,
    Spearman,
    Test,
)
from rejia.errors import DefinitionError
from rejia.stats import ranks
from rejia.study import Study, schema

_EVERYONE = "all"
Ones = Mapping[str, Mapping[str, int]]


def study_tests(
    study: Study, columns: Collection[str], *, ones: Ones | None = None
) -> tuple[Test, ...]:
    """
    Return the tests of a study's analyses that an ensemble can do.

    Parameters
    ----------
    study : Study
        Definitions.
    columns : collection of str
        Columns of the ensemble: ``age_onset``, ``crp@baseline``. A test of a column
        that is not among them is left out.
    ones : mapping of str to mapping of str to int, optional
        0/1 predictors that every cohort shares: how many of each group have 1.

    Returns
    -------
    tuple of Test
        Mann-Whitney contrasts of every outcome and visit, Wilcoxon tests, models of
        one predictor and of several, under the declared and the alternative sets, and
        correlations. Kappas are of single joints, so of another ensemble.

    Raises
    ------
    DefinitionError
        If a convention's p-value is not one of a normal approximation, or an inference
        is not Wald's.
    """
    faults: list[str] = []
    found: list[Test] = []
    for analysis in study.analyses:
        try:
            found += _tests_of(study, analysis, columns, ones or {})
        except ValueError as fault:
            faults.append(f"analyses.{analysis.id}: {fault}")
    if faults:
        raise DefinitionError(f"study {study.study} has no battery:", faults)
    return tuple(found)


def _tests_of(
    study: Study, analysis: schema.Analysis, columns: Collection[str], ones: Ones
) -> list[Test]:
    tests: Iterator[Test]
    match analysis:
        case schema.RankSum():
            tests = _rank_sums(study, analysis)
        case schema.SignedRank():
            tests = _signed_ranks(study, analysis)
        case schema.Logistic():
            tests = _models(study, analysis, ones)
        case schema.Correlation():
            tests = _correlations(study, analysis)
        case _:
            return []
    return [test for test in tests if set(_columns(test)) <= set(columns)]


def _columns(test: Test) -> tuple[str, ...]:
    """Return the columns of the ensemble that a test reads."""
    match test:
        case RankSum():
            return (test.column,)
        case SignedRank():
            return (test.before, test.after)
        case Logistic():
            return test.columns
        case Spearman():
            return (test.x, test.y)
        case _:
            return ()


def _name(study: Study, variable: str, visit: str) -> str:
    """Return the column of a variable, at a visit where it has several."""
    known = study.variables.get(variable)
    of_patient = known is not None and known.per == "patient"
    return variable if of_patient or not visit else f"{variable}@{visit}"


def _groups(study: Study, label: str) -> Groups:
    """Return the groups of a label; none for everyone."""
    if label == _EVERYONE:
        return ()
    merges = study.groups.merges if study.groups else {}
    return merges.get(label, (label,))


def _method(convention: str, test: str) -> dict[str, str]:
    """Return what a program prints at any n, with ties or without."""
    n: int | tuple[int, int] = 8 if test == "signed_rank" else (8, 9)
    large: int | tuple[int, int] = 400 if test == "signed_rank" else (400, 401)
    chosen = {
        tuple(
            sorted(ranks.resolve(convention, test, n=size, n_zero=0, ties=ties).items())
        )
        for size in (n, large)
        for ties in (False, True)
    }
    methods = {dict(arguments)["method"] for arguments in chosen}
    if len(chosen) > 1 or not methods <= {"normal", "normal_corrected"}:
        raise ValueError(
            f"convention {convention} is not a normal approximation for all data; the "
            "battery has spss-16-npar, and sas-9.3-npar1way for rank sums"
        )
    return dict(chosen.pop())


def _rank_sums(study: Study, analysis: schema.RankSum) -> Iterator[Test]:
    method = _method(analysis.convention, "rank_sum")["method"]
    group, reference = (
        _groups(study, label) for label in (analysis.group, analysis.reference)
    )
    for outcome in analysis.outcomes:
        names = [_name(study, outcome, visit) for visit in analysis.visits or ("",)]
        for name in dict.fromkeys(names):
            yield RankSum(name, group, reference, method, analysis.id)


def _signed_ranks(study: Study, analysis: schema.SignedRank) -> Iterator[Test]:
    chosen = _method(analysis.convention, "signed_rank")
    for outcome in analysis.outcomes:
        before, after = (
            _name(study, outcome, visit)
            for visit in (analysis.ref_visit, analysis.visit)
        )
        for label in analysis.groups:
            groups = _groups(study, label)
            yield SignedRank(
                before, after, groups, chosen["zeros"], chosen["method"], analysis.id
            )


def _models(study: Study, analysis: schema.Logistic, ones: Ones) -> Iterator[Test]:
    if analysis.inference != "wald":
        raise ValueError(f"inference must be wald, but got {analysis.inference!r}")
    event = _groups(study, analysis.event.group)
    own = [(name,) for name in analysis.predictors]
    sets = [*own] if analysis.each else [analysis.predictors]
    named = [("primary", terms) for terms in sets]
    named += [
        (f"predictors:{'+'.join(terms)}", terms)
        for terms in analysis.alternatives.predictors
    ]
    for scenario, terms in named:
        if len(terms) == 1 and terms[0] in ones:
            counts = tuple(ones[terms[0]].items())
            yield FixedLogistic(terms[0], event, counts, analysis.id, scenario)
            continue
        names = tuple(_name(study, term, analysis.visit or "") for term in terms)
        yield Logistic(names, event, analysis.id, scenario)


def _correlations(study: Study, analysis: schema.Correlation) -> Iterator[Test]:
    if analysis.component is None and analysis.method == "student_t":
        x, y = (
            _name(study, name, analysis.visit)
            for name in (analysis.outcome, analysis.term)
        )
        yield Spearman(x, y, (), analysis.id)
