"""What of a flow of patients may leave: small counts are withheld, and their sum."""

import pandas as pd

from rejia.study import Study

WITHHELD = "suppressed: small counts"


def suppress_flow(table: pd.DataFrame, *, study: Study, min_cell: int) -> pd.DataFrame:
    """
    Withhold small counts of a flow of patients.

    Parameters
    ----------
    table : pandas.DataFrame
        Table ``flow`` of one or several cohorts.
    study : Study
        Says of what kind its cohort is; only an observed one is suppressed.
    min_cell : int
        Smallest count that may be shown; 0 suppresses nothing.

    Returns
    -------
    pandas.DataFrame
        With empty counts, and a warning where they were.

    Notes
    -----
    Those in the files are those excluded and those analysed, so a count that is
    withheld would follow from the others. With a small count the number in the files
    goes as well; nothing else tells the sum, so that of a small count no more is known
    than that it is small. (To withhold the next larger count instead, and show the
    sum, tells the small one to whoever knows the rule.) How many are analysed is the
    size of the cohort in ``results`` and is shown there too; where they, or those in
    the files, are few nothing is shown.
    """
    table = table.copy()
    if study.cohort_kind != "observed" or min_cell <= 0:
        return table
    for _, own in table.groupby(["study", "cohort"], sort=False):
        hide = _hidden(own, min_cell)
        table.loc[hide, "n"] = float("nan")
        table.loc[hide, "warning"] = WITHHELD
    return table


def _hidden(own: pd.DataFrame, min_cell: int) -> list[int]:
    """Return the rows of one cohort whose counts may not be shown."""
    places = [int(place) for place in own.index]
    counts = dict(zip(places, map(float, own["n"]), strict=True))
    kinds = dict(zip(places, map(str, own["kind"]), strict=True))

    def small(place: int) -> bool:
        return 0 < counts[place] < min_cell

    few = [place for place in counts if small(place)]
    if any(kinds[place] in {"start", "analysed"} for place in few):
        return list(counts)
    if any(kinds[place] == "excluded" for place in few):
        few += [place for place, kind in kinds.items() if kind == "start"]
    return few
