# Reference values of rejia.stats.ranks from R: run `Rscript ranks.R` in this folder.
# Writes ranks.csv; test, variant and alternative name what was asked, x and y are the
# data (groups are parted by |), and statistic and p_value what R says.

suppressPackageStartupMessages({
  library(coin)
  library(exactRankTests)
})
set.seed(20140401)

rows <- list()
show <- function(v) paste(format(v, digits = 15, trim = TRUE), collapse = " ")
add <- function(test, variant, alternative, x, y, statistic, p) {
  rows[[length(rows) + 1]] <<- data.frame(
    test = test, variant = variant, alternative = alternative, x = x, y = y,
    statistic = sprintf("%.17g", as.numeric(statistic)),
    p_value = sprintf("%.17g", as.numeric(p))
  )
}
quiet <- suppressWarnings
alternatives <- c("two-sided" = "two.sided", less = "less", greater = "greater")

# Differences: untied; tied with zeros; few; one of each sign; forty; long.
differences <- list(
  c(0.95, -0.15, 1.02, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01),
  c(1, 1, 2, 3, 4, -1, 0, 0, 2, 5),
  c(-3, 1, 2),
  c(2, -2, 0),
  sample(-4:6, 40, replace = TRUE),
  sample(-9:3, 25, replace = TRUE),
  round(rnorm(30, 0.4), 3),
  sample(-30:60, 120, replace = TRUE),
  c(sample(1:20, 70, replace = TRUE), -1)
)
for (d in differences) {
  nil <- rep(0, length(d))
  for (name in names(alternatives)) {
    a <- alternatives[[name]]
    for (zeros in c("Wilcoxon", "Pratt")) {
      variant <- c(Wilcoxon = "drop", Pratt = "pratt")[[zeros]]
      for (distribution in c("exact", "asymptotic")) {
        r <- wilcoxsign_test(d ~ nil, zero.method = zeros, alternative = a,
                             distribution = distribution)
        add("signed_rank", paste(c(exact = "exact", asymptotic = "normal")[[distribution]],
                                 variant), name, show(d), "", statistic(r), pvalue(r))
      }
    }
    r <- quiet(wilcox.exact(d, alternative = a, exact = TRUE))
    add("w_plus", "exact drop", name, show(d), "", r$statistic, r$p.value)
    for (correct in c(FALSE, TRUE)) {
      r <- quiet(wilcox.test(d, alternative = a, exact = FALSE, correct = correct))
      add("w_plus", paste(c("normal", "normal_corrected")[1 + correct], "drop"), name,
          show(d), "", r$statistic, r$p.value)
    }
    # Iman's t is Student's test of the signed ranks.
    n <- d[d != 0]
    if (length(n) > 2) {
      r <- t.test(sign(n) * rank(abs(n)), alternative = a)
      add("signed_rank", "student_t drop", name, show(d), "", r$statistic, r$p.value)
      r <- t.test(sign(d) * rank(abs(d)), alternative = a)
      add("signed_rank", "student_t pratt", name, show(d), "", r$statistic, r$p.value)
    }
  }
  r <- binom.test(sum(d > 0), sum(d != 0))
  add("sign_test", "exact", "two-sided", show(d), "", sum(d > 0), r$p.value)
}

# Samples: untied; tied; very unequal; all tied but one; clinical size; far apart.
samples <- list(
  list(c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46),
       c(1.15, 0.88, 0.90, 0.74, 1.21)),
  list(c(1, 1, 2, 2, 2, 3, 9), c(1, 2, 2, 3, 3, 3, 4, 5, 5, 8, 8, 8)),
  list(c(7, 3), c(1, 2, 2, 3, 3, 3, 4, 5, 5, 8, 8, 8)),
  list(c(1, 1, 1, 2), c(1, 1, 1, 1, 1)),
  list(sample(0:10, 11, replace = TRUE), sample(2:12, 29, replace = TRUE)),
  list(sample(0:50, 40, replace = TRUE), sample(5:60, 35, replace = TRUE)),
  list(sample(0:9, 45, replace = TRUE), sample(7:20, 60, replace = TRUE)),
  list(round(rnorm(30), 4), round(rnorm(22, 0.7), 4))
)
for (s in samples) {
  x <- s[[1]]; y <- s[[2]]
  values <- c(x, y)
  group <- factor(rep(c("x", "y"), c(length(x), length(y))))
  for (name in names(alternatives)) {
    a <- alternatives[[name]]
    for (distribution in c("exact", "asymptotic")) {
      r <- wilcox_test(values ~ group, alternative = a, distribution = distribution)
      add("rank_sum", c(exact = "exact", asymptotic = "normal")[[distribution]], name,
          show(x), show(y), statistic(r), pvalue(r))
    }
    for (correct in c(FALSE, TRUE)) {
      r <- quiet(wilcox.test(x, y, alternative = a, exact = FALSE, correct = correct))
      add("u", c("normal", "normal_corrected")[1 + correct], name, show(x), show(y),
          r$statistic, r$p.value)
    }
    r <- quiet(wilcox.exact(x, y, alternative = a, exact = TRUE))
    add("u", "exact", name, show(x), show(y), r$statistic, r$p.value)
  }
  u <- quiet(wilcox.test(x, y, exact = FALSE))$statistic
  small <- floor(min(u, length(x) * length(y) - u))
  add("u", "exact_untied", "two-sided", show(x), show(y), u,
      min(1, 2 * pwilcox(small, length(x), length(y))))
}

# Groups; the last two are R's own examples.
air <- na.omit(airquality[, c("Ozone", "Month")])
groups <- list(
  list(c(1, 2, 3), c(2, 3, 5), c(4, 5, 5, 6)),
  list(sample(0:6, 11, TRUE), sample(1:8, 20, TRUE), sample(2:9, 9, TRUE)),
  list(round(rnorm(8), 3), round(rnorm(7, 0.5), 3), round(rnorm(9, 1), 3),
       round(rnorm(6, 1), 3)),
  list(c(40, 35, 38, 43, 44, 41), c(38, 40, 47, 44, 40, 42), c(48, 40, 45, 43, 46, 44)),
  list(c(2.9, 3.0, 2.5, 2.6, 3.2), c(3.8, 2.7, 4.0, 2.4), c(2.8, 3.4, 3.7, 2.2, 2.0)),
  unname(split(air$Ozone, air$Month))
)
for (g in groups) {
  text <- paste(sapply(g, show), collapse = " | ")
  r <- kruskal.test(g)
  add("kruskal_wallis", "chi2", "two-sided", text, "", r$statistic, r$p.value)
  # Jonckheere's z is Kendall's between the number of the group and the value.
  number <- rep(seq_along(g), lengths(g))
  r <- cor.test(number, unlist(g), method = "kendall", exact = FALSE)
  add("jonckheere", "normal", "two-sided", text, "", r$statistic, r$p.value)
}

# Pairs: untied (R enumerates up to 9); tied; clinical size.
pairs <- list(
  list(c(44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1),
       c(2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8)),
  list(c(1, 2, 3, 4, 5, 6, 7), c(2, 1, 4, 3, 7, 5, 6)),
  list(c(1, 2, 2, 3, 4, 4, 4, 5), c(1, 1, 3, 2, 3, 5, 4, 4)),
  list(sample(0:10, 40, replace = TRUE), sample(0:20, 40, replace = TRUE))
)
for (p in pairs) {
  x <- p[[1]]; y <- p[[2]]
  r <- cor.test(rank(x), rank(y))
  add("spearman", "student_t", "two-sided", show(x), show(y), r$estimate, r$p.value)
  if (length(x) < 10 && !anyDuplicated(x) && !anyDuplicated(y)) {
    r <- cor.test(x, y, method = "spearman", exact = TRUE)
    add("spearman", "exact", "two-sided", show(x), show(y), r$estimate, r$p.value)
  }
  r <- cor.test(x, y, method = "kendall", exact = FALSE)
  add("kendall", "normal", "two-sided", show(x), show(y), r$statistic, r$p.value)
  add("kendall_tau", "normal", "two-sided", show(x), show(y), r$estimate, r$p.value)
}

out <- file("ranks.csv", "w")
writeLines(c(
  paste("#", R.version.string),
  paste("# coin", packageVersion("coin")),
  paste("# exactRankTests", packageVersion("exactRankTests")),
  paste("#", Sys.Date())
), out)
write.csv(do.call(rbind, rows), out, row.names = FALSE)
close(out)
