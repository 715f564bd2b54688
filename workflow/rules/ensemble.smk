"""Cohorts that fit the printed numbers: drawn in blocks, and what they attain."""


rule draws:
    """Draw some blocks of cohorts that fit a spec."""
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
        # Not read: two files at once would both compile what draws them.
        before=ancient(FLOW.drawn_before),
    output:
        cohorts="work/{study}/draws/{spec}-{law}-{first}.npz",
    log:
        "work/logs/{study}/draws-{spec}-{law}-{first}.log",
    priority: SOON
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


rule hulls:
    """Search how far each statistic can go among the cohorts of a spec."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
        starts=FLOW.starts,
    output:
        hulls="work/{study}/hulls/hulls.npz",
    log:
        "work/logs/{study}/hulls.log",
    priority: FIRST
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage hulls \
            --study {input.study:q} \
            --config {input.config:q} \
            --facts {input.facts:q} \
            --draws work/{wildcards.study:q}/draws \
            --out {output.hulls:q} 2> {log:q}
        """


rule certificates:
    """Prove bounds that no cohort of a spec passes."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
        starts=FLOW.starts,
        hulls="work/{study}/hulls/hulls.npz",
    output:
        certificates="work/{study}/certificates/certificates.tsv",
    log:
        "work/logs/{study}/certificates.log",
    priority: FIRST
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage certificates \
            --study {input.study:q} \
            --config {input.config:q} \
            --facts {input.facts:q} \
            --draws work/{wildcards.study:q}/draws \
            --hulls {input.hulls:q} \
            --out {output.certificates:q} 2> {log:q}
        """


rule reproducer:
    """Search for cohorts with all that is printed of some columns: one part."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
        starts=FLOW.starts,
    output:
        tables=[
            f"work/{{study}}/reproducer/{{part}}/{name}.tsv"
            for name in ("reproducer", "witnesses")
        ],
    log:
        "work/logs/{study}/reproducer-{part}.log",
    priority: SOON
    wildcard_constraints:
        part="[0-9]+",
    params:
        parts=REPRODUCER_PARTS,
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage reproducer \
            --study {input.study:q} \
            --config {input.config:q} \
            --facts {input.facts:q} \
            --draws work/{wildcards.study:q}/draws \
            --part {wildcards.part:q} \
            --parts {params.parts} \
            --out work/{wildcards.study:q}/reproducer/{wildcards.part:q} 2> {log:q}
        """


rule attainable:
    """Say which values were attainable, and judge the printed numbers by them."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        config="results/config.resolved.yaml",
        facts=FLOW.facts,
        draws=FLOW.draws,
        hulls="work/{study}/hulls/hulls.npz",
        certificates="work/{study}/certificates/certificates.tsv",
        reproduced=expand(
            rules.reproducer.output.tables,
            study="{study}",
            part=range(REPRODUCER_PARTS),
        ),
    output:
        tables=[
            f"work/{{study}}/attainable/{name}.tsv"
            for name in (*ENSEMBLE_TABLES, "judged")
        ],
    log:
        "work/logs/{study}/attainable.log",
    priority: FIRST
    params:
        parts=REPRODUCER_PARTS,
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
            --hulls {input.hulls:q} \
            --certificates {input.certificates:q} \
            --reproduced work/{wildcards.study:q}/reproducer \
            --parts {params.parts} \
            --out work/{wildcards.study:q}/attainable 2> {log:q}
        """
