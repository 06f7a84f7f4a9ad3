package forecast

import (
	"cmp"
	"math"
)

// finishRest returns when all of the queue has ended, with those that were not looked at one by one: by how much there is
// to do, for the lanes and for each server.
func (g *game) finishRest() float64 {
	end := g.all
	var onLanes float64
	onSlots := make([]float64, len(g.slots))
	for i := range g.rest {
		r := &g.rest[i]
		each := g.average(&r.work)
		all := each * float64(r.count)
		onLanes += all
		slots := 0
		for _, s := range r.work.places {
			slots += len(g.slots[g.stations[s].slots])
		}
		for _, s := range r.work.places {
			n := g.stations[s].slots
			onSlots[n] += all * float64(len(g.slots[n])) / float64(slots)
		}
	}
	if len(g.rest) == 0 {
		return end
	}
	later := func(free []float64, work float64) {
		if work > 0 && len(free) > 0 {
			end = max(end, mean(free)+work/float64(len(free)))
		}
	}
	later(g.lanes, onLanes)
	for i := range onSlots {
		later(g.slots[i], onSlots[i])
	}
	return end
}

// average is how long tasks of the rest take on average: as those of their group before them.
func (g *game) average(w *work) float64 {
	if w.refused {
		return 0
	}
	if s := g.spent[w.group]; s.n > 0 {
		return s.sum / float64(s.n)
	}
	l := w.law
	if len(w.places) > 0 {
		l = g.stations[w.places[0]].law
	}
	if !l.known() {
		return math.Inf(1)
	}
	if len(l.run) > 0 {
		return mean(l.run) * l.sizeDoubt[g.draw]
	}
	var tokens float64
	for _, n := range l.lengths.ended {
		tokens += n
	}
	for _, n := range l.lengths.cut {
		tokens += cmp.Or(w.limit, n)
	}
	tokens *= l.sizeDoubt[g.draw] / float64(len(l.lengths.ended)+len(l.lengths.cut))
	return l.warm + l.speed.seconds(tokens)*mean(l.speed.scatter)*l.speedDoubt[g.draw]
}

func mean(list []float64) float64 {
	var sum float64
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}
