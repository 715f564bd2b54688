"""A new study like another: its definitions, none of its numbers, empty tables."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from rejia.contracts import COHORT_TABLES
from rejia.errors import DefinitionError
from rejia.study.columns import measured, of_patients
from rejia.study.equations import read_equation
from rejia.study.read import read_study
from rejia.study.schema import Study
from rejia.study.trim import Edit, Entry, edited, entries, entry, without

# What belongs to the source of a study and not to its definitions.
NOT_COPIED = (
    "ensemble",
    "sources",
    "cohorts",
    "pooling",
    "draw",
    "repairs",
    "specs",
    "claims",
    "reporting",
    "structure",
    "compare_with",
)
# What may be declared of the files of a cohort; nothing of it is guessed.
_HOW_WRITTEN = (
    '  # decimal: ","             # if numbers are written as 3,6',
    "  # dates: dmy               # if dates are written as 31.12.2014 (dmy, mdy, ymd)",
    '  # missing: ["NA", "-99"]   # texts that stand for a missing value',
    "  # encoding: windows-1252   # of text files that are not UTF-8",
    '  # delimiter: ";"           # of CSV files that have no commas',
    "  # hash_identifiers: true    # work and results hold hashes, not your names",
    "  # columns:                 # one wide sheet or file instead of the template",
    "  #   ID: patient",
    "  #   Sex: {column: sex, levels: {f: female, m: male}}",
    '  #   "crp_{visit}": {variable: crp, unit: mg/dL}',
    '  #   "larsen_{joint}_{side}_{visit}": {finding: larsen}',
    "  #   Comments: ignored",
    "  # names: {visit: {pre: baseline, post: follow_up}, side: {r: right, l: left}}",
)
# What may be declared of the patients; docs/own_cohort.md explains each key.
_OF_PATIENTS = (
    "# Days or dates instead of names of visits: a window of days for each, as in",
    "# visits: {baseline: {label: Before, day: 0, window: [-14, 0]}}",
    "# windows: {first_dose: column, several: nearest, tie: earliest}",
    "# exclusions:",
    "#   - {id: lost, label: No follow-up, rule: missing_visit, visits: [follow_up]}",
    "# imputation: {seed: 1, imputations: 20}   # for analyses with missing: [mi]",
    "# Which values are missing: an analysis, a table and a figure missing_data:",
    "#   - {id: missing_data, test: missing_pattern, outcomes: [crp],"
    " visits: [baseline]}",
)
# What shows how the printed numbers of a source stand: a cohort has none.
ABOUT_PRINTED = ("attainable", "attainable_ratios", "audit_map")
_TOP = re.compile(r"^([a-z_]+):")


def study_like(name: str, like: Path) -> str:
    """
    Return the YAML of a new study with the definitions of another.

    What the other study says of its own patients stays behind: how many there were, and
    the ends of the range of what is known of each (`per: patient`), where no other
    patient may be refused. So do tables and figures about its printed numbers.

    Parameters
    ----------
    name : str
        Name of the new study.
    like : Path
        Study to copy; comments inside copied blocks are kept.

    Returns
    -------
    str
        With `compare_with` set to the other study.

    Raises
    ------
    DefinitionError
        If `name` cannot name a study, or the other one has faults.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise DefinitionError(
            f"no study can be called {name!r}:",
            ["allowed are lower case letters, digits and _, starting with a letter"],
        )
    model = read_study(like)
    head = [
        f"# {name}: the definitions of {model.study}, for a cohort of your own.",
        f"# Fill in data/cohorts/{name}/, then: rejia check {name}, rejia plan {name},",
        f"# rejia run {name}. docs/own_cohort.md walks through it.",
        f"study: {name}",
        "title: A cohort of our own",
        f"citation: {name}",
        f"compare_with: {model.study}",
        "sources:",
        f"  cohort: cohorts/{name}",
        "  cohort_kind: observed",
        *_HOW_WRITTEN,
        *_OF_PATIENTS,
    ]
    kept = [
        line
        for key, block in _blocks(_of_nobody(like.read_text(encoding="utf-8-sig")))
        if key not in {*NOT_COPIED, "study", "title", "citation", ""}
        for line in block
    ]
    text = "\n".join([*head, "", *kept]).rstrip()
    return "\n".join([text, *_identities(model)]) + "\n"


def _of_nobody(text: str) -> str:
    """Return the text of a study without what is true of its own patients alone."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return edited(text, _edits(text, root))


def _edits(text: str, root: yaml.Node | None) -> Iterator[Edit]:
    blocks = {one.name: one.value for one in entries(text, root)}
    for population in entries(text, blocks.get("populations")):
        yield from without(text, population.value, lambda one: one.name == "size")
    for variable in entries(text, blocks.get("variables")):
        yield from _open_range(text, variable.value)
    yield from without(
        text, blocks.get("tables"), lambda one: _is(text, one, "show", "attainable")
    )
    yield from without(
        text, blocks.get("figures"), lambda one: one.value.value in ABOUT_PRINTED
    )


def _open_range(text: str, variable: yaml.Node) -> Iterator[Edit]:
    """Open the range of what is known of each patient; that of a score is its own."""
    own = {one.name: one for one in entries(text, variable)}
    per = own.get("per")
    if per is None or per.value.value != "patient" or "instrument" in own:
        return
    yield from without(text, variable, lambda one: one.name == "max")
    low = own.get("min")
    if low is not None and float(low.value.value) > 0:
        mark = low.value
        yield Edit(mark.start_mark.index, mark.end_mark.index, "0")


def _is(text: str, one: Entry, name: str, value: str) -> bool:
    found = entry(text, one.value, name)
    return found is not None and found.value.value == value


def _identities(model: Study) -> list[str]:
    """Return the equations that hold for each patient's own values, for the check."""
    known = {*of_patients(model), *measured(model)}
    kept = []
    for text in model.structure.identities:
        equation = read_equation(text)
        terms = (equation.left, *equation.right)
        if all(term.name in known and not term.component for term in terms):
            kept.append(f"    - {text}")
    if not kept:
        return []
    head = "# Held for every patient by `rejia check`, within rounding."
    return ["", head, "structure:", "  identities:", *kept]


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """Return the top-level keys of a YAML text with their lines."""
    blocks: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        found = _TOP.match(line)
        if found:
            blocks.append((found[1], [line]))
        else:
            blocks[-1][1].append(line)
    return blocks


def empty_tables(like: Path) -> dict[str, str]:
    """
    Return the header of each cohort table, with the study's own columns.

    Parameters
    ----------
    like : Path
        Study that declares the columns of the patients.

    Returns
    -------
    dict of str to str
        File name to text.
    """
    study = read_study(like)
    declared = [
        name
        for name, variable in study.variables.items()
        if variable.per == "patient"
        and variable.instrument is None
        and variable.indicator_of is None
    ]
    files = {}
    for name, contract in COHORT_TABLES.items():
        columns = list(contract)
        if name == "patients":
            columns += [column for column in declared if column not in columns]
        files[f"{name}.tsv"] = "\t".join(columns) + "\n"
    return files
