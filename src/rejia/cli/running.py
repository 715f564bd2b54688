"""One run at a time in a project, and a killed run that leaves no locked door."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rejia.errors import DataError


@contextmanager
def only_run(project: Path) -> Iterator[None]:
    """
    Hold a project for one run.

    Parameters
    ----------
    project : Path
        Root of the project.

    Raises
    ------
    DataError
        If another ``rejia run`` is at work there.

    Notes
    -----
    The kernel gives up the lock of a killed process, Snakemake's own lock stays.
    A marker that is still there while nobody holds the lock was left by a killed
    run, and only then is Snakemake's lock removed; its record of incomplete files
    stays, so that those are made again.
    """
    marker = project / "work" / ".running"
    marker.parent.mkdir(parents=True, exist_ok=True)
    # Tables of single patients lie below: nobody else on the machine may look.
    marker.parent.chmod(0o700)
    killed = marker.exists()
    with marker.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{project} is in use:", ["another `rejia run` is at work there"]
            ) from None
        if killed:
            shutil.rmtree(project / ".snakemake" / "locks", ignore_errors=True)
        yield
        marker.unlink(missing_ok=True)
