"""What is called impossible in Aoki 2014 is proved again by two other engines."""

from functools import cache
from math import nan
from pathlib import Path

import pytest

from rejia.audit import audit
from rejia.ensemble.moments import moment_span
from rejia.ensemble.spec import build_spec
from rejia.ensemble.verdicts import Range, judge
from rejia.errors import DefinitionError
from rejia.estimate import FACT_KEY_FIELDS
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]
SPREADS = {"sd": "sd", "plus_minus": "sd", "mean": "mean"}


@cache
def source():
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    return study, facts, build_spec(study, facts, "repaired")


@cache
def impossible():
    """Return the printed means and SDs that exact arithmetic rules out."""
    _, facts, spec = source()
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
    study, _, _ = source()
    spec = next(one for one in study.specs if one.id == "repaired")
    assert len(impossible()) >= 15
    assert set(impossible()) <= {*spec.drop, *spec.replace}


def test_the_audit_proves_a_conflict_of_each():
    study, facts, _ = source()
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
    study, facts, _ = source()
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
