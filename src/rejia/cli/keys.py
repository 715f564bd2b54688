"""The project's key for identifiers, made where a study first asks for it."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rejia.study import Study


def ensure_key(data: Path, studies: Iterable[Study]) -> None:
    """
    Make the project's key if a study hashes its identifiers, and say so.

    Parameters
    ----------
    data : Path
        The project's folder ``data``.
    studies : iterable of Study
        Those that are run or checked.

    Raises
    ------
    DataError
        If the key there is cannot be used.
    """
    if not any(study.sources.hash_identifiers for study in studies):
        return
    from rejia.cohort.identifiers import KEY, project_key

    _, is_new = project_key(data)
    if is_new:
        sys.stderr.write(
            f"made: {data / KEY} (readable by you alone; keep a copy of it: "
            "without it the same patients get other hashes)\n"
        )
