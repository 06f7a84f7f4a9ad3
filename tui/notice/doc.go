// Package notice is the sentence that says how an action went. As an intent it asks the root to show it.
package notice
