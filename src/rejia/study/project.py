"""A project folder: its configuration, its studies, its raw inputs, its digests."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rejia.errors import DefinitionError, UserError
from rejia.frame import nearest
from rejia.study.config import Config, read_config
from rejia.study.document import read_document
from rejia.study.read import read_study
from rejia.study.runs import BETWEEN, run_studies
from rejia.study.schema import Study

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Project:
    """
    A folder with ``config/`` and ``data/``.

    Attributes
    ----------
    folder : Path
        Root of the project.
    config : Config
        Choices for every study.
    studies : dict of str to Study
        By name, sorted.
    compared : dict of str to Study
        Studies that others name in `compare_with`.
    runs : dict of str to Study
        What the stages run on, by folder: a study, or each cohort of one that has
        several (``study/cohort``).
    """

    folder: Path
    config: Config
    studies: dict[str, Study]
    compared: dict[str, Study]
    runs: dict[str, Study]

    def runs_of(self, study: str) -> list[str]:
        """Return the runs of a study, in its order; of a run, itself."""
        if study in self.runs:
            return [study]
        return [f"{study}{BETWEEN}{c.name}" for c in self.studies[study].cohorts]

    def raw_inputs(self, study: str) -> list[Path]:
        """Return the raw files of a study or a run, relative to the project."""
        named: dict[str | None, None] = {}
        for run in self.runs_of(study):
            sources = self.runs[run].sources
            found = (sources.facts, sources.cohort, *self.references(run))
            named |= dict.fromkeys(found)
        paths = [Path("data") / text for text in named if text]
        files: list[Path] = []
        for path in paths:
            whole = self.folder / path
            if whole.is_dir():
                files += [
                    path / inside.name
                    for inside in sorted(whole.iterdir())
                    if inside.is_file() and not inside.name.startswith((".", "~$"))
                ]
            else:
                files.append(path)
        return files

    def references(self, study: str) -> list[str]:
        """Return the files of standards of a run, relative to ``data``."""
        variables = self.runs[study].variables.values()
        return sorted({v.reference for v in variables if v.reference is not None})

    def input_digest(self, study: str) -> str:
        """Return a digest of the raw files of a study or a run: names and bytes."""
        return digest([self.folder / path for path in self.raw_inputs(study)])


def read_project(folder: Path, *, only: tuple[str, ...] = ()) -> Project:
    """
    Read a project's configuration and studies.

    Parameters
    ----------
    folder : Path
        Holds ``config/config.yaml`` and ``config/studies/*.yaml``.
    only : tuple of str
        Names of studies; empty for those of the configuration, or all.

    Returns
    -------
    Project

    Raises
    ------
    DefinitionError
        With the faults of all files at once, and raw files that do not exist.
    """
    faults: list[str] = []
    config = read_config(folder / "config" / "config.yaml")
    files = {path.stem: path for path in (folder / "config" / "studies").glob("*.yaml")}
    names = list(only or config.studies or sorted(files))
    if not names:
        raise DefinitionError(
            f"{folder} has no study:", ["put one into config/studies/NAME.yaml"]
        )
    studies: dict[str, Study] = {}
    compared: dict[str, Study] = {}
    runs: dict[str, Study] = {}
    for name in names:
        _read_into(studies, name, files, faults)
        if name in studies:
            runs |= run_studies(studies[name], read_document(files[name]).content)
    for study in list(studies.values()):
        if study.compare_with is not None and study.compare_with not in compared:
            _read_into(compared, study.compare_with, files, faults)
    ordered = dict(sorted(studies.items()))
    project = Project(folder, config, ordered, compared, dict(sorted(runs.items())))
    for name in project.studies:
        faults += [
            f"study {name}: {path} does not exist; check sources in "
            f"config/studies/{name}.yaml"
            for path in project.raw_inputs(name)
            if not (folder / path).exists()
        ]
    if faults:
        raise DefinitionError(f"{folder} cannot be run:", faults)
    return project


def _read_into(
    studies: dict[str, Study], name: str, files: dict[str, Path], faults: list[str]
) -> None:
    if name not in files:
        listed = ", ".join(sorted(files)) or "none"
        faults.append(f"no study {name!r}{nearest(name, files)} (there: {listed})")
        return
    try:
        studies[name] = read_study(files[name])
    except UserError as error:
        faults += [error.headline, *(f"  {line}" for line in error.faults)]


def digest(paths: list[Path]) -> str:
    """Return a digest of files, by name and bytes."""
    found = sha256()
    for path in paths:
        found.update(path.name.encode())
        found.update(path.read_bytes() if path.is_file() else b"absent")
    return found.hexdigest()[:16]


def source_digest(*, present: bool) -> str:
    """
    Return a digest of this package, so that a change of code reruns what it made.

    Parameters
    ----------
    present : bool
        Whether `rejia.present` counts: a change of layout must not rerun a
        computation, and the floors forbid computing stages to import it.
    """
    found = sha256()
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE)
        skipped = {"__pycache__", "_bundle"} | (
            set() if present else {"present", "cli"}
        )
        if path.is_file() and not skipped & set(inside.parts):
            found.update(inside.as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]
