"""The group rule, pure: the sign of a change against a threshold."""

from math import isnan

CLASSES = ("improved", "unchanged", "worsened")


def classify(change: float, *, threshold: float, worse: str) -> str:
    """
    Class a change as improved, unchanged or worsened.

    Parameters
    ----------
    change : float
        Follow-up minus baseline, in whole lattice units or exact decimals, so that
        the boundary is not decided by binary fractions.
    threshold : float
        Changes up to and including this size are unchanged; at least 0.
    worse : str
        ``high`` if larger values are worse, ``low`` if smaller ones are.

    Returns
    -------
    str
        ``improved``, ``unchanged``, ``worsened``; ``""`` for a missing change.

    Raises
    ------
    ValueError
        If `threshold` is negative or `worse` is neither word.

    Examples
    --------
    >>> classify(-0.25, threshold=0, worse="high")
    'improved'
    >>> classify(2, threshold=2, worse="high")
    'unchanged'
    """
    if threshold < 0:
        raise ValueError(f"threshold must be at least 0, but got {threshold}")
    if worse not in {"high", "low"}:
        raise ValueError(f"worse must be one of high, low, but got {worse!r}")
    if isnan(change):
        return ""
    if abs(change) <= threshold:
        return "unchanged"
    return "worsened" if (change > 0) == (worse == "high") else "improved"
