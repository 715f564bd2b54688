import io
from pathlib import Path

import pytest
from docx import Document

from present_material import (
    ROOT,
    TABLE_1,
    audit,
    comparison,
    course,
    fact,
    finding,
    results,
    study,
    words,
)
from rejia.comparison import compare
from rejia.errors import DefinitionError
from rejia.facts import read_facts
from rejia.present.tables import FORMATS, TABLES, build_tables, render, write_tables
from rejia.study import read_study


def aoki(place):
    facts = read_facts(ROOT / "data/published/aoki2014/facts.tsv")
    spec = {"id": "t", "title": "T", "place": place}
    groups = {
        "outcome": "mmp3",
        "from": "baseline",
        "to": "follow_up",
        "labels": {"improved": "A", "unchanged": "B", "worsened": "C"},
    }
    visits = {"baseline": {"label": "Before"}, "follow_up": {"label": "After"}}
    variables = {"age_onset": {"label": "Age at onset"}, "mmp3": {"label": "MMP-3"}}
    made = study(tables=[spec], visits=visits, groups=groups, variables=variables)
    released = {"comparison.tsv": compare("aoki2014", "", facts, None)}
    return build_tables(made, released, words())[0]


def row(table, start):
    cells = next(r.cells for r in table.rows if r.cells[0].text.startswith(start))
    return [cell.text for cell in cells[1:]]


# Aoki 2014, Tables 1 to 3 (lines of the printed tables).
def test_table_1_of_aoki_is_rebuilt_cell_by_cell():
    table = aoki("Table 1")
    assert [c.text for c in table.header[0]][1:] == [
        "All",
        "Group A (improved)",
        "Group B (unchanged)",
        "Group C (worsened)",
    ]
    assert len(table.rows) == 10
    assert row(table, "Cases") == ["40", "11", "8", "21"]
    assert row(table, "Sex, female") == ["19", "5", "5", "9"]
    assert row(table, "Age at onset") == [
        "4.7 (3.1)",
        "3.2 (2.6)",
        "3.7 (1.5)",
        "5.7 (3.4)",
    ]
    assert row(table, "Modified Larsen") == [
        "5.9 (9.5)",
        "11.0 (9.9)",
        "8.1 (15.6)",
        "2.3 (3.2)",
    ]


def test_table_2_of_aoki_has_groups_over_visits_and_p_after_all():
    table = aoki("Table 2")
    assert [(c.text, c.span) for c in table.header[0]][1:] == [
        ("All", 3),
        ("Group A (improved)", 2),
        ("Group B (unchanged)", 2),
        ("Group C (worsened)", 2),
    ]
    assert [c.text for c in table.header[1]][1:4] == ["Before", "After", "p"]
    assert row(table, "MMP-3, ng/ml") == [
        "338 (205)",
        "180 (300)",
        "<0.001",
        "321 (205)",
        "49 (37)",
        "335 (163)",
        "86 (91)",
        "348 (229)",
        "278 (382)",
    ]
    heads = next(r.cells for r in table.rows if r.cells[0].text.startswith("Cases"))
    assert [(c.text, c.span) for c in heads[1:]] == [
        ("40", 2),
        ("", 1),
        ("11", 2),
        ("8", 2),
        ("21", 2),
    ]


def test_table_3_of_aoki_has_a_column_a_statistic():
    table = aoki("Table 3")
    assert [c.text for c in table.header[0]][1:] == ["Odds ratio", "95 % interval", "p"]
    assert len(table.rows) == 13
    assert [c.text for c in table.rows[0].cells][1:] == ["1.02", "1.307–1.674", "0.034"]


def test_every_fact_of_a_place_is_in_its_table_or_its_notes():
    facts = read_facts(ROOT / "data/published/aoki2014/facts.tsv")
    for place in ("Table 1", "Table 2", "Table 3"):
        table = aoki(place)
        shown = {f for r in table.rows for c in r.cells for f in c.facts}
        asides = sum(text.startswith("Also printed") for _, text in table.footnotes)
        assert len(shown) + asides == (facts["place"] == place).sum()


def two_facts():
    return comparison(
        fact("m", "mean", "4.7", outcome="age", computed=4.74, reproduction="agrees"),
        fact("s", "sd", "3.1", outcome="age", unit="years"),
        fact("other", "n", "7", outcome="crp", group="A"),
    )


def test_a_cell_takes_the_worst_verdict_of_its_facts_and_links_to_it():
    released = {
        "comparison.tsv": two_facts(),
        "audit.tsv": audit(
            finding("fine", "consistent", "m"),
            finding("edge", "consistent_by_rounding", "s"),
            finding("open", "not_checkable", "m", "s", "other"),
            finding("weak", "inconsistent", "s", power=0.1),
            finding("strong", "inconsistent", "m", power=0.9),
        ),
    }
    table = build_tables(study(tables=[TABLE_1]), released, words())[0]
    cell, other = table.rows[0].cells[1], table.rows[1].cells[2]
    assert (cell.text, cell.verdict, cell.anchor) == (
        "4.7 (3.1)",
        "inconsistent",
        "audit-strong",
    )
    assert (other.verdict, other.anchor) == ("not_checkable", "audit-open")
    assert [entry.verdict for entry in table.legend] == [
        "inconsistent",
        "not_checkable",
    ]


def test_a_fact_without_a_check_links_to_itself_and_has_no_colour():
    table = build_tables(
        study(tables=[TABLE_1]), {"comparison.tsv": two_facts()}, words()
    )[0]
    cell = table.rows[0].cells[1]
    assert (cell.verdict, cell.symbol, cell.anchor) == ("", "", "fact-m")


def test_a_recomputed_value_stands_below_with_the_printed_digits():
    table = build_tables(
        study(tables=[TABLE_1]), {"comparison.tsv": two_facts()}, words()
    )[0]
    assert table.rows[0].cells[1].second == "4.7 (–)"


def test_a_drawn_cohort_is_said_to_be_drawn():
    drawn = results(
        {"row": "r", "statistic": "mean", "method": "m", "cohort_kind": "drawn"}
    )
    released = {"comparison.tsv": two_facts(), "results.tsv": drawn}
    table = build_tables(study(tables=[TABLE_1]), released, words())[0]
    # The printed numbers are the source's; only what stands in brackets is drawn.
    assert table.label == ""
    (said,) = [note for _, note in table.footnotes if "drawn cohort" in note]
    assert "consistent with the publication, not observed" in said
    assert said in render(table, "html").decode()


def test_unknown_tables_are_refused_with_those_there_are():
    with pytest.raises(DefinitionError, match=r"'proportion' is unknown; did you mean"):
        build_tables(study(tables=["proportion"]), {}, words())


def test_a_place_without_facts_is_refused_with_the_places():
    with pytest.raises(DefinitionError, match=r"'Table 9' \(places: Table 1\)"):
        build_tables(
            study(tables=[TABLE_1 | {"place": "Table 9"}]),
            {"comparison.tsv": two_facts()},
            words(),
        )


def visit(variable, value=float("nan"), **columns):
    base = {"patient": "p1", "visit": "before", "variable": variable, "value": value}
    return base | columns


def patient_table(*rows, **definitions):
    made = study(tables=["patient_by_visit"], **definitions)
    return build_tables(made, {"course.tsv": course(*rows)}, words())[0]


def test_a_censored_value_keeps_its_sign():
    table = patient_table(visit("crp", 0.2, comparator="<", unit="mg/L", upper_limit=5))
    assert [c.text for c in table.rows[0].cells] == ["CRP, mg/L [limit 5]", "<0.2"]


def test_a_doubtful_reading_has_a_footnote():
    table = patient_table(
        visit("crp", 1.0, confidence="C", note="smudged"), visit("age", 9.0)
    )
    marked = {r.cells[0].text: r.cells[1].marks for r in table.rows}
    assert marked == {"CRP": ("*",), "Age": ()}
    assert ("*", "Doubtful reading: smudged") in table.footnotes


def test_values_outside_their_limits_carry_the_arrow_that_the_scores_gave():
    variables = {
        "crp": {"label": "CRP"},
        "range": {"label": "Range", "instrument": "reference_range", "of": ["crp"]},
    }
    table = patient_table(
        visit("crp", 9.0),
        visit("range", text="above", component="crp", score_version="v"),
        variables=variables,
    )
    assert [[c.text for c in r.cells] for r in table.rows] == [["CRP", "9 ↑"]]


def test_versions_that_agree_share_a_row_and_those_that_differ_are_marked():
    def state(level, version):
        return visit("state", 1.0, text=level, score_version=version)

    table = patient_table(
        state("low", "v1"), state("low", "v2"), state("inactive", "v3")
    )
    assert [[c.text for c in r.cells] for r in table.rows[1:]] == [
        ["State (v1, v2)", "low ≠"],
        ["State (v3)", "inactive ≠"],
    ]


def test_a_score_without_any_value_is_told_with_its_reason():
    table = patient_table(
        visit("crp", 1.0),
        visit("grade", component="crp", score_version="v1", note="no limit"),
    )
    assert len(table.rows) == 1
    assert ("", "Without a grade: Grade: CRP (v1); no limit.") in table.footnotes


def test_proportions_show_percent_count_and_interval():
    key = {"analysis": "inactive", "outcome": "crp", "level": "low", "visit": "after"}
    released = {
        "comparison.tsv": comparison(fact("f", "percent", "64", **key)),
        "results.tsv": results(
            {
                **key,
                "population": "patients",
                "group": "all",
                "row": "r1",
                "statistic": "proportion",
                "method": "clopper_pearson",
                "estimate": 0.64,
                "ci_low": 0.5209,
                "ci_high": 0.7477,
                "confidence": 0.95,
                "n": 75.0,
                "n_events": 48.0,
                "cohort_kind": "published_summary",
            }
        ),
    }
    table = build_tables(study(tables=["proportions"]), released, words())[0]
    assert [c.text for c in table.rows[0].cells] == [
        "CRP, low, After",
        "64 %",
        "48/75",
        "64.0",
        "52.1–74.8",
    ]
    assert ("", "Intervals: 95 %, Clopper-Pearson (exact).") in table.footnotes


def test_absent_is_shown_and_never_dropped():
    made = study(tables=["published_and_recomputed"])
    table = build_tables(made, {"comparison.tsv": two_facts()}, words())[0]
    body = [[c.text for c in r.cells] for r in table.rows if not r.is_heading]
    assert body[0][2:] == ["4.7", "4.7", "–", "equal"]
    assert body[1][2:] == ["3.1 years", "–", "–", "not recomputed"]


def test_tables_without_rows_are_tables_nevertheless():
    made = study(tables=list(TABLES))
    for table in build_tables(made, {}, words()):
        assert table.rows == ()
        assert all(render(table, name) for name in FORMATS)


def test_files_are_the_same_bytes_in_every_run(tmp_path):
    released = {"comparison.tsv": two_facts()}
    made = study(tables=[TABLE_1, "published_and_recomputed"])
    for run in ("one", "two"):
        tables = build_tables(made, released, words())
        write_tables(tables, FORMATS, tmp_path / run)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(names) == 2 * len(FORMATS)
    for name in names:
        one, two = (Path(tmp_path / run / name).read_bytes() for run in ("one", "two"))
        assert one == two


def test_word_tables_are_real_tables_with_repeated_heads_and_a_caption():
    released = {
        "comparison.tsv": two_facts(),
        "audit.tsv": audit(finding("no", "inconsistent", "m")),
    }
    table = build_tables(study(tables=[TABLE_1]), released, words())[0]
    document = Document(io.BytesIO(render(table, "docx")))
    (made,) = document.tables
    assert [cell.text for cell in made.rows[1].cells][:2] == [
        "Age",
        "4.7\u00a0(3.1)✗\n[4.7\u00a0(–)]",
    ]
    repeated = [row._tr.xpath("./w:trPr/w:tblHeader") != [] for row in made.rows]
    assert repeated == [True, False, False]
    paragraphs = [p.text for p in document.paragraphs]
    assert paragraphs[0] == "Table 1. Patients"
    assert "✗ Takes part in a contradiction." in paragraphs


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"formats must be of csv, html, docx, tex"):
        write_tables([], ["xls"], tmp_path)


@pytest.mark.parametrize("name", ["aoki2014", "alexeeva2013", "cabrera2016"])
def test_every_table_that_the_studies_ask_for_is_known(name):
    path = ROOT / "config" / "studies" / f"{name}.yaml"
    wanted = [t for t in read_study(path).tables if isinstance(t, str)]
    assert set(wanted) <= set(TABLES)


def test_a_place_with_more_than_one_table_is_narrowed_by_outcomes_and_analyses():
    facts = read_facts(ROOT / "data/published/aoki2014/facts.tsv")
    released = {"comparison.tsv": compare("aoki2014", "", facts, None)}
    spec = {
        "id": "hips",
        "title": "Hips",
        "place": "Text, Results",
        "outcomes": ["larsen_large"],
        "analyses": ["describe", "before_after"],
    }
    visits = {"baseline": {"label": "Before"}, "follow_up": {"label": "After"}}
    table = build_tables(study(tables=[spec], visits=visits), released, words())[0]
    assert table.title == "Hips (Text, Results)"
    assert [r.cells[0].text for r in table.rows] == [
        "Hip",
        "Shoulder",
        "Elbow",
        "Knee",
        "Ankle",
    ]
    assert row(table, "Hip")[:3] == ["0.83 ± 0.14", "1.36 ± 0.18", "0.001"]


def test_visits_are_columns_where_one_group_is_seen_twice():
    released = {
        "comparison.tsv": comparison(
            fact("a", "mean", "3.9", outcome="crp", visit="before"),
            fact("b", "mean", "6.2", outcome="crp", visit="after"),
            fact("p", "p_value", "<0.01", outcome="crp", visit="after"),
        )
    }
    table = build_tables(study(tables=[TABLE_1]), released, words())[0]
    assert [c.text for c in table.header[-1]] == ["Variable", "Before", "After", "p"]
    assert [c.text for c in table.rows[0].cells] == ["CRP", "3.9", "6.2", "<0.01"]
