// Package schema holds the JSON Schema (draft 2020-12) of every message, for whoever writes
// the other end. It validates nothing itself: package messagetest does, in tests, so that no
// validator has to be linked into a booth.
package schema

import (
	"embed"
	"fmt"
)

// Kind names a message by its schema's file, without ".json".
type Kind string

// The messages, each with the topic that it travels on.
const (
	Event     Kind = "event"     // …/event
	State     Kind = "state"     // …/state/{device}
	Telemetry Kind = "telemetry" // …/telemetry
	Health    Kind = "health"    // …/health
	Online    Kind = "online"    // …/online
	Ack       Kind = "ack"       // …/ack
	Envelope  Kind = "envelope"  // …/cmd
	Command   Kind = "command"   // the body within an envelope
	Result    Kind = "result"    // …/result
)

// Common is what the others refer to; it is not a message.
const Common Kind = "common"

// BaseURL stands before a file's name in its $id. It is an identifier, not an address.
const BaseURL = "https://firepost.example/schema/v1/"

//go:embed *.json
var files embed.FS

// Kinds lists the messages, without Common.
func Kinds() []Kind {
	return []Kind{Event, State, Telemetry, Health, Online, Ack, Envelope, Command, Result}
}

// URL is the $id of the kind's schema.
func (k Kind) URL() string { return BaseURL + string(k) + ".json" }

// Read returns the schema as JSON.
func Read(k Kind) ([]byte, error) {
	data, err := files.ReadFile(string(k) + ".json")
	if err != nil {
		return nil, fmt.Errorf("read message schema %q: %w", k, err)
	}
	return data, nil
}
