package forecast

import (
	"math"
	"slices"
	"strings"
)

const (
	draws    = 32  // how often the queue is played through
	coldLoad = 0.2 // seconds; what loads for longer was not in memory

	plenty = 16 // answers of one model that say how long its answers are; where there are fewer those of others fill up, if they are alike

	loadsKept = 8 // of the latest tasks, which tell whether a model stays in memory
)

// law says how long tasks of one source take: quantities from which one is drawn, sorted.
type law struct {
	tokens   []float64
	perToken []float64
	cold     []float64 // seconds of loading, of those that waited for it
	run      []float64 // seconds, of what has no tokens

	reading, readingByte float64 // seconds until the first token, and for each byte of the prompt

	warm float64 // seconds of loading of a model that seems to be in memory; more than none where models displace others

	// size and speed are by how much the means may be wrong, since few tasks have ended: a factor for each draw.
	size, speed [draws]float64
}

// known reports whether anything can be said of a task of the source.
func (l *law) known() bool { return len(l.run) > 0 || len(l.tokens) > 0 && len(l.perToken) > 0 }

// laws makes the laws of sources. live are the seconds for a token of tasks that run, by source.
type laws struct {
	all  map[source][]sample
	live map[source][]float64
	made map[source]*law
}

// of returns the law of a source. What was not seen there is taken from where the same was seen: the speed of a model
// from another server, the length of answers from all models.
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
	length := func(s sample) (float64, bool) { return s.tokens, s.whole && s.tokens > 0 }
	if made.tokens = values(same, samplesKept, length); len(made.tokens) < plenty {
		others := values(l.pooled(func(other source) bool { return other.name != s.name }), plenty-len(made.tokens), length)
		if len(made.tokens) < enough || alike(mean(made.tokens), mean(others)) {
			made.tokens = append(made.tokens, others...)
			slices.Sort(made.tokens)
		}
	}
	if len(made.tokens) < enough {
		made.tokens = nil
	}
	speed := func(s sample) (float64, bool) { return s.perToken, s.perToken > 0 }
	made.perToken = values(here, ratesKept, speed)
	if len(made.perToken) == 0 {
		made.perToken = slices.Sorted(slices.Values(l.live[s]))
	}
	if len(made.perToken) == 0 {
		here = same
		made.perToken = values(here, ratesKept, speed)
	}
	made.reading, made.readingByte = reading(here)
	if len(here) >= 2*loadsKept { // the first ones all waited for the same load
		made.warm = middle(values(here, loadsKept, func(s sample) (float64, bool) { return s.load, s.load >= 0 }))
	}
	made.cold = values(here, samplesKept, func(s sample) (float64, bool) { return s.load, s.load >= coldLoad })
	if len(made.cold) == 0 {
		made.cold = values(l.pooled(func(source) bool { return true }), samplesKept,
			func(s sample) (float64, bool) { return s.load, s.load >= coldLoad })
	}
	sizes := made.tokens
	if len(made.run) > 0 {
		sizes = made.run
	}
	n := len(l.made)
	made.size, made.speed = doubts(sizes, 2*n), doubts(made.perToken, 2*n+1)
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
	return &law{run: run, size: doubts(run, 0)}
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

// reading fits how long prompts were read: some seconds, and some for each byte.
func reading(samples []sample) (fixed, perByte float64) {
	var n, sumBytes, sumTime, squares, products float64
	for _, s := range samples[max(0, len(samples)-ratesKept):] {
		if s.reading <= 0 {
			continue
		}
		n++
		sumBytes += s.prompt
		sumTime += s.reading
		squares += s.prompt * s.prompt
		products += s.prompt * s.reading
	}
	if n == 0 {
		return 0, 0
	}
	if spread := n*squares - sumBytes*sumBytes; spread > 0 {
		perByte = max((n*products-sumBytes*sumTime)/spread, 0)
	}
	if fixed = (sumTime - perByte*sumBytes) / n; fixed < 0 {
		return 0, sumTime / sumBytes
	}
	return fixed, perByte
}

// alike reports whether two means are no more than a factor of two apart.
func alike(a, b float64) bool { return a <= 2*b && b <= 2*a }

// doubts returns the factors by which the mean of a list may be wrong, in an order of its own for each salt.
func doubts(list []float64, salt int) (factors [draws]float64) {
	n := float64(len(list))
	scatter := 0.5 // what few differ by says little
	if n >= 5 {
		scatter = deviation(list)
	}
	spread := scatter / math.Sqrt(max(n, 1))
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

// beyond returns a quantity larger than least, drawn from those of a sorted list that are; where there are none, one
// that may be as much as four times that.
func beyond(sorted []float64, least, u float64) float64 {
	i, _ := slices.BinarySearch(sorted, math.Nextafter(least, math.Inf(1)))
	if i < len(sorted) {
		return at(sorted[i:], u)
	}
	return least / (1 - 0.75*u)
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
