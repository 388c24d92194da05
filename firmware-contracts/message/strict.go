package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// strictJSON decodes exactly one JSON value into dst. encoding/json alone is too kind: it
// takes "ACTION" for "action", lets the last of two equal keys win, and repairs bad UTF-8,
// so two receivers could read two commands out of one signed body.
func strictJSON(data []byte, dst any) error {
	if !utf8.Valid(data) {
		return fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	if err := checkKeys(data); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(dst); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// maxDepth is deeper than any message; it bounds the memory that a hostile one takes.
const maxDepth = 8

// checkKeys walks one JSON value and refuses a key that is doubled within its object or not
// lower-case ASCII, and anything after the value.
func checkKeys(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	var stack []map[string]bool // nil for an array
	wantKey := false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			return fmt.Errorf("%w: empty", ErrMalformed)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if key, ok := tok.(string); ok && wantKey {
			if err := checkKey(stack[len(stack)-1], key); err != nil {
				return err
			}
			wantKey = false
			continue
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, map[string]bool{})
		case json.Delim('['):
			stack = append(stack, nil)
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > maxDepth {
			return fmt.Errorf("%w: nested deeper than %d", ErrMalformed, maxDepth)
		}
		if len(stack) == 0 {
			break
		}
		wantKey = stack[len(stack)-1] != nil
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the end", ErrMalformed)
	}
	return nil
}

func checkKey(seen map[string]bool, key string) error {
	for i := range len(key) {
		if c := key[i]; (c < 'a' || c > 'z') && c != '_' {
			return fmt.Errorf("%w: key %q is not lower-case letters", ErrMalformed, key)
		}
	}
	if seen[key] {
		return fmt.Errorf("%w: key %q is given twice", ErrMalformed, key)
	}
	seen[key] = true
	return nil
}
