# What wilcox.test of this version of R does by default, for the conventions r-4.5 and
# r-4.6 of rejia.stats.ranks. Prints CSV:
#   Rscript ranks_wilcox.R > ranks_wilcox_4.2.2.csv
#   node ranks_webr.mjs ranks_wilcox.R > ranks_wilcox_4.6.0.csv   (see there)

set.seed(20260424)
show <- function(v) paste(format(v, digits = 15, trim = TRUE), collapse = " ")
say <- function(test, x, y, r) {
  cat(sprintf('%s,%s,%s,%.17g,%.17g\n', test, show(x), if (length(y)) show(y) else "",
              r$statistic, r$p.value))
}
cat("#", R.version.string, R.version$platform, "\n")
cat("#", format(Sys.Date()), "\n")
cat("test,x,y,statistic,p_value\n")

untied <- function(n) sample(c(-1, 1, 1, 1), n, TRUE) * sample(1000, n)
tied <- function(n) sample(c(-6:-1, 1:9), n, TRUE)
differences <- list(
  untied(9), untied(20), untied(21), untied(49), untied(50),
  tied(9), tied(21), tied(49), tied(50), tied(60),
  c(untied(9), 0), c(untied(48), 0), c(untied(49), 0), c(untied(55), 0, 0),
  c(tied(12), 0, 0, 0), c(tied(45), 0, 0), c(tied(48), 0, 0), c(tied(40), rep(0, 15)),
  c(1, 1, 2, 3, 4, -1, 0, 0, 2, 5), c(3, -1), 5
)
for (d in differences) say("signed_rank", d, c(), suppressWarnings(wilcox.test(d)))

pair <- function(m, n, top) list(sample(0:top, m, TRUE), sample(0:top, n, TRUE) + 2)
free <- function(m, n) { v <- sample(1000, m + n); list(v[1:m], v[-(1:m)]) }
samples <- list(
  free(8, 30), free(9, 9), free(49, 49), free(49, 50), free(20, 60),
  pair(7, 12, 9), pair(12, 7, 9), pair(8, 30, 12), pair(11, 29, 10), pair(20, 20, 8),
  pair(49, 49, 30), pair(30, 49, 40), pair(50, 20, 20), pair(60, 60, 30),
  list(c(1, 2), 3), list(c(1, 1, 1, 2), rep(1, 5))
)
for (s in samples) {
  say("rank_sum", s[[1]], s[[2]], suppressWarnings(wilcox.test(s[[1]], s[[2]])))
}
