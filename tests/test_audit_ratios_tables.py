"""Odds ratios whose 2 x 2 table is printed, under every usual inference."""

from fractions import Fraction
from math import isfinite
from random import Random

import pytest
from scipy import stats

from audit_papers import fact, rounded, table
from rejia.audit import audit
from rejia.audit.context import Context
from rejia.audit.finding import INCONSISTENT, PROOF
from rejia.audit.inferences import infer
from rejia.audit.two_by_two import two_by_two_checks
from rejia.constraints import Cells, Sizes
from rejia.constraints.cells import _cell as read_cell  # without a table: quick
from rejia.stats.models import logistic
from rejia.stats.proportions import odds_ratio_2x2
from rejia.study import Structure

GROUPS = ("A", "B", "C")


def _structure(inference: str, **fields: object) -> Structure:
    model = {
        "id": "risk",
        "test": "logistic",
        "event": {"group": "C"},
        "predictors": ["female", "age"],
        "inference": inference,
        "each": True,
        "family": "none_declared",
    }
    return Structure.model_validate(
        {
            "analyses": [model],
            "partitions": [GROUPS],
            "merges": {"A+B": ["A", "B"]},
            "variables": {
                "sex": {"label": "Sex", "levels": ["male", "female"]},
                "female": {"label": "F", "indicator_of": "sex", "level": "female"},
            },
            **fields,
        }
    )


def _model(numbers: dict[str, str]) -> list[dict[str, str]]:
    columns = {"analysis": "risk", "outcome": "x", "term": "female"}
    columns |= {"group": "C", "reference": "A+B"}
    return [
        fact(
            name,
            name,
            text,
            adjustment="raw" if name == "p_value" else "",
            **columns,
        )
        for name, text in numbers.items()
    ]


def _counts(group: str, female: int, male: int | None, size: int) -> list[object]:
    rows = [fact(f"n_{group}", "n", str(size), outcome="cohort", group=group)]
    for level, count in (("female", female), ("male", male)):
        if count is not None:
            columns = {"outcome": "sex", "level": level, "group": group}
            rows.append(fact(f"{level}_{group}", "n", str(count), **columns))
    return rows


def _true(random: Random) -> tuple[list[dict[str, str]], Structure, bool]:
    """Print the sexes of three groups and a model of them."""
    share = {g: random.choice((0.2, 0.5, 0.8)) for g in GROUPS}
    sizes = {g: random.randint(1, 25) for g in GROUPS}
    lost = random.random() < 0.3
    rows, kept = [], {}
    inference = random.choice(("wald",) * 18 + ("profile", "firth"))
    styles = ("both", "one", "percent") if inference == "wald" else ("both", "one")
    style = random.choice(styles)
    for group, size in sizes.items():
        seen = size - sum(lost and random.random() < 0.1 for _ in range(size))
        female = sum(random.random() < share[group] for _ in range(seen))
        kept[group] = (female, seen - female)
        male = seen - female if style == "both" else None
        rows += _counts(group, female, male, size)
        if style == "percent" and seen:
            rows.pop()
            text = rounded(
                Fraction(100 * female, seen), random.choice((0, 1)), "half_up"
            )
            columns = {"outcome": "sex", "level": "female", "group": group}
            rows.append(fact(f"percent_{group}", "percent", text, **columns))
    female, male = ([kept[g][k] for g in GROUPS] for k in (0, 1))
    cells = (female[2], sum(female[:2]), male[2], sum(male[:2]))
    term = odds_ratio_2x2(*cells)
    if inference != "wald":
        y = [1] * cells[0] + [0] * cells[1] + [1] * cells[2] + [0] * cells[3]
        x = [[1]] * sum(female) + [[0]] * sum(male)
        (term,) = logistic(y, x, names=["female"], inference=inference)
    values = {
        "odds_ratio": term.estimate,
        "ci_low": term.ci_low,
        "ci_high": term.ci_high,
        "p_value": term.p_value,
    }
    digits, rule = random.choice((1, 2, 3)), random.choice(("half_up", "half_even"))
    rows += _model(
        {
            name: rounded(Fraction(value), digits, rule)
            for name, value in values.items()
            if isfinite(value)
        }
    )
    declared = _structure(inference, complete=[] if lost else ["patients"])
    return rows, declared, lost and style != "both"


def _red(rows: list[dict[str, str]], declared: Structure) -> list[tuple[str, str]]:
    cells = Cells(read_cell(row) for row in rows)
    context = Context(cells, Sizes(cells, declared), declared)
    outcomes = [(c, c.evaluate(cells.by_fact)) for c in two_by_two_checks(context)]
    return [
        (check.held, outcome.evidence)
        for check, outcome in outcomes
        if outcome.verdict == INCONSISTENT
    ]


def _a_true_model_is_silent(seed: int) -> None:
    rows, declared, silent = _true(Random(seed))
    red = _red(rows, declared)
    assert [row for row in red if row[1] == PROOF] == [], seed
    if not silent:
        assert red == [], seed


def test_true_models_of_two_by_two_tables_pass():
    for seed in range(1000):
        _a_true_model_is_silent(seed)


@pytest.mark.nightly
def test_true_models_pass_a_hundred_thousand_times():
    for seed in range(1000, 101_000):
        _a_true_model_is_silent(seed)


def _audited(numbers: dict[str, str], **fields: object) -> object:
    sexes = {"A": (5, 6), "B": (5, 3), "C": (9, 12)}
    rows = _model(numbers)
    for group, (female, male) in sexes.items():
        rows += _counts(group, female, male, female + male)
    declared = _structure("wald", complete=["patients"], **fields)
    audited = audit(table(*rows), declared, repairs=False)
    return audited[audited["rule"] == "two_by_two"].set_index("printed")


# 9 of 21 against 10 of 19: ratio 81 / 120, error sqrt(1/9 + 1/10 + 1/12 + 1/9) =
# 0.63683, z = 0.39304 / 0.63683 = 0.61718.
def test_a_table_gives_ratio_limits_and_p():
    numbers = {"odds_ratio": "0.675", "ci_low": "0.194", "ci_high": "2.352"}
    audited = _audited(numbers | {"p_value": "0.537"})
    assert set(audited["verdict"]) == {"consistent"}
    row = _audited(numbers | {"p_value": "0.573"}).loc["0.573"]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "proof")
    assert "two digits swapped: 0.537 would fit" in row["explanations"]
    assert row["power"] > 0.99


@pytest.mark.parametrize(
    ("statistic", "printed", "explanation"),
    [
        ("odds_ratio", "1.481", "coded the other way round"),
        ("odds_ratio", "0.688", "Firth's penalised likelihood would fit"),
        ("odds_ratio", "0.682", "the exact conditional method"),
        ("ci_low", "0.189", "profile likelihood would fit"),
        ("ci_low", "2.352", "the limits swapped would fit"),
        ("ci_low", "0.237", "a 90% interval would fit"),
        ("p_value", "0.752", "the exact conditional method"),
        ("p_value", "0.536", "profile likelihood would fit"),
    ],
)
def test_what_else_would_give_a_number_is_named(statistic, printed, explanation):
    row = _audited({statistic: printed}).loc[printed]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", "enumeration")
    assert explanation in row["explanations"]


def test_missing_values_are_tried_where_nobody_says_that_none_is_missing():
    rows = _model({"odds_ratio": "0.711"})
    for group, (female, male) in {"A": (5, 6), "B": (5, 3), "C": (9, 12)}.items():
        rows += _counts(group, female, None, female + male)
    # With 20 of group C: 9 x 9 / (10 x 11) = 0.736.
    complete = _structure("wald", complete=["patients"])
    assert _red(rows, complete) == [("odds_ratio", "proof")]
    for printed, told in (("0.736", "1 missing values would fit"), ("9", "none fits")):
        rows[0]["printed"] = printed
        audited = audit(table(*rows), _structure("wald"), repairs=False)
        row = audited.set_index("rule").loc["two_by_two"]
        assert (row["verdict"], row["evidence"]) == ("inconsistent", "enumeration")
        assert told in row["explanations"]


def test_an_adjusted_model_is_left_alone():
    rows = _model({"odds_ratio": "9.9"})
    for group in GROUPS:
        rows += _counts(group, 5, 5, 10)
    declared = _structure("wald")
    model = declared.analyses[0].model_copy(update={"each": False})
    assert _red(rows, declared) != []
    assert _red(rows, declared.model_copy(update={"analyses": (model,)})) == []


def test_an_empty_cell_gives_no_wald_number():
    rows = _model({"odds_ratio": "9.9"})
    for group, female in (("A", 5), ("B", 5), ("C", 0)):
        rows += _counts(group, female, 10 - female, 10)
    declared = _structure("wald", complete=["patients"])
    audited = audit(table(*rows), declared).set_index("rule")
    assert audited.loc["two_by_two", "verdict"] == "not_checkable"


@pytest.mark.parametrize("counts", [(9, 10, 12, 9), (3, 1, 2, 6), (1, 7, 5, 2)])
def test_the_tests_agree_with_scipy(counts):
    a, b, c, d = counts
    square = [[a, b], [c, d]]
    expected = {
        "exact": stats.fisher_exact(square).pvalue,
        "score": stats.chi2_contingency(square, correction=False).pvalue,
        "yates": stats.chi2_contingency(square, correction=True).pvalue,
    }
    one_sided = [
        stats.fisher_exact(square, alternative=side).pvalue
        for side in ("less", "greater")
    ]
    expected["doubled"] = min(1.0, 2 * min(one_sided))
    mass = stats.hypergeom(a + b + c + d, a + b, a + c).pmf(a)
    expected["mid_p"] = expected["exact"] - mass / 2
    for name, p in expected.items():
        assert infer(name, counts, 0.95)["p_value"].low == pytest.approx(p), name


@pytest.mark.parametrize("inference", ["profile", "firth"])
def test_walds_identities_are_not_asked_of_another_declared_inference(inference):
    numbers = {"odds_ratio": "2.00", "ci_low": "1.10", "ci_high": "5.00"}
    rows = _model(numbers | {"p_value": "0.03"})
    audited = audit(table(*rows), _structure(inference)).set_index("rule")
    assert audited.loc["ratio_symmetry", "verdict"] == "not_checkable"
    wald = audit(table(*rows), _structure("wald")).set_index("rule")
    assert wald.loc["ratio_symmetry", "verdict"] == "inconsistent"
    assert "Firth or exact" in wald.loc["ratio_symmetry", "explanations"]
