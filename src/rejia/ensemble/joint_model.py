"""Joint-level demands as whole-number programmes: by groups, and joint by joint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm

from rejia.ensemble.joint_program import Program
from rejia.ensemble.joint_spec import (
    FATES,
    TOTAL,
    Count,
    JointSpec,
    Moment,
    spreads,
)

Place = tuple[int, str, str]  # group, site, visit
Fate = tuple[int, str, str]  # group, class, fate


@dataclass(frozen=True)
class Model:
    """
    A programme, and which of its variables are what.

    Attributes
    ----------
    spec : JointSpec
        Demands; their places are the demands of the programme.
    program : Program
        Constraints.
    missing : dict of (int, str) to int
        Missing joints, by group and site.
    sums, squares : dict of (int, str, str) to int
        Sum and sum of squares of values, by group, site and visit; an empty site is
        the total of a patient.
    counts : dict of (int, str, str) to tuple of int
        Number of joints, and their sums before and after, by group, class and fate.
    """

    spec: JointSpec
    program: Program
    missing: dict[tuple[int, str], int]
    sums: dict[Place, int]
    squares: dict[Place, int]
    counts: dict[Fate, tuple[int, int, int]]


def by_groups(spec: JointSpec) -> Model:
    """
    Pose what must hold of sums over the patients of each group.

    Parameters
    ----------
    spec : JointSpec
        Demands.

    Returns
    -------
    Model
        Small, and implied by the demands: what it rules out is ruled out, what it
        allows need not exist.
    """
    model = Model(spec, Program(), {}, {}, {}, {})
    _add_sums(model)
    _add_counts(model)
    _add_signs(model)
    for at, demand in enumerate(spec.demands):
        if isinstance(demand, Count):
            _ask_count(model, at, demand)
        elif demand.statistic == "mean":
            _ask_mean(model, at, demand)
        else:
            _ask_spread(model, at, demand)
    return model


def _add_sums(model: Model) -> None:
    """Add missing joints, sums and sums of squares of each group."""
    spec, program = model.spec, model.program
    sides = [site for site, _ in spec.areas]
    for g, (_, size) in enumerate(spec.groups):
        for site in spec.sites:
            most = min(spec.missing, size * sides.count(site))
            model.missing[g, site] = program.variable(0, most)
        for visit in spec.visits:
            parts = []
            for site in spec.sites:
                cells = size * sides.count(site)
                part = _add_values(model, (g, site, visit), cells, spec.top)
                program.ask(
                    {part: 1, model.missing[g, site]: spec.top}, None, cells * spec.top
                )
                parts.append(part)
            whole = (g, TOTAL, visit)
            top = spec.top * len(spec.areas)
            program.equal(_add_values(model, whole, size, top), dict.fromkeys(parts, 1))
    program.ask(dict.fromkeys(model.missing.values(), 1), spec.missing, spec.missing)


def _add_values(model: Model, place: Place, n: int, top: int) -> int:
    """Add the sum of `n` values from 0 to `top`, and of their squares."""
    program = model.program
    total = program.variable(0, n * top)
    model.sums[place] = total
    spread = {
        (moment.site, moment.visit)
        for moment in model.spec.demands
        if isinstance(moment, Moment) and moment.statistic != "mean"
    }
    if place[1:] not in spread:
        return total
    squares = program.variable(0, n * top * top)
    model.squares[place] = squares
    program.ask({squares: 1, total: -1}, 0, None)
    program.ask({squares: 1, total: -top}, None, 0)
    program.ask({program.square(total): -1, squares: n}, 0, None)
    return total


def _add_counts(model: Model) -> None:
    """Add how many joints of each class have which fate, and their sums."""
    spec, program = model.spec, model.program
    classes = spec.classes or (("", 0, spec.top),)
    for g, (_, size) in enumerate(spec.groups):
        n = size * len(spec.areas)
        found = []
        for name, low, high in classes:
            for fate in FATES:
                ends = (n, n * spec.top, n * spec.top)
                count, before, after = (program.variable(0, end) for end in ends)
                program.ask({before: 1, count: -low}, 0, None)
                program.ask({before: 1, count: -high}, None, 0)
                program.ask({after: 1, count: -spec.top}, None, 0)
                change = {after: 1, before: -1}
                if fate == "unchanged":
                    program.ask(change, 0, 0)
                elif fate == "worsened":
                    program.ask({**change, count: -1}, 0, None)
                else:
                    program.ask({**change, count: 1}, None, 0)
                model.counts[g, name, fate] = (count, before, after)
                found.append((count, before, after))
        absent = [model.missing[g, site] for site in spec.sites]
        program.ask(dict.fromkeys([c for c, _, _ in found] + absent, 1), n, n)
        for visit, at in zip(spec.visits, (1, 2), strict=True):
            parts = {row[at]: 1 for row in found}
            program.equal(model.sums[g, TOTAL, visit], parts)


def _add_signs(model: Model) -> None:
    """Add what the sign of each patient's change says of a group's sums."""
    program = model.program
    first, last = model.spec.visits
    for g, (_, size) in enumerate(model.spec.groups):
        sign = model.spec.signs[g]
        s = [model.sums[g, TOTAL, visit] for visit in (first, last)]
        least, most = (size, None) if sign else (0, 0)
        program.ask({s[1]: sign or 1, s[0]: -(sign or 1)}, least, most)
        found = [model.squares.get((g, TOTAL, visit)) for visit in (first, last)]
        q = [square for square in found if square is not None]
        if len(q) < len(found):
            continue
        if sign == 0:
            program.ask({q[1]: 1, q[0]: -1}, 0, 0)
        else:
            # Each change is a step at least, so that of its square is at least the
            # sum of both values.
            program.ask({q[1]: sign, q[0]: -sign, s[0]: -1, s[1]: -1}, 0, None)


def _ask_mean(model: Model, at: int, moment: Moment) -> None:
    spec = model.spec
    groups = spec.members(moment.groups)
    n = spec.cells(moment)
    absent = [model.missing[g, moment.site] for g in groups if moment.site]
    for end, sign in ((moment.low, 1), (moment.high, -1)):
        terms = {
            model.sums[g, moment.site, moment.visit]: sign * end.denominator
            for g in groups
        }
        terms |= dict.fromkeys(absent, sign * end.numerator)
        model.program.ask(terms, sign * n * end.numerator, None, demand=at)


def _ask_spread(model: Model, at: int, moment: Moment) -> None:
    spec, program = model.spec, model.program
    groups = spec.members(moment.groups)
    n = spec.cells(moment)
    parts = [model.sums[g, moment.site, moment.visit] for g in groups]
    total = program.total(parts, 0, sum(program.ends[part][1] for part in parts))
    square = program.square(total)
    squares = [model.squares[g, moment.site, moment.visit] for g in groups]
    absent = [model.missing[g, moment.site] for g in groups if moment.site]
    for missing, when in _each_number(program, absent, spec.missing):
        low, high = spreads(moment, n - missing)
        terms = {square: -1, **dict.fromkeys(squares, n - missing)}
        program.ask(terms, low, high, demand=at, when=when)
        # n Σx² is never less than (Σx)².
        program.ask(terms, 0, None, when=when)


def _each_number(
    program: Program, absent: Sequence[int], most: int
) -> list[tuple[int, int | None]]:
    """Return each number of missing joints with a variable that is 1 there."""
    if not absent or not most:
        return [(0, None)]
    flags = [program.variable(0, 1) for _ in range(most + 1)]
    program.ask(dict.fromkeys(flags, 1), 1, 1)
    weights = {flag: -number for number, flag in enumerate(flags)}
    program.ask({**dict.fromkeys(absent, 1), **weights}, 0, 0)
    return list(enumerate(flags))


def _ask_count(model: Model, at: int, demand: Count) -> None:
    spec = model.spec
    groups = range(len(spec.groups))
    of = [
        model.counts[g, demand.level, fate][0] for g in groups for fate in demand.fates
    ]
    if not demand.share:
        terms: Mapping[int, int] = dict.fromkeys(of, 1)
        model.program.ask(terms, int(demand.low), int(demand.high), demand=at)
        return
    size = lcm(demand.low.denominator, demand.high.denominator)
    joints = spec.patients * len(spec.areas) - spec.missing
    whole = [model.counts[g, demand.level, f][0] for g in groups for f in FATES]
    for end, sign in ((demand.low, 1), (demand.high, -1)):
        factor = sign * int(end * size)
        terms = dict.fromkeys(of, sign * size)
        if demand.fates == FATES:
            model.program.ask(terms, factor * joints, None, demand=at)
            continue
        terms = {v: terms.get(v, 0) - factor for v in whole}
        model.program.ask(terms, 0, None, demand=at)
