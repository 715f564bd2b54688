"""Systemic JADAS: points of each item, both sides of every bound."""

from math import isnan

import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.jadas_state import jadas_state
from rejia.scores.readings import Reading, reading
from rejia.scores.sjadas import compute_sjadas, systemic_manifestations
from rejia.study import Study
from score_tables import tables

NO = reading(0)
FLAGS = ("rash", "lymphadenopathy", "hepatosplenomegaly", "serositis")
QUIET = dict.fromkeys(FLAGS, NO) | {
    "temperature": reading(36.8, unit="°C"),
    "haemoglobin": reading(120, unit="g/L"),
    "platelets": reading(300, unit="10^9/L"),
    "ferritin": reading(50, unit="ng/mL"),
}
JADAS = {
    "physician_global": reading(5.0, unit="cm"),
    "patient_global": reading(4.5, unit="cm"),
    "active_joints": reading(14),
    "esr": reading(62, unit="mm/h"),
}


def points(**changes):
    return systemic_manifestations(QUIET | changes)[0]


BOUNDS = [
    ("temperature", "°C", 37.5, 0, 37.6, 1),
    ("temperature", "°C", 38, 1, 38.1, 2),
    ("temperature", "°C", 39, 2, 39.1, 3),
    ("temperature", "°C", 40, 3, 40.1, 4),
    ("haemoglobin", "g/L", 90, 0, 89.9, 1),
    ("haemoglobin", "g/dL", 9, 0, 8.9, 1),
    ("platelets", "10^9/L", 600, 0, 601, 1),
    ("ferritin", "ng/mL", 500, 0, 501, 1),
    ("ferritin", "µg/L", 500, 0, 501, 1),
]


@pytest.mark.parametrize(("part", "unit", "low", "few", "high", "more"), BOUNDS)
def test_both_sides_of_each_bound(part, unit, low, few, high, more):
    assert points(**{part: reading(low, unit=unit)}) == few
    assert points(**{part: reading(high, unit=unit)}) == more


@pytest.mark.parametrize("part", FLAGS)
def test_each_sign_gives_one_point(part):
    assert points(**{part: reading(1)}) == 1
    assert points(**{part: Reading(text="yes")}) == 1
    assert points(**{part: Reading(text="no")}) == 0


def test_everything_is_ten_and_nothing_is_zero():
    worst = dict.fromkeys(FLAGS, reading(1)) | {
        "temperature": reading(40.5, unit="°C"),
        "haemoglobin": reading(7, unit="g/dL"),
        "platelets": reading(900, unit="10^9/L"),
        "ferritin": reading(9000, unit="ng/mL"),
    }
    assert systemic_manifestations(worst) == (10.0, "")
    assert systemic_manifestations(QUIET) == (0.0, "")


def test_platelets_or_ferritin_is_one_point_and_either_is_enough():
    missing = Reading(reason="not measured")
    high = reading(700, unit="10^9/L")
    assert points(platelets=high, ferritin=reading(900, unit="ng/mL")) == 1
    assert points(platelets=high, ferritin=missing) == 1
    value, reason = systemic_manifestations(QUIET | {"ferritin": missing})
    assert isnan(value)
    assert reason == "ferritin: not measured"
    only = {role: found for role, found in QUIET.items() if role != "ferritin"}
    assert systemic_manifestations(only) == (0.0, "")


def test_a_censored_item_counts_where_it_gives_the_same_points():
    assert points(ferritin=reading(500, "<", unit="ng/mL")) == 0
    assert points(ferritin=reading(500, ">", unit="ng/mL")) == 1
    assert isnan(points(ferritin=reading(400, ">", unit="ng/mL")))
    assert points(temperature=reading(40, ">", unit="°C")) == 4
    assert isnan(points(temperature=reading(39, ">", unit="°C")))


MISSING = [
    ("temperature", reading(38), "unit is missing"),
    ("rash", Reading(text="perhaps"), "neither yes nor no"),
    ("haemoglobin", Reading(reason="not measured"), "not measured"),
]


@pytest.mark.parametrize(("part", "found", "why"), MISSING)
def test_a_missing_item_leaves_no_score(part, found, why):
    value, reason = systemic_manifestations(QUIET | {part: found})
    assert isnan(value)
    assert part in reason
    assert why in reason


# Section 5, patient A: JADAS-10 23.7; with 38.5 degrees, rash and platelets, 4 more.
def test_score_is_the_jadas_and_the_manifestations():
    ill = {
        "temperature": reading(38.5, unit="°C"),
        "rash": reading(1),
        "platelets": reading(650, unit="10^9/L"),
    }
    assert compute_sjadas(JADAS | QUIET, layout="sjadas10") == (23.7, 0.0, "")
    assert compute_sjadas(JADAS | QUIET | ill, layout="sjadas10") == (27.7, 4.0, "")
    value, systemic, reason = compute_sjadas(
        JADAS | QUIET | ill | {"esr": Reading(reason="not measured")}, layout="sjadas10"
    )
    assert isnan(value)
    assert (systemic, reason) == (4.0, "esr: not measured")
    with pytest.raises(ValueError, match="layout must be one of sjadas10"):
        compute_sjadas({}, layout="jadas10")


STATES = [
    ("rosina_2024", "2.9 inactive 2.91 unclassified 50 unclassified"),
    (
        "rosina_2024_unverified",
        "2.9 inactive 2.91 minimal 10 minimal 10.1 moderate 20.6 moderate 20.7 high",
    ),
]


@pytest.mark.parametrize(("cutoffs", "text"), STATES)
def test_states_of_the_systemic_score(cutoffs, text):
    words = text.split()
    for score, level in zip(words[::2], words[1::2], strict=True):
        found, reason = jadas_state(
            reading(float(score)), cutoffs=cutoffs, layout="sjadas10", course="poly"
        )
        assert found == level
        assert bool(reason) is (level == "unclassified")


ROLES = {f"v_{role}": role for role in [*JADAS, *QUIET]}
UNITS = {"v_temperature": "°C", "v_haemoglobin": "g/L", "v_platelets": "10^9/L"} | {
    "v_ferritin": "ng/mL",
    "v_esr": "mm/h",
    "v_physician_global": "cm",
    "v_patient_global": "cm",
}


def study(roles, **changes):
    made = {"label": "S", "instrument": "sjadas", "layout": "sjadas10", "of": roles}
    return Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "visits": {"a": {"label": "a"}},
            "variables": {
                name: {"label": name, "unit": UNITS.get(name, "")} for name in roles
            }
            | {"sjadas": made | changes},
        }
    )


def test_a_study_makes_the_score_and_its_version_says_what_is_left_out():
    from rejia.contracts import COHORT_TABLES
    from rejia.frame import parse_columns

    parts = JADAS | QUIET
    rows = [
        {"patient": "p", "visit": "a", "variable": f"v_{role}", "value": f.shown}
        for role, f in parts.items()
    ]
    contract = COHORT_TABLES["measurements"]
    cells = {c: [str(row.get(c, "")) for row in rows] for c in contract}
    made = tables({"a": "0"}, [], {})
    made["measurements"] = parse_columns(cells, contract)[1]
    found = derive_scores(study(ROLES), made).set_index("score")
    assert found.loc["sjadas", "value"] == 23.7
    assert found.loc["sjadas_manifestations", "value"] == 0
    assert set(found["score_version"]) == {"sjadas10_esr"}
    fewer = {name: role for name, role in ROLES.items() if role != "ferritin"}
    found = derive_scores(study(fewer), made)
    assert set(found["score_version"]) == {"sjadas10_esr_without_ferritin"}


def without(*gone):
    return {name: role for name, role in ROLES.items() if role not in gone}


WRONG = [
    (without("esr"), {}, "one variable must be esr or crp"),
    (without("platelets", "ferritin"), {}, "must be platelets or ferritin"),
    (without("rash"), {}, "no variable is rash"),
    (ROLES, {"layout": "jadas10"}, "no 'jadas10'"),
]


@pytest.mark.parametrize(("roles", "changes", "what"), WRONG)
def test_faults_of_the_definition(roles, changes, what):
    assert what in " ".join(instrument_faults(study(roles, **changes)))
