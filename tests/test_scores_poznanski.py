from math import isnan

import pandas as pd
import pytest

from rejia.errors import DataError
from rejia.scores import derive_scores, instrument_faults, read_references
from rejia.scores.poznanski import poznanski_score
from rejia.scores.standards import Standard, read_standards
from rejia.study import Study, Variable

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


# A table of standards of the user's own, with the synthetic coefficients.
TABLE = (
    "sex\tintercept_mm\tslope\tsd_mm\tm2_min_mm\tm2_max_mm\tsource\n"
    "female\t5.0\t0.45\t1.5\t30\t70\tsynthetic\n"
)


def computed(rows, *, sex="female", standards=(SYNTHETIC,), **changes):
    variable = {"label": "P", "instrument": "poznanski", "step": 0.1} | changes
    definition = Study.model_validate(
        {
            "study": "one",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {"v": {"label": "v"}},
            "variables": {"film": variable},
        }
    )
    columns = "side finding reader reading value".split()
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.assign(patient="p", visit="v", site="hand")
    tables = {
        "findings": frame,
        "visits": pd.DataFrame({"patient": ["p"], "visit": ["v"]}),
        "patients": pd.DataFrame({"patient": ["p"], "sex": [sex]}),
    }
    return derive_scores(definition, tables, {"film": tuple(standards)}).set_index(
        ["score", "side"]
    )


def lengths(side, rm, m2=50.0):
    return [(side, "rm_mm", "a", "1", rm), (side, "m2_mm", "a", "1", m2)]


BOTH = [*lengths("left", 24.0), *lengths("right", 30.2)]


def test_lengths_and_a_table_of_the_users_own_make_scores():
    found = computed(BOTH)
    assert found.loc[("film", "left"), "value"] == -7 / 3
    assert found.loc[("film", "right"), "value"] == 1.8
    assert found.loc[("film_total", ""), "value"] == pytest.approx((1.8 - 7 / 3) / 2)
    assert set(found["score_version"]) == {"poznanski_computed_mean_of_hands"}


def test_lengths_are_averaged_over_readers():
    more = [("left", "rm_mm", "b", "1", 31.0), ("left", "m2_mm", "b", "1", 50.0)]
    assert computed([*BOTH, *more]).loc[("film", "left"), "value"] == 0


def test_a_closed_growth_plate_has_no_score_even_if_one_is_given():
    closed = ("left", "physis_closed", "a", "1", 1.0)
    for rows in (BOTH, GIVEN):
        found = computed([*rows, closed])
        assert isnan(found.loc[("film", "left"), "value"])
        assert found.loc[("film", "left"), "reason"] == "physis_closed"
        assert found.loc[("film_total", ""), "reason"] == "no score of the left hand"
    open_plate = ("left", "physis_closed", "a", "1", 0.0)
    assert computed([*BOTH, open_plate]).loc[("film", "left"), "reason"] == ""


REFUSED = [
    (BOTH, {"sex": "male"}, "no_reference"),
    (BOTH, {"sex": ""}, "sex is missing"),
    (BOTH, {"standards": ()}, "no_reference: lengths need"),
    (lengths("left", 24.0, 71.0), {}, "outside_reference"),
    (lengths("left", 0.0), {}, "a length is not above 0"),
    (lengths("left", 24.0)[:1], {}, "m2_mm is missing"),
]


@pytest.mark.parametrize(("rows", "changes", "reason"), REFUSED)
def test_why_lengths_have_no_score(rows, changes, reason):
    found = computed(rows, **changes)
    assert isnan(found.loc[("film", "left"), "value"])
    assert found.loc[("film", "left"), "reason"].startswith(reason)


# The lengths give -2.3333...: what is recorded to 0.1 may be off by half of that.
AGREES = [(-2.3, True), (-2.35, True), (-2.38, True), (-2.39, False), (-2.28, False)]


@pytest.mark.parametrize(("given", "agrees"), AGREES)
def test_a_given_score_that_is_not_that_of_its_lengths_is_a_fault(given, agrees):
    rows = [*BOTH, ("left", "poznanski", "a", "1", given)]
    if agrees:
        found = computed(rows)
        assert found.loc[("film", "left"), "value"] == given
        total = found.loc[("film_total", ""), "score_version"]
        assert total == "poznanski_as_given_and_computed_mean_of_hands"
        return
    with pytest.raises(DataError) as error:
        computed(rows)
    assert f"p, v, left hand: {given:g} is given, but the lengths give -2.333" in str(
        error.value
    )


def test_exactly_half_a_step_is_no_fault():
    rows = [*BOTH, ("right", "poznanski", "a", "1", 1.85)]
    assert computed(rows).loc[("film", "right"), "value"] == 1.85
    with pytest.raises(DataError):
        computed([*BOTH, ("right", "poznanski", "a", "1", 1.8501)])


def test_a_reference_needs_a_step():
    variable = {"label": "P", "instrument": "poznanski", "reference": "own.tsv"}
    definition = study().model_copy(
        update={"variables": {"film": Variable.model_validate(variable)}}
    )
    (fault,) = instrument_faults(definition)
    assert "step is missing" in fault


def test_standards_are_read_from_the_folder_of_data(tmp_path):
    (tmp_path / "own.tsv").write_text(TABLE)
    variable = {
        "label": "P",
        "instrument": "poznanski",
        "reference": "own.tsv",
        "step": 0.1,
    }
    definition = study().model_copy(
        update={"variables": {"film": Variable.model_validate(variable)}}
    )
    assert read_references(definition, tmp_path) == {"film": (SYNTHETIC,)}
    with pytest.raises(DataError, match="does not exist"):
        read_references(definition, tmp_path / "elsewhere")


BROKEN = [
    ("\t1.5\t", "\t0\t", "sd_mm must be above 0, but is 0"),
    ("\t30\t70\t", "\t70\t30\t", "m2_min_mm must be above 0 and at most m2_max_mm"),
    ("female", "girl", "girl"),
    ("synthetic", "", "source"),
    (
        "synthetic\n",
        "synthetic\nfemale\t1\t1\t1\t60\t80\tx\n",
        "60 mm on are given twice",
    ),
]


@pytest.mark.parametrize(("old", "new", "what"), BROKEN)
def test_broken_standards_are_refused(tmp_path, old, new, what):
    path = tmp_path / "own.tsv"
    path.write_text(TABLE.replace(old, new))
    with pytest.raises(DataError) as error:
        read_standards(path)
    assert what in str(error.value)
