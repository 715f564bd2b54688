"""Cohorts that fit the printed numbers: drawn in blocks, and what they attain."""


rule draws:
    """Draw some blocks of cohorts that fit a spec."""
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
    output:
        cohorts="work/{study}/draws/{spec}-{law}-{first}.npz",
    log:
        "work/logs/{study}/draws-{spec}-{law}-{first}.log",
    wildcard_constraints:
        spec="[a-z][a-z0-9_]*",
        law="uniform|gamma|lognormal",
        first="[0-9]+",
    params:
        cohorts=FLOW.draw_size,
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    resources:
        mem_mb=1000,
        runtime=30,
    shell:
        """
        rejia stage draws \
            --study {input.study:q} \
            --config {input.config:q} \
            --facts {input.facts:q} \
            --spec {wildcards.spec:q} \
            --law {wildcards.law:q} \
            --first {wildcards.first:q} \
            --cohorts {params.cohorts} \
            --out {output.cohorts:q} 2> {log:q}
        """


rule attainable:
    """Say which values were attainable, and judge the printed numbers by them."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
        draws=FLOW.draws,
    output:
        tables=[
            f"work/{{study}}/attainable/{name}.tsv"
            for name in (*ENSEMBLE_TABLES, "judged")
        ],
    log:
        "work/logs/{study}/attainable.log",
    threads: 2
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    resources:
        mem_mb=2000,
    shell:
        """
        rejia stage attainable \
            --study {input.study:q} \
            --config {input.config:q} \
            --facts {input.facts:q} \
            --draws work/{wildcards.study:q}/draws \
            --jobs {threads} \
            --out work/{wildcards.study:q}/attainable 2> {log:q}
        """
