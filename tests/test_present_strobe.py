import re
from typing import get_args

import pytest
from pydantic import ValidationError

from present_material import HOSTILE, audit, finding, results, study, words
from rejia.present.report import build_report
from rejia.present.strobe import STATUSES, strobe_checklist, strobe_items
from rejia.study.reporting import StrobeItem

DESCRIBE = {"id": "describe", "test": "describe", "outcomes": ["crp"]}


def filled(definitions, released=None):
    items = strobe_checklist(definitions, released or {}, words())
    return {item.item: item for item in items}


def test_all_22_items_stand_in_their_order_and_cite_their_source():
    numbers = [int(re.match(r"\d+", row["item"])[0]) for row in strobe_items()]
    assert sorted(set(numbers)) == list(range(1, 23))
    assert numbers == sorted(numbers)
    assert all("von Elm 2007" in row["source"] for row in strobe_items())
    assert {row["covers"] for row in strobe_items()} <= set(STATUSES)


def test_what_no_study_file_declares_is_said_to_be_missing():
    found = filled(study())
    for item in ("1a", "2", "3", "6b", "10", "13b", "20", "21", "22"):
        assert found[item].status == "none"
        assert found[item].answer == "not stated"
        assert found[item].anchor == ""


def test_answers_are_the_words_of_the_study():
    found = filled(
        study(
            analyses=[DESCRIBE | {"groups": ["all", "A"]}],
            populations={"patients": {"unit": "patient", "size": 12, "label": "All"}},
            structure={"flows": ["treated = analysed + lost"]},
            sensitivity={"thresholds": [1, 2, 3]},
            figures=["flow"],
        )
    )
    assert found["5"].answer.startswith("Before (month 0); After (month 6)")
    assert found["6a"].answer == "All: 12"
    assert found["7"].answer == "outcomes: CRP"
    assert found["12d"].answer.endswith("treated = analysed + lost")
    assert found["12e"].answer == "declared scenarios: 3"
    assert (found["12e"].status, found["12e"].anchor) == ("whole", "deviations")
    assert found["13c"].status == "whole"
    assert found["11"].status == "none"


def test_what_the_source_reports_stands_with_its_place_beside_what_is_declared():
    found = filled(
        study(
            reporting={
                "22": {"says": "A foundation paid", "place": "Funding", "whole": True},
                "21": {"says": "One centre"},
                "5": {"says": "Lyon", "place": "Methods"},
            }
        )
    )
    assert (found["22"].status, found["22"].answer) == (
        "whole",
        "A foundation paid (Funding)",
    )
    assert (found["21"].status, found["21"].answer) == ("part", "One centre")
    assert found["5"].answer.startswith("Before (month 0); After (month 6)")
    assert found["5"].answer.endswith("; Lyon (Methods)")
    assert found["10"].answer == "not stated"


def test_a_study_reports_on_every_item_and_on_no_other():
    assert set(get_args(StrobeItem)) == {row["item"] for row in strobe_items()}
    with pytest.raises(ValidationError, match="23"):
        study(reporting={"23": {"says": "More"}})
    with pytest.raises(ValidationError, match="sayz"):
        study(reporting={"22": {"sayz": "More"}})


def test_what_the_source_reports_does_no_harm_to_the_page():
    said = {"22": {"says": HOSTILE[0], "place": HOSTILE[1]}}
    page = build_report(study(reporting=said), {}, [], None, words(), {})
    section = page[page.index('<section id="strobe"') : page.index('id="deviations"')]
    assert "<script>" not in section
    assert "<img" not in section


def test_grouping_is_told_with_its_threshold():
    labels = {"improved": "A", "unchanged": "B", "worsened": "C"}
    groups = {"outcome": "crp", "from": "before", "to": "after", "labels": labels}
    found = filled(study(groups=groups | {"threshold": 2}))
    assert found["11"].answer == found["16b"].answer
    assert found["11"].answer.endswith("exactly the threshold is unchanged")
    assert "CRP from Before to After; threshold 2" in found["11"].answer


def test_results_are_counted_as_released():
    base = {"analysis": "describe", "scenario": "primary", "outcome": "crp"}
    ratio = {"statistic": "odds_ratio", "estimate": 2.0, "ci_low": 1.0}
    released = {
        "results.tsv": results(
            base | {"row": "a", "statistic": "mean", "n_missing": 0.0},
            base | {"row": "b", "statistic": "mean", "n_missing": 3.0},
            base | ratio | {"row": "c"},
            base | ratio | {"row": "d", "adjusted_for": "age"},
        ),
        "audit.tsv": audit(finding("x", "inconsistent"), finding("y", "consistent")),
    }
    found = filled(study(analyses=[DESCRIBE]), released)
    assert found["14a"].answer == "descriptive results: 4"
    assert found["14b"].answer.endswith("missing values: 2; with any missing: 1")
    assert found["16a"].answer == "ratios with an interval: 2, of these adjusted: 1"
    assert found["16c"].status == "none"
    assert found["19"].answer.endswith("2, contradictions among them: 1")


def test_results_of_a_drawn_cohort_are_not_called_observed():
    row = {"row": "a", "statistic": "mean", "analysis": "describe"}
    released = {"results.tsv": results(row | {"cohort_kind": "drawn"})}
    found = filled(study(analyses=[DESCRIBE]), released)
    assert "consistent with the publication, not observed" in found["14a"].answer


def test_the_checklist_stands_in_the_report_and_its_links_lead_somewhere():
    page = build_report(study(analyses=[DESCRIBE]), {}, [], None, words(), {})
    section = page[page.index('<section id="strobe"') : page.index('id="deviations"')]
    assert section.count("<tr>") == len(strobe_items()) + 1
    links = set(re.findall(r'href="#([^"]+)"', section))
    assert links
    assert all(f'id="{link}"' in page for link in links)
    anchors = {row["anchor"] for row in strobe_items()} - {""}
    assert all(f'<section id="{anchor}"' in page for anchor in anchors)


def test_a_flow_chart_of_own_patients_is_not_drawn_from_printed_counts():
    observed = {"cohort": "cohorts/small", "cohort_kind": "observed"}
    for sources, said in (
        ({"facts": "published/small/facts.tsv"}, "drawn from the printed counts"),
        (observed, "drawn from the counts of this cohort"),
    ):
        made = study(figures=["flow"], sources=sources)
        items = {item.item: item for item in strobe_checklist(made, {}, words())}
        assert items["13c"].answer == said
