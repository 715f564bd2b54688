"""What the instruments of a study read in radiographs: for forms and for checks."""

from rejia.scores import carsh, larsen, poznanski
from rejia.scores.findings import Area
from rejia.scores.rules import read_rules
from rejia.study.schema import Study

Grades = tuple[int, ...] | None
_HANDS: tuple[Area, ...] = (("hand", "left"), ("hand", "right"))
_LARSEN = ("larsen_large_joints", "larsen_hands")


def known_findings(study: Study) -> dict[str, dict[Area, Grades]]:
    """
    Return what the instruments of a study can read.

    Parameters
    ----------
    study : Study
        Its variables with an ``instrument``.

    Returns
    -------
    dict
        Of each finding the areas (site, side) that it may have, in the order of its
        instrument, and the grades that a single reading of each may give; None where
        it may be any number. Empty where no instrument reads findings.
    """
    made = {v.instrument for v in study.variables.values()}
    known: dict[str, dict[Area, Grades]] = {}
    if made & set(_LARSEN):
        areas = [area for name in larsen.layouts() for area in larsen.areas_of(name)]
        known["larsen"] = dict.fromkeys(areas, larsen.grades_allowed())
    if "carsh" in made:
        for rule in read_rules("carsh_components.csv"):
            grades = carsh.components()[rule["component"]]
            areas = [("hip", side) for side in carsh.SIDES]
            known[rule["finding"]] = dict.fromkeys(areas, grades)
    if "poznanski" in made:
        for finding in (poznanski.FINDING, *poznanski.LENGTHS):
            known[finding] = dict.fromkeys(_HANDS)
        known[poznanski.PHYSIS] = dict.fromkeys(_HANDS, (0, 1))
    return known


def needed_findings(study: Study) -> dict[str, dict[Area, Grades]]:
    """
    Return what a form must ask for: the areas that the study's own layouts count.

    Parameters
    ----------
    study : Study
        Its variables with an ``instrument``.

    Returns
    -------
    dict
        As `known_findings`; of the Poznanski score its lengths only where the study
        names standards for them.
    """
    needed = known_findings(study)
    layouts = [
        v.layout
        for v in study.variables.values()
        if v.instrument in _LARSEN and v.layout is not None
    ]
    if "larsen" in needed:
        areas = [area for name in layouts for area in larsen.areas_of(name)]
        needed["larsen"] = {area: needed["larsen"][area] for area in areas}
    has_standards = any(
        v.instrument == "poznanski" and v.reference is not None
        for v in study.variables.values()
    )
    if not has_standards:
        for finding in (*poznanski.LENGTHS, poznanski.PHYSIS):
            needed.pop(finding, None)
    return needed
