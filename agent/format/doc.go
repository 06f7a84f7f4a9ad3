// Package format says whether an answer is what its request asks for: JSON, or JSON that follows a schema.
//
// Schemas come from users and answers from models, so neither can be trusted: nothing is loaded that a schema refers to, and
// both are measured before they are given to the library that compares them (see cost.go), which knows no limits itself.
package format
