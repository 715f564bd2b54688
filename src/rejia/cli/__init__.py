"""The command line: read, call one function, write."""

import sys

from rejia.errors import UserError


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
