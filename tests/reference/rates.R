# Reference values of tests/test_stats_rates.py and test_stats_multiplicity.py.
# Run from the root of the project:
#   Rscript tests/reference/rates.R > tests/reference/rates.csv
# One line a number: function, method, arguments (vectors split by |), field, value.
suppressMessages(library(epiR))
cat("#", R.version.string, "\n")
cat("# epiR", format(packageVersion("epiR")), "\n")
cat("#", format(Sys.Date()), "\n")
cat("function,method,arguments,field,value\n")

emit <- function(f, method, arguments, ...) {
  values <- c(...)
  for (field in names(values))
    cat(f, ",", method, ",", paste(arguments, collapse = " "), ",", field, ",",
        format(values[[field]], digits = 17, scientific = TRUE, trim = TRUE), "\n", sep = "")
}

for (case in list(c(10, 250), c(0, 12.5), c(1, 1), c(137, 24.19893), c(3, 1e6), c(2500, 40)))
  for (confidence in c(0.95, 0.9)) {
    test <- poisson.test(case[1], case[2], conf.level = confidence)
    emit("poisson_rate", "", c(case, confidence), estimate = test$estimate[[1]],
         ci_low = test$conf.int[1], ci_high = test$conf.int[2])
    garwood <- epi.conf(cbind(case[1], case[2]), ctype = "inc.rate", method = "exact", N = 1e9,
                        design = 1, conf.level = confidence)
    emit("poisson_rate", "epiR", c(case, confidence), ci_low = garwood$lower,
         ci_high = garwood$upper)
  }

for (case in list(c(11, 800, 21, 3011), c(2, 17877, 10, 20000), c(41, 28010, 15, 19017),
                  c(0, 30, 5, 20), c(6, 30, 0, 20), c(1, 1, 1, 1), c(300, 120.5, 250, 119.25),
                  c(40, 3, 3, 30))) {
  test <- poisson.test(case[c(1, 3)], case[c(2, 4)])
  emit("rate_ratio", "", case, estimate = test$estimate[[1]], ci_low = test$conf.int[1],
       ci_high = test$conf.int[2], p_value = test$p.value)
}

p <- list(c(0.01, 0.04, 0.03), c(0.0001, 0.2, 0.2, 0.9, 0.013), c(0.05), c(1, 0, 0.5),
          c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216))
for (values in p)
  for (m in length(values) + c(0, 1, 10))
    for (method in c("bonferroni", "holm", "BH")) {
      adjusted <- p.adjust(values, method, n = m)
      names(adjusted) <- seq_along(adjusted)
      emit("adjust", method, paste(paste(values, collapse = " "), m, sep = "|"), adjusted)
    }
