"""Stages that turn released tables into what a reader opens."""

import argparse
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from rejia import __version__
from rejia.errors import DefinitionError
from rejia.frame import write_text
from rejia.study import Study, read_config, read_study
from rejia.study.project import read_project

# Packages whose numbers or files a reader meets.
PACKAGES = (
    "firthmodels",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "python-docx",
    "scipy",
    "snakemake",
    "statsmodels",
)


def versions() -> dict[str, str]:
    """Return the versions of rejia and the packages behind its numbers."""
    return {"rejia": __version__, **{name: version(name) for name in PACKAGES}}


def write_study_tables(arguments: argparse.Namespace) -> None:
    """Write a study's tables in every configured format."""
    from rejia.cli.released import released_tables
    from rejia.present.labels import read_labels
    from rejia.present.tables import build_tables, write_tables

    study, config = read_study(arguments.study), read_config(arguments.config)
    labels = read_labels(arguments.labels).styled(config.formats.preset)
    tables = build_tables(study, released_tables(arguments.released), labels)
    write_tables(tables, config.formats.tables, arguments.out)


def write_study_figures(arguments: argparse.Namespace) -> None:
    """Write a study's figures in every configured format."""
    from rejia.cli.released import released_tables
    from rejia.present.figures import build_figures, write_figures
    from rejia.present.labels import read_labels

    study, config = read_study(arguments.study), read_config(arguments.config)
    labels = read_labels(arguments.labels)
    figures = build_figures(study, released_tables(arguments.released), labels)
    write_figures(figures, config.formats.figures, arguments.out)


def write_study_report(arguments: argparse.Namespace) -> None:
    """Write a study's report and its methods."""
    from rejia.cli.released import released_tables
    from rejia.present.labels import read_labels
    from rejia.present.methods import methods_text
    from rejia.present.r_script import r_script
    from rejia.present.report import build_report
    from rejia.present.tables import build_tables

    study, config = read_study(arguments.study), read_config(arguments.config)
    labels = read_labels(arguments.labels).styled(config.formats.preset)
    released = released_tables(arguments.released)
    tables = build_tables(study, released, labels)
    sources = [s for s in (study.sources.facts, study.sources.cohort) if s]
    provenance = {
        **{f"{name} {number}": "" for name, number in versions().items()},
        "seed": str(config.seed),
        **digests(arguments.study, sources),
    }
    # Of a cohort among several: up to the page of all of them.
    is_cohort = arguments.study.parts[:1] == ("work",)
    report = build_report(
        study,
        released,
        tables,
        arguments.out / "figures",
        labels,
        provenance,
        above="../report.html" if is_cohort else "../index.html",
    )
    methods = methods_text(study, released, versions(), labels)
    write_text(arguments.out / "methods.md", methods)
    write_text(arguments.out / "report.html", report)
    if study.has_cohort and study.analyses:
        write_text(arguments.out / "primary.R", r_script(study))


def write_index(arguments: argparse.Namespace) -> None:
    """Write the page that leads to every report."""
    studies = read_project(arguments.project).studies
    write_text(arguments.out, index_of(arguments.project, studies))


def index_of(project: Path, studies: Mapping[str, Study]) -> str:
    """
    Return the page that leads to the reports of studies.

    Parameters
    ----------
    project : Path
        Its ``config/labels.yaml`` and ``results`` are read.
    studies : mapping of str to Study
        In the order of the page.

    Returns
    -------
    str
        HTML.
    """
    from rejia.cli.released import released_tables
    from rejia.present.labels import read_labels
    from rejia.present.report import build_index, build_summary

    labels = read_labels(project / "config" / "labels.yaml")
    entries = []
    for name, study in studies.items():
        released = released_tables(project / "results" / name)
        entries.append((study, build_summary(study, released, labels)))
    return build_index(entries, labels)


def refresh_index(project: Path) -> None:
    """
    Write the index of the reports that exist, after a run of some studies.

    Every report links to it. A study that cannot be read is left out: its faults are
    none of the studies that were run. Unchanged bytes are not written again.

    Parameters
    ----------
    project : Path
        Root of the project.
    """
    studies = {}
    for path in sorted((project / "config" / "studies").glob("*.yaml")):
        if (project / "results" / path.stem / "report.html").is_file():
            with suppress(DefinitionError):
                studies[path.stem] = read_study(path)
    target = project / "results" / "index.html"
    page = index_of(project, studies)
    if not target.is_file() or target.read_text(encoding="utf-8") != page:
        write_text(target, page)


def write_manifest(arguments: argparse.Namespace) -> None:
    """Write versions, seed and the digest of every input and output."""
    project = read_project(arguments.project)
    results = arguments.out.parent
    inputs = [Path("config/config.yaml"), Path("config/labels.yaml")]
    for name in project.studies:
        inputs += [Path(f"config/studies/{name}.yaml"), *project.raw_inputs(name)]
    outputs = [
        path
        for path in sorted(results.rglob("*"))
        if path.is_file() and path != arguments.out and not path.name.startswith(".")
    ]
    content = {
        "versions": versions(),
        "seed": project.config.seed,
        "inputs": {p.as_posix(): file_digest(p) for p in inputs},
        "outputs": {
            path.relative_to(results).as_posix(): file_digest(path) for path in outputs
        },
    }
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    write_text(arguments.out, text + "\n")


def digests(study: Path, sources: Iterable[str]) -> dict[str, str]:
    """
    Return the digests of a definition and of raw files, by path.

    Parameters
    ----------
    study : Path
        YAML of a study; of one cohort of several, what was made of it.
    sources : iterable of str
        Files and folders below ``data``.
    """
    named = "work" if "work" in study.parts[:1] else "config/studies"
    inside = study.name if named != "work" else "/".join(study.parts[1:])
    return {
        f"{named}/{inside}": file_digest(study),
        **{
            path.as_posix(): file_digest(path)
            for source in sources
            for path in _files(Path("data") / source)
        },
    }


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = sha256()
    with path.open("rb") as stream:
        for block in iter(partial(stream.read, 1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [p for p in sorted(path.iterdir()) if p.is_file()]
    return [path]
