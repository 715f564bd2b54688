"""Estimates, results, comparison with print, and what may leave."""


rule analyses:
    """Run the study's analyses."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        facts=FLOW.facts,
        tables=FLOW.when("cohort", *expand(rules.cohort.output.tables, study="{study}")),
        scores=FLOW.when("cohort", "work/{study}/scores/scores.tsv"),
        groups=FLOW.when("cohort", "work/{study}/groups/groups.tsv"),
    output:
        estimates="work/{study}/analyses/estimates.tsv",
    log:
        "work/logs/{study}/analyses.log",
    params:
        facts=lambda wildcards, input: given("facts", input.facts),
        cohort=lambda wildcards, input: given("cohort", input.tables, folder=True),
        scores=lambda wildcards, input: given("scores", input.scores),
        groups=lambda wildcards, input: given("groups", input.groups),
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage analyses \
            --study {input.study:q} \
            {params.facts} {params.cohort} {params.scores} {params.groups} \
            --out {output.estimates:q} 2> {log:q}
        """


rule multiverse:
    """Run the scenarios that the study declares."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        tables=rules.cohort.output.tables,
        scores="work/{study}/scores/scores.tsv",
        groups="work/{study}/groups/groups.tsv",
    output:
        estimates="work/{study}/multiverse/estimates.tsv",
    log:
        "work/logs/{study}/multiverse.log",
    priority: SOON
    params:
        definition=FLOW.definition_digest,
        source=SOURCE,
    shell:
        """
        rejia stage multiverse \
            --study {input.study:q} \
            --config {input.config:q} \
            --cohort work/{wildcards.study:q}/cohort \
            --scores {input.scores:q} \
            --groups {input.groups:q} \
            --out {output.estimates:q} 2> {log:q}
        """


rule results:
    """Gather estimates and adjust p-values within families."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        estimates="work/{study}/analyses/estimates.tsv",
        scenarios=FLOW.when("multiverse", "work/{study}/multiverse/estimates.tsv"),
    output:
        results="work/{study}/results/results.tsv",
        multiverse="work/{study}/results/multiverse.tsv",
    log:
        "work/logs/{study}/results.log",
    params:
        scenarios=lambda wildcards, input: given("scenarios", input.scenarios),
        definition=FLOW.definition_digest,
        source=SOURCE,
    shell:
        """
        rejia stage results \
            --study {input.study:q} \
            --estimates {input.estimates:q} \
            {params.scenarios} \
            --out work/{wildcards.study:q}/results 2> {log:q}
        """


rule comparison:
    """Hold each printed number against what was recomputed."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        facts=FLOW.compared,
        results=FLOW.when("analyses", "work/{study}/results/results.tsv"),
        judged=FLOW.when("ensemble", "work/{study}/attainable/judged.tsv"),
    output:
        comparison="work/{study}/comparison/comparison.tsv",
    log:
        "work/logs/{study}/comparison.log",
    params:
        results=lambda wildcards, input: given("results", input.results),
        judged=lambda wildcards, input: given("judged", input.judged),
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage comparison \
            --study {input.study:q} \
            --facts {input.facts:q} \
            {params.results} {params.judged} \
            --out {output.comparison:q} 2> {log:q}
        """
