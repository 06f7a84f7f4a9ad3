package forecast

import (
	"math"
	"slices"
)

// plenty is how many answers of a model say how long its answers are. Where there are fewer, those of other models fill up
// if they are alike.
const plenty = 32

// lengths are the tokens of answers, sorted.
type lengths struct {
	ended []float64 // of those that ended by themselves
	cut   []float64 // of those that were cut off at a limit, and would have been longer
}

// lengths returns those of a model.
func (l *laws) lengths(name string, samples []sample) lengths {
	own := lengthsOf(samples, samplesKept)
	if n := len(own.all()); n < enough {
		return lengths{}
	} else if n < plenty {
		others := lengthsOf(l.pooled(func(other source) bool { return other.name != name }), plenty-n)
		// No more than a factor of two apart.
		if a, b := mean(own.all()), mean(others.all()); a <= 2*b && b <= 2*a {
			own.ended, own.cut = sorted(own.ended, others.ended), sorted(own.cut, others.cut)
		}
	}
	return own
}

func sorted(a, b []float64) []float64 { return slices.Sorted(slices.Values(slices.Concat(a, b))) }

// lengthsOf returns those of the latest n samples that have one.
func lengthsOf(samples []sample, n int) lengths {
	var l lengths
	for _, s := range slices.Backward(samples) {
		switch {
		case !s.whole || s.tokens == 0:
			continue
		case s.cut:
			l.cut = append(l.cut, s.tokens)
		default:
			l.ended = append(l.ended, s.tokens)
		}
		if n--; n == 0 {
			break
		}
	}
	slices.Sort(l.ended)
	slices.Sort(l.cut)
	return l
}

func (l *lengths) known() bool { return len(l.ended)+len(l.cut) > 0 }

func (l *lengths) all() []float64 { return slices.Concat(l.ended, l.cut) }

// draw returns how long an answer gets, of which there are some tokens already; limit is the most, 0 for any.
func (l *lengths) draw(so, limit, u float64) float64 {
	i, _ := slices.BinarySearch(l.ended, math.Nextafter(so, math.Inf(1)))
	longer := l.ended[i:]
	n := len(longer) + len(l.cut)
	at := min(int(u*float64(n)), n-1)
	var tokens float64
	switch {
	case n == 0:
		tokens = farther(so, u)
	case at < len(longer):
		tokens = longer[at]
	case limit > 0:
		return max(limit, so)
	default:
		if tokens = l.cut[at-len(longer)]; tokens <= so {
			tokens = farther(so, u)
		}
	}
	if limit > 0 {
		tokens = min(tokens, max(limit, so))
	}
	return tokens
}

// farther returns how far something gets that has got farther than all before: as much as four times.
func farther(so, u float64) float64 { return so / (1 - 0.75*u) }
