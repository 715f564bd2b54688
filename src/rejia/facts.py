"""Published numbers: read, checked, every printed text parsable."""

from pathlib import Path

import pandas as pd

from rejia import printed
from rejia.contracts import FACTS
from rejia.errors import DataError
from rejia.frame import (
    Fault,
    by_column,
    fault_lines,
    parse_columns,
    read_rows,
    repeated_keys,
)


def read_facts(path: Path) -> pd.DataFrame:
    """
    Read the printed numbers of a source.

    Parameters
    ----------
    path : Path
        ``facts.tsv``: tab-separated, UTF-8, the columns of `contracts.FACTS`.

    Returns
    -------
    pandas.DataFrame
        In the order of the file, all text.

    Raises
    ------
    DataError
        With all faults: unknown or missing columns, words outside their lists,
        identifiers given twice, and printed texts that are no numbers.
    """
    header, rows = read_rows(path)
    faults, facts = parse_columns(by_column(header, rows), FACTS)
    if {"fact", "printed", "statistic", "adjustment"} <= set(header):
        faults += _printed_faults(facts)
        faults += repeated_keys(facts, ["fact"])
        faults += _adjustment_faults(facts)
    if faults:
        raise DataError(f"{path} does not fit its table:", fault_lines(faults))
    return facts


def _printed_faults(facts: pd.DataFrame) -> list[Fault]:
    faults = []
    for line, text in enumerate(facts["printed"], start=2):
        try:
            printed.parse(text)
        except ValueError:
            if text:
                what = "is no printed number"
                allowed = "such as 0.190, <0.001 or -1.5, without unit"
                faults.append(Fault(line, "printed", text, what, allowed))
    return faults


def _adjustment_faults(facts: pd.DataFrame) -> list[Fault]:
    wrong = "goes with p_value only, and every p_value needs it"
    allowed = "raw, bonferroni or unstated for a p_value; empty otherwise"
    return [
        Fault(line, "adjustment", adjustment, wrong, allowed)
        for line, (adjustment, statistic) in enumerate(
            zip(facts["adjustment"], facts["statistic"], strict=True), start=2
        )
        if bool(adjustment) != (statistic == "p_value")
    ]
