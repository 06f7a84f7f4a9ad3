package keys

// Intent is what a component wants of the root of the screen, which alone can do it: nil for nothing, a tea.Cmd that is to be
// run, or a value of a type that the component or a package below it declares and the root knows. It is carried out before the
// next message is looked at.
type Intent any

// Handler is how one action is carried out.
type Handler struct {
	// WhyNot says in a sentence why the action cannot be carried out now; it is empty when it can. It changes nothing, since
	// it also decides what the last line offers. A nil WhyNot means that nothing stands in the way.
	WhyNot func() string
	// Do carries it out. It is only called when WhyNot returns nothing. It does not block; what takes time goes into a tea.Cmd.
	Do func() Intent
}

// Handlers are those of one component, or of the root, by their actions.
type Handlers map[Action]Handler

// Why says why the action cannot be carried out now, empty when it can.
func (h Handler) Why() string {
	if h.WhyNot == nil {
		return ""
	}
	return h.WhyNot()
}
