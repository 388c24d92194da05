package strictyaml

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Bounds on what is handed to the YAML library. Its lexer takes time in the square of a
// line's length in some places and in the cube of a run of empty lines in a block of text,
// and its parser in the square of most things; so long lines and runs are turned away first
// and the parser is not used.
const (
	maxSize  = 1 << 20
	maxLine  = 1000
	maxEmpty = 20
	maxDepth = 32
)

// tokens cuts data into tokens without comments, or says why that is impossible.
func tokens(data []byte) ([]*token.Token, *mistake) {
	if m := tooWild(data); m != nil {
		return nil, m
	}
	all, ok := tokenize(string(data))
	if !ok {
		return nil, syntax(spot{}, "the file can't be read")
	}
	if t := all.InvalidToken(); t != nil {
		return nil, syntax(spotOf(t), "%s", t.Error)
	}
	return slices.DeleteFunc(all, func(t *token.Token) bool { return t.Type == token.CommentType }), nil
}

// tokenize turns a panic of the library into a refusal: a bad file must not take the program
// with it.
func tokenize(data string) (all token.Tokens, ok bool) {
	defer func() {
		if recover() != nil {
			all, ok = nil, false
		}
	}()
	return lexer.Tokenize(data), true
}

// tooWild finds what no file written by people has.
func tooWild(data []byte) *mistake {
	if len(data) > maxSize {
		return &mistake{spot{}, fmt.Sprintf("the file has %d bytes, at most %d", len(data), maxSize), "split it"}
	}
	number, empty := 0, 0
	for line := range bytes.Lines(data) {
		number++
		if len(line) > maxLine {
			return &mistake{spot{number, maxLine + 1}, fmt.Sprintf("the line is longer than %d bytes", maxLine), "break it up: one key a line"}
		}
		empty++
		if len(bytes.TrimSpace(line)) > 0 {
			empty = 0
		}
		if empty > maxEmpty {
			return &mistake{spot{number, 1}, fmt.Sprintf("more than %d empty lines in a row", maxEmpty), "take some out"}
		}
	}
	return nil
}
