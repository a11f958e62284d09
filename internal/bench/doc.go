// Bench measures this project's load generator beside others: against the same server, on the same machine, in one run.
// It takes the tools that it finds, says how to get those that it does not, prints a table, and writes docs/benchmarks.md.
//
// The flow: main finds the tools and starts the server, schedule.go says what is measured how often, each tool turns a job
// into a command line and its output into quantiles, measure_linux.go runs the command on a core of its own and sees what
// it costs, report.go compares. It works on Linux only, as it pins processes to cores and reads their memory from /proc.
package main
