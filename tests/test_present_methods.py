"""The methods paragraph tells the scenarios that were run, and no others."""

from present_material import HOSTILE, frame, study
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
    return methods_text(made, {"multiverse.tsv": table}, {})


def test_every_scenario_that_was_run_is_told():
    text = told(*SCENARIOS, *SCENARIOS, sensitivity=PLAN)
    section = text[text.index("## Other choices") : text.index("## Presentation")]
    for words in (
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
        assert words in section


def test_what_was_planned_and_not_run_is_not_told():
    text = told("threshold:2", sensitivity=PLAN)
    assert "with thresholds of 2;" in text
    for words in ("smallest detectable", "exchanging", "divided by", "conventions of"):
        assert words not in text
    assert "## Other choices" not in told(sensitivity=PLAN)


def test_a_hostile_scenario_is_told_without_harm():
    # Markdown that is pasted: what is invisible is shown, nothing starts a heading.
    text = told(*(f"{name}:1" for name in HOSTILE))
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "{{ 7 * 7 }}" in text
