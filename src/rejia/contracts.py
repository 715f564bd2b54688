"""Every table between stages, column by column: the data dictionary."""

from rejia.estimate import FACT_KEY_FIELDS, KEY_FIELDS
from rejia.frame import Column, Contract

STATISTICS = (
    "n",
    "n_of",
    "denominator",
    "percent",
    "mean",
    "sd",
    "se",
    "plus_minus",
    "min",
    "max",
    "median",
    "q1",
    "q3",
    "p_value",
    "odds_ratio",
    "ci_low",
    "ci_high",
    "kappa",
    "icc",
    "agreement",
    "spearman",
    "score_min",
    "score_max",
    "duration",
)
ADJUSTMENTS = ("raw", "bonferroni", "unstated")
COHORT_KINDS = ("observed", "published_cases", "published_summary", "drawn")
REPRODUCTIONS = ("agrees", "differs", "not_comparable", "absent")
ATTAINABILITIES = (
    "forced",
    "typical",
    "rare",
    "law_dependent",
    "not_attained",
    "impossible",
    "not_checkable",
)
VERDICTS = (
    "consistent",
    "consistent_by_rounding",
    "inconsistent",
    "not_checkable",
)
EVIDENCES = ("proof", "enumeration", "search", "wording")

_KEY_MEANINGS = {
    "study": "study",
    "cohort": "cohort of the study",
    "scenario": "primary, or what deviates from the plan",
    "analysis": "analysis of the study",
    "population": "population, declared with its row unit",
    "outcome": "what is measured",
    "term": "predictor of a model, or second variable",
    "component": "joint, or item of a score",
    "level": "category",
    "visit": "visit",
    "ref_visit": "comparator visit of a paired test or a change",
    "group": "group; all for everyone and for omnibus tests",
    "reference": "comparator group",
}
KEY: Contract = {name: Column(_KEY_MEANINGS[name]) for name in KEY_FIELDS}
FACT_KEY: Contract = {name: KEY[name] for name in FACT_KEY_FIELDS}

FACTS: Contract = {
    "fact": Column("identifier of the printed number", nullable=False),
    **FACT_KEY,
    "statistic": Column("what is printed", nullable=False, levels=STATISTICS),
    "printed": Column("text exactly as printed", nullable=False),
    "unit": Column("unit as printed"),
    "adjustment": Column("of a p-value", levels=ADJUSTMENTS),
    "place": Column("where it is printed", nullable=False),
    "note": Column("what a reader should know"),
}

_ESTIMATE: Contract = {
    "statistic": Column("what is estimated", nullable=False),
    "method": Column("the method in full", nullable=False),
    "estimate": Column("value", "number"),
    "std_error": Column("standard error", "number"),
    "ci_low": Column("lower limit", "number"),
    "ci_high": Column("upper limit", "number"),
    "confidence": Column("confidence level of the limits", "number", low=0, high=1),
    "test_statistic": Column("statistic of the test", "number"),
    "p_value": Column("p-value, not adjusted", "number", low=0, high=1),
    "n": Column("rows of the population used", "integer", low=0),
    "n_events": Column("events among them", "integer", low=0),
    "n_missing": Column("rows left out because a value is missing", "integer", low=0),
    "unit": Column("unit of the estimate"),
    "score_version": Column("definition of the score"),
    "adjusted_for": Column("other terms of the model"),
    "cohort_kind": Column("kind of cohort", levels=COHORT_KINDS, nullable=False),
    "warning": Column("why there is no estimate, or what to know about it"),
}
ESTIMATES: Contract = {
    **KEY,
    **_ESTIMATE,
    "family": Column("family of tests, as declared"),
}
RESULTS: Contract = {
    **KEY,
    "row": Column("stable name of the row", nullable=False),
    **_ESTIMATE,
    "family": Column("family of tests, as declared"),
    "m": Column("planned tests of the family", "integer", low=1),
    "p_adjusted": Column(
        "p-value, adjusted within its family", "number", low=0, high=1
    ),
}
POOLED: Contract = {
    **KEY,
    "statistic": Column("what is pooled", nullable=False),
    "method": Column("the method in full", nullable=False),
    "scale": Column(
        "scale of standard error and variances",
        levels=("log", "identity"),
        nullable=False,
    ),
    "estimate": Column("mean over cohorts", "number"),
    "std_error": Column("its standard error", "number"),
    "ci_low": Column("lower limit", "number"),
    "ci_high": Column("upper limit", "number"),
    "confidence": Column("confidence level of all limits", "number", low=0, high=1),
    "p_value": Column("p-value of no difference", "number", low=0, high=1),
    "n": Column("cohorts pooled", "integer", low=0),
    "tau2": Column("variance between cohorts", "number", low=0),
    "tau2_low": Column("its lower limit (Q-profile)", "number", low=0),
    "tau2_high": Column("its upper limit (Q-profile)", "number", low=0),
    "i2": Column(
        "share of variance that lies between cohorts", "number", low=0, high=1
    ),
    "q": Column("Cochran's Q", "number", low=0),
    "q_p_value": Column("p-value of Q", "number", low=0, high=1),
    "prediction_low": Column("lower limit for one further cohort", "number"),
    "prediction_high": Column("upper limit for one further cohort", "number"),
    "cohorts": Column("cohorts pooled, joined by ;"),
    "weights": Column("share of each of them, joined by ;"),
    "left_out": Column("cohorts without an estimate that may be shown, joined by ;"),
    "unit": Column("unit of the estimate"),
    "adjusted_for": Column("other terms of the model"),
    "warning": Column("why there is no estimate, or what to know about it"),
}

_ATTAINABLE: Contract = {
    "spec": Column("consistent subset of facts that the verdict rests on"),
    "premises": Column("facts of the spec that bear on the number"),
    "attainable_low": Column("smallest attainable value", "number"),
    "attainable_high": Column("largest attainable value", "number"),
    "law": Column("sampling law of the quantiles"),
    "q005": Column("0.5 % quantile over cohorts", "number"),
    "q50": Column("median over cohorts", "number"),
    "q995": Column("99.5 % quantile over cohorts", "number"),
    "attainability": Column("verdict", levels=ATTAINABILITIES),
    "evidence": Column("what the verdict rests on", levels=EVIDENCES),
    "witness": Column("cohort that attains it"),
}
ATTAINABLE: Contract = {
    **KEY,
    "statistic": Column("what is estimated", nullable=False),
    "method": Column("the method in full"),
    **_ATTAINABLE,
}
JUDGED: Contract = {
    "fact": Column("printed number", nullable=False),
    **_ATTAINABLE,
    "others": Column("verdicts under other specs, where they differ"),
}
WITNESSES: Contract = {
    "spec": Column("consistent subset of facts that the cohort fits", nullable=False),
    "witness": Column("cohort at the end of a hull", nullable=False),
    "column": Column("variable, at a visit where it has several", nullable=False),
    "unit": Column("unit of the values"),
    "groups": Column("group of each patient, joined by ;", nullable=False),
    "values": Column("value of each patient, joined by ;", nullable=False),
}
CERTIFICATES: Contract = {
    **KEY,
    "statistic": Column("what is estimated", nullable=False),
    "spec": Column("consistent subset of facts", nullable=False),
    "side": Column(
        "whether no cohort lies below the bound or none above", levels=("low", "high")
    ),
    "bound": Column("value that no cohort passes", "number", nullable=False),
    "engine": Column("how it was proved", nullable=False),
    "claims": Column("claims that were proved for it", "integer", low=1),
    "boxes": Column("boxes of parameters that the proofs cover", "integer", low=1),
    "margin": Column("least distance of a proof's inequality from 0", "number", low=0),
}
REPRODUCER: Contract = {
    "study": Column("study", nullable=False),
    "spec": Column("consistent subset of facts", nullable=False),
    "subject": Column("columns that the printed statistics read", nullable=False),
    "facts": Column("printed statistics asked of one cohort at once", nullable=False),
    "readings": Column("how each p-value is read, joined by ;"),
    "printed": Column("as printed, joined by ;", nullable=False),
    "nearest": Column("statistics of the nearest cohort, joined by ;", nullable=False),
    "found": Column("whether one cohort has all of them", levels=("yes", "no")),
    "distance": Column("largest distance outside a window, in its widths", "number"),
    "witness": Column("that cohort"),
}
SAMPLING: Contract = {
    **KEY,
    "statistic": Column("what is estimated", nullable=False),
    "spec": Column("consistent subset of facts", nullable=False),
    "law": Column("sampling law", nullable=False),
    "cohorts": Column("cohorts drawn", "integer", low=1),
    "r_hat": Column("split potential scale reduction", "number"),
    "ess": Column("effective sample size of the mean", "number"),
}
COMPARISON: Contract = {
    **KEY,
    "fact": Column("printed number", nullable=False),
    "place": Column("where it is printed", nullable=False),
    "statistic": Column("what is printed", nullable=False, levels=STATISTICS),
    "printed": Column("text exactly as printed", nullable=False),
    "low": Column("smallest value that the text stands for", "number"),
    "high": Column("largest value that the text stands for", "number"),
    "computed": Column("recomputed value", "number"),
    "distance": Column("computed minus printed, in last printed digits", "number"),
    "reproduction": Column("verdict", levels=REPRODUCTIONS, nullable=False),
    **_ATTAINABLE,
    "row": Column("row of results.tsv that it is compared with"),
    "unit": Column("unit as printed"),
    "note": Column("what a reader should know"),
}
AUDIT: Contract = {
    "id": Column("identifier of the check", nullable=False),
    "rule": Column("rule that made it", nullable=False),
    "place": Column("places of its facts"),
    "facts": Column("facts that it reads, joined by ;", nullable=False),
    "verdict": Column("verdict", levels=VERDICTS, nullable=False),
    "evidence": Column("what the verdict rests on", levels=EVIDENCES),
    "under": Column("assumptions"),
    "printed": Column("printed text that is held against the others"),
    "low": Column("smallest value that the other facts allow", "number"),
    "high": Column("largest value that the other facts allow", "number"),
    "arithmetic": Column("the calculation, step by step"),
    "explanations": Column("benign explanations that would fit"),
    "repair": Column("most economical correction, as a candidate"),
    "power": Column("share of printable values refused", "number", low=0, high=1),
}

CONFLICTS: Contract = {
    "id": Column("identifier of the set", nullable=False),
    "cluster": Column("conflicts that share facts", nullable=False),
    "kind": Column(
        "conflict: cannot all stand; correction: without them the cluster can",
        nullable=False,
        levels=("conflict", "correction"),
    ),
    "facts": Column("its facts, joined by ;", nullable=False),
    "size": Column("how many facts", "integer", low=1, nullable=False),
    "rules": Column("rows of the audit that bring a conflict out, joined by ;"),
    "repairs": Column("what the audit offers instead of dropping"),
}

_PATIENT = Column("identifier of the patient", nullable=False)
_VISIT = Column("visit of the study", nullable=False)
_DAY = Column("day since the first dose", "number", required=False, unit="days")
_DATE = Column("date, ISO 8601", required=False)
COMPARATORS = ("<", ">", "≤", "≥")

PATIENTS: Contract = {
    "patient": _PATIENT,
    "sex": Column("sex", levels=("female", "male"), required=False),
    "birth_date": _DATE,
    "onset_date": _DATE,
    "ilar_category": Column("ILAR category", required=False),
}
VISITS: Contract = {"patient": _PATIENT, "visit": _VISIT, "day": _DAY, "date": _DATE}
MEASUREMENTS: Contract = {
    "patient": _PATIENT,
    "visit": _VISIT,
    "variable": Column("variable of the study", nullable=False),
    "value": Column("number; the limit itself where it is censored", "number"),
    "comparator": Column("censoring", levels=COMPARATORS, required=False),
    "text": Column("a value that is no number", required=False),
    "unit": Column("unit", required=False),
    "recorded_unit": Column("unit of the source, where converted", required=False),
    "lower_limit": Column("lower limit of normal", "number", required=False),
    "upper_limit": Column("upper limit of normal", "number", required=False),
    "confidence": Column(
        "how sure the reading of the source is: A sure, B likely, C doubtful",
        levels=("A", "B", "C"),
        required=False,
    ),
    "note": Column("what a reader should know", required=False),
}
FINDINGS: Contract = {
    "patient": _PATIENT,
    "visit": _VISIT,
    "site": Column("joint or area", nullable=False),
    "side": Column("side", levels=("left", "right"), required=False),
    "finding": Column("what was read", nullable=False),
    "reader": Column("reader", required=False),
    "reading": Column("reading of that reader", required=False),
    "value": Column("grade, or length in mm", "number"),
}
TREATMENTS: Contract = {
    "patient": _PATIENT,
    "drug": Column("drug", nullable=False),
    "start": Column("day or ISO date; empty: before the first visit", required=False),
    "stop": Column("day or ISO date; empty: goes on", required=False),
    "dose": Column("dose", "number", required=False, low=0),
    "unit": Column("unit of the dose", required=False),
    "route": Column("route", required=False),
}
ADVERSE_EVENTS: Contract = {
    "patient": _PATIENT,
    "day": Column("day since the first dose", "number", unit="days"),
    "term": Column("event", nullable=False),
    "grade": Column("CTCAE grade", "integer", low=1, high=5, required=False),
    "serious": Column("serious", levels=("yes", "no"), required=False),
}
COHORT_TABLES: dict[str, Contract] = {
    "patients": PATIENTS,
    "visits": VISITS,
    "measurements": MEASUREMENTS,
    "findings": FINDINGS,
    "treatments": TREATMENTS,
    "adverse_events": ADVERSE_EVENTS,
}
COHORT_KEYS: dict[str, tuple[str, ...]] = {
    "patients": ("patient",),
    "visits": ("patient", "visit"),
    "measurements": ("patient", "visit", "variable"),
    "findings": ("patient", "visit", "site", "side", "finding", "reader", "reading"),
    "treatments": ("patient", "drug", "start"),
    "adverse_events": (),
}

POZNANSKI_STANDARDS: Contract = {
    "sex": Column("sex", levels=("female", "male"), nullable=False),
    "intercept_mm": Column(
        "expected radiometacarpal length at M2 = 0", "number", nullable=False, unit="mm"
    ),
    "slope": Column("rise of it with M2", "number", nullable=False),
    "sd_mm": Column("SD about it", "number", nullable=False, low=0, unit="mm"),
    "m2_min_mm": Column(
        "shortest second metacarpal it holds for", "number", nullable=False, unit="mm"
    ),
    "m2_max_mm": Column(
        "longest second metacarpal it holds for", "number", nullable=False, unit="mm"
    ),
    "source": Column("where it is from", nullable=False),
}

SCORES: Contract = {
    "patient": _PATIENT,
    "visit": _VISIT,
    "score": Column("variable of the study that holds the score", nullable=False),
    "component": Column("joint, item, or the laboratory value graded"),
    "side": Column("side of a score that has one", levels=("left", "right")),
    "value": Column("score", "number"),
    "level": Column("class of the score"),
    "unit": Column("unit of the score"),
    "score_version": Column("definition and version", nullable=False),
    "reason": Column("why there is no value or no class"),
}
GROUPS: Contract = {
    "patient": _PATIENT,
    "group": Column("group label; empty where it cannot be decided"),
    "change": Column("change of the grouping outcome", "number"),
    "reason": Column("why there is no group"),
}
FLOW: Contract = {
    "study": Column("study", nullable=False),
    "cohort": Column("cohort of the study", nullable=False),
    "place": Column("order of the steps", "integer", low=1, nullable=False),
    "step": Column("start, an exclusion, analysed, or why a day is no visit"),
    "kind": Column(
        "what is counted: patients, or days that are no visit",
        levels=("start", "excluded", "analysed", "days"),
        nullable=False,
    ),
    "label": Column("words of an exclusion"),
    "n": Column("patients, or days", "integer", low=0),
    "warning": Column("why there is no count"),
}
COURSE: Contract = {
    "patient": _PATIENT,
    "group": Column("group of the patient, where the study has groups"),
    "visit": _VISIT,
    "variable": Column("variable or score", nullable=False),
    "component": Column("item of a score"),
    "value": Column("number; the limit itself where it is censored", "number"),
    "comparator": Column("censoring", levels=COMPARATORS),
    "text": Column("a value that is no number, or the class of a score"),
    "unit": Column("unit"),
    "lower_limit": Column("lower limit of normal", "number"),
    "upper_limit": Column("upper limit of normal", "number"),
    "confidence": Column("how sure the reading of the source is"),
    "score_version": Column("definition and version of a score"),
    "note": Column("what a reader should know, or why there is no value"),
}

TABLES: dict[str, Contract] = {
    "facts": FACTS,
    "audit": AUDIT,
    "conflicts": CONFLICTS,
    **COHORT_TABLES,
    "poznanski_standards": POZNANSKI_STANDARDS,
    "scores": SCORES,
    "groups": GROUPS,
    "flow": FLOW,
    "estimates": ESTIMATES,
    "results": RESULTS,
    "multiverse": RESULTS,
    "pooled": POOLED,
    "comparison": COMPARISON,
    "attainable": ATTAINABLE,
    "witnesses": WITNESSES,
    "certificates": CERTIFICATES,
    "reproducer": REPRODUCER,
    "sampling": SAMPLING,
    "course": COURSE,
}
