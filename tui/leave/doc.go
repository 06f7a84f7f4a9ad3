// Package leave is the way out of the screen while there is work, as a component: the question how to leave, with what each
// answer costs, and then the wait for the last tasks.
package leave
