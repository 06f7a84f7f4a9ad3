package forecast

import "slices"

// fitted is how many values a line with a slope is fitted to at least.
const fitted = 5

// linear is fixed + slope*x. Neither is below 0.
type linear struct{ fixed, slope float64 }

func (l linear) at(x float64) float64 { return l.fixed + l.slope*x }

// fit returns the line that is nearest to some points; one without a slope through few.
func fit(xs, ys []float64) linear {
	var n, sumX, sumY, squares, products float64
	for i, x := range xs {
		n++
		sumX += x
		sumY += ys[i]
		squares += x * x
		products += x * ys[i]
	}
	if n == 0 {
		return linear{}
	}
	var l linear
	if spread := n*squares - sumX*sumX; n >= fitted && spread > 0 {
		l.slope = max((n*products-sumX*sumY)/spread, 0)
	}
	if l.fixed = (sumY - l.slope*sumX) / n; l.fixed < 0 {
		return linear{slope: sumY / sumX}
	}
	return l
}

// readingOf says how long prompts are read, by their bytes.
func readingOf(samples []sample) linear {
	var xs, ys []float64
	for _, s := range samples[max(0, len(samples)-ratesKept):] {
		if s.reading > 0 {
			xs, ys = append(xs, s.prompt), append(ys, s.reading)
		}
	}
	return fit(xs, ys)
}

// speed says how long tokens take: each more, the more there are.
type speed struct {
	perToken linear    // seconds, on average over an answer, by its tokens
	scatter  []float64 // how many times as long answers really took, sorted
}

func speedOf(samples []sample) speed {
	var xs, ys []float64
	for _, s := range samples[max(0, len(samples)-ratesKept):] {
		if s.perToken > 0 {
			xs, ys = append(xs, s.tokens), append(ys, s.perToken)
		}
	}
	l := speed{perToken: fit(xs, ys)}
	for i, x := range xs {
		l.scatter = append(l.scatter, ys[i]/l.perToken.at(x))
	}
	slices.Sort(l.scatter)
	return l
}

func (s *speed) known() bool { return len(s.scatter) > 0 }

// seconds is how long so many tokens take.
func (s *speed) seconds(tokens float64) float64 { return tokens * s.perToken.at(tokens) }
