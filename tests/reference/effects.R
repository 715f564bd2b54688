# Reference values of tests/test_stats_effects.py. Run from the root of the project:
#   Rscript tests/reference/effects.R > tests/reference/effects.csv
# One line a number: function, method, arguments (vectors split by |), field, value.
suppressMessages(library(exactRankTests))
cat("#", R.version.string, "\n")
cat("# exactRankTests", format(packageVersion("exactRankTests")), "\n")
cat("#", format(Sys.Date()), "\n")
cat("function,method,arguments,field,value\n")

emit <- function(f, method, arguments, ...) {
  values <- c(...)
  text <- paste(sapply(arguments, function(a) paste(format(a, digits = 15, trim = TRUE),
                                                     collapse = " ")), collapse = "|")
  for (field in names(values))
    cat(f, ",", method, ",", text, ",", field, ",",
        format(values[[field]], digits = 17, scientific = TRUE, trim = TRUE), "\n", sep = "")
}

walsh <- function(d) {
  w <- outer(d, d, "+") / 2
  sort(w[!lower.tri(w)])
}

set.seed(20260102)
# Thousandths without ties, a share of them positive.
distinct <- function(n, positive)
  sample(5000, n) * ifelse(runif(n) < positive, 1, -1) / 1000
untied <- list(c(-0.952, 0.147, -1.022, -0.43, -0.62, -0.59, -0.49, 0.08, -0.01),
               distinct(6, 0.7), distinct(15, 0.4), distinct(31, 0.8), distinct(60, 0.55))
tied <- list(c(1, 1, 2, 3, 4, -1, 0, 0, 2, 5), sample(-3:4, 25, TRUE), sample(-9:6, 40, TRUE),
             c(2, 2, 2, 3, 3, 3, 5, 5, -1, -3))

# ---- pseudo-median
for (d in untied)
  for (confidence in c(0.95, 0.9)) {
    n <- length(d)
    test <- wilcox.test(d, exact = TRUE, conf.int = TRUE, conf.level = confidence)
    k <- qsignrank((1 - confidence) / 2, n)
    emit("pseudo_median", "exact", list(d, confidence), estimate = test$estimate[[1]],
         ci_low = test$conf.int[1], ci_high = test$conf.int[2],
         confidence = 1 - 2 * psignrank(k - 1, n))
  }
for (d in c(untied, tied)) {
  if (length(d) < 7) next
  nonzero <- d[d != 0]
  test <- suppressWarnings(wilcox.test(d, exact = FALSE, correct = FALSE, conf.int = TRUE,
                                       tol.root = 1e-13))
  emit("pseudo_median", "normal", list(d, 0.95), estimate = median(walsh(nonzero)),
       ci_low = test$conf.int[1], ci_high = test$conf.int[2])
}

# ---- shift
split_distinct <- function(m, n, shift) {
  values <- distinct(m + n, 0.5)
  list(values[1:m] + shift, values[m + 1:n] + 0.0005)
}
groups <- list(
  list(c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46),
       c(1.15, 0.88, 0.90, 0.74, 1.21)),
  split_distinct(5, 6, 1), split_distinct(20, 33, 0), split_distinct(12, 90, 0.5))
tied_groups <- list(
  list(c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30),
       c(0.878, 0.647, 0.598, 2.050, 1.060, 1.290, 1.060, 3.140, 1.290)),
  list(sample(0:6, 18, TRUE), sample(0:5, 22, TRUE)), list(sample(0:30, 11), sample(0:30, 29)),
  list(c(5, 5, 5, 6, 7), c(1, 2, 2, 3, 3, 3)))
for (g in groups)
  for (confidence in c(0.95, 0.8)) {
    test <- wilcox.test(g[[1]], g[[2]], exact = TRUE, conf.int = TRUE, conf.level = confidence)
    k <- qwilcox((1 - confidence) / 2, length(g[[1]]), length(g[[2]]))
    emit("hodges_lehmann_shift", "exact", list(g[[1]], g[[2]], confidence),
         estimate = test$estimate[[1]], ci_low = test$conf.int[1], ci_high = test$conf.int[2],
         confidence = 1 - 2 * pwilcox(k - 1, length(g[[1]]), length(g[[2]])))
  }
for (g in c(groups, tied_groups)) {
  test <- suppressWarnings(wilcox.test(g[[1]], g[[2]], exact = FALSE, correct = FALSE,
                                       conf.int = TRUE, tol.root = 1e-13))
  emit("hodges_lehmann_shift", "normal", list(g[[1]], g[[2]], 0.95),
       estimate = median(outer(g[[1]], g[[2]], "-")), ci_low = test$conf.int[1],
       ci_high = test$conf.int[2])
}
# exactRankTests gives exact limits with ties too, where the ties allow.
for (g in tied_groups[1]) {
  test <- wilcox.exact(g[[1]], g[[2]], conf.int = TRUE)
  emit("hodges_lehmann_shift", "exact", list(g[[1]], g[[2]], 0.95),
       estimate = test$estimate[[1]], ci_low = test$conf.int[1], ci_high = test$conf.int[2])
}

# ---- rank-biserial, by rank sums
for (d in c(untied, tied)) {
  nonzero <- d[d != 0]
  r <- rank(abs(nonzero))
  emit("rank_biserial_paired", "", list(d),
       estimate = (sum(r[nonzero > 0]) - sum(r[nonzero < 0])) / sum(r))
}

# ---- probability of superiority: Brunner and Munzel 2000 in ranks
pain <- list(c(3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4), c(1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1))
for (g in c(list(pain), groups, tied_groups[1:3])) {
  x <- g[[1]]; y <- g[[2]]; m <- length(x); n <- length(y)
  r <- rank(c(x, y)); rx <- r[1:m]; ry <- r[m + 1:n]
  p <- (mean(rx) - (m + 1) / 2) / n
  vx <- sum((rx - rank(x) - mean(rx) + (m + 1) / 2)^2) / (m - 1)
  vy <- sum((ry - rank(y) - mean(ry) + (n + 1) / 2)^2) / (n - 1)
  se <- sqrt(vx / (m * n^2) + vy / (n * m^2))
  df <- (m * vx + n * vy)^2 / ((m * vx)^2 / (m - 1) + (n * vy)^2 / (n - 1))
  limits <- pmin(pmax(p + c(-1, 1) * qt(0.975, df) * se, 0), 1)
  emit("probability_of_superiority", "", g, estimate = p, std_error = se, ci_low = limits[1],
       ci_high = limits[2], test_statistic = (p - 0.5) / se,
       p_value = 2 * pt(-abs(p - 0.5) / se, df))
}

# ---- standardised mean difference: noncentral t
for (g in c(groups, tied_groups)) {
  x <- g[[1]]; y <- g[[2]]
  test <- t.test(x, y, var.equal = TRUE)
  t <- test$statistic[[1]]; df <- test$parameter[[1]]
  unit <- sqrt(1 / length(x) + 1 / length(y))
  root <- function(f) uniroot(f, t + c(-9, 9), tol = 1e-13, maxiter = 10000)$root
  emit("standardized_mean_difference", "", g, estimate = t * unit, test_statistic = t,
       p_value = test$p.value, ci_low = root(function(d) pt(t, df, d) - 0.975) * unit,
       ci_high = root(function(d) pt(t, df, d) - 0.025) * unit)
}
