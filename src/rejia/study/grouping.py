"""The group rule, pure: the sign of a change against a threshold."""

from math import isnan

CLASSES = ("improved", "unchanged", "worsened")
BOUNDARIES = ("unchanged", "changed")


def classify(
    change: float, *, threshold: float, worse: str, boundary: str = "unchanged"
) -> str:
    """
    Class a change as improved, unchanged or worsened.

    Parameters
    ----------
    change : float
        Follow-up minus baseline, in whole lattice units or exact decimals, so that
        the boundary is not decided by binary fractions.
    threshold : float
        Changes smaller than this are unchanged; at least 0.
    worse : str
        ``high`` if larger values are worse, ``low`` if smaller ones are.
    boundary : str
        What a change of exactly the threshold is: ``unchanged`` or ``changed``. No
        change at all is unchanged under both.

    Returns
    -------
    str
        ``improved``, ``unchanged``, ``worsened``; ``""`` for a missing change.

    Raises
    ------
    ValueError
        If `threshold` is negative, or `worse` or `boundary` is none of its words.

    Examples
    --------
    >>> classify(-0.25, threshold=0, worse="high")
    'improved'
    >>> classify(2, threshold=2, worse="high")
    'unchanged'
    >>> classify(2, threshold=2, worse="high", boundary="changed")
    'worsened'
    """
    if threshold < 0:
        raise ValueError(f"threshold must be at least 0, but got {threshold}")
    if worse not in {"high", "low"}:
        raise ValueError(f"worse must be one of high, low, but got {worse!r}")
    if boundary not in BOUNDARIES:
        allowed = ", ".join(BOUNDARIES)
        raise ValueError(f"boundary must be one of {allowed}, but got {boundary!r}")
    if isnan(change):
        return ""
    size = abs(change)
    if size == 0 or size < threshold or (size == threshold and boundary == "unchanged"):
        return "unchanged"
    return "worsened" if (change > 0) == (worse == "high") else "improved"
