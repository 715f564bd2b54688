"""What is called impossible in Aoki 2014 is proved again by other engines."""

from dataclasses import replace
from functools import cache
from math import nan

import pytest

from certificates_again import holds, suffices
from ensemble_specs import aoki
from rejia.audit import audit
from rejia.ensemble.attainable import printed_texts
from rejia.ensemble.certify import certificate_rows, certify, ends_name, proved_ends
from rejia.ensemble.certify_claims import Slope
from rejia.ensemble.hulls import Hull, Hulls
from rejia.ensemble.moments import moment_span
from rejia.ensemble.quantities import battery_rows, quantities
from rejia.ensemble.spec import build_spec
from rejia.ensemble.verdicts import Range, judge
from rejia.errors import DefinitionError
from rejia.estimate import FACT_KEY_FIELDS

SPREADS = {"sd": "sd", "plus_minus": "sd", "mean": "mean"}


@cache
def impossible():
    """Return the printed means and SDs that exact arithmetic rules out."""
    _, facts, spec = aoki()
    known = {(column.variable, column.visit): column.name for column in spec.columns}
    labels = dict(spec.labels)
    found = []
    for fact in facts.to_dict("records"):
        column = known.get((fact["outcome"], fact["visit"]))
        statistic = SPREADS.get(fact["statistic"])
        if column is None or statistic is None or fact["analysis"] != "describe":
            continue
        if fact["group"] not in labels or fact["population"] != "patients":
            continue
        if fact["component"] or fact["level"]:
            continue
        span = moment_span(spec, column, fact["group"], statistic)
        range_ = Range(span.low, span.high, proven=True, quantiles=((nan, nan),))
        if judge(fact["printed"], range_).attainability == "impossible":
            found.append(fact["fact"])
    return tuple(found)


def test_only_what_the_spec_drops_or_replaces_is_impossible():
    study, _, _ = aoki()
    spec = next(one for one in study.specs if one.id == "repaired")
    assert len(impossible()) >= 15
    assert set(impossible()) <= {*spec.drop, *spec.replace}


def test_the_audit_proves_a_conflict_of_each():
    study, facts, _ = aoki()
    rows = audit(facts, study.structure, repairs=False)
    red = rows[(rows["verdict"] == "inconsistent")]
    touched = {name for names in red["facts"] for name in names.split(";")}
    # A number that is printed again elsewhere is read once.
    key = [*FACT_KEY_FIELDS, "statistic", "printed"]
    said = facts.set_index("fact")[key].apply(tuple, axis=1)
    for fact in impossible():
        assert touched & set(said.index[said == said[fact]]), fact


@pytest.mark.parametrize("fact", impossible())
def test_a_spec_with_it_is_refused_with_its_facts(fact):
    study, facts, _ = aoki()
    spec = next(one for one in study.specs if one.id == "repaired")
    back = spec.model_copy(
        update={
            "drop": tuple(name for name in spec.drop if name != fact),
            "replace": {a: b for a, b in spec.replace.items() if a != fact},
        }
    )
    changed = study.model_copy(update={"specs": (back,)})
    with pytest.raises(DefinitionError) as refused:
        build_spec(changed, facts, "repaired")
    assert fact in str(refused.value) + " ".join(refused.value.faults)


# What a search attained of models with one predictor, rounded outwards: proofs begin
# there, and do not rest on it.
HULLS = {
    "age_onset": {
        "odds_ratio": (1.324, 1.527),
        "ci_low": (1.002, 1.046),
        "ci_high": (1.69, 2.32),
    },
    "mmp3": {"odds_ratio": (1.00048, 1.00055), "p_value": (0.732, 0.756)},
    "glucocorticoid": {"odds_ratio": (1.11, 17.0), "ci_high": (1.189, 482.0)},
}
RULED_OUT = {
    "t3_onset_or",
    "t3_onset_ci_low",
    "t3_mmp3_or",
    "t3_mmp3_p",
    "t3_gc_or",
    "t3_gc_ci_high",
}


@cache
def certificates():
    """Return the certificates about these predictors."""
    _, facts, spec = aoki()
    models = tuple(
        test
        for test in spec.tests
        if getattr(test, "columns", ("",))[0].partition("@")[0] in HULLS
        and len(test.columns) == 1
    )
    alone = replace(spec, tests=models)
    found = {
        (row, statistic): Hull(*ends, 0, 0)
        for row, (_, columns) in enumerate(battery_rows(alone))
        for statistic, ends in HULLS[columns[0].partition("@")[0]].items()
    }
    index = tuple(row for row, _ in battery_rows(alone))
    texts = {
        name: printed
        for name, printed in printed_texts(alone, facts).items()
        if any(
            (q.row, q.statistic) in found
            for q in quantities(alone)
            if (q.key, q.statistic) == name
        )
    }
    return alone, certify(alone, Hulls(index, found, None), texts)


def test_odds_ratios_limits_and_p_of_table_3_are_ruled_out():
    study, facts, _ = aoki()
    alone, found = certificates()
    ends = proved_ends(certificate_rows(study.study, found))
    ruled_out = set()
    for fact in facts[facts["analysis"] == "risk_univariable"].to_dict("records"):
        key = {field: fact[field] for field in FACT_KEY_FIELDS}
        name = ends_name(
            {"spec": alone.id, "scenario": "primary", "statistic": fact["statistic"]}
            | key
        )
        if name in ends:
            low, high = ends[name]
            range_ = Range(low, high, proven=True, quantiles=())
            if judge(fact["printed"], range_).attainability == "impossible":
                ruled_out.add(fact["fact"])
    assert ruled_out == RULED_OUT


@pytest.mark.parametrize("at", range(8))
def test_each_certificate_is_proved_again(at):
    alone, found = certificates()
    assert len(found) == 8
    assert suffices(alone, found[at])
    for proof in found[at].proofs:
        assert holds(proof), proof.claim


def test_a_certificate_without_one_of_its_claims_does_not_suffice():
    alone, found = certificates()
    limit = next(one for one in found if one.quantity.statistic == "ci_high")
    for left_out in limit.proofs:
        kept = tuple(proof for proof in limit.proofs if proof is not left_out)
        of_slope = isinstance(left_out.claim, Slope) and left_out.claim.sign < 0
        assert of_slope or not suffices(alone, replace(limit, proofs=kept))
