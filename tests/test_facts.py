"""Published numbers: the reader, and the committed files against the papers."""

from pathlib import Path

import pandas as pd
import pytest

from rejia.contracts import FACTS
from rejia.errors import DataError
from rejia.facts import read_facts

PUBLISHED = Path(__file__).parents[1] / "data" / "published"
STUDIES = ("alexeeva2013", "aoki2014", "cabrera2016")

GOOD = {
    "fact": "t2_crp_p",
    "analysis": "before_after",
    "population": "patients",
    "outcome": "crp",
    "group": "all",
    "statistic": "p_value",
    "printed": "<0.001",
    "adjustment": "raw",
    "place": "Table 2",
}


def file_of(tmp_path: Path, *rows: dict[str, str], header=tuple(FACTS)) -> Path:
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    path = tmp_path / "facts.tsv"
    path.write_text("\n".join("\t".join(cells) for cells in lines) + "\n")
    return path


def message_of(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_facts(path)
    return str(caught.value)


def test_printed_text_is_kept_to_the_letter(tmp_path):
    rows = [{**GOOD, "fact": f"f{i}", "printed": text} for i, text in enumerate(TEXTS)]
    assert read_facts(file_of(tmp_path, *rows))["printed"].tolist() == TEXTS


TEXTS = ["0.190", "0.0", "0", "<0.001", "< 0.001", "−1.5", "≥8", "1.000", ".05"]

FAULTS = [
    ({"printed": "n.s."}, "column 'printed': 'n.s.' is no printed number in line 3"),
    ({"printed": ""}, "column 'printed': is empty in line 3"),
    ({"printed": "4.7 (3.1)"}, "'4.7 (3.1)' is no printed number in line 3"),
    (
        {"statistic": "p_vlue", "adjustment": ""},
        "column 'statistic': 'p_vlue' is not allowed; did you mean 'p_value'? "
        "in line 3 (allowed: n, n_of,",
    ),
    (
        {"adjustment": "bonferoni"},
        "'bonferoni' is not allowed; did you mean 'bonferroni'? in line 3",
    ),
    (
        {"adjustment": ""},
        "column 'adjustment': goes with p_value only, and every p_value needs it "
        "in line 3",
    ),
    (
        {"statistic": "mean"},
        "column 'adjustment': 'raw' goes with p_value only, and every p_value needs it "
        "in line 3",
    ),
    ({"place": ""}, "column 'place': is empty in line 3"),
    ({"fact": ""}, "column 'fact': is empty in line 3"),
    (
        {"fact": "t2_crp_p"},
        "column 'fact': 't2_crp_p' is already given in line 2 in line 3",
    ),
]


@pytest.mark.parametrize(("change", "words"), FAULTS)
def test_fault_of_a_fact_is_named_with_its_line(tmp_path, change, words):
    second = {**GOOD, "fact": "second", **change}
    message = message_of(file_of(tmp_path, GOOD, second))
    assert words in message
    assert len(message.splitlines()) == 2


def test_every_fault_of_a_file_is_in_one_message(tmp_path):
    header = (*(name for name in FACTS if name != "note"), "plaice")
    rows = [
        GOOD,
        {**GOOD, "printed": "ca. 5"},
        {**GOOD, "fact": "f3", "statistic": "average", "adjustment": ""},
        {**GOOD, "fact": "f4", "adjustment": "holm"},
    ]
    path = file_of(tmp_path, *rows, header=header)
    message = message_of(path)
    assert message.startswith(f"{path} does not fit its table:\n")
    for words in (
        "column 'plaice': is unknown; did you mean 'place'?",
        "column 'note': is missing",
        "'ca. 5' is no printed number in line 3",
        "'t2_crp_p' is already given in line 2 in line 3",
        "'average' is not allowed in line 4",
        "'holm' is not allowed in line 5",
    ):
        assert words in message


def test_missing_columns_are_faults_and_no_crash(tmp_path):
    message = message_of(file_of(tmp_path, GOOD, header=("fact", "printed")))
    assert "column 'statistic': is missing" in message
    assert "column 'place': is missing" in message


@pytest.mark.parametrize("study", STUDIES)
def test_committed_facts_are_clean(study):
    facts = read_facts(PUBLISHED / study / "facts.tsv")
    assert len(facts) > 5
    assert (facts["place"] != "").all()


@pytest.fixture(scope="module")
def aoki() -> pd.DataFrame:
    return read_facts(PUBLISHED / "aoki2014" / "facts.tsv")


@pytest.fixture(scope="module")
def cabrera() -> pd.DataFrame:
    return read_facts(PUBLISHED / "cabrera2016" / "facts.tsv")


def printed(facts: pd.DataFrame, place: str, **key: str) -> list[str]:
    """Return the printed texts of one cell of a paper."""
    found = facts[facts["place"] == place]
    for name, value in key.items():
        found = found[found[name] == value]
    return found["printed"].tolist()


# Read by eye from the tables of Aoki et al., J Rheumatol 2014;41:1171-7.
# Table 1: outcome, group, "mean (SD)".
TABLE_1 = [
    ("age_onset", "all", "4.7", "3.1"),
    ("age_onset", "B", "3.7", "1.5"),
    ("age_onset", "C", "5.7", "3.4"),
    ("disease_duration", "all", "4.5", "3.8"),
    ("disease_duration", "A", "6.1", "2.0"),
    ("disease_duration", "B", "5.9", "5.9"),
    ("age_start", "A", "9.4", "2.9"),
    ("age_start", "C", "8.9", "4.3"),
    ("tcz_duration", "B", "4.3", "1.2"),
    ("tcz_duration", "C", "3.8", "1.9"),
    ("glucocorticoid", "all", "18.1", "10.1"),
    ("glucocorticoid", "C", "25.2", "10.9"),
    ("larsen_large_total", "A", "11.0", "9.9"),
    ("larsen_large_total", "B", "8.1", "15.6"),
]

# Table 1: outcome, level, group, n.
TABLE_1_COUNTS = [
    ("cohort", "", "all", "40"),
    ("cohort", "", "A", "11"),
    ("cohort", "", "B", "8"),
    ("cohort", "", "C", "21"),
    ("sex", "male", "all", "21"),
    ("sex", "female", "all", "19"),
    ("sex", "male", "B", "3"),
    ("sex", "female", "C", "9"),
    ("mtx", "yes", "all", "7"),
    ("mtx", "yes", "B", "0"),
]

# Table 2: outcome, group, visit, "mean (SD)".
TABLE_2 = [
    ("larsen_large_total", "all", "follow_up", "6.8", "9.2"),
    ("larsen_large_total", "B", "baseline", "8.1", "16.5"),
    ("larsen_large_total", "B", "follow_up", "8.1", "3.2"),
    ("active_joints", "all", "baseline", "4.6", "1.2"),
    ("active_joints", "A", "follow_up", "0.0", "0.0"),
    ("limited_joints", "B", "baseline", "4.6", "11.6"),
    ("wbc", "A", "baseline", "15.5", "10.3"),
    ("wbc", "C", "follow_up", "8.7", "6.3"),
    ("crp", "all", "follow_up", "0", "0.1"),
    ("crp", "C", "baseline", "7.1", "7.5"),
    ("esr", "B", "baseline", "30", "10"),
    ("esr", "C", "follow_up", "2", "1"),
    ("mmp3", "all", "follow_up", "180", "300"),
    ("mmp3", "C", "follow_up", "278", "382"),
    ("fdp_e", "C", "baseline", "229", "278"),
    ("glucocorticoid", "C", "follow_up", "4.4", "3.6"),
]

# Table 2: outcome, p of before against after.
TABLE_2_P = [
    ("larsen_large_total", "0.190"),
    ("limited_joints", "0.154"),
    ("active_joints", "< 0.001"),
    ("crp", "<0.001"),
]

# Table 3: predictor, OR, interval, p; a cell of one number stands for both limits.
TABLE_3 = [
    ("age_onset", "1.02", "1.307", "1.674", "0.034"),
    ("female", "0.675", "0.194", "2.352", "0.573"),
    ("disease_duration", "0.791", "0.635", "0.986", "0.037"),
    ("age_start", "0.966", "0.822", "1.135", "0.674"),
    ("tcz_duration", "0.778", "0.564", "1.073", "0.126"),
    ("active_joints", "0.948", "0.844", "1.064", "0.363"),
    ("limited_joints", "0.934", "0.811", "1.074", "0.337"),
    ("wbc", "1", "1", "1", "0.807"),
    ("crp", "1.095", "0.962", "1.248", "0.170"),
    ("esr", "1.012", "0.981", "1.043", "0.450"),
    ("mmp3", "1.002", "0.997", "1.004", "0.772"),
    ("fdp_e", "1", "0.997", "1.003", "0.835"),
    ("glucocorticoid", "1.091", "1.008", "1.181", "0.030"),
]


@pytest.mark.parametrize(("outcome", "group", "mean", "sd"), TABLE_1)
def test_mean_and_sd_of_table_1_are_as_printed(aoki, outcome, group, mean, sd):
    key = {"outcome": outcome, "group": group}
    assert printed(aoki, "Table 1", **key, statistic="mean") == [mean]
    assert printed(aoki, "Table 1", **key, statistic="sd") == [sd]


@pytest.mark.parametrize(("outcome", "level", "group", "n"), TABLE_1_COUNTS)
def test_count_of_table_1_is_as_printed(aoki, outcome, level, group, n):
    key = {"outcome": outcome, "level": level, "group": group}
    assert printed(aoki, "Table 1", **key, statistic="n") == [n]


@pytest.mark.parametrize("row", TABLE_2)
def test_mean_and_sd_of_table_2_are_as_printed(aoki, row):
    outcome, group, visit, mean, sd = row
    key = {"outcome": outcome, "group": group, "visit": visit}
    assert printed(aoki, "Table 2", **key, statistic="mean") == [mean]
    assert printed(aoki, "Table 2", **key, statistic="sd") == [sd]


@pytest.mark.parametrize(("outcome", "p"), TABLE_2_P)
def test_p_of_table_2_is_as_printed(aoki, outcome, p):
    found = printed(aoki, "Table 2", outcome=outcome, statistic="p_value")
    assert [text.replace(" ", "") for text in found] == [p.replace(" ", "")]


@pytest.mark.parametrize("row", TABLE_3)
def test_row_of_table_3_is_as_printed(aoki, row):
    term, odds_ratio, low, high, p = row
    key = {"term": term, "group": "C", "reference": "A+B"}
    cells = {"odds_ratio": odds_ratio, "ci_low": low, "ci_high": high, "p_value": p}
    found = {name: printed(aoki, "Table 3", **key, statistic=name) for name in cells}
    assert found == {name: [text] for name, text in cells.items()}


def test_table_3_has_thirteen_predictors(aoki):
    assert aoki[aoki["place"] == "Table 3"]["term"].nunique() == 13


def test_tables_1_to_3_are_whole(aoki):
    counts = aoki["place"].value_counts()
    # Table 1: 4 sizes, 8 counts of sex, 4 of MTX, 6 rows of 4 means and SDs, and the
    # "3 groups" of its title.
    assert counts["Table 1"] == 4 + 8 + 4 + 6 * 8 + 1
    # Table 2: 4 sizes, 9 rows of 8 means and SDs, 9 p, 4 counts, the title's 3 groups.
    assert counts["Table 2"] == 4 + 9 * 16 + 9 + 4 + 1
    # Table 3: 13 rows of OR, two limits and p.
    assert counts["Table 3"] == 13 * 4


def test_own_contradictions_of_the_papers_are_kept(aoki, cabrera):
    sds = aoki[
        (aoki["outcome"] == "larsen_large_total")
        & (aoki["group"] == "B")
        & (aoki["visit"] == "baseline")
        & (aoki["statistic"] == "sd")
    ]
    assert set(sds["printed"]) == {"15.6", "16.5"}
    ages = cabrera[cabrera["outcome"] == "age"]
    second = ages[ages["group"] == "patient_2"]["printed"]
    # Text: tocilizumab at 17 years; Table 1: 15 years at M0.
    assert {"15", "17"} <= set(second)


# Alexeeva et al. 2013, abstract: 75 patients; 64 % after 6, 73 % after 12 months.
def test_numbers_of_alexeeva_are_as_printed():
    facts = read_facts(PUBLISHED / "alexeeva2013" / "facts.tsv")
    found = facts.set_index("fact")["printed"]
    assert found["abs_patients_n"] == "75"
    assert found["abs_inactive_m6_percent"] == "64"
    assert found["abs_inactive_m12_percent"] == "73"
