import pytest

from rejia.present.compose import compose
from rejia.present.format import (
    Quantity,
    format_number,
    format_p,
    format_parts,
    format_recorded,
    format_significant,
    typeset_minus,
)
from rejia.present.safe import delimited, latex, visible


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (1.005, 2, "1.01"),
        (2.675, 2, "2.68"),
        (0.285, 2, "0.29"),
        (-0.04, 1, "0.0"),
        (1e-9, 3, "0.000"),
        (1e22, 0, "10000000000000000000000"),
        (float("nan"), 1, "–"),
        (float("inf"), 1, "∞"),
    ],
)
def test_numbers_are_rounded_half_away_from_zero_as_their_decimal_text_says(
    value, decimals, text
):
    assert format_number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0009999, "<0.001"),
        (0.001, "0.001"),
        (0.0005, "<0.001"),
        (0.0495, "0.050"),
        (0.9995, ">0.999"),
        (1.0, "1.000"),
        (0.0, "<0.001"),
        (float("nan"), "–"),
    ],
)
def test_a_p_value_is_never_printed_as_zero(value, text):
    assert format_p(value) == text


def test_a_recorded_value_keeps_its_digits():
    assert [format_recorded(v) for v in (129.0, 5.04, 0.1 + 0.2)] == [
        "129",
        "5.04",
        "0.30000000000000004",
    ]


def test_significant_digits_never_cut_the_whole_part():
    assert [format_significant(v, 2) for v in (1234.0, 99.96, 0.00456)] == [
        "1234",
        "100",
        "0.0046",
    ]


def test_numbers_of_a_cell_are_rounded_only_when_it_is_written():
    assert format_parts(["(", Quantity(1.25, digits=1), ")"]) == "(1.3)"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"mean": "4.7", "sd": "3.1"}, "4.7 (3.1)"),
        ({"mean": "4.7", "plus_minus": "3.1"}, "4.7 ± 3.1"),
        ({"mean": "4.7", "min": "0.4", "max": "13.6"}, "4.7, 0.4–13.6"),
        ({"median": "4", "q1": "2", "q3": "9"}, "4 [2–9]"),
        ({"n": "11", "percent": "28"}, "11 (28 %)"),
        ({"n_of": "52", "denominator": "71", "percent": "73"}, "52/71 (73 %)"),
        ({"ci_low": "0.8", "ci_high": "1.2"}, "0.8–1.2"),
        ({"ci_low": "-0.8", "ci_high": "1.2"}, "-0.8 to 1.2"),
        ({"odds_ratio": "1.02", "p_value": "0.034"}, "1.02, 0.034"),
        ({"kappa": "0.711"}, "0.711"),
    ],
)
def test_statistics_of_one_key_are_joined_as_in_print(values, text):
    assert format_parts(compose(values)) == text


def test_only_signs_of_numbers_become_minus_signs():
    assert typeset_minus("-1.5 (-2.0), p-value, <-3, 1-2") == (
        "−1.5 (−2.0), p-value, <−3, 1-2"
    )


@pytest.mark.parametrize(
    "text",
    [
        "-1.5",
        "+0.4",
        "-1.5 (2.0)",
        "-",
        "+",
        "-0.8 to 1.2".split(maxsplit=1)[0],
        "12 %",
    ],
)
def test_numbers_reach_a_spreadsheet_as_they_are(text):
    assert delimited(text) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd()", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "-1e", "+(x)"]
)
def test_text_never_reaches_a_spreadsheet_as_a_formula(text):
    assert delimited(text).startswith("'")


def test_hidden_and_reordering_characters_are_shown():
    assert visible("a\u202eb\u200bc\u0000d\ud800") == (
        "a[U+202E]b[U+200B]c[U+0000]d[U+D800]"
    )


def test_latex_commands_are_printed_and_not_obeyed():
    assert latex("\\input{x}$_") == r"\textbackslash{}input\{x\}\$\_"
    assert latex("é β ² ⅓") == r"é \ensuremath{\beta} \textsuperscript{2} [U+2153]"
