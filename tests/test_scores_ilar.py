"""ILAR categories: the worked cases, bounds, exclusions and what is not known."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.ilar import categories, fit, ilar_warnings, roles
from rejia.scores.readings import Reading, reading
from rejia.study import Study

NO = {role: reading(0) for role in roles()} | {"rf_tests": reading(2)}
YES = reading(1)


def features(**changes):
    return NO | {
        name: value if isinstance(value, Reading) else reading(value)
        for name, value in changes.items()
    }


def joints(first, ever=None, **changes):
    ever = first if ever is None else ever
    return features(joints_first_6_months=first, joints_ever=ever, **changes)


# Worked cases of the instruments' definitions, section 11, then each bound.
CASES = [
    (joints(3), "OLIGO_P"),
    (joints(3, 6), "OLIGO_E"),
    (joints(5, rf_tests=2), "POLY_RFN"),
    (joints(5, rf_tests=1, rf_positive_tests=1), ""),
    (joints(3, first_degree_psoriasis=YES), "UND"),
    (joints(4), "OLIGO_P"),
    (joints(4, 5), "OLIGO_E"),
    (joints(5, rf_tests=2, rf_positive_tests=2), "POLY_RFP"),
    (joints(5, rf_tests=2, rf_positive_tests=1), "UND"),
    (joints(5, rf_tests=1), ""),
    (joints(3, rf_tests=1), ""),
    (joints(3, rf_tests=2), "OLIGO_P"),
    (joints(3, systemic_features=YES), "SYS"),
    (joints(8, systemic_features=YES, rf_tests=2), "SYS"),
    (joints(3, systemic_features=YES, psoriasis=YES), "UND"),
    (joints(3, psoriasis=YES), "PSA"),
    (joints(3, dactylitis=YES, nail_signs=YES), "UND"),
    (joints(3, dactylitis=YES, first_degree_psoriasis=YES), "PSA"),
    (joints(3, enthesitis=YES, b27_disease=YES), "ERA"),
    (joints(3, enthesitis=YES), "UND"),
    (joints(6, hla_b27=YES, male_older_than_6=YES, rf_tests=2), "ERA"),
    (joints(6, hla_b27=YES, rf_tests=2), "POLY_RFN"),
    (joints(3, rf_positive_tests=2), "UND"),
    (joints(3, b27_disease=YES), "UND"),
]


@pytest.mark.parametrize(("parts", "category"), CASES)
def test_categories_of_known_features(parts, category):
    assert fit(parts).category == category


def test_what_is_not_known_leaves_what_it_could_be():
    found = fit({"joints_first_6_months": reading(5)})
    assert found.surely == ()
    assert set(found.possibly) == {"SYS", "POLY_RFN", "POLY_RFP", "PSA", "ERA"}
    assert found.allows("POLY_RFP")
    assert found.allows("UND")
    assert not found.allows("OLIGO_P")


def test_one_sure_category_forbids_the_others():
    found = fit(joints(3))
    assert found.allows("OLIGO_P")
    assert not any(found.allows(name) for name in categories() if name != "OLIGO_P")


values = st.sampled_from([None, 0, 1, 4, 5])


@given(st.fixed_dictionaries({role: values for role in roles()}))
def test_more_knowledge_only_narrows(answers):
    known = {role: reading(v) for role, v in answers.items() if v is not None}
    known |= {"rf_tests": reading(2)} if "rf_tests" in known else {}
    filled = NO | known
    before, after = fit(known), fit(filled)
    assert set(before.surely) <= set(after.surely)
    assert set(after.possibly) <= set(before.possibly)
    assert after.surely == after.possibly
    if before.category:
        assert after.category == before.category


def study(of=None):
    own = (
        {"joints6": "joints_first_6_months", "ever": "joints_ever"}
        if of is None
        else of
    )
    return Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "visits": {"a": {"label": "a"}},
            "variables": {
                "joints6": {"label": "J", "per": "patient"},
                "ever": {"label": "E", "per": "patient"},
                "pain": {"label": "P"},
                "category": {"label": "C", "instrument": "ilar", "of": own},
            },
        }
    )


def patients(**columns):
    usual = {"patient": ["p"], "sex": [""], "birth_date": [""], "onset_date": [""]}
    return {"patients": pd.DataFrame(usual | {n: [v] for n, v in columns.items()})}


def warned(definition=None, **columns):
    return list(ilar_warnings(definition or study(), patients(**columns)))


def test_recorded_category_is_held_against_the_features():
    assert warned(ilar_category="POLY_RFN", joints6=5.0, ever=9.0) == []
    ((line, patient, found, what),) = warned(
        ilar_category="OLIGO_P", joints6=5.0, ever=9.0
    )
    assert (line, patient, found) == (2, "p", "OLIGO_P")
    assert what.startswith("is not what the features allow: SYS, POLY_RFN")
    assert warned(ilar_category="OLIGO_E", joints6=3.0, ever=4.0)
    assert warned(ilar_category="OLIGO_E", joints6=3.0, ever=5.0) == []
    assert warned(ilar_category="") == []


def test_a_word_that_is_no_category_is_told_with_the_nearest():
    ((_, _, found, what),) = warned(ilar_category="poly_rfm")
    assert found == "poly_rfm"
    assert "did you mean 'POLY_RF" in what


ONSET = [("2016-01-01", 1), ("2015-12-31", 0), ("2016-01-02", 1), ("", 0)]


@pytest.mark.parametrize(("onset", "n_warnings"), ONSET)
def test_onset_from_the_16th_birthday_on_is_told(onset, n_warnings):
    found = warned(birth_date="2000-01-01", onset_date=onset, ilar_category="")
    assert len(found) == n_warnings


def test_a_study_makes_the_category_of_each_patient():
    tables = patients(joints6=5.0, ever=9.0) | {
        "visits": pd.DataFrame({"patient": ["p"], "visit": ["a"]})
    }
    found = derive_scores(study(), tables)
    assert found["level"].tolist() == [""]
    assert found["reason"].tolist() == ["possible: SYS, POLY_RFN, POLY_RFP, PSA, ERA"]


WRONG = [
    ({"joints6": "joints"}, "no 'joints'"),
    ({"pain": "psoriasis"}, "pain must be a variable per patient"),
]


@pytest.mark.parametrize(("of", "what"), WRONG)
def test_faults_of_the_definition(of, what):
    assert what in " ".join(instrument_faults(study(of)))
