import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from present_material import (
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
from rejia.errors import DataError
from rejia.present.explain import explain
from rejia.present.figures import build_figures, write_figures
from rejia.present.methods import blocks, methods_text
from rejia.present.model import Row, Table, heading
from rejia.present.report import build_index, build_report, build_summary
from rejia.present.tables import build_tables


def material():
    crp = {"outcome": "crp", "visit": "after", "unit": "mg/L"}
    released = {
        "comparison.tsv": comparison(
            fact(
                "m",
                "mean",
                "4.7",
                low=4.65,
                high=4.75,
                computed=4.812,
                distance=0.62,
                reproduction="differs",
                row="mean-crp",
                **crp,
            ),
            fact("again", "mean", "4.6", place="Abstract", **crp),
            fact("p", "p_value", "<0.001", outcome="crp", place="Abstract"),
            fact("a", "mean", "9.1", outcome="age", group="A", note="smudged"),
        ),
        "audit.tsv": audit(
            finding(
                "repeat-m",
                "inconsistent",
                "m",
                "again",
                place="Table 1; Abstract",
                printed="4.7",
                low=4.55,
                high=4.65,
                power=0.95,
                arithmetic="4.7 stands for 4.65 to 4.75; 4.6 for 4.55 to 4.65",
                under="one quantity",
                explanations="a later correction",
                repair="4.6",
            ),
            finding("scale-p", "consistent", "p", arithmetic="0 to 1", power=0.1),
        ),
        "results.tsv": results(
            {
                **crp,
                "row": "mean-crp",
                "statistic": "mean",
                "method": "arithmetic_mean",
                "estimate": 4.812,
                "n": 12.0,
                "cohort": "observed",
                "cohort_kind": "observed",
                "group": "all",
                "analysis": "describe",
            }
        ),
        "course.tsv": course(
            {"patient": "p1", "visit": "before", "variable": "crp", "value": 9.0},
            {
                "patient": "p1",
                "visit": "after",
                "variable": "crp",
                "value": 0.2,
                "comparator": "<",
                "upper_limit": 5.0,
            },
        ),
    }
    definitions = study(
        claims=[
            {"id": "fell", "says": "CRP fell", "rests_on": ["p", "m"]},
            {"id": "gone", "says": "Nothing printed", "rests_on": ["nowhere"]},
        ],
        tables=[TABLE_1, "patient_by_visit", "published_and_recomputed"],
        figures=["audit_map", "timeline"],
    )
    return definitions, released


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    definitions, released = material()
    folder = tmp_path_factory.mktemp("figures")
    write_figures(build_figures(definitions, released, words()), ["svg"], folder)
    tables = build_tables(definitions, released, words())
    return build_report(
        definitions, released, tables, folder, words(), {"facts.tsv": "0f" * 32}
    )


class Page(HTMLParser):
    """Collects what a reader of the page can reach."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.sources, self.headings = [], [], [], []
        self.heads, self.tables, self.captions, self.images = [], 0, 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        self.sources += [attributes[n] for n in ("src", "srcset") if n in attributes]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "th":
            self.heads.append(attributes.get("scope"))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "svg":
            self.images.append((attributes.get("role"), attributes.get("aria-label")))


def test_identifiers_are_unique_and_every_link_inside_leads_somewhere(page):
    found = Page(page)
    assert len(found.ids) == len(set(found.ids))
    inside = {link[1:] for link in found.links if link.startswith("#")}
    assert {"audit-repeat-m", "fact-m", "row-mean-crp"} <= inside
    assert inside <= set(found.ids)


def test_the_page_makes_no_request(page):
    found = Page(page)
    assert found.sources == []
    assert not re.search(r"url\((?!#)|@import|<link|fetch\(|XMLHttp", page)
    outside = [link for link in found.links if not link.startswith("#")]
    assert all(not re.match(r"[a-z]+:|//", link) for link in outside)
    addresses = set(re.findall(r'"(https?:[^"]*)"', page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_headings_go_down_one_level_at_a_time(page):
    levels = Page(page).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_scoped_heads_and_figures_have_words(page):
    found = Page(page)
    assert found.captions == found.tables
    assert set(found.heads) <= {"col", "colgroup", "row", "rowgroup"}
    # Two figures, and the ranges of the one contradiction.
    assert len(found.images) == 3
    assert all(role == "img" and text for role, text in found.images)


def test_every_filter_has_a_name_of_its_own_and_a_table(page):
    forms = re.findall(r'<form class="filter" data-table="([^"]+)"[^>]*>', page)
    names = re.findall(r'<form class="filter"[^>]*aria-label="([^"]+)"', page)
    assert {"all-facts", "all-results", "checks-of-consistent"} <= set(forms)
    assert len(names) == len(set(names)) == len(forms)
    assert all(re.search(rf'<table[^>]*id="{form}"', page) for form in forms)


def long_table(*first):
    header = ((heading("Patient"), heading("CRP")),)
    rows = tuple(
        Row((heading(name), heading(str(i)))) for i, name in enumerate(first * 40)
    )
    return Table(id="long", title="Long", header=header, rows=rows)


def test_long_tables_sort_unless_their_rows_lean_on_each_other():
    flat = build_report(study(), {}, [long_table("a", "b")], None, words(), {})
    assert re.search(r'<table id="rows-of-long"[^>]* data-sort>', flat)
    assert 'data-table="rows-of-long"' in flat
    for leaning in ("", "\u2003median"):
        page = build_report(study(), {}, [long_table("a", leaning)], None, words(), {})
        assert not re.search(r'<table id="rows-of-long"[^>]* data-sort>', page)
        assert 'data-table="rows-of-long"' not in page


def test_claims_come_first_with_the_worst_verdict_of_what_they_rest_on(page):
    order = [page.index(f'id="{name}"') for name in ("claims", "findings", "facts")]
    assert order == sorted(order)
    claim = page[page.index('id="claim-fell"') : page.index('id="claim-gone"')]
    assert "Contradiction" in claim
    assert "different: <a" in claim
    assert "4.8" in claim


def test_a_claim_on_an_unknown_fact_is_shown_without_a_link(page):
    claim = page[page.index('id="claim-gone"') : page.index('id="findings"')]
    assert "nowhere" in claim
    assert "#fact-nowhere" not in claim


def test_a_finding_is_told_with_its_arithmetic_step_by_step(page):
    card = page[page.index('id="audit-repeat-m"') :]
    card = card[: card.index("</article>")]
    for words_ in (
        "One quantity printed twice",
        "4.55 to 4.65",
        '<li><span class="math">4.7 stands for 4.65 to 4.75</span></li>',
        "a later correction",
        "95 % of the printable values",
    ):
        assert words_ in card


def test_studies_with_nothing_but_a_name_have_a_report():
    text = build_report(study(), {}, [], None, words(), {})
    assert "The study declares no claims." in text
    assert "No printed numbers are known." in text


def test_the_report_is_the_same_in_every_run(page):
    definitions, released = material()
    tables = build_tables(definitions, released, words())
    reports = {
        build_report(definitions, released, tables, None, words(), {"a": "b"})
        for _ in range(2)
    }
    assert len(reports) == 1


def test_the_index_leads_to_each_report_with_its_counts():
    definitions, released = material()
    summary = build_summary(definitions, released, words())
    assert summary["Printed numbers"] == "4"
    assert summary["Contradictions"] == "1"
    assert summary["Claims resting on a contradiction"] == "1"
    page = build_index([(definitions, summary)], words())
    assert 'href="small/report.html"' in page
    assert "<strong>4</strong>Printed numbers" in page


def test_methods_name_the_methods_as_they_were_run():
    definitions, released = material()
    text = methods_text(definitions, released, {"rejia": "0.1.0"}, words())
    assert text.startswith("# Methods: A small study\n")
    assert "quartiles of type 7" not in text
    assert "rejia 0.1.0." in text
    quartiles = results(
        {"analysis": "d", "statistic": "median", "method": "quantile_type_7"}
    )
    analyses = [
        {"id": "d", "test": "describe", "outcomes": ["crp"]},
        {
            "id": "r",
            "test": "signed_rank",
            "outcomes": ["crp"],
            "visit": "after",
            "ref_visit": "before",
            "convention": "r-4.6",
            "family": "none_declared",
        },
    ]
    planned = study(analyses=analyses)
    text = methods_text(planned, {"results.tsv": quartiles}, {}, words())
    assert "were CRP (quartiles of type 7)." in text
    kinds = [kind for kind, _ in blocks(text)]
    assert {"heading", "paragraph", "item"} == set(kinds)


BESIDE = {"sources": {"cohort": "cohorts/x"}, "compare_with": "theirs"}


def test_a_cohort_beside_printed_numbers_is_not_said_to_be_audited():
    released = {
        "comparison.tsv": comparison(
            fact("m", "mean", "4.7", outcome="crp", reproduction="differs")
        )
    }
    made = study(**BESIDE)
    page = build_report(made, released, [], None, words(), {})
    for said in (
        "No check was made",
        "No set of printed numbers",
        "The study declares no claims",
        "No rule touches it",
        "Contradiction",
        'id="coverage"',
        'href="#conflicts"',
    ):
        assert said not in page
    assert "<code>results/theirs/report.html</code>" in page
    assert "small2020" not in page
    assert 'id="fact-m"' in page
    assert build_summary(made, released, words()) == {
        "Printed numbers beside them": "1",
        "Different from a printed number": "1",
    }
    own = study(sources={"facts": "published/small/facts.tsv"}, compare_with="theirs")
    assert 'id="coverage"' in build_report(own, released, [], None, words(), {})
    assert "Contradictions" in build_summary(own, released, words())
    claimed = study(**BESIDE, claims=[{"id": "a", "says": "Up", "rests_on": ["m"]}])
    assert 'href="#claims"' in build_report(claimed, released, [], None, words(), {})
    index = build_index([(made, {}), (own, {})], words())
    assert index.count("<code>theirs</code>") == 1
    assert index.count("<code>small2020</code>") == 1


def test_a_report_links_to_the_page_above_it():
    page = build_report(study(), {}, [], None, words(), {})
    assert '<a href="../index.html">All studies</a>' in page
    of_cohort = build_report(study(), {}, [], None, words(), {}, above="../report.html")
    assert '<a href="../report.html">All cohorts</a>' in of_cohort
    assert "index.html" not in of_cohort


def scenarios_of(fact_statistic, **columns):
    """Explain a fact whose row is answered by another scenario as well."""
    row = {
        "analysis": "risk",
        "outcome": "crp",
        "statistic": "odds_ratio",
        "method": "wald",
    } | columns
    released = {
        "comparison.tsv": comparison(fact("f", fact_statistic, "1.4", row="r1")),
        "results.tsv": results(row | {"row": "r1", "scenario": "primary"}),
        "multiverse.tsv": results(
            row
            | {"row": "r2", "scenario": "threshold:2", "estimate": 1.25}
            | {"ci_low": 1.1, "ci_high": 1.5, "p_value": 0.03, "p_adjusted": 0.09}
        ),
    }
    text = explain(study(), released, "f")
    (line,) = [x.strip() for x in text.splitlines() if "threshold:2" in x]
    return line


@pytest.mark.parametrize(
    ("statistic", "row", "said"),
    [
        ("odds_ratio", "odds_ratio", "1.25, p 0.03 (adjusted 0.09), wald"),
        ("ci_low", "odds_ratio", "1.1, wald"),
        ("ci_high", "odds_ratio", "1.5, wald"),
        ("p_value", "odds_ratio", "p 0.03 (adjusted 0.09), wald"),
        ("mann_whitney_u", "mann_whitney_u", "p 0.03 (adjusted 0.09), wald"),
        ("p_value", "w_plus", "p 0.03 (adjusted 0.09), wald"),
    ],
)
def test_explain_compares_what_was_asked_for(statistic, row, said):
    assert scenarios_of(statistic, statistic=row) == f"threshold:2: {said}"


def test_explain_names_the_study_that_printed_a_number():
    released = {"comparison.tsv": comparison(fact("f", "mean", "1.4"))}
    text = explain(study(**BESIDE), released, "f")
    assert "printed in theirs, Table 1" in text
    assert "rejia explain theirs f" in text
    assert "no rule touches it" not in text


def test_explain_tells_a_fact_with_what_its_digits_stand_for():
    definitions, released = material()
    text = explain(definitions, released, "fact-m")
    assert text.startswith("m: 4.7 mg/L (mean)\nprinted in small2020, Table 1\n")
    for words_ in (
        "every value from 4.65 to 4.75, ends included",
        "4.6 in Abstract (again)",
        "inconsistent: repeat (repeat-m)",
        "4.812: differs, 0.62 units of the last printed digit from print",
        "method: arithmetic_mean (mean), row mean-crp, observed",
        "fell: CRP fell",
    ):
        assert words_ in text


def test_explain_says_what_no_rule_touches():
    definitions, released = material()
    assert "no rule touches it: unchecked" in explain(definitions, released, "a")


def test_explain_tells_a_check_and_a_row():
    definitions, released = material()
    assert "power: 0.95" in explain(definitions, released, "repeat-m")
    row = explain(definitions, released, "#row-mean-crp")
    assert "estimate: 4.812" in row
    assert "4.7 in Table 1 (m): differs" in row


def test_explain_names_the_nearest_of_an_unknown_number():
    definitions, released = material()
    with pytest.raises(DataError, match=r"no number named 'mean_crp':\n  nearest: me"):
        explain(definitions, released, "mean_crp")
