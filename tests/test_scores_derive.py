from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from rejia.contracts import COHORT_TABLES, SCORES
from rejia.errors import DefinitionError
from rejia.frame import read_table, to_text
from rejia.scores import derive_scores, instrument_faults, instruments
from rejia.study import Study

COHORT = Path(__file__).parents[1] / "data" / "cohorts" / "cabrera2016"
SETS = ["consolaro_2012_2014", "trincianti_2021", "cabrera_2016_as_printed"]
LABORATORY = {
    "wcc": "white_blood_cell_decreased",
    "alat": "alt_increased",
    "asat": "ast_increased",
    "hb": "anemia",
}
STATE = {
    "label": "State",
    "instrument": "jadas_state",
    "from": "cjadas",
    "layout": "cjadas10",
    "course": "poly",
    "cutoffs": SETS,
}
TOXICITY = {
    "label": "Toxicity",
    "instrument": "ctcae",
    "of": LABORATORY,
    "versions": ["v4", "v5", "v6"],
    "baseline": "M0",
}
ENZYMES = {
    "label": "Enzymes",
    "instrument": "reference_range",
    "layout": "upper_exclusive",
    "of": ["asat", "alat", "ck"],
}
ANTIBODIES = {
    "label": "Antibodies",
    "instrument": "reference_range",
    "of": ["anti_dsdna_farr", "ana", "anti_u1rnp"],
}


def study(**variables):
    return Study.model_validate(
        {
            "study": "cabrera2016",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {v: {"label": v} for v in ("M0", "M6", "M12")},
            "variables": {"cjadas": {"label": "cJADAS"}} | variables,
        }
    )


@pytest.fixture(scope="module")
def tables():
    names = ("visits", "measurements")
    return {n: read_table(COHORT / f"{n}.tsv", COHORT_TABLES[n]) for n in names}


@pytest.fixture(scope="module")
def scores(tables):
    declared = study(
        state=STATE, toxicity=TOXICITY, enzymes=ENZYMES, antibodies=ANTIBODIES
    )
    return derive_scores(declared, tables)


def cells(scores, column, **where):
    for name, value in where.items():
        scores = scores[scores[name] == value]
    return scores.set_index("visit")[column].to_dict()


def test_the_states_of_cabrera_disagree_where_the_sets_do(scores):
    levels = {
        (patient, version): cells(
            scores, "level", score="state", patient=patient, score_version=version
        )
        for patient in ("patient_1", "patient_2")
        for version in SETS
    }
    for version in SETS:
        expected = {"M0": "high", "M6": "inactive", "M12": "inactive"}
        assert levels["patient_1", version] == expected
    second = [
        [levels["patient_2", version][visit] for visit in ("M0", "M6", "M12")]
        for version in SETS
    ]
    assert second == [
        ["high", "inactive", "inactive"],
        ["moderate", "inactive", "inactive"],
        ["high", "low", "inactive"],
    ]
    values = cells(
        scores, "value", score="state", patient="patient_2", score_version=SETS[0]
    )
    assert values == {"M0": 14, "M6": 1, "M12": 0}


@pytest.mark.parametrize(
    ("laboratory", "grades"),
    [
        ("alat", {"v4": (1, 3, 0), "v5": (0, 2, 0), "v6": (1, 3, 0)}),
        ("asat", {"v4": (1, 2, 0), "v5": (0, 0, 0), "v6": (1, 1, 0)}),
    ],
)
def test_the_liver_enzymes_of_the_second_patient(scores, laboratory, grades):
    for version, expected in grades.items():
        where = {"component": laboratory, "score_version": f"ctcae_{version}"}
        found = cells(scores, "value", score="toxicity", patient="patient_2", **where)
        assert tuple(found[visit] for visit in ("M0", "M6", "M12")) == expected


def test_white_cells_of_the_first_patient_are_graded_only_where_decided(scores):
    where = {"score": "toxicity", "patient": "patient_1", "component": "wcc"}
    for version in ("ctcae_v4", "ctcae_v5", "ctcae_v6"):
        levels = cells(scores, "level", score_version=version, **where)
        assert levels == {"M0": "", "M6": "", "M12": "grade_2"}
        reasons = cells(scores, "reason", score_version=version, **where)
        assert reasons["M6"] == "lower limit of normal is missing"


def test_censored_and_textual_values_never_become_numbers(scores):
    found = scores[scores.score.isin(["enzymes", "antibodies"])]
    censored = found[found.reason.str.startswith("censored")]
    assert sorted(set(censored.reason)) == [
        "censored (<40)",
        "censored (>97)",
    ]
    assert censored.value.isna().all()
    assert set(censored.level) == {"within", "above"}
    titres = found[found.component == "ana"]
    assert titres.value.isna().all()
    assert set(titres.reason) == {"value is text (1/1600)", "value is text (1/1280)"}


def test_both_conventions_for_a_limit_live_in_one_study(scores):
    versions = scores[scores.score.isin(["enzymes", "antibodies"])]
    assert versions.groupby("score").score_version.unique().map(list).to_dict() == {
        "antibodies": ["reference_range_upper_inclusive"],
        "enzymes": ["reference_range_upper_exclusive"],
    }
    dsdna = cells(
        scores,
        "level",
        score="antibodies",
        patient="patient_2",
        component="anti_dsdna_farr",
    )
    assert dsdna == {"M0": "above", "M6": "above", "M12": "within"}


def test_what_was_not_printed_has_a_reason(scores):
    where = {"score": "enzymes", "patient": "patient_1", "component": "ck"}
    assert set(cells(scores, "reason", **where).values()) == {"value is missing"}
    where = {"score": "antibodies", "component": "anti_u1rnp"}
    missing = cells(scores, "reason", patient="patient_1", **where)
    assert missing["M12"] == "value is missing"
    assert missing["M0"] == "no limit of normal"


def test_the_table_fits_its_contract_and_is_sorted(scores):
    assert list(scores.columns) == list(SCORES)
    key = ["patient", "visit", "score", "component", "score_version"]
    assert scores.equals(scores.sort_values(key, ignore_index=True))
    assert not scores.duplicated([*key, "side"]).any()
    assert to_text(scores, SCORES).count("\n") == len(scores) + 1
    assert scores.dtypes.astype(str).to_dict() == {
        name: "float64" if column.kind == "number" else "str"
        for name, column in SCORES.items()
    }


def test_the_order_of_rows_in_a_table_does_not_matter(tables, scores):
    declared = study(
        state=STATE, toxicity=TOXICITY, enzymes=ENZYMES, antibodies=ANTIBODIES
    )
    turned = {name: frame.iloc[::-1] for name, frame in tables.items()}
    pd.testing.assert_frame_equal(derive_scores(declared, turned), scores)


def test_a_study_without_instruments_has_an_empty_table(tables):
    scores = derive_scores(study(), tables)
    assert list(scores.columns) == list(SCORES)
    assert scores.empty
    assert str(scores.value.dtype) == "float64"


def test_a_unit_of_the_dictionary_serves_rows_without_one():
    rows = pd.DataFrame(
        {
            "patient": ["p"],
            "visit": ["M0"],
            "variable": ["wcc"],
            "value": [1.5],
            "unit": [""],
        }
    )
    declared = study(
        wcc={"label": "White cells", "unit": "G/L"},
        toxicity=TOXICITY | {"of": {"wcc": LABORATORY["wcc"]}, "versions": ["v5"]},
    )
    scores = derive_scores(declared, {"measurements": rows})
    assert scores.level.tolist() == ["grade_3"]


def test_a_visit_without_the_value_is_a_row_with_a_reason(tables):
    empty = tables["measurements"].iloc[:0]
    scores = derive_scores(study(state=STATE), tables | {"measurements": empty})
    assert len(scores) == 2 * 3 * 3
    assert set(scores.reason) == {"not measured"}
    assert all(isnan(value) for value in scores.value)


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        ({"instrument": "jadas_stat"}, "no instrument 'jadas_stat'; did you mean"),
        (STATE | {"from": None}, "from is missing; it names the score to class"),
        (STATE | {"layout": "cjadas"}, "layout: no 'cjadas'; did you mean 'cjadas10'?"),
        (STATE | {"course": None}, "course is missing (known: oligo, poly)"),
        (STATE | {"cutoffs": []}, "cutoffs is missing (known: consolaro_2012_2014"),
        (STATE | {"cutoffs": ["trincianti_2012"]}, "did you mean 'trincianti_2021'?"),
        (
            STATE | {"layout": "jadas71"},
            "trincianti_2021 gives no cut-offs for jadas71, poly",
        ),
        (TOXICITY | {"of": ["wcc"]}, "of must say the term of each variable"),
        (TOXICITY | {"of": {"wcc": "anaemia"}}, "did you mean 'anemia'?"),
        (TOXICITY | {"versions": []}, "versions is missing (known: v4, v5, v6)"),
        (TOXICITY | {"versions": ["v7"]}, "versions: no 'v7'"),
        (TOXICITY | {"baseline": None}, "alt_increased in v5, "),
        (TOXICITY | {"layout": "x"}, "layout: no 'x'"),
        (ENZYMES | {"of": []}, "of is missing; it lists the variables to place"),
        (ENZYMES | {"layout": "upper"}, "layout: no 'upper'"),
        ({"instrument": "larsen_hands", "layout": "large10"}, "(known: hands24)"),
        ({"instrument": "larsen_large_joints"}, "layout is missing (known: large10)"),
        ({"instrument": "carsh", "layout": "hip"}, "layout has no meaning for carsh"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused_by_its_variable(
    tables, variable, fault
):
    declared = study(made={"label": "x"} | variable)
    faults = instrument_faults(declared)
    assert any(f.startswith("variables.made: ") and fault in f for f in faults)
    with pytest.raises(DefinitionError) as refused:
        derive_scores(declared, tables)
    assert refused.value.faults == tuple(faults)


def test_scores_that_are_made_of_each_other_are_refused():
    declared = study(a=STATE | {"from": "b"}, b=STATE | {"from": "a"})
    assert instrument_faults(declared) == ["variables: a, b are made of each other"]


def test_v5_may_take_an_unknown_baseline_as_normal_where_the_study_says_so(tables):
    variable = TOXICITY | {
        "baseline": None,
        "layout": "unknown_baseline_as_normal",
        "of": {"alat": "alt_increased"},
        "versions": ["v5"],
    }
    scores = derive_scores(study(toxicity=variable), tables)
    assert cells(scores, "value", patient="patient_2") == {"M0": 1, "M6": 3, "M12": 0}
    assert set(scores.score_version) == {"ctcae_unknown_baseline_as_normal_v5"}


def test_every_instrument_can_be_named():
    assert set(instruments()) == {
        "acr_pedi",
        "carsh",
        "chaq",
        "ctcae",
        "flare",
        "glucocorticoid_free",
        "ilar",
        "jadas",
        "jadas_state",
        "larsen_hands",
        "larsen_large_joints",
        "poznanski",
        "reference_range",
        "refractory",
        "remission",
        "sjadas",
        "wallace",
    }
