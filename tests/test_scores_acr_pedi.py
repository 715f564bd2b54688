import pandas as pd
import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.acr_pedi import CORE, acr_pedi, without_fever
from rejia.scores.flare import flare
from rejia.scores.readings import NOT_MEASURED, reading
from rejia.study import Study

UNITS = ("cm", "cm", "", "", "", "mm/h")
BASELINE = (6.0, 5.0, 1.50, 10, 8, 60)
V1 = (2.0, 2.5, 1.00, 4, 8, 85)
V2 = (4.2, 3.5, 1.05, 10, 10, 78)
V3 = (4.2, 3.5, 1.05, 14, 8, 79)
V4 = (4.2, 3.5, 1.05, 13, 8, 79)
V5 = (0, 0, 0, 10, 8, 60)
LEVELS = ("acr_30", "acr_50", "acr_70", "acr_90", "acr_100")


def core(values):
    return {
        name: NOT_MEASURED if value is None else reading(value, unit=unit)
        for name, value, unit in zip(CORE, values, UNITS, strict=True)
    }


def response(after, before=BASELINE, level="acr_30", zero="zero_conservative"):
    return acr_pedi(core(before), core(after), level=level, zero_baseline=zero)


# instruments.md section 4.
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (V1, (True, True, False, False, False)),
        (V2, (True, False, False, False, False)),
        (V3, (False, False, False, False, False)),
        (V4, (True, False, False, False, False)),
        (V5, (True, True, True, True, True)),
    ],
)
def test_the_worked_responses(after, expected):
    assert tuple(response(after, level=level) for level in LEVELS) == expected


def test_from_7_0_to_4_9_is_an_improvement_of_30_percent():
    before = (7.0, 5.0, 1.50, 10, 8, 60)
    assert 100 * (7.0 - 4.9) / 7.0 < 30
    assert response((4.9, 3.5, 1.05, 10, 8, 60), before) is True
    assert response((4.91, 3.5, 1.05, 10, 8, 60), before) is False


@pytest.mark.parametrize(("before", "after"), [(1.0, 1.3), (2.0, 2.6), (4.0, 5.2)])
def test_a_worsening_of_exactly_30_percent_does_not_count(before, after):
    start = (before, before, 1.50, 10, 8, 60)
    end = (after, after, 1.05, 7, 5.6, 60)
    assert response(end, start) is True
    assert response((after + 0.01, after + 0.01, *end[2:]), start) is False


def test_a_zero_baseline_is_worse_or_dropped():
    before = (6.0, 5.0, 1.50, 10, 0, 60)
    after = (4.2, 3.5, 1.05, 13, 2, 79)
    assert response(after, before) is False
    assert response(after, before, zero="zero_drop") is True


def test_zero_that_stays_zero_is_neither_better_nor_worse():
    before = (6.0, 5.0, 0, 0, 0, 60)
    assert response((4.0, 3.0, 0, 0, 0, 60), before) is False
    assert response((4.0, 3.0, 0, 0, 0, 40), before) is True


def test_a_missing_variable_matters_only_where_it_could_decide():
    assert response((*V1[:5], None)) is True
    assert response((*V3[:3], None, *V3[4:])) is None
    assert response((6.0, 5.0, 1.5, 10, None, None)) is False
    assert response((*V1[:5], 85), (*BASELINE[:5], None)) is True


@pytest.mark.parametrize(
    ("comparator", "limit", "expected"),
    [("<", 42, True), ("<", 43, None), (">", 42, False), ("≤", 42, True)],
)
def test_a_censored_value_is_used_as_far_as_it_goes(comparator, limit, expected):
    after = core((4.2, 3.5, 1.50, 10, 8, 60))
    after["acute_phase"] = reading(limit, comparator, unit="mm/h")
    assert acr_pedi(core(BASELINE), after, level="acr_30") is expected


def test_values_in_two_units_of_one_kind_compare():
    after = core(V2) | {"physician_global": reading(42, unit="mm")}
    assert acr_pedi(core(BASELINE), after, level="acr_30") is True
    unknown = core(V2) | {"physician_global": reading(42, unit="points")}
    assert acr_pedi(core(BASELINE), unknown, level="acr_30") is None


def test_a_higher_level_implies_the_lower():
    for after in (V1, V2, V3, V4, V5):
        answers = [response(after, level=level) for level in LEVELS]
        assert answers == sorted(answers, reverse=True)


FROM, ABOVE = "sjia_fever_from_37_5", "sjia_fever_above_37_5"


@pytest.mark.parametrize(
    ("temperature", "at_least", "above"),
    [(37.4, True, True), (37.5, False, True), (37.6, False, False), (None, None, None)],
)
def test_absence_of_fever(temperature, at_least, above):
    found = NOT_MEASURED if temperature is None else reading(temperature)
    assert without_fever(found, version=FROM) is at_least
    assert without_fever(found, version=ABOVE) is above
    assert without_fever(found, version="jia") is True


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="level must be one of acr_30"):
        response(V1, level="acr_20")
    with pytest.raises(ValueError, match="zero_baseline must be one of"):
        response(V1, zero="zero")
    with pytest.raises(ValueError, match="version must be one of jia"):
        without_fever(NOT_MEASURED, version="sjia")


REFERENCE = (1.0, 1.0, 0.25, 2, 1, 10)
SCHEMES = ("printo", "printo_no_minimum", "brunner_2002")


# instruments.md section 9.
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ((3.5, 3.2, 0.50, 5, 1, 9), (True, True, True)),
        ((1.4, 1.4, 0.375, 2, 1, 10), (False, True, True)),
        ((1.3, 1.3, 0.325, 2, 1, 10), (False, True, False)),
        ((1.29, 1.3, 0.325, 2, 1, 10), (False, False, False)),
        ((1.4, 1.4, 0.25, 2, 1, 10), (False, False, True)),
        ((1.39, 1.4, 0.25, 2, 1, 10), (False, False, False)),
        ((3.0, 3.0, 0.325, 2, 1, 10), (True, True, True)),
        ((2.9, 3.0, 0.325, 2, 1, 10), (False, True, True)),
    ],
)
def test_the_worked_flares(now, expected):
    found = tuple(flare(core(REFERENCE), core(now), definition=s) for s in SCHEMES)
    assert found == expected


def test_two_joints_from_none_meet_the_minimum_of_joints():
    reference = (1.0, 1.0, 0.25, 0, 1, 10)
    now = (3.0, 1.0, 0.50, 2, 1, 10)
    assert flare(core(reference), core(now), definition="printo") is True
    one = (3.0, 1.0, 0.50, 1, 1, 10)
    assert flare(core(reference), core(one), definition="printo") is False


def test_two_improvements_prevent_a_flare():
    now = (3.5, 3.2, 0.50, 5, 0.7, 7)
    assert flare(core(REFERENCE), core(now), definition="printo") is False
    now = (3.5, 3.2, 0.50, 5, 0.7, 7.1)
    assert flare(core(REFERENCE), core(now), definition="printo") is True


def test_a_flare_with_a_missing_variable_is_bounded():
    assert (
        flare(core(REFERENCE), core((3.5, 3.2, 0.50, None, 1, 9)), definition="printo")
        is True
    )
    assert (
        flare(core(REFERENCE), core((3.5, 3.2, 0.25, None, 1, 9)), definition="printo")
        is None
    )
    assert (
        flare(core(REFERENCE), core((3.5, 1.0, 0.25, None, 1, 9)), definition="printo")
        is False
    )


def test_an_unknown_definition_of_flare_is_refused():
    with pytest.raises(ValueError, match="definition must be one of printo"):
        flare({}, {}, definition="brunner")


MEASURED = dict(zip(("pga", "ptga", "chaq", "ajc", "lom", "esr"), CORE, strict=True))


def study(**variables):
    measured = {name: {"label": name} for name in (*MEASURED, "temperature")}
    return Study.model_validate(
        {
            "study": "one",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {v: {"label": v} for v in ("w0", "w12")},
            "variables": measured | variables,
        }
    )


def measurements(temperature=37.4, after=V1):
    rows = [
        ("p", visit, name, value, unit)
        for visit, values in (("w0", BASELINE), ("w12", after))
        for name, value, unit in zip(MEASURED, values, UNITS, strict=True)
    ]
    if temperature is not None:
        rows.append(("p", "w12", "temperature", temperature, ""))
    columns = ["patient", "visit", "variable", "value", "unit"]
    return {"measurements": pd.DataFrame(rows, columns=columns)}


ACR = {
    "label": "ACR Pedi",
    "instrument": "acr_pedi",
    "layout": "zero_conservative",
    "versions": ["jia", FROM, ABOVE],
    "baseline": "w0",
    "of": MEASURED | {"temperature": "max_temperature_c"},
}


@pytest.mark.parametrize(
    ("temperature", "levels"),
    [(37.4, "yes yes yes"), (37.5, "yes no yes"), (None, "yes  ")],
)
def test_response_of_systemic_disease_needs_absence_of_fever(temperature, levels):
    scores = derive_scores(study(acr=ACR), measurements(temperature))
    scores = scores[scores.component == "acr_30"].set_index("score_version")
    versions = [f"acr_pedi_zero_conservative_{v}" for v in ACR["versions"]]
    assert scores.level[versions].tolist() == levels.split(" ")
    undecided = scores[scores.level == ""]
    assert set(undecided.reason) <= {"undecided: max_temperature_c after"}


def test_there_is_no_response_at_baseline_itself():
    scores = derive_scores(study(acr=ACR), measurements())
    assert set(scores.visit) == {"w12"}
    assert set(scores.component) == set(LEVELS)


def test_flares_of_a_cohort():
    variable = {
        "label": "Flare",
        "instrument": "flare",
        "versions": list(SCHEMES),
        "baseline": "w0",
        "of": MEASURED,
    }
    worse = (9.0, 8.0, 2.5, 16, 8, 60)
    scores = derive_scores(study(flare=variable), measurements(after=worse))
    assert scores.level.tolist() == ["yes", "yes", "yes"]
    assert scores.score_version[0] == "flare_since_w0_brunner_2002"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"layout": None}, "layout is missing (known: zero_conservative, zero_drop)"),
        ({"versions": []}, "versions is missing (known: jia, "),
        ({"versions": ["sjia"]}, "versions: no 'sjia'"),
        ({"baseline": None}, "baseline is missing"),
        ({"of": MEASURED}, "of: no variable is max_temperature_c"),
        ({"of": {"pga": "physician_globall"}}, "did you mean 'physician_global'?"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(changed, fault):
    faults = instrument_faults(study(made=ACR | changed))
    assert any(fault in found for found in faults)
