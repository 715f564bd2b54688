# Reference values of tests/test_stats_models.py. Run from the root of the project:
#   Rscript tests/reference/models.R > tests/reference/models.csv
# One line a number: case, inference, term, field, value. Lines of inference "input" hold
# a column of the data, joined by ";". Log odds ratios, not odds ratios.
#
# wald: glm. profile: root of the deviance of glm with the coefficient as an offset;
# profile_mass: confint, which interpolates. firth: penalised likelihood maximised here
# over the other coefficients (base R, not logistf, which Debian lacks); brglm2: its
# coefficients and standard errors. delong: pROC.
suppressMessages({
  library(MASS)
  library(brglm2)
  library(pROC)
})

cat("#", R.version.string, "\n")
for (package in c("MASS", "brglm2", "pROC"))
  cat("#", package, format(packageVersion(package)), "\n")
cat("#", format(Sys.Date()), "\n")
cat("case,inference,term,field,value\n")

number <- function(value) format(value, digits = 17, scientific = TRUE, trim = TRUE)
emit <- function(case, inference, term, ...) {
  values <- c(...)
  for (field in names(values))
    cat(case, ",", inference, ",", term, ",", field, ",", number(values[[field]]), "\n",
        sep = "")
}
emit_input <- function(case, columns)
  for (name in names(columns))
    cat(case, ",input,", name, ",values,", paste(columns[[name]], collapse = ";"), "\n",
        sep = "")

# ---- data

# Quasi-separated: Heinze and Schemper 2002, from brglm2.
data(endometrial, package = "brglm2")
endometrial <- endometrial[c("HG", "NV", "PI", "EH")]

# Quasi-separated: urinary infections of Foxman et al. 1997, the example of logistf.
# Each pattern: case age oc vic vicl vis dia, and how often.
sex2 <- paste(
  "0000010*1 0001000*2 0001010*1 0001100*8 0001110*18 0010000*42 0010010*1 0011000*1",
  "0011100*5 0011110*6 0101100*2 0101110*4 0110000*14 0110010*1 0111000*1 0111110*2",
  "1000010*1 1001000*14 1001010*3 1001100*10 1001110*12 1001111*1 1010000*44 1010001*3",
  "1011000*15 1011001*1 1011010*2 1011100*7 1011110*3 1101000*2 1101010*1 1101011*1",
  "1101100*1 1101111*1 1110000*5 1111000*3")
sex2 <- strsplit(strsplit(sex2, " ")[[1]], "*", fixed = TRUE)
sex2 <- do.call(rbind, lapply(sex2, function(pattern)
  matrix(as.numeric(strsplit(pattern[1], "")[[1]]), as.numeric(pattern[2]), 7, byrow = TRUE)))
colnames(sex2) <- c("case", "age", "oc", "vic", "vicl", "vis", "dia")
sex2 <- as.data.frame(sex2)

births <- with(birthwt, data.frame(low, age, lwt, smoke, ht, ui))

# Forty patients as of the study: nothing separated, one predictor in hundreds.
cohort <- data.frame(
  worse = c(1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1,
            0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0),
  age_onset = c(9.1, 2.4, 3.3, 7.8, 1.9, 4.5, 6.2, 8.8, 2.2, 5.1, 3.9, 4.4, 1.2, 6.6, 10.3,
                2.8, 3.1, 7.2, 0.9, 5.7, 4.1, 2.6, 12.4, 3.5, 8.1, 1.7, 5.5, 6.9, 2.1, 4.8,
                9.6, 3.0, 4.2, 1.1, 7.4, 2.9, 11.2, 3.8, 6.0, 5.2),
  female = c(1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1,
             0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0),
  mmp3 = c(412, 120, 96, 388, 51, 240, 333, 502, 77, 180, 460, 90, 44, 310, 520, 133, 208,
           295, 39, 88, 171, 65, 610, 142, 405, 58, 222, 350, 101, 199, 480, 74, 260, 48,
           342, 119, 155, 230, 305, 166))

complete <- data.frame(
  event = c(0, 0, 0, 0, 0, 1, 1, 1, 1),
  dose = c(1.5, 2.5, 0.5, 3.0, 2.0, 4.5, 5.0, 3.5, 6.0),
  age = c(3, 9, 4, 6, 2, 5, 8, 3, 7))

cases <- list(endometrial = endometrial, sex2 = sex2, births = births, cohort = cohort,
              univariable = cohort[c("worse", "age_onset")], complete = complete)

# Coefficients without a finite maximum-likelihood estimate.
infinite <- list(endometrial = "NV", sex2 = "dia", complete = c("dose", "age"))

# ---- likelihoods

quantile <- qnorm(0.975)

held_deviance <- function(x, y, j, value) {
  fit <- suppressWarnings(glm.fit(
    x[, -j, drop = FALSE], y, offset = value * x[, j], family = binomial(),
    control = list(epsilon = 1e-15, maxit = 500)))
  fit$deviance
}

penalised <- function(x, y, b) {
  eta <- drop(x %*% b)
  w <- plogis(eta) * plogis(-eta)
  sum(ifelse(y == 1, plogis(eta, log.p = TRUE), plogis(-eta, log.p = TRUE))) +
    0.5 * as.numeric(determinant(crossprod(x * sqrt(w)))$modulus)
}
# Modified scores of Firth 1993, scoring with the Fisher information, halved steps.
maximise <- function(x, y, b, free) {
  for (iteration in 1:5000) {
    p <- plogis(drop(x %*% b)); w <- p * (1 - p)
    information <- crossprod(x * sqrt(w))
    h <- w * rowSums((x %*% solve(information)) * x)
    score <- drop(crossprod(x, y - p + h * (0.5 - p)))[free]
    if (max(abs(score)) < 1e-11 * max(abs(x))) break
    step <- rep(0, length(b))
    step[free] <- solve(information[free, free], score)
    old <- penalised(x, y, b)
    while (max(abs(step)) > 1e-15 && penalised(x, y, b + step) < old - 1e-13) step <- step / 2
    b <- b + step
  }
  b
}

# Where a function that is negative at `from` becomes zero, walking in equal steps.
root <- function(f, from, step) {
  while (f(from + step) < 0) from <- from + step
  uniroot(f, sort(c(from, from + step)), tol = 1e-13, maxiter = 1000)$root
}
# The root of a deviance, less the normal quantile.
beyond <- function(deviance) function(value) sqrt(max(0, deviance(value))) - quantile

# ---- cases

for (case in names(cases)) {
  data <- cases[[case]]
  emit_input(case, data)
  y <- data[[1]]
  x <- cbind(1, as.matrix(data[-1]))
  fit <- suppressWarnings(glm.fit(x, y, family = binomial(),
                                  control = list(epsilon = 1e-15, maxit = 500)))
  model <- suppressWarnings(glm(reformulate(names(data)[-1], names(data)[1]), binomial(), data,
                                control = list(epsilon = 1e-14, maxit = 200)))
  mass <- if (is.null(infinite[[case]])) suppressMessages(confint(model))
  brglm <- glm(reformulate(names(data)[-1], names(data)[1]), binomial(), data,
               method = brglmFit, type = "AS_mean", epsilon = 1e-13, maxit = 5000)
  firth <- maximise(x, y, rep(0, ncol(x)), rep(TRUE, ncol(x)))
  top <- penalised(x, y, firth)
  errors <- sqrt(diag(solve(crossprod(x * sqrt(dlogis(drop(x %*% firth)))))))
  for (j in 2:ncol(x)) {
    term <- names(data)[j]
    row <- summary(model)$coefficients[j, ]
    deviance <- function(value) held_deviance(x, y, j, value) - fit$deviance
    statistic <- deviance(0)
    if (!term %in% infinite[[case]]) {
      emit(case, "wald", term, estimate = row[[1]], std_error = row[[2]],
           ci_low = row[[1]] - quantile * row[[2]], ci_high = row[[1]] + quantile * row[[2]],
           test_statistic = row[[3]], p_value = row[[4]])
      emit(case, "profile", term, estimate = row[[1]], std_error = row[[2]],
           ci_low = root(beyond(deviance), row[[1]], -row[[2]]),
           ci_high = root(beyond(deviance), row[[1]], row[[2]]),
           test_statistic = statistic, p_value = pchisq(statistic, 1, lower.tail = FALSE))
      if (!is.null(mass))
        emit(case, "profile_mass", term, ci_low = mass[j, 1], ci_high = mass[j, 2])
    } else {
      emit(case, "profile_one_sided", term, test_statistic = statistic,
           p_value = pchisq(statistic, 1, lower.tail = FALSE))
      # The finite limit, if the likelihood says which side it is on.
      side <- sign(row[[1]])
      if (statistic > 1e-6) {
        step <- side * 0.5 / sd(x[, j])
        f <- beyond(deviance)
        emit(case, "profile_one_sided", term, direction = side,
             limit = if (f(0) < 0) root(f, 0, -step) else root(function(value) -f(value), 0, step))
      }
    }
    null <- maximise(x, y, replace(firth, j, 0), seq_len(ncol(x)) != j)
    statistic <- 2 * (top - penalised(x, y, null))
    deviance <- function(value) {
      start <- firth + (value - firth[j]) * solve(crossprod(x))[, j] / solve(crossprod(x))[j, j]
      2 * (top - penalised(x, y, maximise(x, y, start, seq_len(ncol(x)) != j)))
    }
    emit(case, "firth", term, estimate = firth[[j]], std_error = errors[[j]],
         ci_low = root(beyond(deviance), firth[j], -errors[j]),
         ci_high = root(beyond(deviance), firth[j], errors[j]),
         test_statistic = statistic, p_value = pchisq(statistic, 1, lower.tail = FALSE))
    emit(case, "brglm2", term, estimate = coef(brglm)[[j]],
         std_error = summary(brglm)$coefficients[j, 2])
  }
}

# ---- area under the ROC curve

data(aSAH, package = "pROC")
event <- as.integer(aSAH$outcome == "Poor")
emit_input("aSAH", list(event = event, s100b = aSAH$s100b, wfns = as.integer(aSAH$wfns),
                        ndka = aSAH$ndka))
for (term in c("s100b", "wfns", "ndka"))
  for (level in c(0.95, 0.9)) {
    curve <- roc(event, as.numeric(aSAH[[term]]), direction = "<", levels = c(0, 1), quiet = TRUE)
    ci <- ci.auc(curve, method = "delong", conf.level = level)
    emit("aSAH", paste0("delong_", level), term, estimate = as.numeric(curve$auc),
         std_error = sqrt(var(curve, method = "delong")), ci_low = ci[1], ci_high = ci[3])
  }
