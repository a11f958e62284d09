package scaling

// blame sets the floor when a step down of our own has to be taken back, for a breach or before one, and lets what was learned
// from such failures fade while nothing fails.
func (k *kneeRun) blame(failed bool) {
	m, f := k.memory, &k.memory.Floor
	wait := max(f.Wait, floorLeast)
	if k.n >= m.DownFrom {
		m.LastDown = 0 // somebody else has undone it, so what fails now is not its fault
	}
	if failed && m.LastDown > 0 && m.Run-m.LastDown <= floorBlame {
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
