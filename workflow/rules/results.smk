"""Estimates, results, comparison with print, and what may leave."""


rule analyses:
    """Run the study's analyses."""
    input:
        study=ancient("config/studies/{study}.yaml"),
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


rule results:
    """Gather estimates and adjust p-values within families."""
    input:
        study=ancient("config/studies/{study}.yaml"),
        estimates="work/{study}/analyses/estimates.tsv",
    output:
        results="work/{study}/results/results.tsv",
        multiverse="work/{study}/results/multiverse.tsv",
    log:
        "work/logs/{study}/results.log",
    params:
        definition=FLOW.definition_digest,
        source=SOURCE,
    shell:
        """
        rejia stage results \
            --study {input.study:q} \
            --estimates {input.estimates:q} \
            --out work/{wildcards.study:q}/results 2> {log:q}
        """


rule comparison:
    """Hold each printed number against what was recomputed."""
    input:
        study=ancient("config/studies/{study}.yaml"),
        facts=FLOW.compared,
        results=FLOW.when("analyses", "work/{study}/results/results.tsv"),
    output:
        comparison="work/{study}/comparison/comparison.tsv",
    log:
        "work/logs/{study}/comparison.log",
    params:
        results=lambda wildcards, input: given("results", input.results),
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage comparison \
            --study {input.study:q} \
            --facts {input.facts:q} \
            {params.results} \
            --out {output.comparison:q} 2> {log:q}
        """
