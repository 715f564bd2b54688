"""The methods paragraph tells the scenarios that were run, and no others."""

import pytest

from present_material import (
    HOSTILE,
    audit,
    comparison,
    fact,
    finding,
    frame,
    results,
    study,
    words,
)
from rejia.contracts import RESULTS
from rejia.present.methods import methods_text

GROUPS = {
    "outcome": "crp",
    "from": "before",
    "to": "after",
    "labels": {"improved": "A", "unchanged": "B", "worsened": "C"},
}
PLAN = {
    "thresholds": [0, 2],
    "exchange": {"draws": 4000, "of": ["visits", "outcome"]},
    "per_year": {"outcomes": ["crp"], "duration": "age"},
}
SCENARIOS = (
    *("threshold:2", "threshold:10", "threshold:0.5", "sdc:k_2_level_0.95"),
    *("exchange:visits", "exchange:outcome", "per_year"),
    *("convention:r-4.6", "convention:scipy-1.17", "predictors:age+crp"),
    *("missing:mi", "missing:complete"),
)


def told(*scenarios, **definitions):
    table = frame(RESULTS, *({"scenario": name} for name in scenarios))
    made = study(groups=GROUPS, **definitions)
    return methods_text(made, {"multiverse.tsv": table}, {}, words())


def test_every_scenario_that_was_run_is_told():
    text = told(*SCENARIOS, *SCENARIOS, sensitivity=PLAN)
    section = text[text.index("## Other choices") : text.index("## Presentation")]
    for said in (
        "(12 scenarios, 24 estimates)",
        "conventions of other programs (r-4.6, scipy-1.17)",
        "other sets of predictors (1)",
        "by the change of CRP from Before to After, with thresholds of 0.5, 2, 10",
        "smallest detectable change of the readers",
        "no more than 4000",
        "and in a second run those of CRP alone",
        "changes of CRP were also divided by Age",
        "Further scenarios: missing (2).",
    ):
        assert said in section


def test_what_was_planned_and_not_run_is_not_told():
    text = told("threshold:2", sensitivity=PLAN)
    assert "with thresholds of 2;" in text
    for said in ("smallest detectable", "exchanging", "divided by", "conventions of"):
        assert said not in text
    assert "## Other choices" not in told(sensitivity=PLAN)


def test_a_hostile_scenario_is_told_without_harm():
    # Markdown that is pasted: what is invisible is shown, nothing starts a heading.
    text = told(*(f"{name}:1" for name in HOSTILE))
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "{{ 7 * 7 }}" in text


ANALYSES = [
    {
        "id": f"{group}_vs_{reference}".lower(),
        "test": "rank_sum",
        "outcomes": ["crp", "age"],
        "group": group,
        "reference": reference,
        "convention": "spss-16-npar",
        "family": "contrasts",
    }
    for group, reference in (("A", "B"), ("A", "C"))
] + [
    {
        "id": "paired",
        "test": "signed_rank",
        "outcomes": ["carsh_total", "age_total"],
        "visit": "after",
        "ref_visit": "before",
        "convention": "r-4.6",
        "family": "none_declared",
    }
]


def test_analyses_that_differ_in_their_groups_alone_are_one_sentence():
    made = study(
        groups=GROUPS,
        analyses=ANALYSES,
        families={"contrasts": {"m": 3, "method": "bonferroni"}},
    )
    rows = results(
        {"analysis": "a_vs_b", "method": "rank_sum_normal"},
        {"analysis": "paired", "method": "signed_rank_normal_drop"},
        {"analysis": "paired", "method": "signed_rank_own_way"},
    )
    text = methods_text(made, {"results.tsv": rows}, {}, words())
    section = text[text.index("## Statistical") : text.index("## Presentation")]
    assert section.splitlines()[1:5] == [
        "Groups (A against B, A against C) were compared by the Mann-Whitney U test in "
        "CRP and Age (normal approximation, corrected for ties; as in SPSS 16.0, NPAR "
        "TESTS).",
        "Changes (before to after) were tested by the Wilcoxon signed-rank test in "
        "CARSH and Age, total (normal approximation, zero differences left out; "
        "signed rank own way; convention r-4.6).",
        "P-values were adjusted by Bonferroni for 3 tests: A against B, A against C.",
        "P-values that belong to no declared family were not adjusted: paired.",
    ]
    assert "- Mann HB, Whitney DR." in text
    assert "rank_sum" not in text


def test_every_kind_of_analysis_has_a_sentence():
    from typing import get_args

    from rejia.study.analyses import Analysis

    kinds = get_args(get_args(Analysis)[0])
    for kind in kinds:
        (test,) = get_args(kind.model_fields["test"].annotation)
        assert words().find(f"methods.tests.{test}"), test


def test_assumptions_are_counted_and_not_listed():
    found = audit(
        finding("one", "consistent", "m", under="step 1; n = 8"),
        finding("two", "consistent", "m", under="step 1", rule="mean_step"),
    )
    tables = {"comparison.tsv": comparison(fact("m", "mean", "4.7"))}
    text = methods_text(study(), tables | {"audit.tsv": found}, {}, words())
    assert "(2 checks by 2 rules)" in text
    assert "rest on 2 different assumptions" in text
    assert "n = 8" not in text


@pytest.mark.parametrize("kind", ["own", "beside"])
def test_numbers_are_said_to_be_printed_by_the_study_that_printed_them(kind):
    own = {"sources": {"facts": "published/small/facts.tsv"}}
    beside = {"sources": {"cohort": "cohorts/x"}, "compare_with": "aoki2014"}
    made = study(**{"own": own, "beside": beside}[kind])
    released = {"comparison.tsv": comparison(fact("m", "mean", "4.7"))}
    text = methods_text(made, released, {}, words())
    assert ("citation key small2020" in text) == (kind == "own")
    assert ("beside the printed numbers of aoki2014" in text) == (kind == "beside")
    assert ("1 numbers" in text) is True
    assert "## Source" not in methods_text(made, {}, {}, words())


def test_versions_of_an_instrument_are_no_conventions_of_programs():
    state = {
        "label": "State",
        "instrument": "jadas_state",
        "layout": "cjadas10",
        "from": "crp",
        "course": "poly",
        "cutoffs": ["trincianti_2021"],
    }
    variables = {"crp": {"label": "CRP"}, "state": state}
    text = methods_text(
        study(variables=variables),
        {
            "multiverse.tsv": frame(
                RESULTS,
                {"scenario": "convention:trincianti_2021"},
                {"scenario": "convention:r-4.6"},
            )
        },
        {},
        words(),
    )
    assert "conventions of other programs (r-4.6)" in text
    assert "other versions of their instruments (trincianti_2021)" in text
