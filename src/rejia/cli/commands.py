"""``rejia run``, ``check``, ``audit``, ``explain``: thin shells over functions."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from rejia import __version__
from rejia.errors import DataError, DefinitionError
from rejia.study import Study, read_study
from rejia.study.project import PACKAGE, Project, read_project
from rejia.study.runs import BETWEEN

if TYPE_CHECKING:  # importing it takes its time
    import pandas as pd

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Reanalysis of JIA cohorts treated with tocilizumab.",
)

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project", help="Folder with config/ and data/.", show_default=False
    ),
]
HERE = Path(".")


def bundled(name: str) -> Path:
    """Return a folder that the wheel carries, or that of the checkout."""
    packed = PACKAGE / "_bundle" / name
    return packed if packed.is_dir() else PACKAGE.parents[1] / name


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show it.")] = False,
) -> None:
    if version:
        typer.echo(f"rejia {__version__}")
        raise typer.Exit


@app.command()
def run(
    studies: Annotated[list[str] | None, typer.Argument(help="All, if none.")] = None,
    cores: Annotated[int | None, typer.Option(help="Default: all.", min=1)] = None,
    profile: Annotated[str, typer.Option(help="Workflow profile.")] = "default",
    project: ProjectOption = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the report.")] = False,
) -> None:
    """Run the workflow: facts, audit, cohort, analyses, tables, figures, report."""
    found = read_project(project, only=tuple(studies or ()))
    # Imported after the faults of the project are told: it takes its time.
    from snakemake.cli import main as snakemake

    from rejia.cli.keys import ensure_key
    from rejia.cli.presenting import refresh_index
    from rejia.cli.running import only_run

    if not dry_run:
        ensure_key(found.folder / "data", found.runs.values())
    folder = bundled("workflow") / "profiles" / profile
    if not folder.is_dir():
        known = ", ".join(sorted(p.name for p in folder.parent.iterdir()))
        raise DefinitionError(f"no profile {profile!r}:", [f"there are: {known}"])
    chosen = ["--config", f"studies={','.join(found.studies)}"] if studies else []
    argv = [
        *(found.studies if studies else []),
        "--snakefile",
        str(bundled("workflow") / "Snakefile"),
        "--directory",
        str(project),
        "--workflow-profile",
        str(folder),
        *chosen,
        *(["--cores", str(cores)] if cores else []),
        *(["--dry-run"] if dry_run else []),
    ]
    if quiet:
        argv += ["--quiet", "all"]
    os.environ.setdefault("PYTHONHASHSEED", "0")
    with only_run(project):
        code = _exit_code(snakemake, argv)
        if code == 0 and studies and not dry_run:
            refresh_index(project)
    if code == 0 and not dry_run:
        names = list(found.studies) if studies else []
        where = [f"results/{name}/report.html" for name in names]
        for path in where or ["results/index.html"]:
            typer.echo(f"report: {project / path}")
    sys.exit(code)


def _exit_code(command: object, argv: list[str]) -> int:
    """Run Snakemake in this process; it ends by raising `SystemExit`."""
    try:
        command(argv)  # type: ignore[operator]
    except SystemExit as end:
        return int(end.code) if isinstance(end.code, int) else int(bool(end.code))
    return 0


def _study(project: Path, name: str) -> tuple[Project, dict[str, Study]]:
    """Return the project, and what a study runs: itself, or each of its cohorts."""
    found = read_project(project, only=(name.partition(BETWEEN)[0],))
    if name not in {*found.studies, *found.runs}:
        raise DefinitionError(
            f"no cohort {name!r}:", [f"there are: {', '.join(found.runs)}"]
        )
    return found, {run: found.runs[run] for run in found.runs_of(name)}


@app.command()
def check(
    study: Annotated[str, typer.Argument(help="Study, or a facts.tsv or YAML file.")],
    project: ProjectOption = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="Faults as JSON.")] = False,
) -> None:
    """Check definitions, facts and cohort; every fault in one pass."""
    path = Path(study)
    if path.suffix == ".tsv":
        from rejia.facts import read_facts

        typer.echo(f"{path}: {len(read_facts(path))} printed numbers, no fault")
        return
    if path.suffix in {".yaml", ".yml"}:
        typer.echo(f"{path}: study {read_study(path).study}, no fault")
        return
    from rejia.cli.checking import check_study, show, together, write_fault_book
    from rejia.cli.keys import ensure_key

    found, runs = _study(project, study)
    ensure_key(found.folder / "data", runs.values())
    all_checked = {
        run: check_study(found.folder / "data", one) for run, one in runs.items()
    }
    whole = together(all_checked)
    if as_json:
        show(whole, as_json=True)
    for run, checked in all_checked.items():
        book = found.folder / "work" / run / "check" / "faults.xlsx"
        has_book = write_fault_book(checked, book)
        if as_json:
            continue
        show(checked, as_json=False)
        counts = ", ".join(checked.counts) or "nothing to read"
        n_warnings = len(checked.warnings)
        warned = f", {n_warnings} warnings" if n_warnings else ""
        typer.echo(f"study {run}: {counts}; {len(checked.faults)} faults{warned}")
        if has_book:
            typer.echo(f"with the cells coloured: {book}")
    if whole.faults:
        raise DataError(
            f"study {study} has {len(whole.faults)} faults; they are listed above"
        )


@app.command()
def audit(
    facts: Annotated[Path, typer.Argument(help="facts.tsv of any source.")],
    structure: Annotated[Path, typer.Option(help="YAML with structure:, or a study.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the tables.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
) -> None:
    """Check printed numbers against each other."""
    from rejia.audit import audit as run_audit
    from rejia.audit import conflicts, lay_conflicts
    from rejia.contracts import AUDIT, CONFLICTS
    from rejia.facts import read_facts
    from rejia.frame import write_table
    from rejia.study import read_structure

    numbers, declared = read_facts(facts), read_structure(structure)
    findings = run_audit(numbers, declared)
    sets = None
    if out is not None or not as_json:
        sets = lay_conflicts(conflicts(numbers, declared, audited=findings))
    if out is not None and sets is not None:
        write_table(findings, out / "audit.tsv", AUDIT)
        write_table(sets, out / "conflicts.tsv", CONFLICTS)
    if as_json:
        typer.echo(findings.to_json(orient="records", indent=2, force_ascii=False))
        return
    wrong = findings[findings["verdict"] == "inconsistent"]
    for row in wrong.to_dict("records"):
        typer.echo(
            f"{row['id']} ({row['evidence']}; {row['under'] or 'no assumption'})"
        )
        typer.echo(f"  {row['place']}: {row['facts']}")
        typer.echo(f"  {row['arithmetic']}")
    if sets is not None:
        for line in _conflict_lines(sets):
            typer.echo(line)
    counts = findings["verdict"].value_counts().sort_index()
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    checked = findings[findings["verdict"] != "not_checkable"]
    touched = set(";".join(checked["facts"]).split(";")) & set(numbers["fact"])
    typer.echo(
        f"{len(findings)} checks: {listed or 'none'}; "
        f"{len(touched)} of {len(numbers)} printed numbers could be checked"
    )


def _conflict_lines(sets: "pd.DataFrame") -> Iterator[str]:
    """Tell each cluster of conflicts, and how few numbers settle it."""
    for cluster, own in sets.groupby("cluster", sort=False):
        found = own[own["kind"] == "conflict"]
        ways = own.loc[own["kind"] == "correction", "facts"].tolist()
        yield f"{cluster}: {len(found)} minimal conflicts"
        for facts in found["facts"]:
            yield f"  cannot all stand: {facts}"
        shown = " | ".join(ways[:5])
        more = f" and {len(ways) - 5} other ways" if len(ways) > 5 else ""
        yield f"  settled without: {shown or 'more than can be listed'}{more}"


@app.command()
def explain(
    study: Annotated[str, typer.Argument(help="Study.")],
    identifier: Annotated[str, typer.Argument(help="Fact, finding, or row.")],
    project: ProjectOption = HERE,
) -> None:
    """Say why a number is what it is."""
    from rejia.cli.released import released_tables
    from rejia.present.explain import explain as explanation

    _, runs = _study(project, study)
    if len(runs) > 1:
        raise DefinitionError(
            f"study {study} has several cohorts:",
            [f"explain one of them: {', '.join(runs)}"],
        )
    ((_, definition),) = runs.items()
    released = released_tables(project / "results" / study)
    if not released:
        raise DataError(
            f"study {study} has no results yet:", [f"run `rejia run {study}` first"]
        )
    typer.echo(explanation(definition, released, identifier))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the new study.")],
    like: Annotated[str, typer.Option(help="Study whose definitions are copied.")],
    project: ProjectOption = HERE,
    as_text: Annotated[
        bool, typer.Option("--text", help="Empty TSV files instead of a workbook.")
    ] = False,
) -> None:
    """Start a study of your own: definitions of another, a workbook to fill in."""
    from rejia.cohort.form import template_book
    from rejia.frame import write_bytes, write_text
    from rejia.scores.forms import needed_findings
    from rejia.study.template import empty_tables, study_like

    read_project(project, only=(like,))
    source = project / "config" / "studies" / f"{like}.yaml"
    target = source.with_name(f"{name}.yaml")
    folder = project / "data" / "cohorts" / name
    there = [path for path in (target, folder) if path.exists()]
    if there:
        raise DataError(
            f"study {name} cannot be started:",
            [f"{path} exists already; choose another name" for path in there],
        )
    text = study_like(name, source)
    made = _tried(name, like, text)
    # All is made before anything is written: half a study would stop every later run.
    files = {folder / file: head for file, head in empty_tables(source).items()}
    filled = folder / "cohort.xlsx"
    book = b"" if as_text else template_book(made, needed_findings(made))
    if as_text:
        for path, header in files.items():
            write_text(path, header)
        what = "patients.tsv, visits.tsv and measurements.tsv or findings.tsv"
        filled = folder
    else:
        write_bytes(filled, book)
        what = "sheets patients and visits; sheet columns explains each column"
    # Patients will be filled in here.
    folder.chmod(0o700)
    write_text(target, text)
    typer.echo(f"written: {target}")
    typer.echo(f"written: {filled}")
    typer.echo(f"next: fill in {what}, then:")
    typer.echo(f"  rejia check {name}   says what is wrong, and how to mend it")
    typer.echo(f"  rejia plan {name}    says which analyses can run")
    typer.echo(f"  rejia run {name}     makes tables, figures and a report")


def _tried(name: str, like: str, text: str) -> Study:
    """Return the study that a text declares, read where nothing else is."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return read_study(path)
        except DefinitionError as error:
            raise DefinitionError(
                f"study {name} cannot be made like {like}; nothing was written:",
                error.faults,
            ) from None


@app.command()
def plan(
    study: Annotated[str, typer.Argument(help="Study.")],
    project: ProjectOption = HERE,
) -> None:
    """Say which analyses can run on this cohort, which cannot, and why."""
    from rejia.analyses.plan import plan_analyses
    from rejia.cli.planning import at_hand, ensemble_forecast, seconds

    found, runs = _study(project, study)
    for run, definition in runs.items():
        if len(runs) > 1:
            typer.echo(f"cohort {run.partition(BETWEEN)[2]}")
        there = at_hand(found.folder, definition)
        has_facts = definition.sources.facts is not None
        planned = plan_analyses(definition, there, facts=has_facts)
        for item in planned:
            mark = "runs   " if item.runs else "cannot "
            typer.echo(f"{mark} {item.analysis}{': ' if item.why else ''}{item.why}")
        n_run = sum(item.runs for item in planned)
        typer.echo(f"{n_run} of {len(planned)} analyses can run")
        if there is not None:
            sizes = there.group_sizes.items()
            groups = ", ".join(f"{name} {n}" for name, n in sizes)
            typer.echo(
                f"{there.patients} patients{f'; groups: {groups}' if groups else ''}"
            )
            if definition.ensemble is not None:
                typer.echo(ensemble_forecast(definition, found.config))
            time = seconds(definition, there.patients, found.config)
            typer.echo(f"about {time} on one core")
