from fractions import Fraction
from math import isnan

import pandas as pd
import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.intervals import exact
from rejia.scores.jadas import compute_jadas, normalised_acute_phase
from rejia.scores.readings import reading
from rejia.study import Study


def parts(pga=5.0, ptga=4.5, joints=14, joints_27=12, **markers):
    units = {"esr": "mm/h", "crp": "mg/L"}
    return {
        "physician_global": reading(pga, unit="cm"),
        "patient_global": reading(ptga, unit="cm"),
        "active_joints": reading(joints),
        "active_joints_27": reading(joints_27),
    } | {name: reading(value, unit=units[name]) for name, value in markers.items()}


# instruments.md section 5, vector A.
@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("jadas10", 23.7),
        ("jadas27", 25.7),
        ("jadas71", 27.7),
        ("cjadas10", 19.5),
        ("cjadas27", 21.5),
        ("cjadas71", 23.5),
    ],
)
def test_the_worked_example(layout, expected):
    assert compute_jadas(parts(esr=62), layout=layout) == (expected, "")


@pytest.mark.parametrize(
    ("marker", "value", "expected"),
    [
        ("esr", 0, 0),
        ("esr", 19, 0),
        ("esr", 20, 0),
        ("esr", 21, 0.1),
        ("esr", 62, 4.2),
        ("esr", 120, 10),
        ("esr", 130, 10),
        ("crp", 3, 0),
        ("crp", 10, 0),
        ("crp", 36.2, 2.62),
        ("crp", 110, 10),
        ("crp", 200, 10),
    ],
)
def test_normalised_acute_phase_reactants(marker, value, expected):
    assert float(normalised_acute_phase(exact(value), marker=marker)) == expected


@pytest.mark.parametrize(
    ("layout", "highest"),
    [
        ("jadas10", 40),
        ("jadas27", 57),
        ("jadas71", 101),
        ("cjadas10", 30),
        ("cjadas27", 47),
        ("cjadas71", 91),
    ],
)
def test_ranges(layout, highest):
    worst = parts(pga=10, ptga=10, joints=71, joints_27=27, esr=150)
    assert compute_jadas(worst, layout=layout) == (highest, "")
    best = parts(pga=0, ptga=0, joints=0, joints_27=0, esr=5)
    assert compute_jadas(best, layout=layout) == (0, "")


@pytest.mark.parametrize("unit", ["mm", "0-100"])
def test_scales_of_100_are_divided_by_ten(unit):
    scaled = parts() | {"physician_global": reading(50, unit=unit)}
    assert compute_jadas(scaled, layout="cjadas10") == (19.5, "")


def test_crp_in_mg_per_decilitre_is_converted():
    in_mg_l = compute_jadas(parts(crp=36.2), layout="jadas10")
    in_mg_dl = compute_jadas(
        parts() | {"crp": reading(3.62, unit="mg/dL")}, layout="jadas10"
    )
    assert in_mg_l == in_mg_dl == (22.12, "")


@pytest.mark.parametrize(
    ("name", "found", "layout", "expected"),
    [
        ("crp", reading(5, "<", unit="mg/L"), "jadas10", 19.5),
        ("crp", reading(10, "<", unit="mg/L"), "jadas10", 19.5),
        ("crp", reading(110, ">", unit="mg/L"), "jadas10", 29.5),
        ("active_joints", reading(10, ">"), "cjadas10", 19.5),
    ],
)
def test_a_censored_component_counts_where_it_adds_the_same(
    name, found, layout, expected
):
    assert compute_jadas(parts() | {name: found}, layout=layout) == (expected, "")


@pytest.mark.parametrize(
    ("name", "found", "reason"),
    [
        ("crp", reading(20, "<", unit="mg/L"), "crp: censored (<20)"),
        ("crp", reading(100, ">", unit="mg/L"), "crp: censored (>100)"),
        ("crp", reading(20), "crp: unit is missing; mg/L is needed"),
        ("crp", reading(-1, unit="mg/L"), "crp: -1 is below zero"),
        ("active_joints", reading(9, ">"), "active_joints: censored (>9)"),
        ("active_joints", reading(1.5), "active_joints: 1.5 is no count"),
        (
            "physician_global",
            reading(10.5, unit="cm"),
            "physician_global: 10.5 is outside 0 to 10",
        ),
        (
            "physician_global",
            reading(9, ">", unit="cm"),
            "physician_global: censored (>9)",
        ),
    ],
)
def test_what_cannot_be_added_says_why(name, found, reason):
    value, why = compute_jadas(parts(crp=3) | {name: found}, layout="jadas10")
    assert isnan(value)
    assert why == reason


def test_a_missing_component_leaves_no_score():
    missing = parts(esr=62)
    del missing["patient_global"]
    value, reason = compute_jadas(missing, layout="jadas10")
    assert isnan(value)
    assert reason == "patient_global: not measured"


@pytest.mark.parametrize("markers", [{}, {"esr": 10, "crp": 10}])
def test_one_acute_phase_reactant_is_needed(markers):
    with pytest.raises(ValueError, match="parts must hold esr or crp"):
        compute_jadas(parts(**markers), layout="jadas10")


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="layout must be one of jadas10"):
        compute_jadas(parts(), layout="jadas12")
    with pytest.raises(
        ValueError, match="marker must be one of esr, crp, but got 'il6'"
    ):
        normalised_acute_phase(Fraction(1), marker="il6")


ROLES = {"pga": "physician_global", "ptga": "patient_global", "ajc": "active_joints"}


def study(**variables):
    measured = {name: {"label": name} for name in ("pga", "ptga", "ajc", "esr")}
    return Study.model_validate(
        {
            "study": "one",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {"v": {"label": "V"}},
            "variables": measured | variables,
        }
    )


def test_a_state_may_be_read_from_a_score_that_is_made():
    jadas = {
        "label": "JADAS",
        "instrument": "jadas",
        "layout": "jadas10",
        "of": ROLES | {"esr": "esr"},
    }
    state = {
        "label": "State",
        "instrument": "jadas_state",
        "from": "jadas",
        "layout": "jadas10",
        "course": "poly",
        "cutoffs": ["consolaro_2012_2014"],
    }
    values = {
        "pga": (1.5, "cm"),
        "ptga": (1.3, "cm"),
        "ajc": (1, ""),
        "esr": (12, "mm/h"),
    }
    rows = pd.DataFrame(
        [("p", "v", name, value, unit) for name, (value, unit) in values.items()],
        columns=["patient", "visit", "variable", "value", "unit"],
    )
    declared = study(a_state=state, jadas=jadas)
    scores = derive_scores(declared, {"measurements": rows}).set_index("score")
    assert scores.loc["jadas"].value == 3.8
    assert scores.loc["jadas"].score_version == "jadas10_esr"
    assert scores.loc["a_state"].level == "low"


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        ({"layout": None, "of": ROLES}, "layout is missing"),
        ({"layout": "jadas10", "of": ROLES}, "of: one variable must be esr or crp"),
        ({"layout": "cjadas10", "of": ["pga"]}, "of must say the part"),
        ({"layout": "cjadas10", "of": ROLES | {"esr": "esr"}}, "of: no 'esr'"),
        ({"layout": "cjadas27", "of": ROLES}, "no variable is active_joints_27"),
        (
            {"layout": "cjadas10", "of": ROLES | {"esr": "active_joints"}},
            "of: active_joints is given 2 times",
        ),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(variable, fault):
    declared = study(made={"label": "x", "instrument": "jadas"} | variable)
    assert any(fault in found for found in instrument_faults(declared))
