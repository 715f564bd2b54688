"""Remission on and off medication over visits."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.courses import Course
from rejia.scores.remission import on_medication, remission_at, states
from rejia.study import Study
from score_tables import tables

ON, OFF = "remission_on_medication", "remission_off_medication"


# Worked numbers of the instruments' definitions: days 0, 100, 190 under treatment.
def test_six_months_on_medication_count_from_the_first_inactive_visit():
    visits = [(0, True, True), (100, True, True), (190, True, True)]
    assert remission_at(visits, state=ON) == [False, False, True]
    assert remission_at(visits, state=OFF) == [False] * 3


def test_active_visit_between_ends_the_series():
    visits = [(0, True, True), (100, False, True), (190, True, True)]
    assert remission_at(visits, state=ON) == [False] * 3


EDGES = [
    (ON, True, 183, True),
    (ON, True, 182, False),
    (OFF, False, 365, True),
    (OFF, False, 364, False),
]


@pytest.mark.parametrize(("state", "treated", "last", "reached"), EDGES)
def test_both_sides_of_each_duration(state, treated, last, reached):
    days = [0, *range(100, last, 100), last]
    visits = [(day, True, treated) for day in days]
    assert remission_at(visits, state=state)[-1] is reached


def test_both_sides_of_the_longest_gap():
    assert remission_at([(0, True, True), (183, True, True)], state=ON)[-1] is True
    assert remission_at([(0, True, True), (184, True, True)], state=ON)[-1] is False


def test_one_visit_is_no_series():
    assert remission_at([(500, True, True)], state=ON) == [False]


def test_remission_ends_with_a_flare_and_begins_anew():
    days = (0, 100, 190, 250, 300, 400, 490)
    visits = [(day, day != 250, True) for day in days]
    assert remission_at(visits, state=ON) == [False, False, True, *[False] * 3, True]


def test_what_is_not_known_opens_only_what_it_could_decide():
    visits = [(0, True, True), (100, None, True), (190, True, True)]
    assert remission_at(visits, state=ON) == [False, False, None]
    visits = [(0, True, True), (60, None, True), (100, True, True)]
    assert remission_at(visits, state=ON) == [False] * 3
    visits = [(0, True, None), (100, True, None), (190, True, None)]
    assert remission_at(visits, state=ON)[-1] is None


answers = st.sampled_from([True, False, None])
series = st.lists(st.tuples(st.integers(0, 900), answers, answers), max_size=6)


@given(series, st.sampled_from([ON, OFF]))
def test_an_answer_holds_however_the_unknown_turns_out(visits, state):
    visits = sorted(visits, key=lambda visit: visit[0])
    found = remission_at(visits, state=state)
    for unknown in (True, False):
        filled = [
            (day, unknown if a is None else a, unknown if b is None else b)
            for day, a, b in visits
        ]
        for here, after in zip(found, remission_at(filled, state=state), strict=True):
            assert here is None or here is after


def test_refused_arguments():
    with pytest.raises(ValueError, match="in the order of days"):
        remission_at([(9, True, True), (0, True, True)], state=ON)
    with pytest.raises(ValueError, match="state must be one of remission_on"):
        remission_at([], state="remission")


MEDICATION = [
    ([("Tocilizumab", Course(0, inf))], True),
    ([("tocilizumab", Course(0, 100))], False),
    ([("tocilizumab", Course(0, 101))], True),
    ([("tocilizumab", Course(151, inf))], False),
    ([("steroids", Course(120, 130))], True),
    ([("folic acid", Course())], False),
    ([("herbs", Course())], None),
    ([("herbs", Course(0, 50))], False),
    ([("tocilizumab", Course(nan, inf))], None),
    ([("herbs", Course()), ("methotrexate", Course())], True),
    ([], False),
]


@pytest.mark.parametrize(("courses", "answer"), MEDICATION)
def test_medication_between_two_visits(courses, answer):
    found, why = on_medication(courses, since=100, day=150)
    assert found is answer
    assert bool(why) is (answer is None)


def test_a_study_says_what_counts():
    herbs = [("Herbs", Course())]
    named = frozenset({"herbs"})
    assert on_medication(herbs, since=0, day=1, counting=named)[0] is True
    assert on_medication(herbs, since=0, day=1, other=named)[0] is False


def study(**changes):
    state = {"label": "R", "instrument": "remission", "from": "inactive"}
    return Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "visits": {v: {"label": v} for v in "abc"},
            "variables": {
                "inactive": {"label": "I", "levels": ["yes", "no"]},
                "remission": state | {"versions": [ON, OFF]} | changes,
            },
        }
    )


def states_of(days, treatments, inactive, **changes):
    found = derive_scores(study(**changes), tables(days, treatments, inactive))
    return {
        state: found[found["score_version"] == state]["level"].tolist()
        for state in (ON, OFF)
    } | {"reason": [reason for reason in found["reason"] if reason]}


YES = dict.fromkeys("abc", "yes")


def test_states_come_from_visits_treatments_and_inactive_disease():
    days = {"a": "0", "b": "150", "c": "365"}
    found = states_of(
        {"a": "0", "b": "100", "c": "190"}, [("tocilizumab", "0", "")], YES
    )
    assert found[ON] == ["no", "no", "yes"]
    assert found[OFF] == ["no"] * 3
    # A gap of 215 days is longer than the rule's, whatever the drug.
    assert states_of(days, [("tocilizumab", "0", "")], YES)[ON] == ["no"] * 3


def test_a_course_between_two_visits_is_not_off_medication():
    days = {"a": "0", "b": "183", "c": "366"}
    off = [("tocilizumab", "-100", "0")]
    assert states_of(days, off, YES)[OFF] == ["no", "no", "yes"]
    short = [*off, ("prednisolone", "190", "200")]
    assert states_of(days, short, YES)[OFF] == ["no"] * 3


def test_unknown_days_drugs_and_states_are_told():
    days = {"a": "0", "b": "183", "c": "366"}
    found = states_of(days, [("herbs", "-5", "")], YES)
    assert found[OFF] == ["no", "no", ""]
    assert "herbs" in found["reason"][-1]
    assert states_of(days, [("herbs", "-5", "")], YES, other_drugs=["herbs"])[OFF] == [
        "no",
        "no",
        "yes",
    ]
    assert states_of(days | {"b": ""}, [], YES)[OFF] == [""] * 3
    assert states_of(days, [], YES)["reason"]
    found = states_of(days, [("folic acid", "0", "")], YES | {"b": ""})
    assert found[OFF] == ["no", "no", ""]
    assert "inactive is not known" in found["reason"][-1]


WRONG = [
    ({"from": None}, "from is missing"),
    ({"versions": []}, "versions is missing"),
    ({"versions": ["remission"]}, "no 'remission'"),
]


@pytest.mark.parametrize(("changes", "what"), WRONG)
def test_faults_of_the_definition(changes, what):
    assert what in " ".join(instrument_faults(study(**changes)))


def test_rules_are_those_of_the_file():
    assert list(states()) == [ON, OFF]
