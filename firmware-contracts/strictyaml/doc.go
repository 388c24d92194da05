// Package strictyaml reads YAML written by people into Go structs and reports every mistake
// at once, each with file, line, column, the rule and a way out. It is the only reader of
// YAML in the house.
//
// Unknown keys, repeated keys, missing keys, wrong types and values outside their bounds are
// mistakes; nothing is converted silently. Whole numbers are 16 or 0x10, and nothing that
// people and parsers read differently (010, 1_0, yes). A text stays on one line. Anchors,
// aliases, merges and tags are refused: a file that guards people should read the way it
// looks. Whatever a file holds, reading it takes time in proportion to its size.
//
// A struct says what a file may hold:
//
//	type Serial struct {
//		Baud   int      `yaml:"baud,required" within:"300 1000000" help:"the factory setting, such as 9600"`
//		Format Format   `yaml:"format"`
//		Extra  []Other  `yaml:"extra"`
//		Common          `yaml:",inline"`
//		Found  bool     `yaml:"-"`
//	}
//
// within holds the lowest and the highest number or Duration, or the lowest alone; help is
// the hint of a missing or wrong value. Both hold for the entries of a list too.
package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// spot is a place in the file; its zero value stands for the file's beginning.
type spot struct{ line, column int }

func spotOf(t *token.Token) spot {
	if t == nil || t.Position == nil {
		return spot{}
	}
	return spot{t.Position.Line, t.Position.Column}
}

// mention is where the file holds a path: the key (of a list's entry: the value) and the
// value, and whether the value was read without a problem.
type mention struct {
	key, value spot
	bad        bool
}

// Doc is a decoded file: it remembers where each path stands, so that later checks can
// report at the right place.
type Doc struct {
	file     string
	where    map[string]*mention
	problems Problems
}

// Decode reads data into out, a pointer to a struct. What a file doesn't mention keeps its
// present value, so out may hold the defaults. Mistakes are collected in the returned Doc;
// file is the name that they carry.
//
// A field may be a struct, a pointer, a list, a map with text keys, a text, a bool, a number,
// an Integer, a type with Words, or an encoding.TextUnmarshaler, which reads its own scalar
// (one that is a string underneath is given texts only). An UnmarshalText that returns a
// Problem sets message and hint.
func Decode(file string, data []byte, out any) (doc *Doc) {
	doc = &Doc{file: file, where: make(map[string]*mention)}
	v := reflect.ValueOf(out).Elem()
	root, err := parse(data)
	switch {
	case err != nil && err.hint == "":
		doc.report(err.at, "", err.message, rootHelp(v))
	case err != nil:
		doc.report(err.at, "", err.message, err.hint)
	default:
		doc.value("", root, v, field{help: rootHelp(v)})
	}
	return doc
}

// Problems returns everything found so far, in the order of the file.
func (d *Doc) Problems() Problems { return d.problems.sorted() }

// Has reports whether the file mentions path.
func (d *Doc) Has(path string) bool { return d.where[path] != nil }

// Good reports whether the file mentions path and holds a value there that Decode could read.
// What stands below path counts for itself.
func (d *Doc) Good(path string) bool {
	m := d.where[path]
	return m != nil && !m.bad
}

// Add reports a mistake at the key of path, or at the nearest place above it that the file
// mentions.
func (d *Doc) Add(path, message, hint string) {
	d.report(d.nearest(path).key, path, message, hint)
}

// AddValue is Add for a mistake in the value: it is reported where the value begins.
func (d *Doc) AddValue(path, message, hint string) {
	d.report(d.nearest(path).value, path, message, hint)
}

// Warn is AddValue for a doubt that does not keep the file from being used.
func (d *Doc) Warn(path, message, hint string) {
	d.AddValue(path, message, hint)
	d.problems[len(d.problems)-1].Warning = true
}

func (d *Doc) nearest(path string) mention {
	for d.where[path] == nil {
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return mention{}
		}
		path = path[:i]
	}
	return *d.where[path]
}

// wrong reports that the value at path can't be read.
func (d *Doc) wrong(path string, n *node, message, hint string) {
	if m := d.where[path]; m != nil {
		m.bad = true
	}
	d.report(n.at(), path, message, hint)
}

func (d *Doc) report(at spot, path, message, hint string) {
	d.problems = append(d.problems, Problem{
		File: d.file, Line: max(1, at.line), Column: max(1, at.column), Path: path, Message: message, Hint: hint,
	})
}

// mistake is why a file can't be read at all. Without a hint, how to begin a file is the hint.
type mistake struct {
	at            spot
	message, hint string
}

func syntax(at spot, format string, args ...any) *mistake {
	return &mistake{at, "not valid YAML: " + fmt.Sprintf(format, args...), "check indentation, quotes and brackets near here"}
}
