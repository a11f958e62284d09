
func outcomeOf(r simulate.Result) Outcome {
	return Outcome{Violation: r.Violation, Bad: r.BadRequests, PodHours: r.PodHours, OracleHours: r.OraclePodHours, Moves: r.MovesPerDay}
}
