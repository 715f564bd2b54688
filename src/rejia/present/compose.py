"""Statistics of one key, joined as print joins them: ``mean (sd)``, ``low–high``."""

from collections.abc import Mapping, Sequence

from rejia.present.format import MISSING, Part

# One column a bundle where a table has a column a statistic.
BUNDLES: dict[str, tuple[str, ...]] = {
    "count": ("n", "n_of", "denominator", "percent"),
    "centre": (
        "mean",
        "sd",
        "se",
        "plus_minus",
        "median",
        "q1",
        "q3",
        "min",
        "max",
        "score_min",
        "score_max",
        "duration",
    ),
    "odds_ratio": ("odds_ratio",),
    "interval": ("ci_low", "ci_high"),
    "p_value": ("p_value",),
    "coefficient": ("kappa", "icc", "agreement", "spearman"),
}
BUNDLE_OF = {name: bundle for bundle, names in BUNDLES.items() for name in names}


def compose(values: Mapping[str, Part]) -> tuple[Part, ...]:
    """
    Join the statistics of one key.

    Parameters
    ----------
    values : mapping of str to (str or Quantity)
        By statistic.

    Returns
    -------
    tuple of str or Quantity

    Examples
    --------
    >>> "".join(map(str, compose({"mean": "4.7", "sd": "3.1"})))
    '4.7 (3.1)'
    """
    pieces = [
        piece
        for piece in (
            _count(values),
            _centre(values),
            _range(values, "score_min", "score_max"),
            _single(values, "duration"),
            _single(values, "odds_ratio"),
            _range(values, "ci_low", "ci_high"),
            _single(values, "p_value"),
            *(_single(values, name) for name in BUNDLES["coefficient"]),
        )
        if piece
    ]
    out: list[Part] = []
    for place, piece in enumerate(pieces):
        out += [*([", "] if place else []), *piece]
    return tuple(out)


def _single(values: Mapping[str, Part], name: str) -> list[Part]:
    return [values[name]] if name in values else []


def _range(values: Mapping[str, Part], low: str, high: str) -> list[Part]:
    if low not in values and high not in values:
        return []
    ends = [values.get(low, MISSING), values.get(high, MISSING)]
    if low not in values or high not in values:
        return [values.get(low, values.get(high, MISSING))]
    signed = any(isinstance(end, str) and end.startswith("-") for end in ends)
    return [ends[0], " to " if signed else "–", ends[1]]


def _count(values: Mapping[str, Part]) -> list[Part]:
    out: list[Part] = []
    count = values.get("n", values.get("n_of"))
    if count is not None:
        out.append(count)
    if "denominator" in values:
        out += ["/", values["denominator"]] if out else [values["denominator"]]
    if "percent" in values:
        percent: Sequence[Part] = [values["percent"], " %"]
        out += [" (", *percent, ")"] if out else percent
    return out


def _centre(values: Mapping[str, Part]) -> list[Part]:
    out: list[Part] = []
    if "mean" in values:
        out.append(values["mean"])
    if "plus_minus" in values:
        out += [" ± ", values["plus_minus"]]
    spread = values.get("sd", values.get("se"))
    if spread is not None:
        out += [" (", spread, ")"]
    if "median" in values:
        out += [*([", "] if out else []), values["median"]]
    quartiles = _range(values, "q1", "q3")
    if quartiles:
        out += [" [", *quartiles, "]"]
    ends = _range(values, "min", "max")
    if ends:
        out += [*([", "] if out else []), *ends]
    return out
