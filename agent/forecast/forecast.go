package forecast

import (
	"math"
	"slices"
	"time"
)

// Forecast is what is expected of a queue as it was at one moment. It does not change, and the zero Forecast knows nothing.
type Forecast struct {
	At   time.Time
	All  Span // when all tasks will have ended that are not held
	Held int  // tasks that are

	tasks map[uint64]Estimate // of those that were looked at one by one, by serial
	first int                 // how many pending ones that were
	rest  int                 // how many were behind them
	begin Span                // when the first of the rest gets a lane
}

// Task returns what is expected of a task that was pending or running. place is how many were before it in the order of
// the queue, below 0 for one that is not in it: of a task that was far behind it tells the time.
func (f *Forecast) Task(serial uint64, place int) Estimate {
	if e, ok := f.tasks[serial]; ok {
		return e
	}
	if place < f.first || f.rest == 0 || !f.All.Known() || !f.begin.Known() {
		return Estimate{}
	}
	share := min(float64(place-f.first+1)/float64(f.rest), 1)
	end := Span{
		between(f.begin.Early, f.All.Early, share), between(f.begin.Likely, f.All.Likely, share), between(f.begin.Late, f.All.Late, share),
	}
	return Estimate{End: end}
}

func between(a, b time.Time, share float64) time.Time {
	return a.Add(time.Duration(share * float64(b.Sub(a))))
}

// Compute says what is expected of a queue, by what r has learnt. It takes time for each of q.Pending, of which there
// should be no more than a few thousand, and none for what is behind them.
func Compute(q *Queue, r *Rates) *Forecast {
	p := prepare(q, r)
	f := &Forecast{At: q.Now, tasks: make(map[uint64]Estimate, len(p.tasks)+len(q.Running)), first: len(q.Pending)}
	results := make([]result, draws)
	for i := range results {
		results[i] = play(p, i)
	}
	moments := make([]float64, draws)
	span := func(of func(*result) float64) Span {
		for i := range results {
			moments[i] = of(&results[i])
		}
		return spanOf(q.Now, moments)
	}
	for i := range p.running {
		f.tasks[p.running[i].serial] = Estimate{End: span(func(r *result) float64 { return r.running[i] })}
	}
	for i := range p.tasks {
		f.tasks[p.tasks[i].serial] = Estimate{
			Start: span(func(r *result) float64 { return r.starts[i] }), End: span(func(r *result) float64 { return r.ends[i] }),
		}
	}
	for i := range q.Pending {
		if q.Pending[i].Held {
			f.Held++
			f.tasks[q.Pending[i].Serial] = Estimate{}
		}
	}
	for _, rest := range q.Rest {
		f.rest += rest.Count
		if rest.Held {
			f.Held += rest.Count
		}
	}
	f.All = span(func(r *result) float64 { return r.all })
	f.begin = span(func(r *result) float64 { return r.begin })
	return f
}

// spanOf returns the span of moments, in seconds from now; infinite ones are not known. It sorts them.
func spanOf(now time.Time, moments []float64) Span {
	slices.Sort(moments)
	at := func(share float64) time.Time {
		return now.Add(time.Duration(moments[int(share*float64(len(moments)-1)+0.5)] * float64(time.Second)))
	}
	if late := moments[int(0.9*float64(len(moments)-1)+0.5)]; math.IsInf(late, 1) || late > farthest.Seconds() {
		return Span{}
	}
	return Span{at(0.1), at(0.5), at(0.9)}
}

// farthest is the latest moment that is told.
const farthest = 10 * 365 * 24 * time.Hour
