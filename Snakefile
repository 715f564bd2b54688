# Plain `snakemake` in the root runs the workflow.
module main:
    snakefile:
        "workflow/Snakefile"
    config:
        config


use rule * from main
