"""Studies of several cohorts: each as a study of its own, then all side by side."""

for STUDY in FLOW.gathered:

    for RUN in FLOW.project.runs_of(STUDY):

        rule:
            """Write the definition of one cohort as that of a study of its own."""
            name:
                f"definition_{RUN.replace(BETWEEN, '.')}"
            localrule: True
            input:
                study=ancient(f"config/studies/{STUDY}.yaml"),
            output:
                study=FLOW.definition_of(RUN),
            log:
                f"work/logs/{RUN}/definition.log",
            params:
                cohort=RUN.partition(BETWEEN)[2],
                definition=FLOW.meaning_digest(STUDY),
                source=SOURCE,
            shell:
                """
                rejia stage definition \
                    --study {input.study:q} \
                    --cohort {params.cohort:q} \
                    --out {output.study:q} 2> {log:q}
                """

    rule:
        """Put the released results of all cohorts together, and pool them."""
        name:
            f"gather_{STUDY}"
        localrule: True
        input:
            study=ancient(f"config/studies/{STUDY}.yaml"),
            results=FLOW.of_cohorts(STUDY),
        output:
            FLOW.gathered_tables(STUDY),
        log:
            f"work/logs/{STUDY}/gather.log",
        params:
            study=STUDY,
            definition=FLOW.meaning_digest(STUDY),
            source=SOURCE,
        shell:
            """
            rejia stage gather \
                --study {input.study:q} \
                --released results/{params.study:q} \
                --out results/{params.study:q} 2> {log:q}
            """

    for PRODUCT in ["tables", "figures"]:
        if FLOW.gathered_products(STUDY, PRODUCT):

            rule:
                """Lay out tables of all cohorts, or draw what is pooled."""
                name:
                    f"{PRODUCT}_{STUDY}"
                localrule: True
                input:
                    study=ancient(f"config/studies/{STUDY}.yaml"),
                    config="results/config.resolved.yaml",
                    labels=LABELS,
                    results=FLOW.of_cohorts(STUDY),
                    tables=FLOW.gathered_tables(STUDY),
                output:
                    FLOW.gathered_products(STUDY, PRODUCT),
                log:
                    f"work/logs/{STUDY}/{PRODUCT}.log",
                params:
                    study=STUDY,
                    product=PRODUCT,
                    definition=FLOW.meaning_digest(STUDY),
                    source=SOURCE_PRESENT,
                shell:
                    """
                    rejia stage {params.product:q} \
                        --study {input.study:q} \
                        --config {input.config:q} \
                        --labels {input.labels:q} \
                        --released results/{params.study:q} \
                        --out results/{params.study:q}/{params.product:q} 2> {log:q}
                    """

    rule:
        """Write the page of all cohorts of a study."""
        name:
            f"report_{STUDY}"
        localrule: True
        input:
            study=ancient(f"config/studies/{STUDY}.yaml"),
            config="results/config.resolved.yaml",
            labels=LABELS,
            results=FLOW.of_cohorts(STUDY),
            tables=FLOW.gathered_tables(STUDY),
            figures=FLOW.gathered_products(STUDY, "figures"),
        output:
            f"results/{STUDY}/report.html",
        log:
            f"work/logs/{STUDY}/report.log",
        params:
            study=STUDY,
            definition=FLOW.meaning_digest(STUDY),
            source=SOURCE_PRESENT,
        shell:
            """
            rejia stage report \
                --study {input.study:q} \
                --config {input.config:q} \
                --labels {input.labels:q} \
                --released results/{params.study:q} \
                --out results/{params.study:q} 2> {log:q}
            """

    rule:
        """Everything of one study of several cohorts."""
        name:
            STUDY
        localrule: True
        input:
            FLOW.files(STUDY),
