# Rubin's rules by mice::pool.scalar (R package mice); writes rubin.csv beside this file.
# Each row is one pooled parameter: estimates and variances of m data sets, joined by ;.
# Run: Rscript tests/reference/rubin.R
suppressMessages(library(mice))
set.seed(1987)
file <- sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))
made <- NULL
add <- function(q, u, n, k) {
  p <- pool.scalar(q, u, n = n, k = k, rule = "rubin1987")
  show <- function(x) paste(format(x, digits = 17, trim = TRUE), collapse = ";")
  made <<- rbind(made, data.frame(
    estimates = show(q), variances = show(u), n = n, k = k, mice = as.character(packageVersion("mice")),
    qbar = show(p$qbar), ubar = show(p$ubar), b = show(p$b), t = show(p$t),
    df = show(p$df), fmi = show(p$fmi)))
}
for (m in c(2, 5, 20, 50)) for (n in c(12, 40, 400, 1e5)) {
  add(rnorm(m, 1, 0.3), runif(m, 0.05, 0.4), n, 1)
  add(rnorm(m, -2, 2), runif(m, 0.5, 0.6), n, 4)
}
# The example of the package's manual: nhanes, regression of bmi on age.
imp <- mice(nhanes, print = FALSE, m = 10, seed = 18210)
fits <- with(imp, lm(bmi ~ age))$analyses
q <- sapply(fits, function(f) coef(f)[["age"]])
u <- sapply(fits, function(f) vcov(f)["age", "age"])
add(q, u, 25, 2)
# pool() itself must say the same of that model.
whole <- summary(pool(with(imp, lm(bmi ~ age))))
last <- made[nrow(made), ]
stopifnot(abs(whole$df[2] - as.numeric(last$df)) < 1e-9,
          abs(whole$std.error[2] - sqrt(as.numeric(last$t))) < 1e-9)
write.csv(made, file.path(dirname(file), "rubin.csv"), row.names = FALSE, quote = FALSE)
