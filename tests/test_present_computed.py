"""Tables that are built from results, and the audit of what they print."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from present_cohorts import COMPUTED, definition, released
from present_material import ROOT, comparison, fact, results, study, words
from rejia.audit import audit
from rejia.contracts import FACTS
from rejia.errors import DefinitionError
from rejia.present.computed import clusters, name_clusters
from rejia.present.evidence import records
from rejia.present.format import Quantity, format_quantity
from rejia.present.model import Table
from rejia.present.names import Names
from rejia.present.tables import build_tables, render
from rejia.study import read_config

PRESETS = ("neutral", "jrheum", "ard", "nejm")
GROUPS = {
    "outcome": "crp",
    "from": "before",
    "to": "after",
    "labels": {"improved": "A", "unchanged": "B", "worsened": "C"},
}


def build(name, rows, labels=None, facts=(), **definitions):
    made = study(tables=[name], groups=GROUPS, **definitions)
    tables = {"results.tsv": results(*rows), "comparison.tsv": comparison(*facts)}
    return build_tables(made, tables, labels or words())[0]


def texts(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def notes(table):
    return [text for _, text in table.footnotes]


def result(statistic, estimate, **columns):
    base = {
        "scenario": "primary",
        "analysis": "describe",
        "population": "patients",
        "group": "A",
        "statistic": statistic,
        "method": "m",
        "estimate": estimate,
        "n": 11.0,
        "cohort_kind": "observed",
        "row": f"{statistic}-{columns.get('level', '')}",
    }
    return base | columns


DESCRIBE = {
    "analyses": [
        {
            "id": "describe",
            "test": "describe",
            "outcomes": ["age", "crp"],
            "visits": ["before", "after"],
            "groups": ["A"],
        }
    ]
}
AGE = {"outcome": "age"}


def moments(**columns):
    values = {"mean": 4.75, "sd": 3.14159, "median": 4.0, "q1": 2.0, "q3": 9.0}
    return [result(name, value, **columns) for name, value in values.items()]


def size(n, group="A"):
    return result("n", n, outcome="cohort", group=group, n=n)


def test_baseline_gives_mean_and_median_with_the_size_of_the_group_above():
    table = build("baseline_by_group", [size(11.0), *moments(**AGE)], **DESCRIBE)
    assert [c.text for c in table.header[0]] == [
        "Variable",
        "Group A (improved), n\u00a0=\u00a011",
    ]
    assert texts(table) == [
        ["Age, years, mean (SD)", "4.8 (3.1)"],
        ["\u2003median [quartiles]", "4.0 [2.0–9.0]"],
    ]


def test_the_number_of_rows_is_shown_where_it_is_not_the_size_of_the_group():
    # Group B has as many patients as group A has values.
    rows = [size(12.0), size(11.0, "B"), *moments(**AGE)]
    table = build("baseline_by_group", rows, **DESCRIBE)
    assert texts(table)[2] == ["\u2003n", "11", "–"]


def test_a_category_always_has_its_denominator_and_one_of_two_is_enough():
    rows = [size(40.0)]
    for level, events in (("yes", 7.0), ("no", 32.0)):
        key = {"outcome": "crp", "level": level, "n": 39.0, "visit": "before"}
        rows.append(result("n", events, n_events=events, **key))
        rows.append(result("proportion", events / 39, **key))
    table = build("baseline_by_group", rows, **DESCRIBE)
    assert texts(table) == [["CRP, n/N (%)", "7/39 (18 %)"]]


def test_a_category_of_another_visit_has_no_row():
    key = {"outcome": "crp", "level": "yes", "n": 0.0, "visit": "before"}
    table = build("baseline_by_group", [size(4.0), result("n", 0.0, **key)], **DESCRIBE)
    assert texts(table) == []


def test_what_is_withheld_is_a_dash_that_is_explained():
    hidden = [
        row | {"estimate": float("nan"), "n": float("nan")} for row in moments(**AGE)
    ]
    table = build("baseline_by_group", [size(float("nan")), *hidden], **DESCRIBE)
    assert {text for row in texts(table) for text in row[1:]} == {"–"}
    assert any("withheld" in note for note in notes(table))


CONTRAST = {
    "analyses": [
        *DESCRIBE["analyses"],
        {
            "id": "a_vs_b",
            "test": "rank_sum",
            "outcomes": ["age"],
            "visits": ["before"],
            "group": "A",
            "reference": "B",
            "convention": "spss-16-npar",
            "family": "contrasts",
        },
    ],
    "families": {"contrasts": {"m": 3, "method": "bonferroni"}},
}


def p_row(**columns):
    key = {"analysis": "a_vs_b", "reference": "B", "family": "contrasts", "m": 3.0}
    key |= {"method": "rank_sum_normal", "p_value": 0.0154, "p_adjusted": 0.0462}
    return result("mann_whitney_u", 10.0, **AGE, **(key | columns))


def test_the_p_of_a_family_is_adjusted_and_its_note_names_test_family_and_m():
    table = build(
        "baseline_by_group", [size(11.0), *moments(**AGE), p_row()], **CONTRAST
    )
    assert texts(table)[0][-1] == "0.046"
    (note,) = [note for note in notes(table) if "Mann-Whitney" in note]
    for said in ("spss-16-npar", "Bonferroni", "family contrasts", "m = 3"):
        assert said in note


def test_standardised_differences_are_a_column_where_results_have_them():
    apart = {
        "id": "apart",
        "test": "standardized_difference",
        "outcomes": ["age"],
        "group": "A",
        "reference": "B",
    }
    declared = {**DESCRIBE, "analyses": [*DESCRIBE["analyses"], apart]}
    row = result("standardized_mean_difference", 0.414, analysis="apart", **AGE)
    rows = [size(11.0), *moments(**AGE), row]
    table = build("baseline_by_group", rows, **declared)
    assert table.header[0][-1].text == "Standardised difference, A against B"
    assert texts(table)[0][-1] == "0.41"
    assert any("pooled standard deviation" in note for note in notes(table))
    without = build("baseline_by_group", rows[:-1], **declared)
    assert not any("difference" in cell.text for cell in without.header[0])


@pytest.mark.parametrize(
    ("preset", "mean", "p"),
    [
        ("neutral", "4.8 (3.1)", "0.046"),
        ("jrheum", "4.8 (3.1)", "0.046"),
        ("ard", "4.8 (3.1)", "0.046"),
        ("nejm", "4.8 ± 3.1", "0.046"),
    ],
)
def test_presets_write_means_and_letters_their_way(preset, mean, p):
    rows = [size(11.0), *moments(**AGE), p_row()]
    table = build("baseline_by_group", rows, words().styled(preset), **CONTRAST)
    assert texts(table)[0][1] == mean
    letter = "P" if preset in {"jrheum", "nejm"} else "p"
    assert table.header[0][-1].text.startswith(f"{letter},")
    # Two decimals would put 0.0462 on the level of significance.
    assert texts(table)[0][-1] == p


@pytest.mark.parametrize(
    ("value", "neutral", "nejm"),
    [
        (0.00042, "<0.001", "<0.001"),
        (0.0042, "0.004", "0.004"),
        (0.042, "0.042", "0.04"),
        (0.0541, "0.054", "0.054"),
        (0.42, "0.420", "0.42"),
        (0.996, "0.996", ">0.99"),
        (1.0, "1.000", "1.00"),
    ],
)
def test_p_has_the_decimals_of_the_preset(value, neutral, nejm):
    shown = [
        format_quantity(words().styled(name).style.p(value))
        for name in ("neutral", "nejm")
    ]
    assert shown == [neutral, nejm]


def test_an_unknown_preset_is_refused_with_those_there_are():
    with pytest.raises(
        DefinitionError, match=r"'nejn' is unknown; did you mean 'nejm'"
    ):
        words().styled("nejn")


def test_the_project_names_a_preset_that_there_is():
    assert read_config(ROOT / "config" / "config.yaml").formats.preset in words().styles


LOGISTIC = {
    "analyses": [
        {
            "id": "risk_univariable",
            "test": "logistic",
            "event": {"group": "C"},
            "predictors": ["age", "crp"],
            "visit": "before",
            "inference": "wald",
            "each": True,
            "family": "models",
        }
    ],
    "families": {"models": {"m": 13, "method": "none"}},
}
RISK = {"analysis": "risk_univariable", "group": "C", "reference": "A+B"}


def odds(term, value, low, high, p, **columns):
    key = RISK | {"outcome": "crp", "term": term, "ci_low": low, "ci_high": high}
    key |= {"p_value": p, "p_adjusted": p, "n": 40.0, "n_events": 21.0, "m": 13.0}
    key |= {"confidence": 0.95, "family": "models"}
    key |= {"method": "logistic_maximum_likelihood_wald"}
    return result("odds_ratio", value, **(key | columns))


def test_risk_factors_have_events_interval_inference_and_what_was_printed():
    printed = [
        fact(name, name, text, outcome="crp", term="age", **RISK)
        for name, text in {
            "odds_ratio": "1.02",
            "ci_low": "1.307",
            "ci_high": "1.674",
            "p_value": "0.034",
        }.items()
    ]
    rows = [odds("crp", 2.0, 0.9, 4.44, 0.09), odds("age", 1.4, 1.04, 1.89, 0.028)]
    table = build("risk_factors", rows, facts=printed, **LOGISTIC)
    assert texts(table) == [
        [
            "Age, years",
            "21/40",
            "1.40 (1.04–1.89)",
            "0.028",
            "1.02, 1.307–1.674",
            "0.034",
        ],
        ["CRP, mg/L", "21/40", "2.00 (0.90–4.44)", "0.090", "", ""],
    ]
    told = " ".join(notes(table))
    for said in (
        "Wald",
        "family models, m = 13",
        "Event: Group C (worsened) against A+B",
    ):
        assert said in told


def test_odds_ratios_near_1_have_three_decimals_and_run_away_ones_no_digits():
    rows = [odds("crp", 1.0012, 0.997, 1.004, 0.7), odds("age", 3e8, 0.1, 1e30, 0.9)]
    shown = [row[2] for row in texts(build("risk_factors", rows, **LOGISTIC))]
    assert shown == [">9999 (0.100–>9999)", "1.001 (0.997–1.004)"]


def test_the_head_of_withheld_odds_ratios_names_no_level():
    nothing = float("nan")
    rows = [odds("age", *[nothing] * 4, confidence=nothing, warning="suppressed")]
    for made, said in ((rows, "Odds ratio"), ([], None)):
        table = build("risk_factors", made, **LOGISTIC)
        heads = [cell.text for line in table.header for cell in line]
        assert said is None or said in heads
        assert not any("CI" in head for head in heads)
    shown = build("risk_factors", [odds("age", 1.2, 1.1, 1.3, 0.01)], **LOGISTIC)
    heads = [cell.text for line in shown.header for cell in line]
    assert "Odds ratio (95 % CI)" in heads


def shares(level, events, total, **columns):
    key = {"level": level, "n": total, **columns}
    share = {"ci_low": 0.5, "ci_high": 0.9, "confidence": 0.95}
    share |= {"method": "clopper_pearson"}
    return [
        result("n", events, n_events=events, **key),
        result("proportion", events / total, **(key | share)),
    ]


def test_transitions_give_each_fate_of_its_class():
    definitions = {
        "analyses": [
            {
                "id": "moves",
                "test": "transitions",
                "outcome": "crp",
                "visit": "after",
                "ref_visit": "before",
                "classes": {"grade_0": [0], "grade_1": [1]},
            }
        ]
    }
    key = {"analysis": "moves", "outcome": "crp", "group": "all"}
    rows = shares("grade_0", 278.0, 400.0, visit="before", **key)
    rows += shares("grade_0>worsened", 68.0, 278.0, visit="after", **key)
    table = build("grade_transitions", rows, **definitions)
    assert texts(table) == [
        ["Grade 0", "278/400 (69.5 %)", "–", "–", "68/278 (24.5 %)"]
    ]
    assert table.rows[0].cells[1].second == "50.0–90.0"


@pytest.mark.parametrize(
    ("name", "outcome", "level"),
    [
        ("acr_pedi_by_visit", "acr_pedi_30", "responder"),
        ("inactive_disease", "inactive_disease", "inactive"),
    ],
)
def test_responses_are_shown_by_visit_without_their_negation(name, outcome, level):
    variables = {outcome: {"label": "It", "levels": [level, f"non_{level}"]}}
    definitions = {
        "variables": variables | {"crp": {"label": "CRP"}},
        "analyses": [{"id": "describe", "test": "describe", "outcomes": [outcome]}],
    }
    negation = "non_responder" if level == "responder" else "not_inactive"
    rows = []
    for visit, events in (("after", 3.0), ("before", 1.0)):
        rows += shares(level, events, 4.0, outcome=outcome, visit=visit)
        rows += shares(negation, 4 - events, 4.0, outcome=outcome, visit=visit)
    table = build(name, rows, **definitions)
    assert [c.text for c in table.header[0]] == ["Variable", "Before", "After"]
    assert texts(table) == [["It", "1/4 (25 %)", "3/4 (75 %)"]]


def test_agreement_has_kappa_with_its_interval_and_the_share_of_identical_grades():
    definitions = {
        "analyses": [
            {
                "id": "inter",
                "test": "weighted_kappa",
                "outcome": "crp",
                "finding": "larsen",
                "between": "inter",
                "weights": "linear",
                "visits": ["before"],
            }
        ]
    }
    key = {"analysis": "inter", "outcome": "crp", "level": "inter", "group": "all"}
    rows = [
        result("kappa", 0.7112, ci_low=0.6724, ci_high=0.7500, **key),
        result("agreement", 0.765, **(key | {"n": 800.0, "n_events": 612.0})),
    ]
    table = build("agreement", rows, **definitions)
    assert texts(table) == [
        ["CRP, between readers", "0.71 (0.67–0.75)", "", "612/800 (76.5 %)", ""]
    ]
    assert any("linear weights" in note for note in notes(table))


@pytest.mark.parametrize("name", COMPUTED)
def test_a_study_without_such_results_says_so(name):
    table = build(name, [])
    assert texts(table) == []
    assert "Nothing was computed." in notes(table)
    for form in ("csv", "html", "docx", "tex"):
        assert render(table, form)


@pytest.mark.parametrize(
    ("name", "preset"),
    [*(("tiny", preset) for preset in PRESETS), ("aoki2014", "neutral")],
)
def test_the_printed_digits_of_our_tables_pass_our_own_audit(name, preset):
    tables = build_tables(definition(name), released(name), words().styled(preset))
    facts = printed_facts(tables, released(name)["results.tsv"])
    assert len(facts) >= 60
    found = audit(facts, own_structure(name))
    wrong = found[found["verdict"] == "inconsistent"]
    assert wrong[["rule", "facts", "arithmetic"]].to_dict("records") == []
    assert (found["verdict"] == "consistent").sum() > 20


def test_a_digit_of_our_tables_that_is_wrong_does_not_pass():
    tables = build_tables(definition("tiny"), released("tiny"), words())
    facts = printed_facts(tables, released("tiny")["results.tsv"])
    mine = facts["statistic"] == "n"
    mine &= (facts["outcome"] == "sex") & (facts["group"] == "A")
    first = facts.index[mine][0]
    facts.loc[first, "printed"] = str(int(facts.loc[first, "printed"]) + 1)
    found = audit(facts, own_structure("tiny"))
    assert (found["verdict"] == "inconsistent").any()


def own_structure(name):
    """Return how a study hangs together, without the sizes that its source prints."""
    structure = definition(name).structure
    populations = {
        key: population.model_copy(update={"size": None})
        for key, population in structure.populations.items()
    }
    return structure.model_copy(update={"populations": populations, "denominators": {}})


STATISTICS = {"proportion": "percent"}
KNOWN = {"n", "mean", "sd", "median", "q1", "q3", "odds_ratio", "kappa"}


def printed_facts(tables: list[Table], rows: pd.DataFrame) -> pd.DataFrame:
    """Read back what our tables print of results, as if it were a publication."""
    by_row = {str(row["row"]): row for row in rows.to_dict("records")}
    out = {}
    for table in tables:
        parts = [p for r in table.rows for cell in r.cells for p in cell.parts]
        for part in parts:
            if not isinstance(part, Quantity) or not part.row:
                continue
            row = by_row[part.row]
            statistic = STATISTICS.get(row["statistic"], row["statistic"])
            if part.style == "p":
                statistic = "p_value"
            elif statistic not in KNOWN:
                continue
            printed = format_quantity(part)
            if any(character.isdigit() for character in printed):
                out[part.row, statistic] = _fact(row, statistic, printed)
    return pd.DataFrame(list(out.values()), columns=list(FACTS))


def _fact(row, statistic, printed):
    key = {name: str(row[name]) if name in row else "" for name in FACTS}
    return key | {
        "fact": re.sub(r"\W", "_", f"{row['row']}_{statistic}").lower(),
        "statistic": statistic,
        "printed": printed,
        "unit": "%" if statistic == "percent" else key["unit"],
        "adjustment": "raw" if statistic == "p_value" else "",
        "place": "ours",
        "note": "",
    }


def test_every_number_of_a_computed_table_leads_to_its_row():
    tables = build_tables(definition("tiny"), released("tiny"), words())
    known = set(released("tiny")["results.tsv"]["row"])
    for table in tables:
        if table.id not in COMPUTED:
            continue
        for row in table.rows:
            for cell in row.cells:
                traced = {p.row for p in cell.parts if isinstance(p, Quantity)} - {""}
                assert traced <= known
                if traced:
                    assert cell.anchor.removeprefix("row-") in known


def test_abbreviations_of_a_table_are_written_out_once():
    table = build("baseline_by_group", [size(11.0), *moments(**AGE)], **DESCRIBE)
    (note,) = [note for note in notes(table) if note.startswith("Abbreviations")]
    assert note == "Abbreviations: SD, standard deviation."
    assert replace(table, footnotes=()) != table


@pytest.mark.parametrize(
    ("unit", "columns", "is_said"),
    [
        ("patient", {"p_value": 0.01}, False),
        ("hand", {"p_value": 0.01}, True),
        ("hand", {"ci_low": 0.1, "ci_high": 0.9}, True),
        ("hand", {}, False),
    ],
)
def test_rows_of_one_patient_are_said_to_be_taken_as_independent(
    unit, columns, is_said
):
    populations = {"hands": {"unit": unit, "label": "Both hands"}}
    made = study(groups=GROUPS, populations=populations)
    row = result("proportion", 0.5, population="hands", **columns)
    rows = records({"results.tsv": results(row)}, "results.tsv")
    said = name_clusters(rows, Names(made, words()))
    expected = "Both hands: those of one patient are taken as independent."
    assert said == [expected] * is_said
    assert clusters(rows, made) == ["Both hands"] * is_said


def test_tables_of_joints_name_what_is_taken_as_independent():
    made = build_tables(definition("aoki2014"), released("aoki2014"), words())
    tables = {table.id: notes(table) for table in made}
    for name in ("before_after", "grade_transitions", "agreement"):
        assert any("of one patient are taken as independent" in n for n in tables[name])
    assert not any("of one patient" in n for n in tables["risk_factors"])
