"""The released tables of a study, read for whoever lays them out."""

from pathlib import Path

import pandas as pd

from rejia import contracts
from rejia.frame import read_table


def released_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the released tables in a folder, by the name of their file."""
    names = (
        *("results", "pooled", "multiverse", "comparison", "attainable"),
        *("reproducer", "sampling", "flow"),
        *("audit", "conflicts", "course"),
    )
    return {
        f"{name}.tsv": read_table(folder / f"{name}.tsv", contracts.TABLES[name])
        for name in names
        if (folder / f"{name}.tsv").is_file()
    }
