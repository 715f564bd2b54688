"""A study under one of its specs: what it drops, replaces and records otherwise."""

from rejia.errors import DefinitionError
from rejia.study.schema import Draw, Spec, Study


def resolve_spec(study: Study, spec_id: str) -> Spec:
    """
    Return a spec with what it takes over from others filled in.

    Parameters
    ----------
    study : Study
        Declares the specs; one may be like an earlier one.
    spec_id : str
        Name of a spec.

    Returns
    -------
    Spec
        Without `like`; its own replacements and steps go before those taken over.

    Raises
    ------
    DefinitionError
        If the study has no such spec.
    """
    known = {spec.id: spec for spec in study.specs}
    if spec_id not in known:
        fault = f"no spec {spec_id!r}; it has {', '.join(known) or 'none'}"
        raise DefinitionError(f"{study.study} has no such spec:", [fault])
    spec = known[spec_id]
    if spec.like is None:
        return spec
    other = resolve_spec(study, spec.like)
    return spec.model_copy(
        update={
            "like": None,
            "drop": tuple(dict.fromkeys((*other.drop, *spec.drop))),
            "replace": {**other.replace, **spec.replace},
            "steps": {**other.steps, **spec.steps},
        }
    )


def under_spec(study: Study, spec_id: str) -> Study:
    """
    Return a study as one of its specs sees it.

    Parameters
    ----------
    study : Study
        Declares the specs.
    spec_id : str
        Name of a spec.

    Returns
    -------
    Study
        With that spec alone, a draw from it, and its variables on the spec's steps.

    Raises
    ------
    DefinitionError
        If the study has no such spec.
    """
    spec = resolve_spec(study, spec_id)
    variables = {
        name: variable.model_copy(update={"step": spec.steps[name]})
        if name in spec.steps
        else variable
        for name, variable in study.variables.items()
    }
    draw = study.draw or Draw(spec=spec_id)
    return study.model_copy(
        update={
            "specs": (spec,),
            "draw": draw.model_copy(update={"spec": spec_id}),
            "variables": variables,
            "structure": study.structure.model_copy(
                update={"variables": {**study.structure.variables, **variables}}
            ),
        }
    )
