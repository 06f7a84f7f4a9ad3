package forecast

import (
	"math"
	"slices"

	"drover/agent"
)

// The draws that are made for a task.
const (
	saltSize = iota
	saltSpeed
	saltLoad
)

// affinityReach is how far a lane looks for a task whose model is there already, as in package dispatcher.
const affinityReach = 64

// result is how the queue went once, in seconds from now; what does not end is infinite.
type result struct {
	running      []float64 // the ends of plan.running
	starts, ends []float64 // of plan.tasks
	begin, all   float64
}

// game is one way the queue may go.
type game struct {
	*plan
	draw int

	lanes  []float64   // when each is free
	holder []int       // the group of its task
	slots  [][]float64 // when each is free
	loaded []bool
	warm   []bool

	head    int // the first task that is not taken
	taken   []bool
	delayed []int // tasks that are not due yet, the earliest first
	passed  [3]struct {
		first int
		since float64
	}
	spent []spent // by group
	all   float64
}

// spent is how long tasks of a group took.
type spent struct {
	sum float64
	n   int
}

// play plays the queue through with one of the draws.
func play(p *plan, draw int) result {
	g := &game{
		plan: p, draw: draw, taken: make([]bool, len(p.tasks)), warm: slices.Clone(p.warm), spent: make([]spent, len(p.groups)),
		slots: make([][]float64, len(p.slots)), loaded: make([]bool, len(p.stations)),
	}
	r := result{
		running: make([]float64, len(p.running)), starts: make([]float64, len(p.tasks)), ends: make([]float64, len(p.tasks)),
	}
	for i := range p.stations {
		g.loaded[i] = p.stations[i].loaded
	}
	g.finishRunning(&r)
	for i := range p.tasks {
		r.starts[i], r.ends[i] = math.Inf(1), math.Inf(1)
		if p.tasks[i].due > 0 {
			g.delayed = append(g.delayed, i)
		}
	}
	slices.SortStableFunc(g.delayed, func(a, b int) int { return compare(p.tasks[a].due, p.tasks[b].due) })
	for left := len(p.tasks); left > 0; left-- {
		lane := earliest(g.lanes)
		i, now := g.next(g.lanes[lane])
		if math.IsInf(now, 1) {
			g.all = now
			break
		}
		r.starts[i] = now
		r.ends[i] = g.work(&p.tasks[i], now)
		g.lanes[lane], g.holder[lane] = r.ends[i], p.tasks[i].group
		g.all = max(g.all, r.ends[i])
	}
	r.begin = g.lanes[earliest(g.lanes)]
	r.all = g.finishRest()
	return r
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// earliest returns the place of the smallest value.
func earliest(list []float64) int {
	least := 0
	for i, v := range list {
		if v < list[least] {
			least = i
		}
	}
	return least
}

// finishRunning takes the lanes and slots that tasks have.
func (g *game) finishRunning(r *result) {
	for i, s := range g.plan.slots {
		g.slots[i] = slices.Repeat([]float64{s.from}, s.n)
	}
	used := make([]int, len(g.slots))
	for i := range g.running {
		w := &g.running[i]
		if w.station < 0 || w.ends || w.stuck {
			r.running[i] = g.remaining(w)
			continue
		}
		n := g.stations[w.station].slots
		if w.turn == turnServed || used[n] < len(g.slots[n]) {
			r.running[i] = g.remaining(w)
			g.slots[n] = occupy(g.slots[n], &used[n], r.running[i])
			g.loaded[w.station], g.warm[w.group] = true, true
		} else {
			r.running[i] = g.serve(&w.work, w.station, 0)
		}
	}
	for i, end := range r.running {
		g.lanes, g.holder = append(g.lanes, end), append(g.holder, g.running[i].group)
		g.all = max(g.all, end)
	}
	for len(g.lanes) < g.plan.lanes {
		g.lanes, g.holder = append(g.lanes, 0), append(g.holder, -1)
	}
	// Lanes that are too many go away as they become free.
	for len(g.lanes) > g.plan.lanes {
		i := earliest(g.lanes)
		g.lanes, g.holder = slices.Delete(g.lanes, i, i+1), slices.Delete(g.holder, i, i+1)
	}
}

// occupy puts the end of a task that is served into the next slot, which may be one more than was known.
func occupy(slots []float64, used *int, end float64) []float64 {
	if *used < len(slots) {
		slots[*used] = end
	} else {
		slots = append(slots, end)
	}
	*used++
	return slots
}

// next takes the task that starts on a lane that is free at a time, and says when, which may be later.
func (g *game) next(now float64) (task int, start float64) {
	for g.head < len(g.tasks) && (g.taken[g.head] || g.tasks[g.head].due > 0) {
		g.head++
	}
	if g.head == len(g.tasks) && len(g.delayed) > 0 {
		now = max(now, g.tasks[g.delayed[0]].due)
	}
	best := -1 // among the delayed ones
	for i, d := range g.delayed {
		if g.tasks[d].due > now {
			break
		}
		if best < 0 || g.tasks[d].priority < g.tasks[g.delayed[best]].priority {
			best = i
		}
	}
	if best >= 0 && (g.head == len(g.tasks) || g.tasks[g.delayed[best]].priority <= g.tasks[g.head].priority) {
		task = g.delayed[best]
		g.delayed = slices.Delete(g.delayed, best, best+1)
		return task, now
	}
	task = g.mayPass(g.head, now)
	g.taken[task] = true
	return task, now
}

// mayPass returns the task that is started in place of the first one, as the dispatcher chooses it.
func (g *game) mayPass(first int, now float64) int {
	if g.patience == 0 || g.ready(g.tasks[first].group, now) {
		return first
	}
	priority := g.tasks[first].priority
	passed := &g.passed[min(max(priority, 0), len(g.passed)-1)]
	if passed.first != first+1 {
		passed.first, passed.since = first+1, now
	}
	if now-passed.since >= g.patience {
		return first
	}
	for i, seen := first+1, 0; i < len(g.tasks) && seen < affinityReach; i++ {
		t := &g.tasks[i]
		if t.priority != priority {
			break
		}
		if g.taken[i] || t.due > 0 {
			continue
		}
		if seen++; g.ready(t.group, now) {
			return i
		}
	}
	return first
}

// ready reports whether what a group needs is there already.
func (g *game) ready(group int, now float64) bool {
	if g.warm[group] {
		return true
	}
	for i, end := range g.lanes {
		if end > now && g.holder[i] == group {
			return true
		}
	}
	return false
}

// work lets a task have a lane from a time on, and returns when it ends.
func (g *game) work(w *work, now float64) float64 {
	if w.refused {
		return now
	}
	if len(w.places) == 0 {
		end := now + g.whole(w, w.law, false)
		g.count(w, end-now)
		return end
	}
	best, begin := w.places[0], math.Inf(1)
	for _, station := range w.places {
		at := max(now, g.free(station))
		if !g.loaded[station] {
			at += g.coldLoad(w, g.stations[station].law)
		}
		if at < begin {
			best, begin = station, at
		}
	}
	return g.serve(w, best, now)
}

// free returns when a station has a slot.
func (g *game) free(station int) float64 {
	free := g.slots[g.stations[station].slots]
	return free[earliest(free)]
}

// serve lets a station work on a task as soon as it has a slot, and returns when it ends.
func (g *game) serve(w *work, station int, now float64) float64 {
	st := &g.stations[station]
	begin := max(now, g.free(station))
	took := g.whole(w, st.law, !g.loaded[station])
	end := begin + took
	free := g.slots[st.slots]
	free[earliest(free)] = end
	g.loaded[station] = true
	g.warm[w.group] = true
	g.count(w, took)
	return end
}

func (g *game) count(w *work, took float64) {
	g.spent[w.group].sum += took
	g.spent[w.group].n++
}

// whole draws how long a task takes from its beginning, without waiting for anything.
func (g *game) whole(w *work, l *law, cold bool) float64 {
	if !l.known() {
		return math.Inf(1)
	}
	u := uniform(w.serial, saltSize, g.draw)
	if len(l.run) > 0 {
		return at(l.run, u) * l.sizeDoubt[g.draw]
	}
	tokens := l.lengths.draw(0, w.limit, u)
	if tokens != w.limit {
		tokens *= l.sizeDoubt[g.draw]
	}
	load := l.warm
	if cold {
		load = g.coldLoad(w, l)
	}
	return load + l.reading.at(float64(w.prompt)) + l.speed.seconds(tokens)*g.scatter(w, l)
}

// scatter is how many times as long as expected the tokens of a task take.
func (g *game) scatter(w *work, l *law) float64 {
	return at(l.speed.scatter, uniform(w.serial, saltSpeed, g.draw)) * l.speedDoubt[g.draw]
}

func (g *game) coldLoad(w *work, l *law) float64 {
	return at(l.cold, uniform(w.serial, saltLoad, g.draw))
}

// remaining draws when a task ends that has a slot, or needs none.
func (g *game) remaining(r *runner) float64 {
	switch {
	case r.ends:
		return 0
	case r.stuck:
		return math.Inf(1)
	case r.station < 0:
		if len(r.law.run) == 0 {
			return math.Inf(1)
		}
		runs := lengths{ended: r.law.run}
		return runs.draw(r.since, 0, uniform(r.serial, saltSize, g.draw)) - r.since
	}
	l := g.stations[r.station].law
	if !l.known() {
		return math.Inf(1)
	}
	scatter := g.scatter(&r.work, l)
	if r.rate > 0 {
		scatter = r.rate / l.speed.perToken.at(r.tokens)
	}
	tokens := l.lengths.draw(r.tokens, r.limit, uniform(r.serial, saltSize, g.draw))
	left := (l.speed.seconds(tokens) - l.speed.seconds(r.tokens)) * scatter
	switch {
	case r.tokens > 0 || !r.phase.BeforeFirstToken():
	case r.phase == agent.PhaseLoading:
		left += max(g.coldLoad(&r.work, l)-r.since, 0) + l.reading.at(float64(r.prompt))
	default:
		left += max(l.warm+l.reading.at(float64(r.prompt))-r.since, 0)
	}
	return left
}
