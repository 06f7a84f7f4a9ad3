// Package servers is the page of the model servers: what they have in memory, which lanes are with them, and what would help.
package servers
