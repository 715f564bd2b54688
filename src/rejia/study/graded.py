"""Which variable of a study is graded joint by joint and makes its groups."""

from rejia.study.schema import Study


def graded_by_joint(study: Study) -> str | None:
    """
    Return the variable whose instrument grades joints and makes the groups.

    Parameters
    ----------
    study : Study
        Definition.

    Returns
    -------
    str or None
        None if no variable has an instrument, a layout of joints and a step while its
        total makes the groups.
    """
    for name, variable in study.variables.items():
        graded = variable.instrument is not None and variable.layout is not None
        total = study.groups is not None and study.groups.outcome == f"{name}_total"
        if graded and total and variable.step is not None:
            return name
    return None
