from math import isnan

import pandas as pd
import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.poznanski import Standard, poznanski_score
from rejia.study import Study

# Synthetic coefficients of instruments.md section 1; never for real data.
SYNTHETIC = Standard(
    sex="female",
    intercept_mm=5.0,
    slope=0.45,
    sd_mm=1.5,
    m2_min_mm=30,
    m2_max_mm=70,
    source="synthetic",
)


@pytest.mark.parametrize(
    ("rm", "expected"), [(24.0, -2.3333333333), (27.5, 0.0), (30.2, 1.8)]
)
def test_the_synthetic_vectors(rm, expected):
    score, reason = poznanski_score(rm, 50.0, sex="female", standards=[SYNTHETIC])
    assert score == pytest.approx(expected, abs=5e-11)
    assert reason == ""


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"physis_closed": True}, "physis_closed"),
        ({"standards": []}, "no_reference"),
        ({"sex": "male"}, "no_reference"),
        ({"m2_mm": 71}, "outside_reference"),
        ({"m2_mm": 29}, "outside_reference"),
    ],
)
def test_without_a_standard_there_is_no_score(choices, reason):
    usual = {"m2_mm": 50.0, "sex": "female", "standards": [SYNTHETIC]}
    score, why = poznanski_score(24.0, **(usual | choices))
    assert isnan(score)
    assert why == reason


@pytest.mark.parametrize("name", ["rm_mm", "m2_mm"])
def test_lengths_are_above_zero(name):
    lengths = {"rm_mm": 24.0, "m2_mm": 50.0, name: 0.0}
    with pytest.raises(ValueError, match=f"{name} must be above 0, but got 0.0"):
        poznanski_score(**lengths, sex="female", standards=[])


def study(layout=None):
    variable = {"label": "Poznanski", "instrument": "poznanski", "layout": layout}
    return Study.model_validate(
        {
            "study": "one",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {"v": {"label": "v"}},
            "variables": {"film": variable},
        }
    )


def scores(rows, layout=None):
    columns = "side finding reader reading value".split()
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.assign(patient="p", visit="v", site="hand")
    visits = pd.DataFrame({"patient": ["p"], "visit": ["v"]})
    return derive_scores(study(layout), {"findings": frame, "visits": visits})


GIVEN = [
    ("left", "poznanski", "a", "1", -1.5),
    ("left", "poznanski", "b", "1", -1.7),
    ("right", "poznanski", "a", "1", -0.4),
    ("right", "poznanski", "b", "1", -0.4),
]


@pytest.mark.parametrize(
    ("layout", "total"), [(None, -1.0), ("mean_of_hands", -1.0), ("worse_hand", -1.6)]
)
def test_given_scores_are_averaged_over_readers_and_joined_over_hands(layout, total):
    found = scores(GIVEN, layout)
    hands = found[found.score == "film"].set_index("side").value.to_dict()
    assert hands == {"left": -1.6, "right": -0.4}
    assert found[found.score == "film_total"].value.tolist() == [total]


def test_one_hand_alone_makes_no_value_of_the_patient():
    found = scores(GIVEN[:2]).set_index(["score", "side"])
    assert isnan(found.loc[("film_total", ""), "value"])
    assert found.loc[("film_total", ""), "reason"] == "no score of the right hand"
    assert found.loc[("film", "right"), "reason"] == "not read"


def test_lengths_alone_have_no_score():
    rows = [("left", "rm_mm", "a", "1", 24.0), ("left", "m2_mm", "a", "1", 50.0)]
    found = scores(rows).set_index(["score", "side"])
    assert isnan(found.loc[("film", "left"), "value"])
    assert found.loc[("film", "left"), "reason"].startswith("no_reference")


def test_an_unknown_layout_is_refused():
    assert instrument_faults(study("hand")) == [
        "variables.film: layout: no 'hand' (known: mean_of_hands, worse_hand)"
    ]
