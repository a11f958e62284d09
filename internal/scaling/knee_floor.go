package scaling

// blame sets the floor when a breach follows a step down of our own, and lets what was learned from such failures fade
// while nothing fails.
func (k *kneeRun) blame(breaching bool) {
	m, f := k.memory, &k.memory.Floor
	wait := max(f.Wait, floorLeast)
	if breaching && m.LastDown > 0 && m.Run-m.LastDown <= floorBlame {
		*f = floor{
			Replicas: m.DownFrom, Until: m.Run + wait, Wait: min(floorMost, 2*wait),
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
