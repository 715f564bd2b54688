"""What holds for every test: no global random state, no silent skip of a program."""

import os
import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import settings

# A time limit an example fails on a busy machine and says nothing of the code. Examples
# are the same in every run of a commit; `make nightly` looks for new ones.
settings.register_profile("rejia", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("search" if os.environ.get("REJIA_SEARCH") else "rejia")

# Tests with these marks need a program that an ordinary machine may lack.
PROGRAM_MARKS = ("browser", "office", "latex", "slurm", "r")

PROGRAMS = {
    "chromium": (
        "Chromium",
        ("chromium", "chromium-browser", "google-chrome", "chrome"),
    ),
    "libreoffice": ("LibreOffice", ("soffice", "libreoffice")),
    "latex": ("a TeX distribution", ("latexmk", "lualatex", "xelatex", "pdflatex")),
    "poppler": ("Poppler", ("pdftotext",)),
    "slurm": ("SLURM", ("sbatch",)),
    "r": ("R", ("Rscript",)),
    "node": ("Node.js", ("node",)),
}


def skips_are_failures() -> bool:
    """Say whether every program that a test needs must be there."""
    return os.environ.get("REJIA_REQUIRE") == "all"


@pytest.fixture(scope="session")
def require() -> Callable[[str], str]:
    """Return a function that gives the path of a program, or skips and names it."""

    def found(program: str) -> str:
        label, commands = PROGRAMS[program]
        for command in commands:
            path = shutil.which(command)
            if path is not None:
                return path
        message = f"{label} is not installed (looked for {', '.join(commands)})"
        if skips_are_failures():
            pytest.fail(message, pytrace=False)
        pytest.skip(message)

    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with whole workflows: the longest tests leave no worker idle at the end."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:
    """Turn a skip for want of a program into a failure where all are required."""
    report = yield
    marked = [mark for mark in PROGRAM_MARKS if item.get_closest_marker(mark)]
    is_skip = report.skipped and not hasattr(report, "wasxfail")
    if is_skip and marked and skips_are_failures():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} [{', '.join(marked)}] was skipped although "
            f"REJIA_REQUIRE=all: {reason}"
        )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that changes NumPy's global random state; put the state back."""
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    result = yield
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    same = before["state"]["pos"] == after["state"]["pos"] and np.array_equal(
        before["state"]["key"], after["state"]["key"]
    )
    if not same:
        np.random.set_state(before)  # noqa: NPY002
        pytest.fail(
            "the test changed NumPy's global random state; pass a Generator",
            pytrace=False,
        )
    return result
