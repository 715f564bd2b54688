import pandas as pd
import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.readings import NOT_MEASURED, Reading, reading
from rejia.scores.remission import remission_at
from rejia.scores.wallace import definitions, inactive_disease
from rejia.study import Study

EARLY, LATE, STRICT = "wallace_2004", "wallace_2011", "wallace_2011_both_normal"
NO, YES = Reading(text="no"), Reading(text="yes")


def parts(esr=12, crp=2, stiffness=0, **changed):
    return {
        "active_joints": reading(0),
        "systemic_features": Reading(text="none"),
        "uveitis": NO,
        "esr": NOT_MEASURED if esr is None else reading(esr, upper=20),
        "crp": NOT_MEASURED if crp is None else reading(crp, upper=5),
        "physician_global": reading(0),
        "morning_stiffness_min": reading(stiffness),
    } | changed


def answers(found):
    return tuple(
        inactive_disease(found, definition=definition)[0]
        for definition in (EARLY, LATE, STRICT)
    )


# instruments.md section 6.
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (parts(), (True, True, True)),
        (parts(crp=9), (False, True, False)),
        (parts(esr=35, crp=None, acute_phase_not_jia=YES), (False, True, True)),
        (parts(esr=35, crp=None), (False, False, False)),
        (parts(stiffness=15), (True, True, True)),
        (parts(stiffness=16), (True, False, False)),
        (parts(esr=20, crp=5), (True, True, True)),
        (parts(esr=21, crp=5.1), (False, False, False)),
        (parts(active_joints=reading(1)), (False, False, False)),
        (parts(physician_global=reading(0.1)), (False, False, False)),
        (parts(uveitis=YES), (False, False, False)),
        (parts(systemic_features=reading(1)), (False, False, False)),
    ],
)
def test_inactive_disease(found, expected):
    assert answers(found) == expected


def test_an_unknown_criterion_decides_nothing_unless_another_fails():
    unknown = parts(uveitis=NOT_MEASURED)
    assert answers(unknown) == (None, None, None)
    assert inactive_disease(unknown, definition=EARLY)[1] == "undecided: uveitis"
    assert answers(unknown | {"active_joints": reading(2)}) == (False,) * 3
    assert answers(parts(esr=None, crp=None)) == (None, None, None)


def test_judging_an_elevation_needs_a_value_that_was_tested():
    found = parts(esr=None, crp=None, acute_phase_not_jia=YES)
    assert answers(found) == (None, None, None)


def test_a_censored_marker_is_normal_where_all_its_values_are():
    untested = parts(esr=None, crp=None)
    below = {"crp": reading(0.2, "<", upper=5)}
    assert answers(untested | below) == (True, True, True)
    undecided = {"crp": reading(9, "<", upper=5)}
    assert answers(untested | undecided) == (None, None, None)
    without_limit = {"crp": reading(2)}
    assert answers(untested | without_limit) == (None, None, None)


@pytest.mark.parametrize("text", ["perhaps", ""])
def test_a_text_that_is_neither_yes_nor_no_is_unknown(text):
    assert answers(parts(uveitis=Reading(text=text))) == (None, None, None)


def test_an_unknown_definition_is_refused():
    assert definitions()[:3] == (EARLY, LATE, STRICT)
    with pytest.raises(ValueError, match="definition must be one of wallace_2004"):
        inactive_disease({}, definition="wallace")


ON, OFF = "remission_on_medication", "remission_off_medication"


def test_six_continuous_months_on_medication_are_remission():
    visits = [(0, True, True), (100, True, True), (190, True, True)]
    assert remission_at(visits, state=ON) == [False, False, True]


@pytest.mark.parametrize("between", [False, None])
def test_an_active_or_unknown_visit_between_ends_the_period(between):
    visits = [(0, True, True), (100, between, True), (190, True, True)]
    # What is not known could have been inactive disease.
    undecided = None if between is None else False
    assert remission_at(visits, state=ON) == [False, False, undecided]


@pytest.mark.parametrize(("last", "reached"), [(182, False), (183, True)])
def test_six_months_are_183_days(last, reached):
    visits = [(0, True, True), (90, True, True), (last, True, True)]
    assert remission_at(visits, state=ON)[-1] is reached


@pytest.mark.parametrize(("last", "reached"), [(364, False), (365, True)])
def test_twelve_months_off_medication_are_365_days(last, reached):
    visits = [(day, True, False) for day in (0, 150, 300, last)]
    assert remission_at(visits, state=OFF)[-1] is reached
    assert remission_at(visits, state=ON) == [False] * 4


@pytest.mark.parametrize(("last", "reached"), [(183, True), (184, False)])
def test_a_gap_of_more_than_six_months_ends_the_period(last, reached):
    visits = [(0, True, True), (last, True, True)]
    assert remission_at(visits, state=ON) == [False, reached]


def test_visits_of_remission_are_in_order():
    with pytest.raises(ValueError, match="in the order of days"):
        remission_at([(9, True, True), (0, True, True)], state=ON)
    with pytest.raises(ValueError, match="state must be one of remission_on"):
        remission_at([], state="remission")


ROLES = {
    "ajc": "active_joints",
    "systemic": "systemic_features",
    "eyes": "uveitis",
    "crp": "crp",
    "pga": "physician_global",
    "stiffness": "morning_stiffness_min",
}


def study(**changed):
    variables = {name: {"label": name} for name in ROLES}
    variables["cid"] = {
        "label": "Inactive",
        "instrument": "wallace",
        "versions": [EARLY, LATE],
        "of": ROLES,
    } | changed
    return Study.model_validate(
        {
            "study": "one",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {"v": {"label": "v"}},
            "variables": variables,
        }
    )


def test_inactive_disease_of_a_cohort():
    nan = float("nan")
    rows = pd.DataFrame(
        [
            ("ajc", 0, "", nan),
            ("systemic", nan, "none", nan),
            ("eyes", nan, "-", nan),
            ("crp", 2, "", 5),
            ("pga", 0, "", nan),
            ("stiffness", 20, "", nan),
        ],
        columns=["variable", "value", "text", "upper_limit"],
    ).assign(patient="p", visit="v")
    scores = derive_scores(study(), {"measurements": rows})
    assert scores.level.tolist() == ["inactive", "active"]
    assert scores.value.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"versions": []}, "versions is missing (known: wallace_2004"),
        ({"versions": ["wallace_2012"]}, "did you mean 'wallace_2011'?"),
        ({"of": {"ajc": "active_joints"}}, "of: no variable is systemic_features"),
        ({"of": {"ajc": "active_joints"}}, "of: no variable is esr or crp"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(changed, fault):
    assert any(fault in found for found in instrument_faults(study(**changed)))


def test_without_the_acute_phase_the_other_criteria_decide():
    from rejia.scores.wallace import criteria

    for year in ("wallace_2004", "wallace_2011"):
        bare = f"{year}_without_acute_phase"
        kept = [
            r["criterion"] for r in criteria(year) if r["criterion"] != "acute_phase"
        ]
        assert [rule["criterion"] for rule in criteria(bare)] == kept
        raised = parts(esr=80, crp=90)
        assert inactive_disease(raised, definition=year)[0] is False
        assert inactive_disease(raised, definition=bare)[0] is True
        assert (
            inactive_disease(parts(active_joints=reading(1)), definition=bare)[0]
            is False
        )


def test_inactive_disease_of_a_cohort_is_a_proportion_by_visit_with_an_interval():
    import pandas as pd

    from rejia.analyses import run_analyses
    from rejia.analyses.rows import CohortRows
    from rejia.contracts import GROUPS, SCORES
    from rejia.scores.score import Score, scores_frame
    from rejia.stats.proportions import proportion
    from rejia.study import Study

    versions = [LATE, "wallace_2011_without_acute_phase"]
    study = Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {"v": {"label": "v"}},
            "variables": {
                "cid": {"label": "C", "instrument": "wallace", "versions": versions}
            },
            "analyses": [
                {"id": "d", "test": "describe", "outcomes": ["cid"], "visits": ["v"]}
            ],
        }
    )
    names = [f"p{at}" for at in range(10)]
    levels = {LATE: ["inactive"] * 3 + ["active"] * 6 + [""]}
    levels[versions[1]] = ["inactive"] * 5 + ["active"] * 5
    scores = scores_frame(
        Score(patient=name, visit="v", score="cid", level=level, score_version=version)
        for version, each in levels.items()
        for name, level in zip(names, each, strict=True)
    )
    assert list(scores.columns) == list(SCORES)
    rows = CohortRows(
        study=study,
        tables={
            "patients": pd.DataFrame({"patient": names}),
            "measurements": pd.DataFrame({"variable": [], "value": []}),
        },
        scores=scores,
        groups=pd.DataFrame(columns=list(GROUPS)),
    )
    found = run_analyses(study, cohort=rows, facts=None)
    found = found[(found["level"] == "inactive") & (found["statistic"] == "proportion")]
    by_scenario = found.set_index("scenario")
    first = by_scenario.loc["primary"]
    wanted = proportion(3, 9, method="clopper_pearson")
    assert (first["ci_low"], first["ci_high"]) == (wanted.ci_low, wanted.ci_high)
    assert (first["n"], first["n_missing"]) == (9, 1)
    assert by_scenario.loc[f"convention:{versions[1]}", "estimate"] == 0.5
