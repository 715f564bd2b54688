"""Words for identifiers: the study's own labels first, then ours, then readable."""

import re
from collections.abc import Mapping

from rejia.present.labels import Labels
from rejia.study.schema import Study


class Names:
    """
    Words for what a key is about.

    Parameters
    ----------
    study : Study
        Its labels win.
    labels : Labels
        Words for identifiers that no study declares, below ``names``.
    """

    def __init__(self, study: Study, labels: Labels) -> None:
        self.study = study
        self.labels = labels
        groups = study.groups
        self._meanings = (
            {
                label: meaning
                for meaning, label in groups.labels.model_dump().items()
                if isinstance(label, str)
            }
            if groups is not None
            else {}
        )

    def word(self, name: str) -> str:
        """Return our word for an identifier, or the identifier, readable."""
        known = self.labels.find(f"names.{name}")
        if known is not None:
            return known
        return name.replace(">", " → ").replace("_", " ")

    def variable(self, name: str) -> str:
        """Return the label of an outcome or predictor."""
        variable = self.study.variables.get(name)
        return variable.label if variable is not None else self.word(name)

    def unit(self, name: str) -> str:
        """Return the unit of a variable."""
        variable = self.study.variables.get(name)
        return variable.unit if variable is not None else ""

    def level(self, name: str) -> str:
        """Return the words for a category; nothing for a bare yes."""
        return "" if name == "yes" else self.word(name)

    def visit(self, name: str) -> str:
        """Return the label of a visit."""
        visit = self.study.visits.get(name)
        return visit.label if visit is not None else self.word(name)

    def group(self, name: str) -> str:
        """Return the words for a group."""
        if name == "all":
            return self.labels.text("groups.all")
        if name in self._meanings:
            return self.labels.text(
                "groups.class", group=name, meaning=self.word(self._meanings[name])
            )
        if name in self.study.structure.merges:
            return self.labels.text("groups.merged", group=name)
        return self.word(name)

    def statistic(self, name: str) -> str:
        """Return the words for a statistic."""
        return self.labels.find(f"statistics.{name}") or self.word(name)

    def rule(self, name: str) -> str:
        """Return the words for a rule of the audit."""
        return self.labels.find(f"rules.{name}") or self.word(name)

    def about(self, key: Mapping[str, str]) -> str:
        """
        Return one line for what a number is about.

        Parameters
        ----------
        key : mapping of str to str
            Fields of a key and, where there is one, ``statistic``.

        Returns
        -------
        str
            Variable, second variable, component, level, visit, group; everyone
            is not said.
        """
        parts = [self.variable(key["outcome"])] if key.get("outcome") else []
        if key.get("term"):
            parts.append(self.variable(key["term"]))
        if key.get("component"):
            parts.append(self.variable(key["component"]))
        if key.get("level"):
            parts.append(self.level(key["level"]))
        parts.append(self.when(key))
        if key.get("group") != "all" or key.get("reference"):
            parts.append(self.who(key))
        return capital(", ".join(part for part in parts if part))

    def when(self, key: Mapping[str, str]) -> str:
        """Return the words for the visit, or for two visits compared."""
        visit, ref_visit = key.get("visit", ""), key.get("ref_visit", "")
        if visit and ref_visit:
            return self.labels.text(
                "names_of.visits", visit=self.visit(visit), ref=self.visit(ref_visit)
            )
        return self.visit(visit) if visit else ""

    def who(self, key: Mapping[str, str]) -> str:
        """Return the words for the group, or for two groups compared."""
        group, reference = key.get("group", ""), key.get("reference", "")
        if group and reference:
            return self.labels.text(
                "names_of.groups", group=self.group(group), ref=self.group(reference)
            )
        return self.group(group) if group else ""


def with_unit(label: str, unit: str) -> str:
    """
    Return a label followed by its unit, unless the label says it.

    Examples
    --------
    >>> with_unit("CRP", "mg/dL"), with_unit("Active joints", "joints")
    ('CRP, mg/dL', 'Active joints')
    >>> with_unit("Glucocorticoid discontinued", "n")
    'Glucocorticoid discontinued, n'
    """
    said = unit in re.split(r"[^\w%]+", label.lower())
    return f"{label}, {unit}" if unit and not said else label


def small(text: str) -> str:
    """
    Return words for the middle of a label: small first letter, unless a name.

    Examples
    --------
    >>> small("Before tocilizumab"), small("ACR Pedi"), small("M6")
    ('before tocilizumab', 'ACR Pedi', 'M6')
    """
    second = text[1:2]
    return f"{text[:1].lower()}{text[1:]}" if second.islower() else text


def capital(text: str) -> str:
    """
    Return a text with a capital first letter, unless its second letter is one.

    Examples
    --------
    >>> capital("sex, female"), capital("cJADAS")
    ('Sex, female', 'cJADAS')
    """
    return text if text[1:2].isupper() else f"{text[:1].upper()}{text[1:]}"
