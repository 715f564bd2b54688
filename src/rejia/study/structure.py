"""What the printed numbers of a source have to do with each other."""

from pydantic import Field

from rejia.study.analyses import Analysis, Family
from rejia.study.base import GroupLabel, Model, Name, Text
from rejia.study.variables import Groups, Population, Variable


class Zeros(Model):
    """
    A printed count of rows in which a variable is 0.

    Rows at `level` of `outcome` have the value 0 in `of`: who stopped a drug takes
    none of it. `every` says that all such rows are counted, so that who never took
    it is counted too.
    """

    outcome: Name
    level: Text
    of: Name
    every: bool = False


class Structure(Model):
    """
    What the printed numbers of a source have to do with each other.

    Attributes
    ----------
    partitions : tuple of tuple of str
        Group labels that together are everyone, without overlap.
    merges : dict
        Label of a union of groups; taken over from the study's groups.
    identities : tuple of str
        Equations between variables of one patient:
        ``age_start = age_onset + disease_duration``.
    denominators : dict
        Denominator of percentages, by analysis, outcome or population.
    confidence : float
        Level of printed confidence intervals.
    exhaustive : dict
        Levels of an outcome or analysis that do not overlap and together are
        everyone who has a value.
    complete : tuple of str
        Populations, outcomes or analyses of which no value is missing, so that a
        printed group size is the number of values of each summary.
    flows : tuple of str
        Equations between counts of a flow chart, by level:
        ``analysed = treated - missing_radiographs``.
    zeros : tuple of Zeros
        Counts of rows in which a variable is 0.
    worded : dict
        Facts that the source words as summaries of another population than they are
        keyed to, by that population: a mean "of the 398 joints".
    groups : Groups or None
        Grouping of patients; taken over from the study.
    variables : dict
        Scales and steps; taken over from the study.
    populations : dict
        Row units and sizes; taken over from the study.
    analyses : tuple of Analysis
        Which test made a printed p-value; taken over from the study.
    families : dict
        Tests that are adjusted together; taken over from the study.
    """

    partitions: tuple[tuple[GroupLabel, ...], ...] = ()
    merges: dict[GroupLabel, tuple[GroupLabel, ...]] = {}
    identities: tuple[Text, ...] = ()
    denominators: dict[Name, int] = {}
    confidence: float = Field(default=0.95, gt=0, lt=1)
    exhaustive: dict[Name, tuple[Text, ...]] = {}
    complete: tuple[Name, ...] = ()
    flows: tuple[Text, ...] = ()
    zeros: tuple[Zeros, ...] = ()
    worded: dict[Name, tuple[Name, ...]] = {}
    groups: Groups | None = None
    variables: dict[Name, Variable] = {}
    populations: dict[Name, Population] = {}
    analyses: tuple[Analysis, ...] = ()
    families: dict[Name, Family] = {}
