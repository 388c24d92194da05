// Package messagetest checks messages against their JSON Schemas. It is for tests: the
// validator stays out of the daemon.
package messagetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"firepost/firmware-contracts/message/schema"
)

// SchemaKind names a message; the constants are in package schema.
type SchemaKind = schema.Kind

// ErrInvalid is wrapped when the bytes are JSON but not the message.
var ErrInvalid = errors.New("message does not meet its schema")

// Validator holds the compiled schemas. It is immutable and safe for concurrent use.
type Validator struct {
	schemas map[SchemaKind]*jsonschema.Schema
}

// NewValidator compiles every schema; an error means that a schema itself is wrong.
func NewValidator() (*Validator, error) {
	v := &Validator{schemas: make(map[SchemaKind]*jsonschema.Schema)}
	for _, k := range schema.Kinds() {
		s, err := compile(k)
		if err != nil {
			return nil, err
		}
		v.schemas[k] = s
	}
	return v, nil
}

// Validate checks one message, strictly: formats are asserted. The error wraps ErrInvalid
// when the bytes are JSON but not this message, and names every place that is wrong.
func (v *Validator) Validate(kind SchemaKind, data []byte) error {
	s, ok := v.schemas[kind]
	if !ok {
		return fmt.Errorf("validate %q: no such kind of message", kind)
	}
	return check(s, kind, data)
}

// Validate checks one message like Validator.Validate; for more than a few, compile once
// with NewValidator.
func Validate(kind SchemaKind, data []byte) error {
	s, err := compile(kind)
	if err != nil {
		return err
	}
	return check(s, kind, data)
}

func check(s *jsonschema.Schema, kind SchemaKind, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("validate %s: not JSON: %w", kind, err)
	}
	if err := s.Validate(doc); err != nil {
		return fmt.Errorf("validate %s: %w: %w", kind, ErrInvalid, err)
	}
	return nil
}

// MustValidate fails the test when data is not a good message of the kind.
func MustValidate(tb testing.TB, kind SchemaKind, data []byte) {
	tb.Helper()
	if err := Validate(kind, data); err != nil {
		tb.Errorf("%v\nin %s", err, data)
	}
}

// KindOf tells the kind of a message by its MQTT topic; ok is false for a topic of none.
func KindOf(topic string) (kind SchemaKind, ok bool) {
	parts := strings.Split(topic, "/")
	if len(parts) < 5 || parts[0] != "firepost" || parts[1] != "v1" {
		return "", false
	}
	switch leaf := parts[4]; {
	case leaf == "state" && len(parts) == 6:
		return schema.State, true
	case len(parts) != 5:
		return "", false
	case leaf == "cmd":
		return schema.Envelope, true
	case leaf == "state", leaf == "command", leaf == "envelope":
		return "", false
	default:
		for _, k := range schema.Kinds() {
			if string(k) == leaf {
				return k, true
			}
		}
		return "", false
	}
}

func compile(kind SchemaKind) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertContent()
	for _, k := range [...]SchemaKind{schema.Common, kind} {
		data, err := schema.Read(k)
		if err != nil {
			return nil, err
		}
		var doc any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		if err := dec.Decode(&doc); err != nil {
			return nil, fmt.Errorf("parse message schema %q: %w", k, err)
		}
		if err := c.AddResource(k.URL(), doc); err != nil {
			return nil, fmt.Errorf("add message schema %q: %w", k, err)
		}
	}
	s, err := c.Compile(kind.URL())
	if err != nil {
		return nil, fmt.Errorf("compile message schema %q: %w", kind, err)
	}
	return s, nil
}
