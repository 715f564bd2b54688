"""Printed numbers: held against each other."""


rule config:
    """Write the configuration as it was understood."""
    localrule: True
    input:
        config=ancient("config/config.yaml"),
    output:
        config="results/config.resolved.yaml",
    log:
        "work/logs/config.log",
    priority: FIRST
    params:
        definition=FLOW.project.config.model_dump_json(),
        source=SOURCE,
    shell:
        """
        rejia stage config \
            --config {input.config:q} \
            --out {output.config:q} 2> {log:q}
        """


rule audit:
    """Check the printed numbers of a study against each other."""
    localrule: True
    input:
        study=ancient(FLOW.definition),
        facts=FLOW.facts,
    output:
        findings="work/{study}/audit/audit.tsv",
        conflicts="work/{study}/audit/conflicts.tsv",
    log:
        "work/logs/{study}/audit.log",
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage audit \
            --study {input.study:q} \
            --facts {input.facts:q} \
            --out {output.findings:q} \
            --conflicts {output.conflicts:q} 2> {log:q}
        """


rule joint_conflicts:
    """Add what the grades of joints rule out to the conflicts of a study."""
    input:
        study=ancient("config/studies/{study}.yaml"),
        facts=FLOW.facts,
        conflicts="work/{study}/audit/conflicts.tsv",
    output:
        conflicts="work/{study}/audit/joint_conflicts.tsv",
    log:
        "work/logs/{study}/joint_conflicts.log",
    priority: SOON
    params:
        definition=FLOW.definition_digest,
        data=FLOW.data_digest,
        source=SOURCE,
    shell:
        """
        rejia stage joint_conflicts \
            --study {input.study:q} \
            --facts {input.facts:q} \
            --conflicts {input.conflicts:q} \
            --out {output.conflicts:q} 2> {log:q}
        """
