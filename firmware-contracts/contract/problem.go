package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong, or doubtful, in a contract file.
type Problem struct {
	// File is the file as it was given to Load; Line and Column count from 1.
	File         string
	Line, Column int
	// Path is where in the contract, such as points[2].scale; empty for the file as a whole.
	Path string
	// Message says what is wrong, with the value; Hint is the way out.
	Message string
	Hint    string
	// Warning is true when the contract may be used all the same.
	Warning bool
}

// String is "file:line:column: path: message (hint)"; a warning says so before the path.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		fmt.Fprintf(&b, " (%s)", p.Hint)
	}
	return b.String()
}

// Problems is everything that was found in one file, in the order of the file. As an error
// it holds at least one problem that is not a warning.
type Problems []Problem

// Error prints one problem per line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// Warnings returns the problems that do not keep the contract from being used.
func (p Problems) Warnings() Problems {
	var out Problems
	for _, one := range p {
		if one.Warning {
			out = append(out, one)
		}
	}
	return out
}

// err is nil when there are only warnings.
func (p Problems) err() error {
	if len(p.Warnings()) == len(p) {
		return nil
	}
	return p
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// nearest is the candidate that s was probably meant to be, or empty. It allows one slip
// for every three letters, at least one.
func nearest(s string, candidates []string) string {
	best, bestDistance := "", max(1, len(s)/3)+1
	for _, c := range candidates {
		d := distance(strings.ToLower(s), strings.ToLower(c), bestDistance)
		if d < bestDistance && d < len(s) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the insertions, deletions, changes and swaps of neighbours that turn a
// into b; lengths that differ by limit or more are not looked at.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
