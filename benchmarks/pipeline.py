"""
Time of the whole workflow, cold and with nothing to do.

``python benchmarks/pipeline.py`` copies the project's definitions and data into a
temporary folder and runs them there; beside it, the obvious alternative: every stage
of the same run as one shell loop, one after the other, without a scheduler.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def timed(*argv: str, cwd: Path) -> float:
    start = time.perf_counter()
    subprocess.run(argv, cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - start


def commands(folder: Path) -> list[str]:
    """Return the shell commands of a run, in an order that works."""
    dry = f"-s {ROOT / 'workflow/Snakefile'} --directory {folder} --cores 1"
    dry += " --dry-run --printshellcmds --forceall --workflow-profile none"
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *dry.split()],
        capture_output=True,
        text=True,
        check=True,
    )
    shown = done.stdout + done.stderr
    found, current = [], []
    for line in shown.splitlines():
        text = line.strip()
        if text.startswith("rejia stage") or current:
            current.append(text.rstrip("\\").strip())
            if not text.endswith("\\"):
                found.append(" ".join(current))
                current = []
    return found


def main() -> None:
    run = (sys.executable, "-m", "rejia", "run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("config", "data"):
            shutil.copytree(ROOT / part, folder / part)
        rows = []
        for cores in ("1", "2"):
            for made in ("results", "work", ".snakemake"):
                shutil.rmtree(folder / made, ignore_errors=True)
            seconds = timed(*run, "--cores", cores, cwd=folder)
            rows.append((f"cold, {cores} core(s)", seconds))
        rows.append(("nothing to do", timed(*run, cwd=folder)))
        loop = commands(folder)
        start = time.perf_counter()
        path = f"{Path(sys.executable).parent}:$PATH"
        script = f"export PATH={path}\nset -e\n" + "\n".join(loop)
        subprocess.run(["bash", "-c", script], cwd=folder, check=True)
        rows.append(
            (f"shell loop of the {len(loop)} stages", time.perf_counter() - start)
        )
    reference = rows[-1][1]
    for what, seconds in rows:
        print(f"{what:32s} {seconds:7.1f} s   x {seconds / reference:.2f}")


if __name__ == "__main__":
    main()
