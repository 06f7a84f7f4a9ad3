package forecast

import (
	"math"
	"slices"
	"strings"
)

const (
	draws    = 32  // how often the queue is played through
	coldLoad = 0.2 // seconds; what loads for longer was not in memory

	otherWork = 0.05 // by how much a server may be faster or slower than it was, since it does other things too

	loadsKept = 8 // of the latest tasks, which tell whether a model stays in memory
)

// law says how long tasks of one source take: quantities from which one is drawn, sorted.
type law struct {
	lengths lengths
	speed   speed
	cold    []float64 // seconds of loading, of those that waited for it
	run     []float64 // seconds, of what has no tokens

	reading linear  // seconds until the first token, by bytes of the prompt
	warm    float64 // seconds of loading of a model that seems to be in memory; more than none where models displace others

	// size and speed are by how much the means may be wrong, since few tasks have ended: a factor for each draw.
	sizeDoubt, speedDoubt [draws]float64
}

// known reports whether anything can be said of a task of the source.
func (l *law) known() bool { return len(l.run) > 0 || l.lengths.known() && l.speed.known() }

// laws makes the laws of sources. live is what running tasks tell so far.
type laws struct {
	all, live map[source][]sample
	made      map[source]*law
}

// of returns the law of a source. What was not seen there is taken from where the same was seen: the speed of a model
// from another server.
func (l *laws) of(s source) *law {
	if law := l.made[s]; law != nil {
		return law
	}
	made := &law{}
	here := l.all[s]
	same := l.pooled(func(other source) bool { return other.name == s.name })
	made.run = values(same, samplesKept, func(s sample) (float64, bool) { return s.run, s.whole && s.tokens == 0 })
	if len(made.run) < enough {
		made.run = nil
	}
	made.lengths = l.lengths(s.name, same)
	if made.speed = speedOf(here); !made.speed.known() {
		made.speed = speedOf(l.live[s])
	}
	if !made.speed.known() {
		here = same
		made.speed = speedOf(here)
	}
	made.reading = readingOf(here)
	if len(here) >= 2*loadsKept { // the first ones all waited for the same load
		made.warm = middle(values(here, loadsKept, func(s sample) (float64, bool) { return s.load, s.load >= 0 }))
	}
	made.cold = values(here, samplesKept, func(s sample) (float64, bool) { return s.load, s.load >= coldLoad })
	if len(made.cold) == 0 {
		made.cold = values(l.pooled(func(source) bool { return true }), samplesKept,
			func(s sample) (float64, bool) { return s.load, s.load >= coldLoad })
	}
	sizes := append(slices.Clone(made.run), made.lengths.all()...)
	n := len(l.made)
	made.sizeDoubt, made.speedDoubt = doubts(sizes, 0, 2*n), doubts(made.speed.scatter, otherWork, 2*n+1)
	l.made[s] = made
	return made
}

// ofKind is the law of all programs of a kind of agents.
func (l *laws) ofKind(kind string) *law {
	run := values(l.pooled(func(s source) bool { return strings.HasPrefix(s.name, kind+"/") }), samplesKept,
		func(s sample) (float64, bool) { return s.run, s.whole && s.tokens == 0 })
	if len(run) < enough {
		return &law{}
	}
	return &law{run: run, sizeDoubt: doubts(run, otherWork, 0)}
}

// pooled returns the samples of some sources together. Their order among each other is that of their names, so that
// the same is said of the same.
func (l *laws) pooled(among func(source) bool) []sample {
	var names []source
	for s := range l.all {
		if among(s) {
			names = append(names, s)
		}
	}
	slices.SortFunc(names, func(a, b source) int {
		return strings.Compare(a.name+"\x00"+a.server, b.name+"\x00"+b.server)
	})
	if len(names) == 1 {
		return l.all[names[0]]
	}
	var all []sample
	for _, s := range names {
		latest := l.all[s]
		all = append(all, latest[max(0, len(latest)-samplesKept/len(names)-1):]...)
	}
	return all
}

// values returns a quantity of the latest n samples that have it, sorted.
func values(samples []sample, n int, of func(sample) (float64, bool)) []float64 {
	var list []float64
	for _, s := range slices.Backward(samples) {
		if v, ok := of(s); ok {
			if list = append(list, v); len(list) == n {
				break
			}
		}
	}
	slices.Sort(list)
	return list
}

// middle returns the median of a sorted list, 0 of an empty one.
func middle(sorted []float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// normal are the quantiles of the normal distribution in the middle of each of as many parts as there are draws.
var normal = func() (z [draws]float64) {
	for i := range z {
		z[i] = math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/draws-1)
	}
	return z
}()

// doubts returns the factors by which the mean of a list may be wrong, of which least is the deviation in any case, in an order
// of its own for each salt.
func doubts(list []float64, least float64, salt int) (factors [draws]float64) {
	n := float64(len(list))
	scatter := 0.5 // what few differ by says little
	if n >= 5 {
		scatter = deviation(list)
	}
	spread := math.Hypot(scatter/math.Sqrt(max(n, 1)), least)
	for i := range factors {
		factors[i] = math.Exp(spread * normal[(i*(2*salt+1)+salt*7)%draws])
	}
	return factors
}

// deviation returns the standard deviation of a list as a part of its mean.
func deviation(list []float64) float64 {
	var sum, squares float64
	for _, v := range list {
		sum += v
		squares += v * v
	}
	n := float64(len(list))
	mean := sum / n
	if mean <= 0 {
		return 0
	}
	return math.Sqrt(max(squares/n-mean*mean, 0)) / mean
}

// at returns the quantity of a sorted list below which the part u of it lies; 0 of an empty one.
func at(sorted []float64, u float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(u*float64(len(sorted))), len(sorted)-1)]
}

// uniform returns the draw of a task: a number from 0 to 1 that depends on nothing but its arguments, so that what is
// said of a task changes only when something has. Over all draws the numbers are spread evenly.
func uniform(serial uint64, salt, draw int) float64 {
	h := serial*0x9e3779b97f4a7c15 + uint64(salt+1)*0xbf58476d1ce4e5b9
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	part := (uint64(draw)*(2*(h>>58)+1) + h>>52) % draws
	return (float64(part) + float64(h<<11>>11)/(1<<53)) / draws
}
