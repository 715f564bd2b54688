"""Which variable of a study plays which part of an instrument."""

from collections.abc import Collection

from rejia.scores.readings import Cohort, Reading
from rejia.scores.score import choice_faults
from rejia.study.schema import Variable


def role_readings(
    variable: Variable, cohort: Cohort, patient: str, visit: str
) -> dict[str, Reading]:
    """Return the values at a visit by their part in the instrument."""
    roles = variable.of if isinstance(variable.of, dict) else {}
    return {
        role: cohort.reading(patient, visit, measured)
        for measured, role in roles.items()
    }


def role_faults(
    variable: Variable, *, needed: Collection[str], optional: Collection[str] = ()
) -> list[str]:
    """
    Say what is wrong with the parts that a study gives to its variables.

    Parameters
    ----------
    variable : Variable
        With ``of``: variable to part.
    needed : collection of str
        Parts that must be given.
    optional : collection of str
        Parts that may be given.
    """
    known = (*needed, *optional)
    if not isinstance(variable.of, dict):
        return [
            "of must say the part of each variable, such as "
            f"{{my_variable: {known[0]}}} (known: {', '.join(known)})"
        ]
    given = list(variable.of.values())
    faults = []
    for role in dict.fromkeys(given):
        faults += choice_faults("of", role, known)
        if given.count(role) > 1:
            faults.append(f"of: {role} is given {given.count(role)} times")
    missing = [role for role in needed if role not in given]
    if missing:
        faults.append(f"of: no variable is {', '.join(missing)}")
    return faults
