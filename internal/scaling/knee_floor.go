package scaling

// blame sets the floor when a step down of our own has to be taken back, and lets what was learned from such failures fade
// while nothing fails. After a step up before a breach, which may be noise, it does not hold for long.
func (k *kneeRun) blame(breaching, goesUp bool) {
	m, f := k.memory, &k.memory.Floor
	wait := max(f.Wait, floorLeast)
	if (breaching || goesUp) && m.LastDown > 0 && m.Run-m.LastDown <= floorBlame {
		next, holds := min(floorMost, 2*wait), wait
		if !breaching {
			holds, next = min(floorEarly, wait), max(wait, min(floorEarly, next))
		}
		*f = floor{
			Replicas: m.DownFrom, Until: m.Run + holds, Wait: next,
			Failed: k.n, At: max(0, min(k.now.Unix(), latestTime)),
		}
		m.LastDown = 0
	}
	if m.Run <= f.Until || f.Wait <= floorLeast {
		return
	}
	f.Calm++
	if f.Calm > floorCalm {
		f.Wait /= 2
		f.Calm = 0
	}
}
