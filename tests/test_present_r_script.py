"""The script in R of each study against our results."""

import subprocess

import pandas as pd
import pytest

from present_cohorts import cohort, definition, write_work
from present_material import HOSTILE, study
from rejia.present.r_script import r_script, r_text


@pytest.mark.r
@pytest.mark.parametrize(("name", "fewest"), [("tiny", 400), ("aoki2014", 4500)])
def test_r_recomputes_the_primary_results(name, fewest, tmp_path, require):
    results = write_work(name, tmp_path)
    done = run(require("r"), definition(name), tmp_path, results)
    assert done.returncode == 0, done.stdout + done.stderr
    compared = int(done.stdout.split()[0])
    assert compared >= fewest
    assert "0 differ" in done.stdout
    assert "left out" not in done.stdout


@pytest.mark.r
def test_r_finds_a_number_that_was_changed(tmp_path, require):
    results = write_work("tiny", tmp_path)
    table = pd.read_csv(results, sep="\t", dtype=str, keep_default_na=False)
    tests = {"describe": "mean", "contrast": "mann_whitney_u", "risk": "odds_ratio"}
    changed = []
    for analysis, statistic in tests.items():
        mine = (table["analysis"] == analysis) & (table["statistic"] == statistic)
        mine &= table["estimate"] != ""
        first = table.index[mine][-1]
        column = "p_value" if analysis == "contrast" else "estimate"
        table.loc[first, column] = repr(float(table.loc[first, column]) * (1 + 1e-7))
        changed.append((table.loc[first, "row"], column))
    table.to_csv(results, sep="\t", index=False)
    found = tmp_path / "differences.tsv"
    done = run(require("r"), definition("tiny"), tmp_path, results, found)
    assert done.returncode == 1
    told = pd.read_csv(found, sep="\t")
    assert sorted(zip(told["row"], told["column"], strict=True)) == sorted(changed)


@pytest.mark.r
@pytest.mark.parametrize("bad", HOSTILE)
def test_a_hostile_definition_is_text_for_r(bad, tmp_path, require):
    made = study(
        title=bad,
        variables={
            "sex": {"label": bad, "unit": bad, "levels": [bad, "x"]},
            "is": {"label": bad, "indicator_of": "sex", "level": bad},
        },
    )
    script = r_script(made)
    assert bad not in script.replace(r_text(bad), "") or bad.isalnum()
    path = tmp_path / "primary.R"
    path.write_text(script)
    code = f"e <- parse({r_text(str(path))}); cat(length(e))"
    done = subprocess.run(
        [require("r"), "-e", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    plain = subprocess.run(
        [require("r"), "-e", f"cat(nchar({r_text(bad)}) > 0)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.stdout == "TRUE"


def test_the_script_is_the_same_in_every_run():
    assert r_script(definition("tiny")) == r_script(definition("tiny"))
    assert len(cohort("tiny").patients) == 10


def run(program, made, folder, *files):
    script = folder / "primary.R"
    script.write_text(r_script(made))
    return subprocess.run(
        [program, str(script), str(folder), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
