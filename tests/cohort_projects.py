"""A study of three small cohorts, written in three ways, for tests."""

import shutil
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
COHORTS = {"north": 80, "south": 60, "west": 70}
STUDY = """
study: three
title: One definition, three hospitals
citation: three
sources:
  columns:
    id: patient
    sex: {column: sex, levels: {"1": male, "2": female}}
    age: age
    "damage_{visit}": {variable: damage}
  names: {visit: {"0": before, "1": after}}
cohorts:
  - {name: north, label: Northern hospital, cohort: cohorts/three/north.csv}
  - name: south
    label: Southern hospital
    cohort: cohorts/three/south.csv
    decimal: ","
    delimiter: ";"
    columns:
      Kennung: patient
      Geschlecht: {column: sex, levels: {m: male, w: female}}
      Alter: age
      "Schaden_{visit}": {variable: damage}
    names: {visit: {vor: before, nach: after}}
  - {name: west, label: Western hospital, cohort: cohorts/three/west.csv}
pooling: {analyses: [risk, describe]}
visits: {before: {label: Before}, after: {label: After}}
variables:
  sex: {label: Sex, per: patient, levels: [female, male]}
  female: {label: Female, per: patient, indicator_of: sex, level: female}
  age: {label: Age, unit: years, step: 0.1, min: 0, max: 20, per: patient}
  damage: {label: Damage, step: 1, min: 0, max: 60, worse: high}
groups:
  outcome: damage
  from: before
  to: after
  labels: {improved: A, unchanged: B, worsened: C}
  merges: {A+B: [A, B]}
families: {risk: {m: 2, method: holm}, paired: {m: 1, method: none}}
analyses:
  - id: describe
    test: describe
    outcomes: [sex, age, damage]
    visits: [before, after]
    groups: [all]
  - id: paired
    test: signed_rank
    outcomes: [damage]
    visit: after
    ref_visit: before
    convention: r-4.5
    family: paired
  - id: risk
    test: logistic
    event: {group: C}
    predictors: [age, female]
    inference: wald
    each: true
    family: risk
tables: [baseline_by_group, before_after, risk_factors]
"""


def write_project(folder: Path, *, formats: str = "[csv, html]") -> Path:
    """Write a project with the study and its three files of patients; seeded."""
    config, data = folder / "config", folder / "data" / "cohorts" / "three"
    (config / "studies").mkdir(parents=True)
    data.mkdir(parents=True)
    shutil.copy(ROOT / "config" / "labels.yaml", config / "labels.yaml")
    (config / "config.yaml").write_text(
        f"seed: 7\nformats: {{tables: {formats}, figures: [svg]}}\n"
    )
    (config / "studies" / "three.yaml").write_text(STUDY)
    rng = np.random.default_rng(20)
    for name, n in COHORTS.items():
        age = rng.integers(10, 180, n) / 10
        is_female = rng.random(n) < 0.6
        before = rng.integers(2, 30, n)
        steps = np.where(rng.random(n) < 0.2 + 0.03 * age, 3, -2)
        after = np.clip(before + steps * (rng.random(n) < 0.8), 0, 60)
        is_south = name == "south"
        sign, comma = (";", ",") if is_south else (",", ".")
        head = ["id", "sex", "age", "damage_0", "damage_1"]
        if is_south:
            head = ["Kennung", "Geschlecht", "Alter", "Schaden_vor", "Schaden_nach"]
        sexes = ("w", "m") if is_south else ("2", "1")
        lines = [sign.join(head)]
        for place in range(n):
            sex = sexes[0] if is_female[place] else sexes[1]
            cells = [f"{name[0]}{place + 1}", sex, str(age[place]).replace(".", comma)]
            cells += [str(before[place]), str(after[place])]
            lines.append(sign.join(cells))
        (data / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder
