import re

from present_material import comparison, fact, results, study, words
from rejia.present.deviations import deviations, planned_scenarios
from rejia.present.report import build_report

DESCRIBE = {
    "id": "describe",
    "test": "describe",
    "outcomes": ["crp", "age"],
    "visits": ["before", "after"],
}


def row(name, **columns):
    base = {
        "row": name,
        "scenario": "primary",
        "analysis": "describe",
        "outcome": "crp",
        "statistic": "mean",
        "group": "all",
        "estimate": 4.8,
    }
    return base | columns


def planned(**definitions):
    cohort = {"sources": {"cohort": "cohorts/small"}}
    return study(**({"analyses": [DESCRIBE]} | cohort | definitions))


def log(definitions, **tables):
    released = {f"{name}.tsv": table for name, table in tables.items()}
    return deviations(definitions, released, words())


def test_a_plan_that_was_run_whole_leaves_nothing_to_say():
    made = results(
        row("a", visit="before"),
        row("b", visit="after"),
        row("c", outcome="age"),
    )
    assert log(planned(), results=made) == {}


def test_every_declared_part_without_a_row_is_named():
    found = log(planned(), results=results(row("a", visit="before")))
    assert [(d.what, d.about) for d in found["without_row"]] == [
        ("describe", "Age"),
        ("describe", "After"),
    ]
    whole = log(planned(), results=results())["without_row"]
    assert [d.about for d in whole] == ["the whole analysis"]


def test_a_study_without_a_cohort_says_so():
    (one,) = log(study(analyses=[DESCRIBE]))["without_row"]
    assert one.why.startswith("The study has no cohort")


def test_rows_without_an_estimate_are_counted_under_their_warning():
    nothing = {"estimate": float("nan"), "warning": "no value"}
    made = results(
        row("a", visit="before", **nothing),
        row("b", visit="after", **nothing),
        row("c", outcome="age", warning="2 censored values left out"),
    )
    found = log(planned(), results=made)
    assert [(d.about, d.found, d.why) for d in found["without_value"]] == [
        ("CRP", "rows: 2", "no value")
    ]
    assert [d.why for d in found["remarks"]] == ["2 censored values left out"]


def test_a_p_value_alone_is_a_value():
    made = results(row("a", visit="before", estimate=float("nan"), p_value=0.2))
    assert "without_value" not in log(planned(), results=made)


def test_scenarios_say_what_declares_them_and_missing_ones_are_named():
    definitions = planned(sensitivity={"thresholds": [0.5, 2]})
    scenarios = results(
        row("t", scenario="threshold:2"),
        row("v", scenario="convention:v9", estimate=float("nan")),
        row("w", scenario="convention:v9"),
    )
    found = log(definitions, results=results(), multiverse=scenarios)
    assert set(planned_scenarios(definitions)) == {"threshold:0.5", "threshold:2"}
    assert "threshold:0.5" in [d.what for d in found["without_row"]]
    assert "threshold:2" not in [d.what for d in found["without_row"]]
    told = {d.what: (d.found, d.why) for d in found["beyond"]}
    assert told["threshold:2"][1] == "Declared as sensitivity of the study."
    assert told["convention:v9"] == (
        "rows: 2, of these without an estimate: 1",
        "Not declared in the study.",
    )


def test_an_analysis_that_nobody_declared_is_beyond_the_plan():
    found = log(planned(), results=results(row("u", analysis="units")))
    assert [d.what for d in found["beyond"]] == ["units"]


def test_numbers_of_claims_that_were_not_recomputed_are_linked():
    definitions = study(
        claims=[{"id": "fell", "says": "CRP fell", "rests_on": ["m", "p", "gone"]}]
    )
    facts = comparison(
        fact("m", "mean", "4.7", outcome="crp", reproduction="agrees"),
        fact("p", "p_value", "<0.01", outcome="crp", reproduction="not_comparable"),
    )
    found = log(definitions, comparison=facts)
    assert [(d.fact, d.found) for d in found["claims"]] == [
        ("p", "not comparable"),
        ("", "not among the printed numbers"),
    ]
    assert [d.about for d in found["printed"]] == ["printed numbers: 1"]


def test_the_report_shows_the_log_between_its_methods_and_its_provenance():
    hostile = planned(
        analyses=[DESCRIBE | {"outcomes": ["crp"]}],
        variables={"crp": {"label": "<script>x</script>"}},
    )
    nothing = {"estimate": float("nan"), "warning": "no value"}
    released = {"results.tsv": results(row("a", visit="before", **nothing))}
    page = build_report(hostile, released, [], None, words(), {})
    places = [page.index(f'id="{n}"') for n in ("methods", "deviations", "provenance")]
    assert places == sorted(places)
    assert "<script>x" not in page
    assert re.search(r"Planned and run, but without an estimate</h3>", page)
    bare = build_report(study(), {}, [], None, words(), {})
    assert "All that was planned was run, and nothing else." in bare


def test_what_nobody_has_is_no_test_without_differences():
    nothing = {"estimate": float("nan"), "warning": "no differences"}
    made = results(
        row("a", visit="before", n=0, n_missing=24, **nothing),
        row("b", visit="after", n=0, n_missing=24, **(nothing | {"warning": ""})),
        row("c", outcome="age", n=0, n_missing=0, **nothing),
    )
    found = log(planned(), results=made)
    assert [(d.about, d.why) for d in found["without_value"]] == [
        ("CRP", "Nobody has a value of it, or both values of its change."),
        ("Age", "no differences"),
    ]
