# Reference values of tests/test_stats_proportions.py. Run from the root of the project:
#   Rscript tests/reference/proportions.R > tests/reference/proportions.csv
# One line a number: function, method, arguments (rows of a table split by |), field, value.
suppressMessages({
  library(epiR)
  library(vcd)
})

cat("#", R.version.string, "\n")
for (package in c("epiR", "vcd"))
  cat("#", package, format(packageVersion(package)), "\n")
cat("#", format(Sys.Date()), "\n")
cat("function,method,arguments,field,value\n")

line <- function(f, method, arguments, field, value)
  cat(f, method, paste(arguments, collapse = " "), field,
      format(value, digits = 17, scientific = TRUE, trim = TRUE), sep = ",", fill = FALSE)
emit <- function(f, method, arguments, ...) {
  values <- c(...)
  for (field in names(values)) {
    line(f, method, arguments, field, values[[field]])
    cat("\n")
  }
}

# ---- proportion
for (case in list(c(81, 263), c(15, 148), c(0, 20), c(1, 29), c(29, 29), c(1, 1), c(7, 11),
                  c(250, 1000), c(3, 100000)))
  for (confidence in c(0.95, 0.9)) {
    x <- case[1]; n <- case[2]; half <- (1 - confidence) / 2
    arguments <- c(x, n, confidence)
    wilson <- prop.test(x, n, conf.level = confidence, correct = FALSE)$conf.int
    emit("proportion", "wilson", arguments, ci_low = wilson[1], ci_high = wilson[2])
    exact <- binom.test(x, n, conf.level = confidence)$conf.int
    emit("proportion", "clopper_pearson", arguments, ci_low = exact[1], ci_high = exact[2])
    emit("proportion", "jeffreys", arguments,
         ci_low = if (x == 0) 0 else qbeta(half, x + 0.5, n - x + 0.5),
         ci_high = if (x == n) 1 else qbeta(half, x + 0.5, n - x + 0.5, lower.tail = FALSE))
  }

# ---- risk difference: Wilson limits of prop.test, joined as in Newcombe 1998
for (case in list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(0, 10, 0, 10), c(10, 10, 0, 20),
                  c(64, 75, 9, 37), c(1, 40, 0, 3))) {
  p <- case[1] / case[2]; q <- case[3] / case[4]
  w <- prop.test(case[1], case[2], correct = FALSE)$conf.int
  v <- prop.test(case[3], case[4], correct = FALSE)$conf.int
  emit("risk_difference", "newcombe", case, estimate = p - q,
       ci_low = p - q - sqrt((p - w[1])^2 + (v[2] - q)^2),
       ci_high = p - q + sqrt((w[2] - p)^2 + (q - v[1])^2))
}

# ---- odds ratio
tables <- list(c(3, 1, 1, 3), c(2, 15, 10, 3), c(141, 420, 928, 13525), c(5, 6, 7, 22),
               c(1, 9, 11, 3), c(24, 16, 12, 31), c(9, 2, 3, 26))
for (case in tables) {
  m <- matrix(case, 2, byrow = TRUE)
  logarithm <- loddsratio(m)
  se <- sqrt(vcov(logarithm))[1]
  wald <- epi.2by2(m, method = "case.control")$massoc.detail$OR.strata.wald
  emit("odds_ratio_2x2", "woolf", case, estimate = exp(coef(logarithm)[[1]]), std_error = se,
       ci_low = exp(confint(logarithm)[1]), ci_high = exp(confint(logarithm)[2]))
  emit("odds_ratio_2x2", "woolf_epiR", case, estimate = wald$est, ci_low = wald$lower,
       ci_high = wald$upper)
}

# fisher.test finds its estimate and limits to 1e-4; here to the last digits. The
# noncentral distribution is made of dhyper, as in fisher.test.
exact_odds_ratio <- function(case, confidence = 0.95) {
  m <- case[1] + case[3]; n <- case[2] + case[4]; k <- case[1] + case[2]; x <- case[1]
  support <- max(0, k - n):min(k, m)
  central <- dhyper(support, m, n, k, log = TRUE)
  density <- function(t) {
    d <- central + t * support
    d <- exp(d - max(d))
    d / sum(d)
  }
  root <- function(f) uniroot(f, c(-40, 40), tol = 1e-15, maxiter = 10000)$root
  half <- (1 - confidence) / 2
  c(estimate = if (x == min(support)) 0 else if (x == max(support)) Inf
      else exp(root(function(t) sum(density(t) * support) - x)),
    ci_low = if (x == min(support)) 0
      else exp(root(function(t) log(sum(density(t)[support >= x])) - log(half))),
    ci_high = if (x == max(support)) Inf
      else exp(root(function(t) log(sum(density(t)[support <= x])) - log(half))))
}
for (case in c(tables, list(c(0, 12, 5, 9), c(8, 0, 3, 6), c(0, 3, 4, 0), c(400, 600, 300, 700)))) {
  test <- fisher.test(matrix(case, 2, byrow = TRUE))
  emit("odds_ratio_2x2", "exact", case, exact_odds_ratio(case), p_value = test$p.value)
  emit("odds_ratio_2x2", "fisher.test", case, estimate = test$estimate[[1]],
       ci_low = test$conf.int[1], ci_high = test$conf.int[2])
}

# ---- Fisher's exact test, r x c
job <- matrix(c(1, 2, 1, 0, 3, 3, 6, 1, 10, 10, 14, 9, 6, 7, 12, 11), 4, byrow = TRUE)
mp6 <- rbind(c(1, 2, 2, 1, 1, 0, 1), c(2, 0, 0, 2, 3, 0, 0), c(0, 1, 1, 1, 2, 7, 3),
             c(1, 1, 2, 0, 0, 0, 1), c(0, 1, 1, 1, 1, 0, 0))
set.seed(20260101)
random <- lapply(1:40, function(i) {
  r <- sample(2:4, 1); k <- sample(2:5, 1)
  repeat {
    m <- matrix(rpois(r * k, sample(c(0.7, 2, 4), 1)), r)
    if (all(rowSums(m) > 0) && all(colSums(m) > 0)) return(m)
  }
})
by_row <- function(m) paste(apply(m, 1, paste, collapse = " "), collapse = "|")
for (m in c(list(job, mp6, matrix(c(1, 2, 3, 4), 2), matrix(c(9, 2, 0, 4, 12, 3, 1, 7, 2), 3),
                 matrix(c(150, 20, 5, 60, 55, 12, 8, 30, 58), 3),
                 matrix(c(7, 4, 9, 5, 3, 8, 6, 7, 5, 9, 4, 8, 6, 5, 10, 4), 4),
                 matrix(c(12, 20, 9, 203, 51, 30, 42, 16, 15), 3)), random))
  emit("fisher_exact", "", by_row(m), p_value = fisher.test(m, workspace = 2e7)$p.value)

# ---- McNemar
for (case in list(c(1, 7), c(150, 86), c(5, 6), c(4, 4), c(0, 6), c(12, 0), c(1, 0), c(40, 22))) {
  m <- matrix(c(10, case[2], case[1], 10), 2)
  b <- case[1]; n <- sum(case)
  plain <- mcnemar.test(m, correct = FALSE)
  corrected <- mcnemar.test(m, correct = TRUE)
  emit("mcnemar", "chi2", case, test_statistic = plain$statistic[[1]], p_value = plain$p.value)
  emit("mcnemar", "chi2_corrected", case, test_statistic = corrected$statistic[[1]],
       p_value = corrected$p.value)
  exact <- binom.test(b, n)
  emit("mcnemar", "exact", case, p_value = exact$p.value,
       ci_low = exact$conf.int[1] / (1 - exact$conf.int[1]),
       ci_high = exact$conf.int[2] / (1 - exact$conf.int[2]))
  tail <- min(b, n - b)
  emit("mcnemar", "mid_p", case,
       p_value = min(1, 2 * (pbinom(tail, n, 0.5) - dbinom(tail, n, 0.5) / 2)))
  wilson <- prop.test(b, n, correct = FALSE)$conf.int
  emit("mcnemar", "chi2", case, ci_low = wilson[1] / (1 - wilson[1]),
       ci_high = wilson[2] / (1 - wilson[2]))
}

# ---- Cochran-Armitage
trends <- list(list(c(83, 90, 129, 70), c(86, 93, 136, 82), 1:4),
               list(c(48, 38, 5, 1, 1), c(17114, 14502, 793, 127, 38), c(0, 0.5, 1.5, 4, 7)),
               list(c(0, 3), c(7, 9), c(0, 1)), list(c(5, 5, 5), c(10, 10, 10), c(1, 2, 4)))
for (case in trends) {
  test <- prop.trend.test(case[[1]], case[[2]], case[[3]])
  slope <- coef(lm(I(case[[1]] / case[[2]]) ~ case[[3]], weights = case[[2]]))[[2]]
  emit("cochran_armitage", "", paste(sapply(case, paste, collapse = " "), collapse = "|"),
       chi_square = test$statistic[[1]], p_value = test$p.value, estimate = slope)
}
