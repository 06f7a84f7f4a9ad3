package forecast

import (
	"cmp"
	"slices"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// plan is a queue in the form in which it is played through, which is done often.
type plan struct {
	lanes    int
	patience float64
	groups   map[string]int // numbers of groups
	warm     []bool         // by the number of the group

	running []runner
	tasks   []work // not held ones, in the order of the queue
	rest    []rest

	stations []station
	slots    []slots
}

// station is one model on one server.
type station struct {
	slots  int // which it has: plan.slots
	loaded bool
	law    *law
}

// slots are what a server works with: those of one model, or of all.
type slots struct {
	n    int
	from float64 // they do nothing before, in seconds from now
}

// work is a task that waits.
type work struct {
	serial   uint64
	priority int
	group    int
	due      float64 // not before, in seconds from now
	places   []int   // the stations that can do it; none for what needs no server
	law      *law
	prompt   int     // bytes
	limit    float64 // tokens; 0 for none
	refused  bool    // it fails as soon as it has a lane
}

// runner is a task that has a lane.
type runner struct {
	work
	station int  // with which it is; below 0 for none
	turn    turn // for a slot
	sent    time.Time
	since   float64 // seconds since it began what it does
	phase   agent.Phase
	tokens  float64
	rate    float64 // seconds for a token, seen of it; 0 for not known
	ends    bool    // it is about to end
	stuck   bool    // nobody knows when it ends
}

// turn is how sure it is that a task has a slot, the surest first.
type turn int

const (
	turnServed  turn = iota // it has one, or needs none
	turnReading             // as far as a client can know
	turnWaiting             // if one is free
)

// rest is like Rest.
type rest struct {
	group, count int
	work         work // one of them
}

// builder makes a plan.
type builder struct {
	plan
	q        *Queue
	laws     laws
	at       map[source]int   // stations
	shared   []int            // the slots that all models of a server have together, by server; below 0 for none
	places   map[string][]int // of models
	refusing map[string]bool  // models that no server has
}

func prepare(q *Queue, r *Rates) *plan {
	b := &builder{
		q: q, at: make(map[source]int), places: make(map[string][]int), refusing: make(map[string]bool),
		laws: laws{all: r.copied(), live: make(map[source][]sample), made: make(map[source]*law)},
	}
	b.lanes, b.patience, b.groups = max(q.Lanes, 1), seconds(q.Patience), make(map[string]int)
	b.addServers()
	for i := range q.Running {
		if live := &q.Running[i].Live; live.Tokens >= 8 && live.Rate() > 0 {
			s := source{agent.FullName(live.Model), live.Server}
			b.laws.live[s] = append(b.laws.live[s], sample{tokens: float64(live.Tokens), perToken: 1 / live.Rate()})
		}
	}
	for i := range q.Running {
		b.addRunning(&q.Running[i])
	}
	slices.SortStableFunc(b.running, func(a, b runner) int { return cmp.Or(cmp.Compare(a.turn, b.turn), a.sent.Compare(b.sent)) })
	for i := range q.Pending {
		if t := &q.Pending[i]; !t.Held {
			w := b.work(t.Serial, &t.Request, t.Group)
			w.priority = t.Priority
			if t.NotBefore.After(q.Now) {
				w.due = seconds(t.NotBefore.Sub(q.Now))
			}
			b.tasks = append(b.tasks, w)
		}
	}
	for _, r := range q.Rest {
		if r.Held || r.Count == 0 {
			continue
		}
		w := b.work(0, &agent.Request{Kind: r.Kind, Model: r.Model}, r.Group)
		if r.Kind != agent.KindChat {
			w.law = b.laws.ofKind(r.Kind)
		}
		b.rest = append(b.rest, rest{group: w.group, count: r.Count, work: w})
	}
	b.warm = make([]bool, len(b.groups))
	for _, group := range q.Warm {
		if n, ok := b.groups[group]; ok {
			b.warm[n] = true
		}
	}
	return &b.plan
}

// addServers takes the servers over, and the cloud as one more behind them.
func (b *builder) addServers() {
	for i := range b.q.Servers {
		s := &b.q.Servers[i]
		together := -1
		if s.SlotsFrom == agent.SlotsSet || s.Slots < sum(s.ModelSlots) {
			together = b.addSlots(s.Slots, s.PausedUntil)
		}
		b.shared = append(b.shared, together)
	}
	b.shared = append(b.shared, b.addSlots(b.q.Cloud.Slots, b.q.Cloud.PausedUntil))
}

func (b *builder) addSlots(n int, paused time.Time) int {
	b.slots = append(b.slots, slots{max(n, 1), b.until(paused)})
	return len(b.slots) - 1
}

func sum(numbers map[string]int) (all int) {
	for _, n := range numbers {
		all += n
	}
	return all
}

// until returns a time in seconds from now, 0 for one that is past.
func (b *builder) until(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return seconds(t.Sub(b.q.Now))
}

// station returns the number of a model on a server.
func (b *builder) station(model string, server int) int {
	host := ""
	if server < len(b.q.Servers) {
		host = b.q.Servers[server].Host
	}
	s := source{agent.FullName(model), host}
	if n, ok := b.at[s]; ok {
		return n
	}
	n := len(b.stations)
	b.at[s] = n
	st := station{slots: b.shared[server], loaded: true}
	if host == "" {
		st.law = b.laws.of(b.anywhere(s.name))
	} else {
		info := &b.q.Servers[server]
		if st.slots < 0 {
			st.slots = b.addSlots(slotsOf(info, s.name), info.PausedUntil)
		}
		st.law = b.laws.of(s)
		st.loaded = slices.ContainsFunc(info.Loaded, func(m agent.LoadedModel) bool { return agent.FullName(m.Name) == s.name })
	}
	b.stations = append(b.stations, st)
	return n
}

// anywhere returns a source of a model that is known, since of a model in a cloud it does not matter through which server
// it is reached.
func (b *builder) anywhere(model string) source {
	best := source{name: model}
	for s, samples := range b.laws.all {
		if s.name == model && (best.server == "" || len(samples) > len(b.laws.all[best])) {
			best = s
		}
	}
	return best
}

// slotsOf returns how many requests a server works on at once for a model, as far as it has been seen, at least 1.
func slotsOf(info *agent.ServerInfo, model string) int {
	if n := info.ModelSlots[model]; n > 0 {
		return n
	}
	most := 1 // the setting of the server is one for all models
	for _, n := range info.ModelSlots {
		most = max(most, n)
	}
	return most
}

// work returns what there is to do for a request.
func (b *builder) work(serial uint64, r *agent.Request, group string) work {
	w := work{serial: serial, group: b.group(group)}
	if r.KindName() != agent.KindChat {
		w.law = b.laws.of(sourceOf(r, "", ""))
		return w
	}
	model := agent.FullName(cmp.Or(r.Model, b.q.Model))
	w.places, w.refused = b.placesOf(model)
	w.prompt = promptBytes(r)
	w.limit = float64(cmp.Or(agent.TokenLimit(r.Options), agent.TokenLimit(b.q.Options)))
	if len(w.places) == 0 {
		w.law = &law{} // nobody knows who will do it
	}
	return w
}

func (b *builder) group(name string) int {
	n, ok := b.groups[name]
	if !ok {
		n = len(b.groups)
		b.groups[name] = n
	}
	return n
}

// placesOf returns the stations for a model; refused if no server has it.
func (b *builder) placesOf(model string) (places []int, refused bool) {
	if places, ok := b.places[model]; ok {
		return places, b.refusing[model]
	}
	if agent.IsCloud(model) {
		places = []int{b.station(model, len(b.q.Servers))}
	}
	up := false
	for i := range b.q.Servers {
		s := &b.q.Servers[i]
		if s.State != agent.ServerUp || agent.IsCloud(model) {
			continue
		}
		up = true
		if slices.ContainsFunc(s.Models, func(m agent.Model) bool { return agent.FullName(m.Name) == model }) {
			places = append(places, b.station(model, i))
		}
	}
	b.places[model], b.refusing[model] = places, up && len(places) == 0
	return places, b.refusing[model]
}

// addRunning takes a task over that has a lane.
func (b *builder) addRunning(run *Running) {
	live := &run.Live
	r := runner{work: b.work(run.Serial, &run.Request, run.Group), station: -1, phase: live.Phase, tokens: float64(live.Tokens)}
	r.ends, r.stuck = run.State == dispatcher.LaneCancelling, run.State == dispatcher.LaneStuck
	if live.TokenLimit > 0 {
		r.limit = float64(live.TokenLimit)
	}
	if run.Request.KindName() != agent.KindChat {
		r.since = seconds(b.q.Now.Sub(run.StartedAt))
		b.running = append(b.running, r)
		return
	}
	server := slices.IndexFunc(b.q.Servers, func(s agent.ServerInfo) bool { return s.Host == live.Server })
	switch {
	case live.Model != "" && agent.IsCloud(live.Model):
		r.station = b.station(live.Model, len(b.q.Servers))
	case server >= 0 && live.Model != "":
		r.station = b.station(live.Model, server)
	case len(r.places) > 0:
		r.station = r.places[0] // it is on its way there
	default:
		r.stuck = true
	}
	switch {
	case live.Phase == agent.PhaseStuck:
		r.stuck = true
	case live.Phase == agent.PhasePrompt:
		r.turn = turnReading
	case live.Phase.BeforeFirstToken():
		r.turn = turnWaiting
	}
	r.sent = live.Sent
	if !live.Sent.IsZero() {
		r.since = seconds(b.q.Now.Sub(live.Sent))
	}
	if live.Tokens >= 8 && live.Rate() > 0 {
		r.rate = 1 / live.Rate()
	}
	b.running = append(b.running, r)
}
