// Package compare judges scaling policies side by side: it runs the real policies, and the rules of other autoscalers, against
// the model of a service under many traces, and draws what each costs in pods and in time over the target.
//
// The flow: settings.go says which laws with which settings there are, cases.go which loads and services they meet, sweep.go
// runs all of them, frontier.go compares at equal pods, verdict.go says what came of it, and table.go, page.go and picture.go
// show it.
package compare
