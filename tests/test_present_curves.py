"""Responses over time, and the change of every patient in order."""

import pytest

from present_cohorts import definition, released
from present_material import comparison, course, fact, results, study, words
from rejia.present.figures import FORMATS, build_figures, render

CHANGE = {"id": "change", "test": "change_counts", "visit": "after"}
DEFINED = {
    "variables": {
        "acr_pedi_30": {"label": "ACR Pedi 30", "levels": ["responder", "no"]},
        "acr_pedi_70": {"label": "ACR Pedi 70", "levels": ["responder", "no"]},
        "crp": {"label": "CRP", "unit": "mg/L", "worse": "high"},
        "larsen": {"label": "Larsen", "worse": "high"},
    },
    "groups": {
        "outcome": "larsen",
        "from": "before",
        "to": "after",
        "labels": {"improved": "A", "unchanged": "B", "worsened": "C"},
    },
    "analyses": [
        {
            "id": "acr_pedi",
            "test": "describe",
            "outcomes": ["acr_pedi_30", "acr_pedi_70"],
            "visits": ["before", "after"],
        },
        CHANGE | {"outcomes": ["larsen", "crp"], "ref_visit": "before"},
    ],
}


def draw(name, **tables):
    made = study(figures=[name], **DEFINED)
    named = {f"{key}.tsv": table for key, table in tables.items()}
    return build_figures(made, named, words())[name]


def share(outcome, visit, estimate, low, high, **columns):
    return {
        "scenario": "primary",
        "analysis": "acr_pedi",
        "outcome": outcome,
        "visit": visit,
        "level": "responder",
        "group": "all",
        "statistic": "proportion",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "n": 32.0,
        "cohort_kind": "observed",
    } | columns


def curves(figure):
    """Return the curves of the only panel by label, and what was drawn as printed."""
    (axes,) = figure.axes
    drawn = [line for line in axes.lines if len(line.get_xdata()) > 1]
    squares = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    return drawn, [float(line.get_ydata()[0]) for line in squares]


def test_responses_stand_at_their_months_with_interval_n_and_what_was_printed():
    said = {"outcome": "acr_pedi_30", "level": "responder", "analysis": "acr_pedi"}
    figure = draw(
        "acr_pedi",
        results=results(
            share("acr_pedi_30", "before", 0.25, 0.115, 0.434),
            share("acr_pedi_30", "after", 0.75, 0.566, 0.885),
            share("acr_pedi_30", "after", 0.25, 0.115, 0.434, level="no"),
            share("acr_pedi_70", "before", 0.125, 0.035, 0.29),
            share("acr_pedi_70", "after", 0.5, 0.319, 0.681),
        ),
        comparison=comparison(
            fact("p", "percent", "76", visit="after", low=75.5, high=76.5, **said),
            fact("again", "percent", "60", visit="after", low=59.5, high=60.5, **said),
            fact("d", "percent", "30", low=29.5, high=30.5, **said),
        ),
    )
    lines, printed = curves(figure)
    assert [list(line.get_ydata()) for line in lines] == [[25, 75], [12.5, 50]]
    middle = [sum(line.get_xdata()[at] for line in lines) / 2 for at in (0, 1)]
    assert middle == pytest.approx([0, 6])
    assert printed == [76]
    bars = [path for line in figure.axes[0].collections for path in line.get_segments()]
    assert bars[1][:, 1].tolist() == pytest.approx([56.6, 88.5])
    ticks = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert ticks == ["Before\nn = 32", "After\nn = 32"]
    assert "ACR Pedi 30: Before 25.0 % (12 to 43)" in figure.get_label()
    assert "After 75.0 % (57 to 89), printed 76 %" in figure.get_label()


def test_printed_responses_are_drawn_without_a_cohort():
    said = {"outcome": "acr_pedi_70", "level": "responder", "visit": "after"}
    figure = draw(
        "acr_pedi",
        comparison=comparison(fact("p", "percent", "81", low=80.5, high=81.5, **said)),
    )
    lines, printed = curves(figure)
    assert (lines, printed) == ([], [81])


def test_the_curve_of_responses_shows_the_numbers_of_its_table():
    made = definition("aoki2014").model_copy(update={"figures": ("acr_pedi",)})
    tables = released("aoki2014")
    lines, printed = curves(build_figures(made, tables, words())["acr_pedi"])
    frame = tables["results.tsv"]
    rows = frame[
        (frame["analysis"] == "acr_pedi")
        & (frame["statistic"] == "proportion")
        & (frame["level"] == "responder")
    ]
    drawn = sorted(y for line in lines for y in line.get_ydata())
    assert drawn == pytest.approx(sorted(100 * rows["estimate"]))
    assert len(printed) == 12


def patients(variable, **changes):
    """Return each patient's two values: 10, and 10 and the change."""
    return [
        {"patient": name, "group": name[0].upper(), "visit": visit, "value": value}
        | {"variable": variable}
        for name, change in changes.items()
        for visit, value in (("before", 10.0), ("after", 10.0 + change))
    ]


def panel(figure, start):
    return next(a for a in figure.axes if a.get_title("left").startswith(start))


def test_changes_stand_in_order_at_the_middle_of_their_share():
    figure = draw("cumulative_change", course=course(*patients("crp", a1=3, a2=-4)))
    lines = [line for line in panel(figure, "CRP").lines if len(line.get_xdata()) == 2]
    marked = [line for line in lines if line.get_marker() not in {"None", None}]
    assert [list(line.get_xdata()) for line in marked] == [[25, 75]]
    assert [list(line.get_ydata()) for line in marked] == [[-4, 3]]


def test_each_group_has_its_own_curve_but_where_the_change_makes_the_groups():
    changes = {"a1": -2, "a2": -1, "b1": 0, "c1": 5}
    figure = draw(
        "cumulative_change",
        course=course(*patients("larsen", **changes), *patients("crp", **changes)),
    )

    def found(start):
        return {
            line.get_marker(): [float(x) for x in line.get_xdata()]
            for line in panel(figure, start).lines
            if line.get_marker() not in {"None", None}
        }

    assert list(found("CRP").values()) == [[25, 75], [50], [50]]
    assert list(found("Larsen").values()) == [[12.5, 37.5], [62.5], [87.5]]
    assert "n = 4" in panel(figure, "Larsen").get_title("left")
    assert "Group A (improved): 2 patients, 2 fell, 0 rose" in figure.get_label()


def test_a_bounded_value_has_no_change():
    rows = patients("crp", a1=3, a2=-4)
    rows[-1]["comparator"] = "<"
    figure = draw("cumulative_change", course=course(*rows))
    assert "n = 1" in panel(figure, "CRP").get_title("left")


def test_of_observed_patients_nothing_is_drawn_and_that_is_said():
    figure = draw("cumulative_change", results=results(share("crp", "after", 1, 1, 1)))
    assert figure.axes == []
    assert "not released" in figure.get_label()
    assert any("not released" in text.get_text() for text in figure.texts)


@pytest.mark.parametrize("name", ["acr_pedi", "cumulative_change"])
def test_the_bytes_are_the_same_in_every_run(name):
    tables = {
        "results": results(share("acr_pedi_30", "before", 0.25, 0.1, 0.4)),
        "course": course(*patients("crp", a1=3, a2=-4)),
    }
    for suffix in FORMATS:
        assert len({render(draw(name, **tables), suffix) for _ in range(2)}) == 1
