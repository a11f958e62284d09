// Package locust runs the load generator Locust on an unchanged locustfile and reads what it measured. It knows nothing of
// plans and summaries: loadtest turns its report into a result.
//
//	locustfile --Run--> Report: each request as Locust timed it, from a listener that runs within Locust
//	                    or, where that is not possible, the statistics of Locust's CSV files
package locust
