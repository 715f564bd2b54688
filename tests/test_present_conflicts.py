"""Conflicts as a table and in the report; findings as cards in their order."""

import re

import pandas as pd
import pytest

from audit_papers import fact as printed
from audit_papers import table
from present_material import audit, comparison, fact, finding, frame, study, words
from rejia.audit import audit as run_audit
from rejia.audit import conflicts, lay_conflicts
from rejia.contracts import CONFLICTS
from rejia.frame import read_table, write_table
from rejia.present.arithmetic import draw_ranges, read_step, typeset
from rejia.present.cards import Cards, changes_significance, held_fact
from rejia.present.evidence import read_evidence
from rejia.present.names import Names
from rejia.present.report import build_report
from rejia.present.views import Views
from rejia.study import Structure


def _found() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [
        printed(name, "mean", text, outcome="x", place=name)
        for name, text in (("a", "1.2"), ("b", "1.2"), ("c", "2.1"))
    ]
    found = conflicts(table(*rows), Structure())
    return found, lay_conflicts(found)


def test_each_set_is_one_row_and_nothing_is_lost(tmp_path):
    found, laid = _found()
    sets = laid.groupby("kind")["facts"].agg(set).to_dict()
    assert sets["conflict"] == set(found["conflict"]) == {"a;c", "b;c"}
    assert sets["correction"] == {"c", "a;b"}
    assert (laid["size"] == laid["facts"].str.count(";") + 1).all()
    assert laid["id"].is_unique
    write_table(laid, tmp_path / "conflicts.tsv", CONFLICTS)
    again = read_table(tmp_path / "conflicts.tsv", CONFLICTS)
    assert again["facts"].tolist() == laid["facts"].tolist()


def test_no_conflict_is_an_empty_table():
    found = conflicts(table(printed("n", "n", "3", outcome="cohort")), Structure())
    assert list(lay_conflicts(found).columns) == list(CONFLICTS)
    assert lay_conflicts(found).empty


def test_an_audit_at_hand_gives_the_same_conflicts():
    facts = table(
        printed("a", "mean", "1.2", outcome="x"),
        printed("c", "mean", "2.1", outcome="x", place="Text"),
    )
    audited = run_audit(facts, Structure())
    given = conflicts(facts, Structure(), audited=audited)
    pd.testing.assert_frame_equal(given, conflicts(facts, Structure()))


def _released() -> dict[str, pd.DataFrame]:
    crp = {"outcome": "crp", "visit": "after", "unit": "mg/L"}
    p = {"outcome": "crp", "group": "all", "low": 0.405, "high": 0.415}
    return {
        "comparison.tsv": comparison(
            fact("m", "mean", "4.7", low=4.65, high=4.75, **crp),
            fact("again", "mean", "4.6", place="Abstract", **crp),
            fact("third", "mean", "4.6", place="Text", **crp),
            fact("p", "p_value", "0.41", **p),
            fact("n", "n", "40", outcome="cohort"),
            fact("w", "mean", "1.0", outcome="age"),
        ),
        "audit.tsv": audit(
            finding("unit-w", "inconsistent", "w", evidence="wording", rule="unit"),
            finding("repeat-m", "inconsistent", "m", "again", power=0.5),
            finding("repeat-w", "inconsistent", "w", power=0.9),
            finding("repeat-w-2", "inconsistent", "w", power=0.2),
            finding(
                "ratio_p-p",
                "inconsistent",
                "p",
                rule="ratio_p",
                evidence="enumeration",
                low=0.04,
                high=0.042,
                printed="0.41",
                arithmetic="(2 x 3 - 1) / 40 = 0.125; sqrt(4^2 + -1) <= 4; printed "
                "0.41 stands for 0.405 to 0.415: they do not meet",
            ),
        ),
        "conflicts.tsv": frame(
            CONFLICTS,
            _set("conflict_1", "conflict", "again", "m", rules="repeat-m"),
            _set("conflict_2", "conflict", "m", "third", "n"),
            _set("way_1", "correction", "m"),
            _set("way_2", "correction", "again", "third"),
        ),
    }


def _set(name: str, kind: str, *facts: str, rules: str = "") -> dict[str, object]:
    return {
        "id": name,
        "cluster": "cluster_1",
        "kind": kind,
        "facts": ";".join(facts),
        "size": len(facts),
        "rules": rules,
    }


def _study(**definitions: object):
    base = {
        "claims": [
            {"id": "fell", "says": "CRP fell", "rests_on": ["m", "p"]},
            {"id": "many", "says": "They were many", "rests_on": ["n"]},
        ],
        "repairs": [
            {"id": "fix", "fact": "m", "printed": "4.6", "because": "repeat-m"}
        ],
        "specs": [
            {"id": "first", "replace": {"m": "fix"}, "reason": "two print 4.6"},
            {"id": "half", "drop": ["again"], "reason": "an abstract"},
        ],
    }
    return study(**(base | definitions))


def _cards(**definitions: object) -> Cards:
    made = _study(**definitions)
    return Cards(made, Views(Names(made, words()), read_evidence(_released())))


def test_findings_are_sorted_by_what_they_touch():
    order = [card.finding.id for card in _cards().findings()]
    # A p that changes sides under a claim; a proof under a claim; then proof before
    # wording, and the stronger before the weaker.
    assert order == ["ratio_p-p", "repeat-m", "repeat-w", "repeat-w-2", "unit-w"]


def test_a_card_says_what_rests_on_it_and_what_specs_do():
    card = next(c for c in _cards().findings() if c.finding.id == "repeat-m")
    assert [claim.id for claim in card.claims] == ["fell"]
    does = {spec.ids: (spec.does, spec.settles) for spec in card.specs}
    assert does[("first",)][1]
    assert "by 4.6" in does[("first",)][0][0]
    assert "Abstract" in does[("half",)][0][0]


@pytest.mark.parametrize(
    ("low", "high", "printed_p", "turns"),
    [
        (0.04, 0.042, (0.405, 0.415), True),
        (0.04, 0.06, (0.405, 0.415), False),
        (0.2, 0.3, (0.0335, 0.0345), True),
        (0.2, 0.3, (0.405, 0.415), False),
        (0.01, 0.02, (0.03, 0.04), False),
    ],
)
def test_a_conclusion_turns_where_every_p_lies_on_the_other_side(
    low, high, printed_p, turns
):
    released = {
        "comparison.tsv": comparison(
            fact("p", "p_value", "0.4", low=printed_p[0], high=printed_p[1])
        ),
        "audit.tsv": audit(
            finding(
                "ratio_p-p", "inconsistent", "p", rule="ratio_p", low=low, high=high
            )
        ),
    }
    evidence = read_evidence(released)
    own = evidence.findings["ratio_p-p"]
    assert held_fact(own) == "p"
    assert changes_significance(own, evidence, 0.05) is turns


def test_a_cluster_names_its_sets_and_marks_the_way_that_a_spec_chose():
    (card,) = _cards().clusters(_released())
    assert [[f.id for f in c.facts] for c in card.conflicts] == [
        ["again", "m"],
        ["m", "third", "n"],
    ]
    assert [way.chosen for way in card.ways] == [("first",), ()]
    # Two printings of one number in the same digits are one number.
    assert len(card.ways[1].numbers) == 1
    assert "Abstract; Text" in card.ways[1].numbers[0]
    assert {spec.ids: spec.settles for spec in card.specs} == {
        ("first",): True,
        ("half",): False,
    }
    # A group size only weighs: no claim about it is drawn in.
    assert [claim.id for claim in card.claims] == ["fell"]


def test_ways_beyond_the_shortest_are_counted_not_hidden():
    released = _released()
    more = [_set(f"way_{i}", "correction", f"x{i}", f"y{i}") for i in range(3, 20)]
    released["conflicts.tsv"] = pd.concat(
        [released["conflicts.tsv"], frame(CONFLICTS, *more)], ignore_index=True
    )
    (card,) = _cards().clusters(released)
    assert len(card.ways) + card.more == 19
    assert card.more > 0


def test_the_report_shows_cards_sums_and_ways_out():
    page = build_report(_study(), _released(), [], None, words(), {})
    assert page.index('id="audit-ratio_p-p"') < page.index('id="audit-repeat-m"')
    assert '<section id="conflicts"' in page
    assert 'id="cluster_1"' in page
    assert '<span class="fraction"><span>2 × 3 − 1</span>' in page
    assert '√<span class="root">4<sup>2</sup> + −1</span> ≤ 4' in page
    assert page.count('<ol class="sum"') == 1
    assert 'class="chosen"' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = {link for link in re.findall(r'href="#([^"]+)"', page)}
    assert links <= set(ids)


def test_words_of_others_are_escaped_in_formulas():
    made = str(typeset('(<b> x 2) / 3 & sqrt(<i>) "a"'))
    assert "<b>" not in made
    assert "<i>" not in made
    assert "&lt;b&gt;" in made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4.6 - 1.2 x -3", "4.6 − 1.2 × −3"),
        ("9.81^2", "9.81<sup>2</sup>"),
        ("-infinity to 5", "−∞ to 5"),
        ("sjia-onset 1-2 x", "sjia-onset 1-2 x"),
        ("((1", "((1"),
        ("1)", "1)"),
        ("", ""),
        (
            "(2) / 3",
            '<span class="fraction"><span>2</span>'
            '<span class="sr"> / </span><span>3</span></span>',
        ),
        ("log(2) / 3", "log(2) / 3"),
    ],
)
def test_signs_are_typeset_and_names_are_left_alone(text, shown):
    assert str(typeset(text)) == shown


def test_a_step_is_words_a_formula_and_how_it_ends():
    step = read_step("with each mean within half a unit: 4.5 to 4.6")
    assert (step.words, str(step.formula), step.ending) == (
        "with each mean within half a unit",
        "4.5 to 4.6",
        "",
    )
    assert read_step("41/8 = 5.1: a sum fits").ending == "a sum fits"
    assert str(read_step("Text, Results: mg/dl").formula) == "Text, Results: mg/dl"


def test_ranges_are_drawn_to_scale_or_not_at_all():
    drawn = str(draw_ranges((0.0, 1.0), (3.0, 4.0), "<words>"))
    places = [float(x) for x in re.findall(r' x="([\d.]+)"', drawn)]
    assert places[0] == 8.0
    assert places[1] == pytest.approx(8 + 304 * 3 / 4)
    assert "&lt;words&gt;" in drawn
    assert draw_ranges((0.0, float("inf")), (3.0, 4.0), "") == ""
    assert draw_ranges((1.0, 1.0), (1.0, 1.0), "") == ""
