package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"drover/agent/engine"
	"drover/tui/actions"
	"drover/tui/errorlist"
	"drover/tui/footer"
	"drover/tui/form"
	"drover/tui/header"
	"drover/tui/help"
	"drover/tui/keys"
	"drover/tui/lanes"
	"drover/tui/leave"
	"drover/tui/notice"
	"drover/tui/output"
	"drover/tui/overlay"
	"drover/tui/queue"
	"drover/tui/recovery"
	"drover/tui/servers"
	"drover/tui/theme"
	"drover/tui/watch"
)

// page is what fills the screen. Everything else lies over it; see overlay.Stack.
type page int

const (
	pageMain page = iota
	pageOutput
)

// model is the one Bubble Tea model, owned by the event loop. Nothing else reads or writes it: commands take
// copies of what they need.
type model struct {
	ctx      context.Context // of every command; it ends when the screen goes
	engine   engine.Engine
	options  Options
	tmux     string // the program of that name
	watcher  *watch.Watcher
	actions  *actions.Actions
	handlers keys.Handlers

	// What is known.
	state   engine.State // the latest snapshot
	pulled  bool         // there has been a snapshot
	now     time.Time    // of the latest message that moved time on; drawing itself reads no clock
	clock   clock        // for what is shown
	lastEnd time.Time    // when a task was last seen to have ended; zero when that no longer shows
	share   share
	alerts  alerts

	// What is shown.
	page     page
	focus    paneID // the pane that has the keys on the main page
	second   paneID // paneQueue or paneFinished: which one shows where both share a place
	hidden   [paneCount]bool
	shifted  [paneCount]time.Time // when a pane's selection last went to another task by itself
	zoomed   bool                 // the focused pane has the screen for itself
	noOutput bool                 // no output stands at the side of the lists
	reading  bool                 // that output has the keys, and not the focused pane
	overlays overlay.Stack        // what lies over the page
	notice   notice.Notice

	// The components, most of them panes and overlays.
	header   *header.Header
	footer   *footer.Footer
	panes    [paneCount]pane
	lanes    *lanes.Lanes
	queue    *queue.Tasks
	finished *queue.Tasks
	errors   *errorlist.Errors
	output   *output.Output
	form     *form.Form
	help     *overlay.Scroller
	servers  *servers.Servers
	leaving  *leave.Dialog
	recovery *recovery.Question

	// How it looks.
	width   int
	height  int
	layout  layout
	topAt   int        // the row at which what is on top begins, as it was drawn last
	colours theme.Look // what the settings and the terminal say of colours
	glyphs  theme.Glyphs
	look    overlay.Look
	dirty   bool     // something that is drawn has changed since view was composed
	view    tea.View // the latest frame

	// What the user did.
	away        bool   // the terminal does not have the focus
	interrupted bool   // the latest key was ctrl+c
	demo        bool   // the screen was left for the demo
	batchPath   string // the file that was asked for last
}

func newModel(ctx context.Context, engine engine.Engine, bound keys.Map, glyphs theme.Glyphs) *model {
	m := &model{
		ctx:     ctx,
		engine:  engine,
		watcher: watch.New(ctx, engine),
		colours: theme.Look{Dark: true, Profile: colorprofile.TrueColor}, // until the terminal tells, which it may never do
		glyphs:  glyphs,
		second:  paneQueue,
		tmux:    "tmux",
		now:     time.Now(),
		dirty:   true,
	}
	m.look.Keys = bound
	m.lanes, m.queue, m.finished = lanes.New(&m.look), queue.NewPending(&m.look), queue.NewFinished(&m.look)
	m.errors, m.header, m.footer = errorlist.New(&m.look), header.New(&m.look), footer.New(&m.look)
	m.panes = [paneCount]pane{paneLanes: m.lanes, paneQueue: m.queue, paneFinished: m.finished, paneErrors: m.errors}
	m.form = form.New(&m.look)
	m.leaving, m.recovery = leave.New(&m.look), recovery.New(&m.look)
	m.output, m.help, m.servers = output.New(&m.look), help.New(&m.look), servers.New(&m.look)
	m.servers.SetData(&m.state.Server, m.now)
	m.actions = actions.New(ctx, engine, &m.look, &m.state, m.choice)
	m.handlers = m.newHandlers()
	m.paint()
	m.compose() // what is drawn before the first message, of no size, is a whole view too
	return m
}

// Init asks for the first snapshot and for the colour of the background, which may never be answered.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.watcher.First(), tea.RequestBackgroundColor)
}

// Update takes one message and, when it changed anything that shows, composes the frame.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.handle(msg)
	if m.dirty {
		m.arrange() // before asking: the windows follow the sizes of the panes
	}
	m.ask()
	if m.dirty {
		m.compose()
		m.dirty = false
	}
	done := m.ctx.Done()
	return m, tea.Batch(cmd, m.layOut(), m.clock.arm(m.due(), done))
}

func (m *model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case watch.Snapshot:
		m.apply(msg)
		if m.leaving.Finished() {
			return tea.Quit
		}
		return tea.Batch(m.alerts.follow(&m.state, m.now), m.watcher.Next(time.Now()))
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseMsg:
		return m.mouse(msg)
	case clockMsg:
		if m.clock.rang(msg) {
			m.rang()
		}
		return nil
	default:
		if m.terminal(msg) {
			return nil
		}
		return m.reply(msg)
	}
}

// terminal takes what the terminal tells about itself, and reports whether msg is that.
func (m *model) terminal(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height, m.dirty = msg.Width, msg.Height, true
	case tea.BackgroundColorMsg:
		m.colours.Dark = msg.IsDark()
		m.paint()
	case tea.FocusMsg:
		m.looked(true)
	case tea.BlurMsg:
		m.looked(false)
	case tea.ColorProfileMsg:
		m.colours.Profile = msg.Profile
		m.paint()
	default:
		return false
	}
	return true
}

// looked notes whether the terminal has the focus. Terminals that do not tell have it always.
func (m *model) looked(at bool) {
	m.away = !at
	m.dirty = true
}

// reply takes the outcome of a command.
func (m *model) reply(msg tea.Msg) tea.Cmd {
	if n, cmd, ok := m.actions.Reply(msg); ok {
		m.notify(n.Kind, n.Text)
		return cmd
	}
	switch msg := msg.(type) {
	case notice.Notice:
		m.notify(msg.Kind, msg.Text)
		return nil
	case output.LaidOut:
		m.output.SetLaidOut(msg)
		m.dirty = true
		return nil
	case savedMsg:
		m.dirty = true
		return m.saved(msg)
	case abilitiesMsg:
		m.form.TakeAbilities(msg.model, msg.can)
		m.dirty = true
		return nil
	case submittedMsg:
		m.dirty = true
		return m.carryOut(m.form.Submitted(msg.ids, msg.err))
	case batchMsg:
		return m.batchRead(msg)
	case editedMsg:
		m.dirty = true
		return m.carryOut(m.form.Edited(msg.id, msg.err))
	case leftMsg:
		return m.carryOut(m.leaving.Left(msg.wait, msg.err))
	}
	return nil
}

// paint builds the theme.
func (m *model) paint() {
	m.look.Theme = theme.New(m.colours, m.glyphs)
	m.dirty = true
}

// notify shows a notice. The text is ours or has been cleaned.
func (m *model) notify(kind notice.Kind, text string) {
	m.notice, m.dirty = notice.Notice{Kind: kind, Text: text}, true
}

// View returns the frame that Update composed. Bubble Tea calls it after every message.
func (m *model) View() tea.View { return m.view }
