"""Released tables to tables, figures and reports; one rule a study and product."""

for STUDY in RUNS:
    # Of a study's cohort: study.cohort.
    NAME = STUDY.replace(BETWEEN, ".")

    rule:
        """Release tables, small cells of observed cohorts suppressed."""
        name:
            f"disclosure_{NAME}"
        localrule: True
        input:
            study=ancient(FLOW.definition_of(STUDY)),
            config="results/config.resolved.yaml",
            tables=list(FLOW.private(STUDY).values()),
        output:
            FLOW.released(STUDY),
        log:
            f"work/logs/{STUDY}/disclosure.log",
        params:
            study=STUDY,
            tables=FLOW.private_options(STUDY),
            definition=FLOW.meaning_digest(STUDY),
            source=SOURCE,
        shell:
            """
            rejia stage disclosure \
                --study {input.study:q} \
                --config {input.config:q} \
                {params.tables} \
                --out results/{params.study:q} 2> {log:q}
            """

    for PRODUCT in ["tables", "figures"]:
        if FLOW.products(STUDY, PRODUCT):

            rule:
                """Lay out the study's tables, or draw its figures."""
                name:
                    f"{PRODUCT}_{NAME}"
                localrule: True
                input:
                    study=ancient(FLOW.definition_of(STUDY)),
                    config="results/config.resolved.yaml",
                    labels=LABELS,
                    tables=FLOW.released(STUDY),
                output:
                    FLOW.products(STUDY, PRODUCT),
                log:
                    f"work/logs/{STUDY}/{PRODUCT}.log",
                priority: SOON if PRODUCT == "figures" else 0
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
        """Write the study's report and methods."""
        name:
            f"report_{NAME}"
        localrule: True
        input:
            study=ancient(FLOW.definition_of(STUDY)),
            config="results/config.resolved.yaml",
            labels=LABELS,
            tables=FLOW.released(STUDY),
            figures=FLOW.products(STUDY, "figures"),
        output:
            FLOW.reports(STUDY),
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
        """Everything of one study, without the page that leads to all of them."""
        name:
            NAME
        localrule: True
        input:
            FLOW.files(STUDY),


rule index:
    """Write the page that leads to every study's report."""
    localrule: True
    input:
        reports=[file for study in STUDIES for file in FLOW.reports_of(study)],
        labels=LABELS,
    output:
        index="results/index.html",
    log:
        "work/logs/index.log",
    params:
        studies=STUDIES,
        source=SOURCE_PRESENT,
    shell:
        """
        rejia stage index \
            --project . \
            --out {output.index:q} 2> {log:q}
        """


rule manifest:
    """Write the digests of every input and output."""
    localrule: True
    input:
        index="results/index.html",
        config="results/config.resolved.yaml",
        products=[file for study in STUDIES for file in FLOW.files(study)],
    output:
        manifest="results/manifest.json",
    log:
        "work/logs/manifest.log",
    params:
        inputs=[FLOW.project.input_digest(study) for study in STUDIES],
        source=SOURCE_PRESENT,
    shell:
        """
        rejia stage manifest \
            --project . \
            --out {output.manifest:q} 2> {log:q}
        """
