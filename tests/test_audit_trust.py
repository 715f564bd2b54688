"""
No false alarm: true data of every kind, for every rule that the audit can emit.

A new rule is put to the test by a `Source` in one of the files ``audit_true_data_*``,
or by a test of its own that is named in `OWN_TESTS`; a rule without either fails here.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

import audit_true_data_counts as counts
import audit_true_data_sums as sums
import audit_true_data_tests as tests
import audit_true_data_values as values
from audit_true_data import Source, Tally, make_batch, try_out

HERE = Path(__file__).parent
AUDIT = HERE.parent / "src" / "rejia" / "audit"
SOURCES: tuple[Source, ...] = (
    *values.SOURCES,
    *sums.SOURCES,
    *counts.SOURCES,
    *tests.SOURCES,
)
ORDINARY, NIGHTLY = 1_000, 100_000
# Rules whose true data are made in a file of their own: the test that does it.
_RANKS = "test_audit_ranks_sums.py::"
_WORDING = "test_audit_wording.py::"
OWN_TESTS = {
    "rank_sum_floor": _RANKS + "test_true_mann_whitney_p_values_pass",
    "rank_sum_summaries": _RANKS + "test_true_mann_whitney_p_values_pass",
    "signed_rank_floor": _RANKS
    + "test_true_signed_rank_p_values_pass_under_every_convention",
    "two_by_two": "test_audit_ratios_tables.py::test_true_models_of_two_by_two_tables"
    "_pass",
    "zero_count": "test_audit_zeros.py::test_true_data_pass_a_thousand_times",
    "rows_worded": _WORDING + "test_true_summaries_of_joints_pass_a_thousand_times",
    "collinear_adjustment": _WORDING
    + "test_a_model_is_refused_exactly_where_true_data_have_too_small_a_rank",
    "untouched": "test_audit_runner.py::test_any_facts_are_audited",
}


def emitted_rules() -> dict[str, str]:
    """Return the rules of every `Check` and of rows without one, with their place."""
    found: dict[str, str] = {}
    for path in sorted(AUDIT.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _named(node):
                place = f"{path.name}:{getattr(node, 'lineno', 0)}"
                assert name is not None, f"{place}: the rule must be a plain text"
                found.setdefault(name, place)
    return found


def _named(node: ast.AST) -> list[str | None]:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Check":
        named = [k.value for k in node.keywords if k.arg == "rule"]
        return [_text(part) for part in (node.args[:1] or named)]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [
            _text(value)
            for key, value in pairs
            if isinstance(key, ast.Constant)
            and key.value == "rule"
            and isinstance(value, ast.Constant)
        ]
    return []


def _text(node: ast.AST) -> str | None:
    known = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if known else None


def test_every_rule_is_put_to_the_test():
    covered = {rule for source in SOURCES for rule in source.rules}
    emitted = emitted_rules()
    missing = {r: at for r, at in emitted.items() if r not in covered | set(OWN_TESTS)}
    assert missing == {}
    assert covered | set(OWN_TESTS) <= set(emitted)


@pytest.mark.parametrize("place", sorted(set(OWN_TESTS.values())))
def test_a_rule_with_a_test_of_its_own_has_one(place):
    name, _, function = place.partition("::")
    text = (HERE / name).read_text(encoding="utf-8")
    assert f"def {function}(" in text


def _no_alarm(source: Source, wanted: int) -> Tally:
    tally = try_out(source, wanted)
    assert tally.alarms == []
    for rule in source.rules:
        assert tally.judged[rule] >= wanted, f"{rule} is not reached often enough"
        assert tally.refused[rule] > 0, f"{rule} has no teeth"
    return tally


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_true_data_raise_no_alarm(source):
    _no_alarm(source, ORDINARY)


@pytest.mark.nightly
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_true_data_raise_no_alarm_a_hundred_thousand_times(source):
    _no_alarm(source, NIGHTLY)


@cache
def _kinds(source: Source) -> set[str]:
    return {
        kind
        for number in range(4)
        for kind in make_batch(source, f"kinds-{number}").kinds.values()
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_assumptions_hold_in_some_data_sets_only(source):
    assert _kinds(source) - {"silent"}
    if source.name not in {"conditions"}:
        assert "silent" in _kinds(source)
