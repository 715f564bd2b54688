# Reference values of tests/test_stats_pooling.py. Run from the root of the project:
#   Rscript tests/reference/pooling.R > tests/reference/pooling.csv
# One line a number: case, method, interval, field, value. Lines of method "input" hold
# estimates and standard errors, joined by ";".
#
# metafor: rma with DL and REML, test z and knha, confint (Q-profile). Its predict takes
# k - 1 degrees of freedom; the prediction interval of Higgins 2009 (k - 2) is made here
# of its mean, standard error and tau2.
suppressMessages(library(metafor))

cat("#", R.version.string, "\n")
cat("# metafor", format(packageVersion("metafor")), "\n")
cat("case,method,interval,field,value\n")

bcg <- escalc("OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
stay <- escalc("MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i,
               n2i = n2i, data = dat.normand1999)
cases <- list(
  bcg = list(y = bcg$yi, s = sqrt(bcg$vi)),
  stay = list(y = stay$yi, s = sqrt(stay$vi)),
  smoke = list(y = dat.hackshaw1998$yi[1:12], s = sqrt(dat.hackshaw1998$vi[1:12])),
  alike = list(y = c(0.31, 0.29, 0.33, 0.30), s = c(0.2, 0.3, 0.25, 0.4)),
  apart = list(y = c(-0.9, 0.1, 1.4), s = c(0.2, 0.1, 0.3)),
  two = list(y = c(0.2, 0.9), s = c(0.25, 0.2))
)
number <- function(value) format(value, digits = 15, scientific = TRUE, trim = TRUE)
tight <- list(threshold = 1e-10, maxiter = 10000, stepadj = 0.5)
for (name in names(cases)) {
  y <- as.numeric(cases[[name]]$y)
  s <- as.numeric(cases[[name]]$s)
  for (field in c("estimates", "std_errors"))
    cat(name, ",input,,", field, ",",
        paste(number(if (field == "estimates") y else s), collapse = ";"), "\n",
        sep = "")
  for (method in c("DL", "REML")) for (test in c("z", "knha")) {
    fit <- suppressWarnings(rma(y, sei = s, method = method, test = test,
                                control = tight))
    values <- c(estimate = unname(fit$b[1]), std_error = fit$se, ci_low = fit$ci.lb,
                ci_high = fit$ci.ub, test_statistic = fit$zval, p_value = fit$pval,
                tau2 = fit$tau2, i2 = fit$I2 / 100, q = fit$QE, q_p_value = fit$QEp)
    if (length(y) > 2) {
      reach <- qt(0.975, length(y) - 2) * sqrt(fit$tau2 + fit$se^2)
      values <- c(values, prediction_low = values[["estimate"]] - reach,
                  prediction_high = values[["estimate"]] + reach)
    }
    range <- suppressWarnings(
      confint(fit, control = list(tol = 1e-13, tau2.max = 1e6)))$random["tau^2", ]
    values <- c(values, tau2_low = range[["ci.lb"]], tau2_high = range[["ci.ub"]])
    for (field in names(values))
      cat(name, method, test, field, paste0(number(values[[field]]), "\n"), sep = ",")
  }
}
