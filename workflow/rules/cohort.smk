"""Patients: canonical tables, scores, groups."""


rule ensemble:
    """Draw one cohort that is consistent with the printed numbers."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
    output:
        tables=[f"work/{{study}}/ensemble/{name}.tsv" for name in COHORT_TABLES],
    log:
        "work/logs/{study}/ensemble.log",
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage ensemble \
            --study {input.study:q} \
            --config {input.config:q} \
            --facts {input.facts:q} \
            --out work/{wildcards.study:q}/ensemble 2> {log:q}
        """


rule cohort:
    """Read and check a cohort, drawn or from files."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        files=FLOW.cohort,
        references=FLOW.references,
    output:
        tables=[f"work/{{study}}/cohort/{name}.tsv" for name in COHORT_TABLES],
        flow="work/{study}/cohort/flow.tsv",
    log:
        "work/logs/{study}/cohort.log",
    params:
        cohort=FLOW.cohort_source,
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage cohort \
            --study {input.study:q} \
            --cohort {params.cohort:q} \
            --data data \
            --out work/{wildcards.study:q}/cohort 2> {log:q}
        """


rule scores:
    """Derive every score that the study declares."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        tables=rules.cohort.output.tables,
        references=FLOW.references,
    output:
        scores="work/{study}/scores/scores.tsv",
    log:
        "work/logs/{study}/scores.log",
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage scores \
            --study {input.study:q} \
            --cohort work/{wildcards.study:q}/cohort \
            --data data \
            --out {output.scores:q} 2> {log:q}
        """


rule groups:
    """Group the patients by the change of the study's outcome."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        tables=rules.cohort.output.tables,
        scores="work/{study}/scores/scores.tsv",
    output:
        groups="work/{study}/groups/groups.tsv",
    log:
        "work/logs/{study}/groups.log",
    params:
        definition=FLOW.definition_digest,
        source=SOURCE,
    shell:
        """
        rejia stage groups \
            --study {input.study:q} \
            --cohort work/{wildcards.study:q}/cohort \
            --scores {input.scores:q} \
            --out {output.groups:q} 2> {log:q}
        """
