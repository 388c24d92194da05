// Package message is the language between booth and district: events, readings, states,
// health, commands and their signatures, with a JSON Schema for each beside the types.
//
// All times on the wire are UTC, RFC 3339, with milliseconds. Topics are in topics.go.
package message
