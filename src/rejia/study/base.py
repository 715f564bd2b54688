"""What all models of a study share: names, and no key outside them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
GroupLabel = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+]*$")]
VisitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class Model(BaseModel):
    """Frozen, closed: an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
