"""Every bound of every rule file, on both sides; the rules say where they are."""

from fractions import Fraction

import pytest

from rejia.scores.acr_pedi import CORE, acr_pedi, without_fever
from rejia.scores.chaq import chaq_index, domains
from rejia.scores.ctcae import ctcae_grade
from rejia.scores.flare import flare
from rejia.scores.glucocorticoid_free import Course, glucocorticoid_free
from rejia.scores.jadas import normalised_acute_phase
from rejia.scores.jadas_state import COURSES, jadas_state
from rejia.scores.readings import Reading
from rejia.scores.reference_range import reference_range
from rejia.scores.rules import read_rules
from rejia.scores.wallace import inactive_disease

TINY = Fraction(1, 10**6)


def value(number, unit="", **limits):
    return Reading(Fraction(number), unit=unit, **limits)


@pytest.mark.parametrize("rule", read_rules("jadas_states.csv"))
def test_both_ends_of_each_state(rule):
    course = COURSES[1] if rule["course"] == "any" else rule["course"]

    def level(score):
        return jadas_state(
            value(score),
            cutoffs=rule["cutoffs"],
            layout=rule["layout"],
            course=course,
        )[0]

    low, high = Fraction(rule["low"]), Fraction(rule["high"])
    assert level((low + high) / 2) == rule["level"]
    assert (level(low) == rule["level"]) is (rule["low_closed"] == "yes")
    assert (level(high) == rule["level"]) is (rule["high_closed"] == "yes")
    assert level(low + TINY) == level(high - TINY) == rule["level"]
    if low > 0:
        assert level(low - TINY) != rule["level"]
    assert level(high + TINY) != rule["level"] or rule["level"] == "unclassified"


@pytest.mark.parametrize(
    "rule", [r for r in read_rules("ctcae_grades.csv") if r["of"] != ""]
)
def test_both_sides_of_each_grade(rule):
    unit = {r["term"]: r["unit"] for r in read_rules("ctcae_terms.csv")}[rule["term"]]
    # Limits so far off that only the rule's own bound lies near the value.
    limit = Fraction(10**4) if rule["comparator"] == "<" else Fraction(1)
    before = Fraction(1, 2) if rule["baseline"] == "normal" else Fraction(2)
    times = {"absolute": 1, "baseline": before}.get(rule["of"], limit)
    bound = Fraction(rule["bound"]) * times

    def grade(number):
        limits = {"lower": limit, "upper": limit}
        return ctcae_grade(
            value(number, unit, **limits),
            term=rule["term"],
            version=rule["version"],
            baseline=value(before, unit, upper=Fraction(1)),
        )[0]

    here, below, above = grade(bound), grade(bound - TINY), grade(bound + TINY)
    wanted = int(rule["grade"])
    milder = below if rule["comparator"] in {">", "≥"} else above
    worse = above if rule["comparator"] in {">", "≥"} else below
    assert worse == wanted
    assert milder < wanted
    assert here == (wanted if rule["comparator"] == "≥" else milder)


CORE_UNITS = dict(zip(CORE, ("cm", "cm", "", "", "", "mm/h"), strict=True))


def core(**changes):
    found = {name: Fraction(1) for name in CORE} | changes
    return {name: value(found[name], CORE_UNITS[name]) for name in CORE}


@pytest.mark.parametrize("rule", read_rules("acr_pedi.csv"))
def test_both_sides_of_each_response(rule):
    better = 1 - Fraction(rule["improved_percent"]) / 100
    worse = 1 + Fraction(rule["worsened_percent"]) / 100
    n, most = int(rule["n_improved"]), int(rule["n_worsened"])

    def response(n_better, n_worse, to=better, up=worse + TINY):
        names = iter(CORE)
        changes = {next(names): to for _ in range(n_better)}
        changes |= {next(names): up for _ in range(n_worse)}
        return acr_pedi(core(), core(**changes), level=rule["component"])

    assert response(n, most) is True
    assert response(n - 1, most) is False
    assert response(n, most + 1) is False
    assert response(n, most + 1, up=worse) is True
    assert response(n, 0, to=better + TINY) is False


@pytest.mark.parametrize(
    "rule", [r for r in read_rules("acr_pedi_fever.csv") if r["comparator"]]
)
def test_both_sides_of_fever(rule):
    threshold = Fraction(rule["threshold_c"])
    answers = [
        without_fever(value(threshold + step, "°C"), version=rule["version"])
        for step in (-TINY, 0, TINY)
    ]
    assert answers == [True, rule["comparator"] == ">", False]


# Three variables have no minimum of their own: they worsen by percent alone.
WITH_MINIMUM = ("physician_global", "patient_global", "active_joints")
FREE = tuple(name for name in CORE if name not in WITH_MINIMUM)


@pytest.mark.parametrize("rule", read_rules("flare.csv"))
def test_both_sides_of_each_flare(rule):
    worse = 1 + Fraction(rule["worsened_percent"]) / 100
    better = 1 - Fraction(rule["improved_percent"]) / 100
    n, most = int(rule["n_worsened"]), int(rule["n_improved"])

    def is_flare(n_worse, n_better=0, up=worse, to=better):
        changes = dict.fromkeys(FREE[:n_worse], up)
        changes |= dict.fromkeys(WITH_MINIMUM[:n_better], to)
        return flare(core(), core(**changes), definition=rule["version"])

    assert is_flare(n) is True
    assert is_flare(n - 1) is False
    assert is_flare(n, up=worse - TINY) is False
    assert is_flare(n, most) is True
    assert is_flare(n, most + 1) is False
    assert is_flare(n, most + 1, to=better + TINY) is True


@pytest.mark.parametrize(
    "rule", [r for r in read_rules("flare.csv") if r["min_global_cm"]]
)
def test_both_sides_of_the_minima_of_a_flare(rule):
    two = dict.fromkeys(FREE[:2], Fraction(2))
    minima = dict.fromkeys(WITH_MINIMUM, Fraction(rule["min_global_cm"]))
    minima["active_joints"] = Fraction(rule["min_active_joints"])
    for name, minimum in minima.items():
        for step, answer in ((0, True), (-TINY, False)):
            now = core(**two, **{name: 1 + minimum + step})
            assert flare(core(), now, definition=rule["version"]) is answer


@pytest.mark.parametrize("rule", read_rules("jadas_acute_phase.csv"))
def test_both_ends_of_an_acute_phase_reactant(rule):
    low, high = Fraction(rule["zero_up_to"]), Fraction(rule["ten_from"])

    def term(number):
        return normalised_acute_phase(number, marker=rule["marker"])

    assert (term(low - 1), term(low), term(high), term(high + 1)) == (0, 0, 10, 10)
    assert 0 < term(low + TINY) < term(high - TINY) < 10


@pytest.mark.parametrize(
    "rule", [r for r in read_rules("glucocorticoid_free.csv") if r["min_days"]]
)
def test_both_sides_of_the_days_without_glucocorticoids(rule):
    days = float(rule["min_days"])

    def answer(last_day, courses=()):
        return glucocorticoid_free(
            courses, 0.0, last_day=last_day, rule=rule["layout"]
        )[0]

    assert answer(days) is True
    assert answer(days - 1) is None
    assert answer(999, [Course(days, days + 1)]) is False
    assert answer(999, [Course(days + 1, days + 2)]) is True
    assert answer(999, [Course(-9, 0)]) is True
    assert answer(999, [Course(-9, 1)]) is False


QUIET = {
    "active_joints": value(0),
    "systemic_features": Reading(text="no"),
    "uveitis": Reading(text="no"),
    "esr": value(20, upper=Fraction(20)),
    "crp": value(5, upper=Fraction(5)),
    "physician_global": value(0),
    "morning_stiffness_min": value(0),
}


@pytest.mark.parametrize("rule", [r for r in read_rules("wallace.csv") if r["bound"]])
def test_both_sides_of_each_bound_of_inactive_disease(rule):
    bound = Fraction(rule["bound"])
    for number, answer in ((bound, True), (bound + TINY, False)):
        parts = QUIET | {rule["criterion"]: value(number)}
        assert inactive_disease(parts, definition=rule["version"])[0] is answer


@pytest.mark.parametrize(
    "rule", [r for r in read_rules("wallace.csv") if not r["bound"]]
)
def test_every_other_criterion_of_inactive_disease_decides(rule):
    if rule["rule"] == "absent":
        changes = {rule["criterion"]: Reading(text="yes")}
    else:
        changes = {
            "esr": value(20 + TINY, upper=Fraction(20)),
            "crp": value(5 + TINY, upper=Fraction(5)),
        }
    assert inactive_disease(QUIET, definition=rule["version"])[0] is True
    assert inactive_disease(QUIET | changes, definition=rule["version"])[0] is False


@pytest.mark.parametrize("rule", read_rules("chaq_denominators.csv"))
def test_both_sides_of_the_domains_of_a_chaq(rule):
    least = int(rule["min_domains"])

    def index(n_domains):
        parts = {name: value(1) for name in list(domains())[:n_domains]}
        return chaq_index(parts, denominator=rule["layout"])[1]

    assert index(least) == ""
    assert index(least - 1) != ""


@pytest.mark.parametrize("rule", read_rules("reference_range_conventions.csv"))
def test_both_limits_of_normal_under_each_convention(rule):
    def place(number):
        return reference_range(
            value(number, lower=Fraction(2), upper=Fraction(9)),
            convention=rule["convention"],
        )[0]

    assert [place(n) for n in (2 - TINY, 2 + TINY, 9 - TINY, 9 + TINY)] == [
        "below",
        "within",
        "within",
        "above",
    ]
    assert (place(2), place(9)) == (rule["lower_limit_is"], rule["upper_limit_is"])
