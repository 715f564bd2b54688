"""Refractory disease of Aoki 2014, under both readings of its 'and'."""

import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.readings import Reading, reading
from rejia.scores.refractory import criteria, refractory, roles, versions
from rejia.study import Study
from score_tables import tables

ANY, ALL = "aoki_2014_any", "aoki_2014_all"
YES, NO, UNKNOWN = Reading(text="yes"), Reading(text="no"), Reading(reason="missing")


def parts(persistent=NO, prolonged=NO, severe=NO, inactive=NO, dose=0.0, sign=""):
    return {
        "persistent_inflammation": persistent,
        "prolonged_glucocorticoid": prolonged,
        "severe_glucocorticoid_reaction": severe,
        "inactive_under_glucocorticoid": inactive,
        "glucocorticoid_dose": reading(dose, sign, unit="mg/kg/day"),
    }


CASES = [
    (parts(), False, False),
    (parts(persistent=YES), True, False),
    (parts(prolonged=YES, severe=YES, dose=0.2), True, False),
    (parts(prolonged=YES, severe=YES, dose=0.19), False, False),
    (parts(prolonged=YES, dose=1), False, False),
    (parts(severe=YES, dose=1), False, False),
    (parts(inactive=YES, dose=0.2), True, False),
    (parts(inactive=YES, dose=0.19), False, False),
    (parts(YES, YES, YES, YES, 0.2), True, True),
    (parts(YES, YES, YES, YES, 0.1999), True, False),
    (parts(persistent=UNKNOWN), None, False),
    (parts(UNKNOWN, YES, YES, YES, 0.5), True, None),
    (parts(YES, UNKNOWN, YES, YES, 0.5), True, None),
    (parts(inactive=YES, dose=0.5, sign="<"), None, False),
    (parts(inactive=YES, dose=0.2, sign="<"), False, False),
    (parts(inactive=YES, dose=0.2, sign="≥"), True, False),
]


@pytest.mark.parametrize(("found", "wanted_any", "wanted_all"), CASES)
def test_criteria_and_both_readings(found, wanted_any, wanted_all):
    assert refractory(found, version=ANY)[0] is wanted_any
    assert refractory(found, version=ALL)[0] is wanted_all


def test_what_is_unknown_is_named():
    answer, reason = refractory(parts(persistent=UNKNOWN), version=ANY)
    assert (answer, reason) == (None, "undecided: persistent")
    assert criteria(parts()) == {
        "persistent": False,
        "toxic": False,
        "dependent": False,
    }


def test_dose_without_its_unit_decides_nothing():
    bare = parts(inactive=YES) | {"glucocorticoid_dose": reading(5)}
    assert refractory(bare, version=ANY)[0] is None


def test_an_unknown_version_is_refused():
    assert list(versions()) == [ANY, ALL]
    with pytest.raises(ValueError, match="version must be one of aoki_2014_any"):
        refractory({}, version="aoki")


def study(**changes):
    made = {
        "label": "R",
        "instrument": "refractory",
        "of": {role: role for role in roles()},
        "versions": [ANY, ALL],
    }
    return Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "visits": {"a": {"label": "a"}},
            "variables": {role: {"label": role} for role in roles()}
            | {"refractory": made | changes},
        }
    )


def test_a_study_makes_it_and_a_missing_part_is_told():
    found = derive_scores(study(), tables({"a": "0"}, [], {}))
    assert found["level"].tolist() == ["", ""]
    assert found["reason"].iloc[0] == "undecided: persistent, toxic, dependent"


WRONG = [
    ({"versions": []}, "versions is missing"),
    ({"versions": ["aoki"]}, "no 'aoki'"),
    ({"of": {roles()[0]: roles()[0]}}, "no variable is glucocorticoid_dose"),
]


@pytest.mark.parametrize(("changes", "what"), WRONG)
def test_faults_of_the_definition(changes, what):
    assert what in " ".join(instrument_faults(study(**changes)))
