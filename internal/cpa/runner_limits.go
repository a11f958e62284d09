package cpa

import "time"

// timedAnswer is one entry of the stabilization window.
type timedAnswer struct {
	at       time.Time
	replicas int32
}

// limit turns evaluate's answer into the replicas that the framework would set: clamped to minReplicas and maxReplicas; 0 when
// the service stands at 0 and minReplicas does not, which means "autoscaling is off" and leaves no trace in the window; and the
// greatest of the answers in the window of downscaleStabilization.
func (r *Runner) limit(current, answer int32, now time.Time) int32 {
	clamped := clamp(answer, r.Config.MinReplicas, r.Config.MaxReplicas)
	if current == 0 && r.Config.MinReplicas != 0 {
		return 0
	}
	window := time.Duration(r.Config.DownscaleStabilization) * time.Second
	r.answers = append(answersSince(r.answers, now.Add(-window)), timedAnswer{at: now, replicas: clamped})
	return greatest(r.answers)
}

// clamp looks at the lower bound first: where min > max, which the framework accepts, a low answer becomes min.
func clamp(answer, lowest, highest int32) int32 {
	switch {
	case answer < lowest:
		return lowest
	case answer > highest:
		return highest
	}
	return answer
}

// answersSince drops the answers before the cutoff; one that is exactly as old as the window still counts.
func answersSince(answers []timedAnswer, cutoff time.Time) []timedAnswer {
	var kept []timedAnswer
	for _, answer := range answers {
		if !answer.at.Before(cutoff) {
			kept = append(kept, answer)
		}
	}
	return kept
}

func greatest(answers []timedAnswer) int32 {
	most := answers[0].replicas
	for _, answer := range answers[1:] {
		most = max(most, answer.replicas)
	}
	return most
}
