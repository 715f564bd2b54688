"""The command line: read, call one function, write."""

import errno
import os
import sys

from rejia.errors import UserError

# What a place on the disk refuses is no bug of ours.
_REFUSALS = {
    errno.EACCES: "allow yourself to read and write there, or name another place",
    errno.EPERM: "allow yourself to read and write there, or name another place",
    errno.EROFS: "name a place that can be written to",
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.ENOTDIR: "name a folder; a part of this path is a file",
    errno.EISDIR: "name a file; this is a folder",
    errno.EEXIST: "name a folder; there is a file of this name",
}


def main() -> None:
    """Run ``rejia``; faults of data and definitions end with 1 and no traceback."""
    try:
        if sys.argv[1:2] == ["stage"]:
            # Stages are started by the dozen: they do without the typer imports.
            from rejia.cli.stages import run_stage

            run_stage(sys.argv[2:])
            return
        from rejia.cli.commands import app

        app()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except OSError as error:
        if error.filename is None or error.errno not in _REFUSALS:
            raise
        why = f"{os.strerror(error.errno).lower()}; {_REFUSALS[error.errno]}"
        sys.stderr.write(f"{error.filename} cannot be used:\n  {why}\n")
        sys.exit(1)
