"""Floors of the package: imports lead down, siblings do not meet."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "rejia"

# design.md, part 3. The package itself (its version) lies under everything; the
# entry point over everything.
FLOORS = {
    "": -1,
    "errors": 0,
    "coded": 0,
    "frame": 1,
    "estimate": 1,
    "printed": 1,
    "contracts": 2,
    "stats": 2,
    "study": 3,
    "facts": 3,
    "constraints": 4,
    "cohort": 5,
    "scores": 5,
    "groups": 5,
    "audit": 5,
    "ensemble": 5,
    "analyses": 6,
    "multiverse": 7,
    "results": 7,
    "comparison": 8,
    "disclosure": 9,
    "pooled": 9,
    "present": 10,
    "cli": 11,
    "__main__": 12,
}
FOR_STATS = ("errors", "estimate", "printed")


def package_sources() -> dict[str, str]:
    """Source of each module of the package, by its dotted name."""
    sources = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ["rejia", *path.relative_to(PACKAGE).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        sources[".".join(parts)] = path.read_text(encoding="utf-8")
    return sources


def unit(module: str) -> str:
    """Return the floor's name of a module: ``rejia.stats.ranks`` is of ``stats``."""
    return [*module.split("."), ""][1]


def imports(module: str, source: str, modules: Mapping[str, str]) -> Iterator[str]:
    """Return the full name of every import, wherever it stands in the module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                is_package = any(name.startswith(f"{module}.") for name in modules)
                above = module.split(".")
                above = above[: len(above) - node.level + is_package]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in modules else base


def violations(modules: Mapping[str, str]) -> list[str]:
    """Return every import that the floors forbid, and every cycle in a package."""
    found = []
    inside: dict[str, set[str]] = {}
    for module, source in modules.items():
        here = unit(module)
        if here not in FLOORS:
            found.append(f"{module} is on no floor")
            continue
        for name in imports(module, source, modules):
            if name.split(".")[0] == "pandas" and here == "stats":
                found.append(f"{module} imports pandas")
            if name.split(".")[0] != "rejia":
                continue
            there = unit(name)
            if there == here and here:
                inside.setdefault(module, set()).add(name)
            elif there not in FLOORS:
                found.append(f"{module} imports {name}, which is on no floor")
            elif FLOORS[there] >= FLOORS[here]:
                found.append(f"{module} imports {name} of a floor that is not lower")
            elif here == "stats" and there not in FOR_STATS:
                found.append(f"{module} imports {name}, which is not for statistics")
            elif there == "present" and here != "cli":
                found.append(f"{module} imports {name}; only cli presents")
    found += [f"cycle: {' -> '.join(cycle)}" for cycle in cycles(inside)]
    return found


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return one cycle for each module that is reached from itself."""
    found = []
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> None:
        if module in path:
            found.append([*path[path.index(module) :], module])
        elif module not in done:
            for other in sorted(graph.get(module, ())):
                visit(other, [*path, module])
            done.add(module)

    for module in sorted(graph):
        visit(module, [])
    return found


def test_package_keeps_its_floors():
    assert violations(package_sources()) == []


def test_floors_of_the_design_are_read_from_the_package():
    modules = package_sources()
    assert {"rejia.frame", "rejia.study.read", "rejia.cli"} <= set(modules)
    seen = set(imports("rejia.facts", modules["rejia.facts"], modules))
    assert {"rejia.printed", "rejia.contracts", "rejia.frame", "pandas"} <= seen


PLANTED = [
    ({"rejia.facts": "import rejia.audit"}, "of a floor that is not lower"),
    ({"rejia.facts": "from rejia import study"}, "of a floor that is not lower"),
    ({"rejia.groups": "from rejia.cohort import x"}, "of a floor that is not lower"),
    (
        {"rejia.groups": "def f():\n    from rejia.scores import x"},
        "of a floor that is not lower",
    ),
    ({"rejia.groups": "from . import scores"}, "of a floor that is not lower"),
    (
        {"rejia.analyses.run": "if x:\n    from rejia.cli import y"},
        "of a floor that is not lower",
    ),
    ({"rejia.analyses.run": "from .. import cli"}, "of a floor that is not lower"),
    ({"rejia.__main__": "import rejia.present.html"}, "only cli presents"),
    ({"rejia.stats.ranks": "import pandas as pd"}, "imports pandas"),
    ({"rejia.stats.ranks": "from pandas.api import types"}, "imports pandas"),
    ({"rejia.stats.ranks": "from rejia.frame import nearest"}, "not for statistics"),
    ({"rejia.helpers": ""}, "is on no floor"),
    ({"rejia.cli": "import rejia.helpers"}, "is on no floor"),
    (
        {"rejia.study.a": "from rejia.study.b import x", "rejia.study.b": "import y"}
        | {"rejia.study.b": "def f():\n    from rejia.study import a"},
        "cycle: rejia.study.a -> rejia.study.b -> rejia.study.a",
    ),
    (
        {"rejia.study": "from rejia.study.a import x", "rejia.study.a": ""}
        | {"rejia.study.a": "from rejia.study import x"},
        "cycle: rejia.study -> rejia.study.a -> rejia.study",
    ),
]


@pytest.mark.parametrize(("planted", "what"), PLANTED)
def test_planted_violation_is_caught(planted, what):
    modules = {
        **dict.fromkeys(["rejia", "rejia.cli", "rejia.study", "rejia.scores"], ""),
        **planted,
    }
    found = violations(modules)
    assert len(found) == 1
    assert what in found[0]


def test_import_of_a_lower_floor_is_no_violation():
    modules = {
        "rejia": "",
        "rejia.errors": "",
        "rejia.present": "",
        "rejia.present.html": "from rejia.errors import DataError",
        "rejia.cli": "import rejia.present.html",
        "rejia.stats.ranks": "from rejia.estimate import Estimate\nimport numpy",
    }
    assert violations(modules) == []
