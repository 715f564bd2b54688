"""The rules that conftest.py holds every other test to."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

INNER = """
import numpy as np
import pytest


@pytest.mark.browser
def test_marked_skips_itself():
    pytest.skip("Chromium is not installed")


def test_plain_skips_itself():
    pytest.skip("a reason of its own")


@pytest.mark.slurm
def test_uses_helper(require, monkeypatch):
    monkeypatch.setenv("PATH", "")
    require("slurm")


def test_changes_global_state():
    np.random.default_rng(1).random()
    np.random.random()


def test_uses_a_generator():
    assert np.random.default_rng(1).random() < 1
"""


@pytest.fixture(scope="module")
def stdout(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the inner tests where every program is required."""
    folder = tmp_path_factory.mktemp("inner")
    (folder / "conftest.py").write_bytes((HERE / "conftest.py").read_bytes())
    (folder / "test_inner.py").write_text(INNER)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n browser:\n slurm:\n")
    disabled = [
        f"-pno:{name}" for name in ("cacheprovider", "xdist", "hypothesispytest")
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *disabled, "."],
        cwd=folder,
        env={**os.environ, "REJIA_REQUIRE": "all"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def outcome(stdout: str, test: str) -> str:
    match = re.search(rf"^(PASSED|FAILED|ERROR) .*{test}", stdout, re.MULTILINE)
    return match[1] if match else "SKIPPED"


@pytest.mark.parametrize("test", ["test_marked_skips_itself", "test_uses_helper"])
def test_skip_for_a_missing_program_fails_where_all_are_required(stdout, test):
    assert outcome(stdout, test) == "FAILED"


def test_skip_that_fails_still_says_why(stdout):
    assert "REJIA_REQUIRE=all: Skipped: Chromium is not installed" in stdout
    assert "SLURM is not installed (looked for sbatch)" in stdout


def test_skip_without_a_program_mark_is_never_a_failure(stdout):
    assert outcome(stdout, "test_plain_skips_itself") == "SKIPPED"
    assert "1 skipped" in stdout


def test_change_of_global_random_state_fails_a_test(stdout):
    assert outcome(stdout, "test_changes_global_state") == "FAILED"
    assert "changed NumPy's global random state" in stdout
    assert outcome(stdout, "test_uses_a_generator") == "PASSED"


def test_helper_skips_and_names_the_missing_program(require, monkeypatch):
    monkeypatch.delenv("REJIA_REQUIRE", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="LibreOffice is not installed"):
        require("libreoffice")


def test_helper_gives_the_path_of_a_program_that_is_there(
    require, monkeypatch, tmp_path
):
    program = tmp_path / "sbatch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert require("slurm") == str(program)
