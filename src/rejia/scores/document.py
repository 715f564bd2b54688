"""The document of the instruments, written from the same rules that the code reads."""

from rejia.scores.rules import Rule, read_rules, rule_files
from rejia.study.units import unit_rules

# Rules that the checks of cohorts share with the instruments.
_OF_STUDY = ("units.csv", "plausible_units.csv")

_INTRODUCTION = """\
# Instruments

This file is made from the rule files in `src/rejia/scores/data/`; do not edit it.
To make it again: `python -m rejia.scores.document > docs/instruments.md`.

Three rules hold for every instrument. A number is compared as the decimal text that
it was written as, so that binary fractions never decide a class. A censored value
(`<40`) has a class only where every value that it can be has the same one. What
cannot be decided is a row with a reason, never a guess.
"""

_ADVERSE_EVENTS = """\
## Adverse events (`adverse_event_rate`)

An analysis, not a score: from the tables of treatments, visits and adverse events. Days
under treatment are the union of a patient's courses of the declared `drugs`: a course
without a start begins at the first visit, one without a stop, or with a stop after it,
ends at the last visit. 365.25 such days are a patient-year. An event counts if its day
is under treatment, or up to `days_after` the end of a course; events without a day are
`counted` or `left_out` as declared (`undated`), and the remark of the patient-years
says how many there were of each. `min_grade` and `serious_only` narrow the events.

Given are, for all events and for each term: the patients with at least one, of all
patients with a day under treatment, with an exact (Clopper-Pearson) interval of their
share; the number of events; and their rate per 100 patient-years and per patient with
Garwood's exact intervals (`rejia.stats.rates`). These take events as independent: where
a patient has several, the remark says so, and the share of patients is safer.
What a source names without a number (`published_events`) is shown as what that allows:
at least one patient, at most all.
"""

# One paragraph a file: what a reader must know before the table.
_TEXTS = {
    "jadas_states.csv": (
        "JADAS states (`jadas_state`)",
        "Reads a JADAS or clinical JADAS (`from`) and gives its state under each "
        "declared set of `cutoffs`, one row a set. `layout` is the score, `course` "
        "is `oligo` for persistent oligoarthritis and `poly` for all others. "
        "`low` and `high` are the ends of a class; `yes` after an end means that it "
        "belongs to the class. `unclassified` is what a source leaves open.",
    ),
    "ctcae_terms.csv": (
        "CTCAE terms (`ctcae`)",
        "Grades laboratory values (`of`: variable to term) under each declared "
        "version. Values are converted to the unit shown; without a known unit "
        "there is no grade. Limits of normal come from the row of the value.",
    ),
    "ctcae_grades.csv": (
        "CTCAE grades",
        "The worst grade is asked first; a value that fits none is grade 0. A bound "
        "is an absolute value, or a multiple of the limit of normal or of the "
        "baseline. Without the limit that a grade needs there is no grade unless a "
        "worse one is certain. `normal` and `abnormal` say whether the value at "
        "`baseline` was above its upper limit; where that is unknown, only grade 0 "
        "is given, or the study sets `layout: unknown_baseline_as_normal`. Grade 5 "
        "is never given by a value.",
    ),
    "reference_range_conventions.csv": (
        "Reference range (`reference_range`)",
        "Places laboratory values (`of`) below, within or above the limits of normal "
        "of their rows. `layout` says where a value lies that equals a limit; the "
        "first is the default, and the score's version names it.",
    ),
    "larsen_areas.csv": (
        "Modified Larsen score: areas (`larsen_large_joints`, `larsen_hands`)",
        "Sum of the grades of all areas of a layout, 0-50 or 0-120. Readings are "
        "averaged within each reader, then over readers, exactly. With any area "
        "missing there is no total; the sum of the areas available and their number "
        "are given beside it (`_available`, `_n_areas`).",
    ),
    "larsen_grades.csv": ("Modified Larsen score: grades", "What a reading may be."),
    "carsh_components.csv": (
        "CARSH (`carsh`)",
        "Sum of seven components of each hip, 0-16, and of both hips, 0-32. With any "
        "component missing there is no sum.",
    ),
    "poznanski.csv": (
        "Poznanski score (`poznanski`)",
        "Standard deviations between the radiometacarpal length and what the length "
        "of the second metacarpal makes expect; a rise is an improvement. The "
        "coefficients of the standards are in no public source, so none are here: "
        "scores are taken as given by a reader (`poznanski`), or computed from lengths "
        "(`rm_mm`, `m2_mm`) with a table of the user's own, which the study names as "
        "`reference` (columns: sex, intercept\\_mm, slope, sd\\_mm, m2\\_min\\_mm, "
        "m2\\_max\\_mm, source). Where both are there and differ by more than half a "
        "`step`, that is a fault. There is no score without such a table "
        "(`no_reference`), outside its lengths (`outside_reference`), or where a "
        "reader found the growth plate closed (`physis_closed`). `layout` says how two "
        "hands make a patient's value (`_total`); the first is the default.",
    ),
    "jadas_layouts.csv": (
        "JADAS and clinical JADAS (`jadas`)",
        "Sum of the physician's and the patient's or parent's global assessment "
        "(0-10 each), the active joints up to `n_joints`, and for the scores that "
        "are not clinical an acute phase reactant brought to 0-10. `of` gives each "
        "variable its part. The 10-joint count stops at 10; the 27-joint scores need "
        "the count within the 27 joints. With any component missing there is no "
        "score; a censored one counts where it adds the same whatever it is.",
    ),
    "jadas_acute_phase.csv": (
        "JADAS: acute phase reactants",
        "0 up to the first value, 10 from the second, on a straight line between.",
    ),
    "sjadas_manifestations.csv": (
        "Systemic JADAS (`sjadas`): systemic manifestations",
        "The JADAS-10 with ESR or CRP (0-40) and the points of these items (0-10): "
        "0-50. A measured item gives the points of the row whose interval holds it, "
        "none where no row does. Of platelets and ferritin either is enough; a study "
        "that declares only one has that in the version of its score. The points "
        "alone are given beside it (`_manifestations`). States: `jadas_state` with "
        "`layout: sjadas10`; in `rosina_2024` all but inactive disease is "
        "unclassified, since the other bounds are not verified.",
    ),
    "acr_pedi.csv": (
        "ACR Pediatric criteria (`acr_pedi`)",
        "Response against the visit `baseline`: at least `n_improved` of six core "
        "variables improve by at least `improved_percent`, and at most `n_worsened` "
        "worsens by more than `worsened_percent`. A missing or censored variable "
        "leaves the response open only where it could decide it. The limit for "
        "worsening is the same at every level.",
    ),
    "acr_pedi_fever.csv": (
        "ACR Pediatric criteria: fever in systemic arthritis",
        "`versions` names the rule; with one for fever, response also needs that the "
        "highest temperature of the window is no fever. A missing diary is not "
        "absence of fever. A threshold that is not verified is never a default.",
    ),
    "acr_pedi_zero_baseline.csv": (
        "ACR Pediatric criteria: variables that start at zero",
        "`layout` names the rule; no rule is published.",
    ),
    "flare.csv": (
        "Flare (`flare`)",
        "Against the reference visit `baseline`: at least `n_worsened` of the six "
        "core variables worsen by at least `worsened_percent`, and at most "
        "`n_improved` improves by at least `improved_percent`. Where a minimum is "
        "given, a global assessment or the active joints count as worse only from "
        "that change on.",
    ),
    "wallace.csv": (
        "Clinically inactive disease (`wallace`)",
        "All criteria of a version must hold; one that is unknown leaves the state "
        "open unless another fails. ESR and CRP are held against their own upper "
        "limits. `acute_phase_not_jia` says that an elevation is not due to arthritis.",
    ),
    "wallace_remission.csv": (
        "Remission after Wallace (`remission`)",
        "At each visit: whether inactive disease (`from`, a variable of Wallace or a "
        "measured yes and no) has lasted for `min_days` over visits that are at most "
        "`max_gap_days` apart, on or off medication (`versions`), from the table of "
        "treatments. On medication is asked at each visit; off medication also "
        "between two visits. What is not known leaves the state open only where it "
        "could decide it; without the day of every visit nothing is decided.",
    ),
    "refractory.csv": (
        "Refractory disease of Aoki 2014 (`refractory`)",
        "A criterion holds where all its rows do; `of` gives each variable its "
        "`role`. One that is not known leaves the answer open only where it could "
        "decide it.",
    ),
    "refractory_versions.csv": (
        "Refractory disease: readings of the definition",
        "How many of the criteria are needed (`versions`); the source is ambiguous, "
        "so neither is a default.",
    ),
    "medications.csv": (
        "Drugs against arthritis or uveitis",
        "Names of drugs that count as medication, in any case of letters, beside the "
        "glucocorticoids below. A study adds names in `drugs` (count) and "
        "`other_drugs` (do not); any other name leaves remission off medication open.",
    ),
    "chaq_domains.csv": (
        "CHAQ disability index (`chaq`)",
        "Mean of the domains, each the highest of its items, 0-3. Aids, devices or "
        "help (`<domain>_aids`) raise a domain to at least 2.",
    ),
    "chaq_denominators.csv": (
        "CHAQ: denominators",
        "`layout` says what the sum is divided by, and how many domains are needed.",
    ),
    "glucocorticoid_free.csv": (
        "Discontinuation of glucocorticoids (`glucocorticoid_free`)",
        "From the table of treatments: no course of any glucocorticoid by any route "
        "from the visit on, for as long as `layout` says. The stop of a course is the "
        "first day without it; a dose of 0 is no course.",
    ),
    "glucocorticoids.csv": (
        "Glucocorticoids",
        "Names of drugs that count, in any case of letters.",
    ),
    "ilar_categories.csv": (
        "ILAR categories (`ilar`)",
        "Which categories the features of a patient allow. `of` names the columns of "
        "the table of patients by `role`; what is not given is not known. A category "
        "fits where an alternative of its inclusions holds and none of its "
        "`exclusions`; where none or several surely fit, the category is UND. "
        "`rejia check` warns of a recorded `ilar_category` that the features "
        "contradict. The codes are ours: there is no official list.",
    ),
    "ilar_inclusions.csv": (
        "ILAR categories: inclusions",
        "Of the rows of an alternative at least `needs` must hold.",
    ),
    "ilar_exclusions.csv": (
        "ILAR categories: exclusions",
        "Of the rows of an alternative at least `needs` must hold.",
    ),
    "ilar_general.csv": ("ILAR categories: what holds for all", "Checked by dates."),
    "flags.csv": ("Yes and no", "Texts that stand for present or absent."),
    "units.csv": (
        "Units",
        "Value times factor is the value in the canonical unit; units of one "
        "canonical unit can be converted. Measurements are converted only where the "
        "study declares it (`units` of a variable), by a factor that must be the one "
        "that follows from here, and the results count the converted values.",
    ),
    "plausible_units.csv": (
        "Plausible units",
        "A value outside the range of its quantity that would lie inside it in "
        "another unit of the same kind is a fault, with that unit named. `names` are "
        "the variables that are checked without a declared `quantity`. A reading "
        "that the source leaves doubtful (confidence B or C, with a note) stands as "
        "printed, with a warning; `unit_is_sure` turns the check off.",
    ),
}


def instruments_document() -> str:
    """Return the document of the instruments, as Markdown."""
    parts = [_INTRODUCTION]
    for name, (title, text) in _TEXTS.items():
        parts.append(f"## {title}\n\n{text}\n\n{_table(_rules(name))}")
    return "\n".join([*parts, _ADVERSE_EVENTS])


def _rules(name: str) -> tuple[Rule, ...]:
    return unit_rules(name) if name in _OF_STUDY else read_rules(name)


def undocumented() -> tuple[str, ...]:
    """Return the rule files that the document leaves out."""
    return tuple(name for name in rule_files() if name not in _TEXTS)


def _table(rules: tuple[Rule, ...]) -> str:
    header = list(rules[0])
    lines = [header, ["---"] * len(header), *(list(rule.values()) for rule in rules)]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_")


if __name__ == "__main__":
    import sys

    sys.stdout.write(instruments_document())
