# An R program with a JVM in its process (rJava), which makes child processes in R's ways.
# Arguments: the option for the JVM, what to do. Where a child hangs, a line on standard input says that this was seen.

arguments <- commandArgs(trailingOnly = TRUE)
# Without compilers: their threads hold one lock or another of the JVM at any moment, and so at the fork.
options(java.parameters = c(arguments[1], "-Xint"))
library(rJava)
library(parallel)
.jinit()

square <- function(number) number * number

told <- function(job) {
  cat("child ", job$pid, "\n", sep = "")
  job
}

over_cores <- function() {
  squares <- mclapply(1:4, square, mc.cores = 2) # HERE: r-mclapply
  cat("sum ", sum(unlist(squares)), "\n", sep = "")
}

one_job <- function() {
  job <- told(mcparallel(square(3))) # HERE: r-mcparallel
  cat("result ", mccollect(job)[[1]], "\n", sep = "")
}

in_java <- function() {
  job <- told(mcparallel(.jcall("java/lang/Integer", "I", "parseInt", "7"))) # HERE: r-java
  cat("result ", mccollect(job)[[1]], "\n", sep = "")
}

# The child collects Java's garbage, for which it has no thread.
garbage <- function() {
  job <- told(mcparallel(.jcall("java/lang/System", "V", "gc"))) # HERE: r-gc
  readLines(file("stdin"), n = 1)
  tools::pskill(job$pid, tools::SIGKILL)
  mccollect(job)
}

shell <- function() {
  system("true") # HERE: r-system
}

program <- function() {
  system2("true") # HERE: r-system2
}

tasks <- list(
  mclapply = over_cores, mcparallel = one_job, java = in_java, gc = garbage, system = shell, system2 = program
)
tasks[[arguments[2]]]()
