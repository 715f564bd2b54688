"""The same analyses over declared choices: thresholds, exchange, follow-up."""
