package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake, or one doubt, in a file.
type Problem struct {
	// File is the name given to Decode; Line and Column count from 1.
	File         string
	Line, Column int
	// Path is the place in the document: devices[3].unit. Empty for the file as a whole.
	Path string
	// Message names the value and the rule; Hint is the way out.
	Message, Hint string
	// Warning is true when the file may be used all the same.
	Warning bool
}

// Error is "file:line:column: path: message (hint)"; a warning says so before the path.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems are all mistakes and doubts of a file, in the order in which they stand there.
type Problems []Problem

// Error is one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is the problems as an error, or nil when there are none but warnings.
func (ps Problems) Err() error {
	if len(ps.Warnings()) == len(ps) {
		return nil
	}
	return ps
}

// Warnings are the problems that do not keep the file from being used.
func (ps Problems) Warnings() Problems {
	var out Problems
	for _, p := range ps {
		if p.Warning {
			out = append(out, p)
		}
	}
	return out
}

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return ps
}
