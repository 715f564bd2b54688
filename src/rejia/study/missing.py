"""What is done about values that are missing, beside leaving them out."""

from typing import Literal

from pydantic import Field

from rejia.study.base import Model, Name

# Scenarios of the multiverse: ``missing:best``, ``missing:worst``, ``missing:mi``.
Missing = Literal["best", "worst", "mi"]


class Imputation(Model):
    """
    How missing values are imputed for ``missing: [mi]``.

    Attributes
    ----------
    imputations : int
        Completed data sets.
    cycles : int
        Rounds of chained equations before each of them.
    donors : int
        Patients with the nearest predictions, of whom one gives the value.
    seed : int
        Of the draws.
    also : tuple of str
        Variables of the patient that help to predict, beside those of the analysis.
    """

    imputations: int = Field(default=20, ge=2, le=1000)
    cycles: int = Field(default=10, ge=1, le=1000)
    donors: int = Field(default=5, ge=1, le=100)
    seed: int = Field(ge=0)
    also: tuple[Name, ...] = ()
