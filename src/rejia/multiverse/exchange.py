"""Regression to the mean: what exchanging the visits within patients alone gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from math import exp, inf, isnan, log, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rejia.analyses.models import reference_of
from rejia.analyses.rows import CohortRows, Row, Values, lattice_units
from rejia.analyses.run import estimates_table
from rejia.estimate import Estimate, Key
from rejia.multiverse.arrangements import (
    Arrangements,
    FloatArray,
    Members,
    arrange,
    log_odds_ratios,
    superiority,
)
from rejia.study import Groups, Study
from rejia.study.schema import Exchange, Logistic, RankSum

CONFIDENCE = 0.95
_TAILS = (0.025, 0.975)
# A bit of rounding must not decide whether a draw is as extreme as what was seen.
_SLACK = 1e-9
_FITS = {
    "wald": "logistic_maximum_likelihood",
    "profile": "logistic_maximum_likelihood",
    "firth": "logistic_firth_penalized",
}


def run_exchange(
    study: Study, declared: Exchange, rows: CohortRows, *, seed: int
) -> pd.DataFrame:
    """
    Recompute the baseline comparisons of change-defined groups under exchange.

    Parameters
    ----------
    study : Study
        With groups; its rank-sum tests at the first visit and its logistic models.
    declared : Exchange
        How many draws, and what is exchanged.
    rows : CohortRows
        The cohort, grouped.
    seed : int
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        Table ``estimates``; scenario ``exchange:visits`` or ``exchange:outcome``,
        otherwise the key of the comparison. `estimate`, `ci_low` and `ci_high` are
        mean, 2.5 % and 97.5 % quantile of the statistic under exchange, `std_error`
        its standard deviation (of the log odds ratio), `test_statistic` the statistic
        as observed, and `p_value` the share of arrangements in which it is at least as
        far from that mean. The outcome that makes the groups is compared too, whether
        or not the study does.

    Notes
    -----
    **The null.** Within each patient the states at the two visits are exchangeable:
    which came first is a coin toss, the same for all that is exchanged, and
    independent between patients. Given each patient's pair of states, all 2ⁿ
    arrangements then have the same probability. Nothing improves or worsens under this
    null, and still the group of the worsened is the patients whose *lower* state came
    first: groups made by the sign of a change differ at baseline in that outcome, and
    in whatever goes with it. This is regression to the mean, and mathematical coupling
    of a change with the value it starts from [1]_ [2]_. The spread of a statistic under
    exchange is what such groups show without any risk factor.

    An exchange turns improved into worsened and leaves unchanged patients unchanged,
    whatever the threshold; a patient who is counted in a group without a change stays
    there. ``visits`` exchanges every value of the patient that has a visit. A value
    that a treatment moves in everybody is then a mixture of both visits, which widens
    its spread; ``outcome`` exchanges the grouping outcome alone, and the rest keeps its
    visit. What has no visit (age at onset) keeps its value under both, and only the
    groups change. A variable that is not measured at the second visit keeps its first.

    **What it does not say.** A comparison inside the spread is not explained away: the
    data are what the null would give as well. One outside it differs by more than the
    making of the groups; it can still be chance in another respect, or confounded.
    Exchange presumes equal variances at both visits, as Oldham's remedy does, and that
    remedy misleads where the effect of treatment varies between patients [3]_.

    All 2ⁿ arrangements are enumerated where they are no more than the declared draws.
    With draws the share counts the observed arrangement among them:
    (1 + as extreme)/(1 + draws). Arrangements without a value in one of the groups, or
    without a finite maximum of a model of several predictors, are left out and counted
    in the warning; an odds ratio that is infinite takes part in quantiles and share,
    and is left out of the mean, which is geometric.

    References
    ----------
    .. [1] Oldham PD. A note on the analysis of repeated measurements of the same
       subjects. J Chronic Dis 1962; 15:969-977.
    .. [2] Tu YK, Gilthorpe MS. Revisiting the relation between change and initial
       value: a review and evaluation. Stat Med 2007; 26:443-457.
    .. [3] Hayes RJ. Methods for assessing whether change depends on initial value.
       Stat Med 1988; 7:915-927.
    """
    groups = study.groups
    if groups is None:
        raise ValueError(f"study must have groups, but {study.study} has none")
    found: list[Row] = []
    for what in declared.of:
        check = _Check.of(groups, declared, rows, what=what, seed=seed)
        for definition in study.analyses:
            if isinstance(definition, RankSum):
                found += check.rank_sums(definition)
            elif isinstance(definition, Logistic):
                found += check.models(definition)
    return estimates_table(study, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One way to exchange, for all comparisons of a cohort."""

    groups: Groups
    rows: CohortRows
    what: str
    seed: int
    patients: tuple[str, ...]
    labels: tuple[str, ...]
    moves: tuple[bool, ...]
    arrangements: Arrangements

    @classmethod
    def of(
        cls,
        groups: Groups,
        declared: Exchange,
        rows: CohortRows,
        *,
        what: str,
        seed: int,
    ) -> "_Check":
        """Read the groups and arrange their patients."""
        grouped = rows.groups[rows.groups["group"] != ""].sort_values("patient")
        # Its digest keeps these draws apart from those of other stages.
        digest = sha256(b"exchange of visits within patients").digest()
        sequence = np.random.SeedSequence(
            seed, spawn_key=(int.from_bytes(digest[:4], "big"),)
        )
        generator = np.random.Generator(np.random.PCG64(sequence))
        return cls(
            groups=groups,
            rows=rows,
            what=what,
            seed=seed,
            patients=tuple(grouped["patient"]),
            labels=tuple(grouped["group"]),
            moves=tuple(grouped["change"].notna()),
            arrangements=arrange(
                len(grouped), draws=declared.draws, generator=generator
            ),
        )

    def members(self, label: str) -> Members:
        """Return who is in a group, or a union, as observed and when exchanged."""
        parts = self.groups.merges.get(label, (label,))
        names = self.groups.labels
        turned = {names.improved: names.worsened, names.worsened: names.improved}
        return Members(
            observed=np.array([label in parts for label in self.labels], dtype=bool),
            exchanged=np.array(
                [
                    (turned.get(label, label) if moves else label) in parts
                    for label, moves in zip(self.labels, self.moves, strict=True)
                ],
                dtype=bool,
            ),
        )

    def rank_sums(self, definition: RankSum) -> Iterator[Row]:
        """Yield the comparisons of two groups at the first visit."""
        outcomes = list(definition.outcomes)
        if self.groups.outcome not in outcomes:
            outcomes.append(self.groups.outcome)
        for outcome in outcomes:
            per_visit = self.rows.variable(outcome).per == "visit"
            planned = self.groups.start in definition.visits
            if per_visit and not planned and outcome in definition.outcomes:
                continue
            population = self.rows.population_of(outcome, definition.population)
            for component in self.rows.components(outcome):
                yield self._rank_sum(definition, outcome, population, component)

    def _rank_sum(
        self, definition: RankSum, outcome: str, population: str, component: str
    ) -> Row:
        pair, note = self._pair(outcome, population, component)
        before, after, who = pair
        drawn = superiority(
            before,
            after,
            self.members(definition.group).of(who),
            self.members(definition.reference).of(who),
            self.arrangements.swapped[:, who],
        )
        seen = superiority(
            before,
            before,
            self.members(definition.group).of(who),
            self.members(definition.reference).of(who),
            np.zeros((1, len(who)), dtype=bool),
        )
        per_visit = self.rows.variable(outcome).per == "visit"
        key = Key(
            scenario=f"exchange:{self.what}",
            analysis=definition.id,
            population=population,
            outcome=outcome,
            component=component,
            visit=self.groups.start if per_visit else "",
            group=definition.group,
            reference=definition.reference,
        )
        groups = (self.members(definition.group), self.members(definition.reference))
        compared = np.isin(who, np.flatnonzero(groups[0].observed | groups[1].observed))
        n = float((compared & ~np.isnan(before)).sum())
        estimate = self._summary(
            "probability_of_superiority", "rank_sum", drawn, float(seen[0]), note, n
        )
        return Row(key=key, estimate=estimate)

    def models(self, definition: Logistic) -> Iterator[Row]:
        """Yield the odds ratios of the models of a group."""
        sets = [definition.predictors]
        if definition.each:
            sets = [(name,) for name in definition.predictors]
        for terms in sets:
            late = [t for t in terms if self.rows.variable(t).per == "visit"]
            if not late or definition.visit == self.groups.start:
                yield from self._model(definition, terms)

    def _model(self, definition: Logistic, terms: tuple[str, ...]) -> Iterator[Row]:
        pairs = [self._pair(name, "patients", "") for name in terms]
        before = np.column_stack([values[0] for values, _ in pairs])
        after = np.column_stack([values[1] for values, _ in pairs])
        event = self.members(definition.event.group)
        firth = definition.inference == "firth"
        drawn = log_odds_ratios(
            before, after, event, self.arrangements.swapped, is_penalized=firth
        )
        nobody = np.zeros((1, len(before)), dtype=bool)
        seen = log_odds_ratios(before, before, event, nobody, is_penalized=firth)
        n = float((~np.isnan(before).any(axis=1)).sum())
        for at, name in enumerate(terms):
            per_visit = self.rows.variable(name).per == "visit"
            key = Key(
                scenario=f"exchange:{self.what}",
                analysis=definition.id,
                population=definition.population or "patients",
                outcome=self.groups.outcome,
                term=name,
                visit=(definition.visit or "") if per_visit else "",
                group=definition.event.group,
                reference=reference_of(self.rows, definition.event.group),
            )
            estimate = self._summary(
                "odds_ratio",
                _FITS[definition.inference],
                drawn[:, at],
                float(seen[0, at]),
                pairs[at][1],
                n,
            )
            unit = self.rows.variable(name).unit
            yield Row(
                key=key,
                estimate=estimate,
                unit=f"per {unit}" if unit else "",
                adjusted_for=";".join(other for other in terms if other != name),
            )

    def _pair(
        self, outcome: str, population: str, component: str
    ) -> tuple[tuple[FloatArray, FloatArray, NDArray[np.intp]], str]:
        """Return values at both visits, whose they are, and a note."""
        variable = self.rows.variable(outcome)
        visits = (self.groups.start, self.groups.end)
        first = visits[0] if variable.per == "visit" else ""
        before, who = self._values(outcome, first, population, component)
        if variable.per != "visit":
            return (before, before, who), ""
        if self.what == "outcome" and outcome != self.groups.outcome:
            return (before, before, who), ""
        after, _ = self._values(outcome, visits[1], population, component)
        if np.isnan(after).all():
            return (before, before, who), f"no {outcome} at {visits[1]}: not exchanged"
        return (before, after, who), ""

    def _values(
        self, outcome: str, visit: str, population: str, component: str
    ) -> tuple[FloatArray, NDArray[np.intp]]:
        """Return values in whole steps of the lattice, and the patient of each."""
        values: Values = self.rows.values(
            outcome, visit=visit, population=population, component=component
        )
        values = values.at(frozenset(self.patients))
        numbers = values.numbers
        step = self.rows.step_of(outcome)
        there = numbers.notna().to_numpy()
        found = np.full(len(numbers), nan)
        # Whole steps, so that ties are ties; then back to the unit of the variable.
        found[there] = lattice_units(numbers[there], step) * (step or 1.0)
        place = {patient: at for at, patient in enumerate(self.patients)}
        names = numbers.index.get_level_values("patient")
        who = np.array([place[str(name)] for name in names], dtype=np.intp)
        # The order of the arrangements' columns, whatever that of the cohort's table.
        order = np.argsort(who, kind="stable")
        return found[order], who[order]

    def _summary(
        self,
        statistic: str,
        test: str,
        drawn: FloatArray,
        seen: float,
        note: str,
        n: float,
    ) -> Estimate:
        """Summarise a statistic over arrangements, beside what was observed."""
        is_ratio = statistic == "odds_ratio"
        there = drawn[~np.isnan(drawn)]
        finite = there[np.isfinite(there)]
        warnings = [note]
        for count, what in (
            (len(drawn) - len(there), "without an estimate, left out"),
            (len(there) - len(finite), "with an infinite one, left out of the mean"),
        ):
            if count:
                warnings.append(f"{count} of {len(drawn)} arrangements {what}")
        method = f"{test}_{statistic}_{self._how()}"
        if not len(finite) or isnan(seen):
            return Estimate(
                statistic=statistic,
                method=method,
                n=n,
                warning="; ".join(filter(None, [*warnings, "not estimable"])),
            )
        mean = float(finite.mean())
        low, high = np.quantile(there, _TAILS, method="inverted_cdf")
        extreme = int((np.abs(there - mean) >= abs(seen - mean) - _SLACK).sum())
        own = 0 if self.arrangements.is_exact else 1
        back = _ratio if is_ratio else float
        return Estimate(
            statistic=statistic,
            method=method,
            estimate=back(mean),
            std_error=float(finite.std()),
            ci_low=back(low),
            ci_high=back(high),
            confidence=CONFIDENCE,
            test_statistic=back(seen),
            p_value=(extreme + own) / (len(there) + own),
            n=n,
            warning="; ".join(filter(None, warnings)),
        )

    def _how(self) -> str:
        """Return the method's words for the exchange."""
        visits = f"{self.groups.start}_and_{self.groups.end}"
        of = "" if self.what == "visits" else f"_of_{self.groups.outcome}_only"
        m = len(self.arrangements.swapped)
        drawn = f"{m}_draws_seed_{self.seed}"
        how = f"all_{m}_arrangements" if self.arrangements.is_exact else drawn
        return f"under_exchange_of_{visits}{of}_within_patients_{how}"


def _ratio(value: float) -> float:
    """Return an odds ratio of its logarithm."""
    return inf if value > log(1e300) else exp(value)
