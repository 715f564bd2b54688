# Reference values of tests/test_stats_agreement.py. Run from the root of the project:
#   Rscript tests/reference/agreement.R > tests/reference/agreement.csv
# One line a number: function, case, choice, field, value. Lines of choice "input" hold
# a table: its rows joined by "|", cells by ";".
#
# kappa: vcd::Kappa (non-null standard errors only; those of psych are wrong). icc:
# psych::ICC without lme4. bland_altman: base R; the exact limits use its noncentral t,
# which is good for noncentralities below 37.62.
suppressMessages({
  library(vcd)
  library(psych)
})

cat("#", R.version.string, "\n")
for (package in c("vcd", "psych"))
  cat("#", package, format(packageVersion(package)), "\n")
cat("#", format(Sys.Date()), "\n")
cat("function,case,choice,field,value\n")

number <- function(value) format(value, digits = 17, scientific = TRUE, trim = TRUE)
emit <- function(f, case, choice, ...) {
  values <- c(...)
  for (field in names(values))
    cat(f, ",", case, ",", choice, ",", field, ",", number(values[[field]]), "\n", sep = "")
}
emit_input <- function(f, case, table)
  cat(f, ",", case, ",input,table,",
      paste(apply(table, 1, paste, collapse = ";"), collapse = "|"), "\n", sep = "")

# ---- weighted kappa: counts, first reader in rows

square <- function(...) matrix(c(...), sqrt(length(c(...))), byrow = TRUE)
tables <- list(
  skin = square(10, 4, 1, 0, 5, 10, 12, 2, 2, 4, 12, 5, 0, 2, 6, 13),
  carcinoma = square(22, 2, 2, 0, 5, 7, 14, 0, 0, 2, 36, 0, 0, 1, 17, 10),
  # Larsen grades 0 to 5, of which the first reader never gave 4.
  larsen = square(120, 9, 1, 0, 0, 0, 14, 40, 6, 1, 0, 0, 2, 7, 21, 3, 1, 0,
                  0, 1, 4, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3),
  # Five grades: the first reader used three, neither the fourth.
  gap = square(6, 2, 0, 0, 1, 1, 9, 1, 0, 0, 0, 3, 5, 0, 1, rep(0, 10)),
  worse_than_chance = square(1, 6, 4, 5, 2, 3, 6, 4, 1),
  two = square(8, 3, 2, 12))
weights <- c(unweighted = NA, linear = "Equal-Spacing", quadratic = "Fleiss-Cohen")
for (case in names(tables)) {
  emit_input("kappa", case, tables[[case]])
  for (choice in names(weights)) {
    fit <- if (choice == "unweighted") Kappa(tables[[case]])$Unweighted
           else Kappa(tables[[case]], weights = weights[[choice]])$Weighted
    half <- qnorm(0.975) * fit[["ASE"]]
    emit("kappa", case, choice, estimate = fit[["value"]], std_error = fit[["ASE"]],
         ci_low = fit[["value"]] - half, ci_high = fit[["value"]] + half)
  }
}

# ---- intraclass correlation: subjects in rows, readers in columns

ratings <- list(
  shrout_fleiss = rbind(c(9, 2, 5, 8), c(6, 1, 3, 2), c(8, 4, 6, 8), c(7, 1, 2, 6),
                        c(10, 5, 6, 9), c(6, 2, 4, 7)),
  poznanski = rbind(c(-1.2, -1.1), c(-0.4, -0.6), c(-2.9, -2.8), c(0.3, 0.3), c(-3.28, -3.3),
                    c(-1.75, -1.6), c(-0.1, -0.25), c(-4.1, -4.0), c(1.05, 1.1), c(-2.2, -2.4)),
  disagree = rbind(c(1, 5, 3), c(4, 2, 6), c(3, 3, 1), c(5, 1, 2), c(2, 6, 5)),
  shifted = rbind(c(1, 4), c(2, 6), c(3, 6), c(4, 8), c(6, 9), c(7, 11), c(9, 12)),
  two_subjects = rbind(c(2, 3, 2), c(7, 6, 8)))
forms <- c("1,1" = "ICC1", "A,1" = "ICC2", "C,1" = "ICC3",
           "1,k" = "ICC1k", "A,k" = "ICC2k", "C,k" = "ICC3k")
for (case in names(ratings)) {
  emit_input("icc", case, ratings[[case]])
  fit <- ICC(ratings[[case]], lmer = FALSE)$results
  for (form in names(forms)) {
    row <- fit[fit$type == forms[[form]], ]
    emit("icc", case, sub(",", "-", form), estimate = row$ICC, test_statistic = row$F,
         p_value = row$p, ci_low = row[["lower bound"]], ci_high = row[["upper bound"]])
  }
}

# ---- limits of agreement

pairs <- list(
  pefr = cbind(c(494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178,
                 423, 427),
               c(512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259,
                 350, 451)),
  three = cbind(c(1.5, 2.25, 4), c(1, 2.5, 3)),
  two = cbind(c(10, 12), c(9, 14)))
for (case in names(pairs)) {
  emit_input("bland_altman", case, pairs[[case]])
  d <- pairs[[case]][, 1] - pairs[[case]][, 2]
  n <- length(d); z <- qnorm(0.975)
  for (level in c(0.95, 0.9)) {
    test <- t.test(d, conf.level = level)
    emit("bland_altman", case, paste0("bias_", level), estimate = test$estimate[[1]],
         std_error = test$stderr, ci_low = test$conf.int[1], ci_high = test$conf.int[2],
         test_statistic = test$statistic[[1]], p_value = test$p.value)
    error <- sd(d) * sqrt(1 / n + z^2 / (2 * (n - 1)))
    t <- qt((1 + level) / 2, n - 1)
    q <- qt(c(1 - level, 1 + level) / 2, n - 1, z * sqrt(n)) * sd(d) / sqrt(n)
    for (side in c("low", "high")) {
      limit <- mean(d) + (if (side == "low") -1 else 1) * z * sd(d)
      emit("bland_altman", case, paste0("approximate_", level, "_", side), estimate = limit,
           std_error = error, ci_low = limit - t * error, ci_high = limit + t * error)
      exact <- if (side == "low") mean(d) - rev(q) else mean(d) + q
      emit("bland_altman", case, paste0("exact_", level, "_", side), estimate = limit,
           ci_low = exact[1], ci_high = exact[2])
    }
  }
}
