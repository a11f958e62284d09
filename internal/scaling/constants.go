package scaling

// The constants of the law knee. They were chosen by simulating a service with 1, 4 and 8 workers for each pod under seventy
// five loads, such that the time over the target, at equal pod-hours, is the least over all of them. None is worth a key
// in the configuration: what a user may want to trade, pods against breaches, is Knee.BreachEvery.
const (
	// shareFirst is the share of the room between the idle latency and the target that a service may take before anything
	// is learned; shareLeast and shareMost bound what is learned. Less than a fifth asks for many pods that wait for
	// nothing, and above 0.6 a service with many workers for each pod has no spare capacity left.
	shareFirst, shareLeast, shareMost = 0.30, 0.20, 0.60
	// shareAfterBreach multiplies the share when a breach begins, and shareGrowth / BreachEvery is added after every other
	// run. In the balance ln(1/0.85) × 0.37 ≈ 0.06 is what one breach takes from a share of 0.37, the usual one.
	shareAfterBreach, shareGrowth = 0.85, 0.06

	// baselineMost is the largest part of the target that counts as the idle latency: above, there would be no room at all.
	baselineMost = 0.8
	// idleLeast is the least part of the target that counts as the idle latency. Where a target is a hundred times that, each
	// millisecond of noise is most of a latency, and an idle service seems to be half busy for ever. The simulated targets
	// were up to ten times the idle latency, so for them it changes nothing.
	idleLeast = 0.1
	// idleMost is the part of the target up to which a latency may be that of an idle service.
	idleMost = 0.5
	// goalOverIdle is how far above the upper end of the lowest latency the goal is at least: nearer, noise alone is over it.
	// goalMost is the part of the target that the goal never exceeds.
	goalOverIdle, goalMost = 1.4, 0.9
	// markOverGoal is where, in rooms of the goal, more pods are asked for before the target is breached.
	markOverGoal = 1.25
	// trendWeight is how much of the mean's rise since the last run is expected to come again until the next.
	trendWeight = 0.5

	// queueMost is the largest overload that is believed. A queue that grows by x seconds each second says that 1 + x times
	// of what the pods can do arrives, but all of it is measured in one short run.
	queueMost = 2.5
	// failuresNoticed is the share of failures that counts as load turned away; failuresMost is the largest that is believed.
	failuresNoticed, failuresMost = 0.02, 0.5
	// upTimes and upPods limit a step up: to the larger of n × upTimes and n + upPods. Where more than futileFailures of the
	// requests fail, or the latency is over steepMost targets, there is far more load than the pods can take, and each
	// minute counts: then it is n × steepTimes.
	upTimes, upPods       = 2, 4
	steepTimes, steepMost = 3.5, 5

	// clearRuns in a row are needed for a step down, which takes away at most 1/downPart of the replicas.
	clearRuns, downPart = 2, 5
	// lastCounts is for how many seconds a reading counts as the one before. The autoscaler may have been stopped for days.
	lastCounts = 3600
	// downPower is κ: latency says little of how busy a pod with several workers is until it is nearly full, so a share of
	// waiting of x times the allowed one is taken for a load of x^(1/κ). Larger than any true one, as a step down needs proof.
	downPower = 5

	// floorBlame is for how many runs a step up is blamed on our own step down. The floor then holds for floorLeast runs, and
	// for twice as many after each further failure up to floorMost; floorCalm runs after it has lapsed halve that again.
	floorBlame, floorLeast, floorMost, floorCalm = 10, 4, 128, 20

	// startRuns is for how many runs pods of a step up may be starting; startMost is the part of the target from which the
	// service cannot wait for them.
	startRuns, startMost = 3, 3
	// drainFall is the part of the last mean below which the queues are seen to empty, fast enough not to be the work of pods
	// that are just too few. Pods are waited for drainWaits times at
	// most after each step up, of at most drainRuns runs ago: what is old empties its queue, what is new is fine.
	drainFall, drainRuns, drainWaits = 0.15, 3, 1

	// A breach in which no queue grows, fewer than futileFailures of the requests fail, and the mean is still between
	// futileLeft and futileWorse of what it was at the last step up though the replicas have grown by futileTimes, is not for
	// want of pods. Where more is turned away, the mean says nothing, as those who would wait have gone.
	futileTimes, futileLeft, futileWorse, futileFailures = 2.5, 0.8, 1.5, 0.1
	// queueGrows is the load above which a queue counts as growing: a mean that rises by 2 % of the time between two runs is
	// no noise, whatever the latency. One jump may still be that of a dependency, so only after queueUps steps up may there
	// be more than futileMost times the replicas of when the breach began.
	queueGrows, queueUps, futileMost = 1.02, 2, 3.5
	// failuresTimes is by how much the replicas must have grown where failures go on as before.
	failuresTimes = 2
	// Without a breach that is so once the replicas have grown by futileEarlyTimes and futileEarlyPods.
	futileEarlyTimes, futileEarlyPods = 1.25, 2

	// unknownWidth is the upper half of the interval, as a part of the value, where the samples are not known: what it is for
	// the 95th percentile of a hundred exponential latencies, √(0.05 × 0.95 / 100) / 0.05 × 1.645 / 3.0.
	unknownWidth = 0.25
	// unknownTimeout is, in targets, what a failed request counts as where the timeout of requests is not known.
	unknownTimeout = 3
)

// Constants of evidence.
const (
	// usualConfidence is that of one side, where the policy names none.
	usualConfidence = 0.95
	// poolRuns is how many runs that were grey each for itself are added up: more would answer for a load of long ago.
	poolRuns = 10
	// failuresAllowed is the share of failures from which a service counts as failing: no policy takes replicas away from
	// a service that surely fails more often, unless a target of its failure ratio allows so.
	failuresAllowed = 0.01
)
