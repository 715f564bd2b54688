"""The document of the instruments, written from the same rules that the code reads."""

from rejia.scores.rules import Rule, read_rules, rule_files

_INTRODUCTION = """\
# Instruments

This file is made from the rule files in `src/rejia/scores/data/`; do not edit it.
To make it again: `python -m rejia.scores.document > docs/instruments.md`.

Three rules hold for every instrument. A number is compared as the decimal text that
it was written as, so that binary fractions never decide a class. A censored value
(`<40`) has a class only where every value that it can be has the same one. What
cannot be decided is a row with a reason, never a guess.
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
        "coefficients of the standards are in no public source, so scores are taken "
        "as given by a reader; lengths alone have no score. `layout` says how two "
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
        "Remission after Wallace",
        "A function, not yet an instrument of a study: inactive disease without "
        "interruption over visits, on or off medication.",
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
    "flags.csv": ("Yes and no", "Texts that stand for present or absent."),
    "units.csv": (
        "Units",
        "Value times factor is the value in the canonical unit.",
    ),
}


def instruments_document() -> str:
    """Return the document of the instruments, as Markdown."""
    parts = [_INTRODUCTION]
    for name, (title, text) in _TEXTS.items():
        parts.append(f"## {title}\n\n{text}\n\n{_table(read_rules(name))}")
    return "\n".join(parts)


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
