from math import isnan

import pandas as pd
import pytest

from rejia.scores import derive_scores, instrument_faults
from rejia.scores.chaq import chaq_index, domains
from rejia.scores.readings import Reading, reading
from rejia.study import Study


def parts(values, aids=()):
    found = {
        name: reading(value)
        for name, value in zip(domains(), values, strict=True)
        if value is not None
    }
    return found | {f"{name}_aids": Reading(text="yes") for name in aids}


def index(values, denominator="answered", aids=()):
    return chaq_index(parts(values, aids), denominator=denominator)[0]


# instruments.md section 7.
@pytest.mark.parametrize("denominator", ["answered", "answered_6_of_8", "all_8"])
def test_the_index_is_the_mean_of_eight_domains(denominator):
    assert index((2, 0, 1, 1, 0, 2, 1, 3), denominator) == 1.25


def test_aids_raise_a_domain_to_two():
    values = (1, 0, 1, 0, 0, 1, 1, 2)
    assert index(values) == 0.75
    assert index(values, aids=("dressing", "walking")) == 1.125


def test_aids_leave_a_three_and_an_unanswered_domain():
    assert index((3, 0, 0, 0, 0, 0, 0, 0), aids=("dressing",)) == 0.375
    assert index((None, 0, 0, 0, 0, 0, 0, 0), aids=("dressing",)) == 0


@pytest.mark.parametrize(
    ("denominator", "expected"),
    [("answered", 1.0), ("answered_6_of_8", 1.0), ("all_8", 0.75)],
)
def test_the_denominator_is_a_choice(denominator, expected):
    assert index((1, None, 2, 0, None, 1, 0, 2), denominator) == expected


def test_five_domains_are_too_few_under_the_rule_of_six():
    five = (1, None, 2, 0, None, 1, 0, None)
    value, reason = chaq_index(parts(five), denominator="answered_6_of_8")
    assert isnan(value)
    assert reason == "5 of 8 domains answered, 6 needed"
    six = (1, None, 2, 0, None, 1, 0, 2)
    assert index(six, "answered_6_of_8") == 1.0
    assert index(five) == 0.8


@pytest.mark.parametrize("value", [4, -1, 1.5])
def test_a_domain_is_scored_0_to_3(value):
    result, reason = chaq_index(
        parts((value, 0, 0, 0, 0, 0, 0, 0)), denominator="answered"
    )
    assert isnan(result)
    assert reason == f"dressing: {value} is not 0, 1, 2 or 3"


def test_no_answer_at_all_is_no_index():
    value, reason = chaq_index({}, denominator="answered")
    assert isnan(value)
    assert reason == "0 of 8 domains answered, 1 needed"


def test_thirty_items_make_eight_domains():
    assert len(domains()) == 8
    assert sum(int(rule["n_items"]) for rule in domains().values()) == 30


def test_an_unknown_denominator_is_refused():
    with pytest.raises(ValueError, match="denominator must be one of answered"):
        chaq_index({}, denominator="eight")


def study(of, layout="answered"):
    variables = {name: {"label": name} for name in of}
    variables["chaq"] = {
        "label": "CHAQ",
        "instrument": "chaq",
        "of": of,
        "layout": layout,
    }
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


OF = {f"chaq_{name}": name for name in domains()} | {"cane": "walking_aids"}


def test_the_index_of_a_cohort():
    values = dict(zip(OF, (1, 0, 1, 0, 0, 1, 1, 2, 1), strict=True))
    rows = pd.DataFrame({"variable": list(values), "value": list(values.values())})
    rows = rows.assign(patient="p", visit="v")
    scores = derive_scores(study(OF), {"measurements": rows})
    assert scores.value.tolist() == [1.0]
    assert scores.score_version.tolist() == ["chaq_answered"]


@pytest.mark.parametrize(
    ("of", "layout", "fault"),
    [
        (OF, "eight", "layout: no 'eight'"),
        ({"cane": "walking_aids"}, "answered", "of: no variable is dressing, arising"),
        (OF | {"x": "feeding"}, "answered", "of: no 'feeding'"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(of, layout, fault):
    assert any(fault in found for found in instrument_faults(study(of, layout)))
