package contract

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reader collects the problems of one file.
type reader struct {
	file     string
	problems Problems
}

// spot is a place in the file.
type spot struct{ line, column int }

func spotOf(t *token.Token) spot {
	if t == nil || t.Position == nil {
		return spot{1, 1}
	}
	return spot{t.Position.Line, t.Position.Column}
}

func (r *reader) report(at spot, path, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: at.line, Column: at.column,
		Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (r *reader) warn(at spot, path, hint, format string, args ...any) {
	r.report(at, path, hint, format, args...)
	r.problems[len(r.problems)-1].Warning = true
}

// field is one key of an object with its value.
type field struct {
	key   string
	at    spot // of the value
	keyAt spot
	node  ast.Node
	used  bool
	bad   bool
}

// object is one YAML mapping. Its getters note each key that they are asked for, so that end
// can report the keys that nobody asked for. A nil object answers every getter with nothing.
type object struct {
	r    *reader
	kind string // looks up keyHelp
	path string
	at   spot
	// fields keeps the order of the file.
	fields []*field
	known  []string
}

// object reads a mapping; nil, after a report, when the node is something else.
func (r *reader) object(kind, path string, at spot, node ast.Node) *object {
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.report(at, path, keyHelp[kind], "must hold keys and values, not %s", describe(node))
		return nil
	}
	o := &object{r: r, kind: kind, path: path, at: at}
	for i, v := range values {
		keyAt := spotOf(v.Key.GetToken())
		if i == 0 {
			o.at = keyAt
		}
		key, ok := v.Key.(*ast.StringNode)
		if !ok {
			r.report(keyAt, path, "", "key %q is not a plain word", v.Key.GetToken().Value)
			continue
		}
		if first := o.find(key.Value); first != nil {
			r.report(keyAt, o.sub(key.Value), "remove one of the two", "key given twice, first on line %d", first.keyAt.line)
			continue
		}
		f := &field{key: key.Value, keyAt: keyAt, at: keyAt, node: v.Value}
		if v.Value != nil && v.Value.Type() != ast.NullType {
			f.at = nodeSpot(v.Value)
		}
		o.fields = append(o.fields, f)
	}
	return o
}

// nodeSpot is where a value begins; a mapping's own token is its first colon.
func nodeSpot(node ast.Node) spot {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return spotOf(n.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return spotOf(n.Key.GetToken())
	}
	return spotOf(node.GetToken())
}

func (o *object) find(key string) *field {
	if o == nil {
		return nil
	}
	for _, f := range o.fields {
		if f.key == key {
			return f
		}
	}
	return nil
}

// sub is the path of a key of this object.
func (o *object) sub(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// help says what a key must hold.
func (o *object) help(key string) string {
	key, _, _ = strings.Cut(key, "[")
	return keyHelp[o.kind+"."+key]
}

// optional finds a key that may be missing. An empty value counts as missing, with a report.
func (o *object) optional(key string) *field {
	if o == nil {
		return nil
	}
	o.known = append(o.known, key)
	f := o.find(key)
	if f == nil {
		return nil
	}
	f.used = true
	if f.node == nil || f.node.Type() == ast.NullType {
		o.wrong(f, "is empty")
		return nil
	}
	return f
}

// required reports a key that is missing.
func (o *object) required(key string) *field {
	if o == nil {
		return nil
	}
	if o.find(key) == nil {
		o.known = append(o.known, key)
		o.r.report(o.at, o.sub(key), o.help(key), "missing")
		return nil
	}
	return o.optional(key)
}

// wrong reports a key's value.
func (o *object) wrong(f *field, format string, args ...any) {
	f.bad = true
	o.r.report(f.at, o.sub(f.key), o.help(f.key), format, args...)
}

// problem reports something about a key's value, or about the object when the key is missing.
func (o *object) problem(key, hint, format string, args ...any) {
	at, path := o.at, o.path
	if f := o.find(key); f != nil {
		at, path = f.at, o.sub(key)
	}
	o.r.report(at, path, hint, format, args...)
}

// good reports whether the key is there and was read without a problem.
func (o *object) good(key string) bool {
	f := o.find(key)
	return f != nil && f.used && !f.bad
}

// failed reports whether the key is there and could not be read.
func (o *object) failed(key string) bool {
	f := o.find(key)
	return f != nil && f.bad
}

// end reports the keys that no getter asked for.
func (o *object) end() {
	if o == nil {
		return
	}
	for _, f := range o.fields {
		if f.used {
			continue
		}
		hint := "known here: " + strings.Join(o.known, ", ")
		if n := nearest(f.key, o.known); n != "" {
			hint = fmt.Sprintf("did you mean %q?", n)
		}
		o.r.report(f.keyAt, o.sub(f.key), hint, "unknown key")
	}
}

// child reads a key that holds a mapping.
func (o *object) child(key, kind string, f *field) *object {
	if f == nil {
		return nil
	}
	c := o.r.object(kind, o.sub(key), f.at, f.node)
	f.bad = c == nil
	return c
}

// list reads a key that holds a list and calls each with the path and the node of every entry.
func (o *object) list(f *field, each func(path string, at spot, node ast.Node)) {
	if f == nil {
		return
	}
	seq, ok := f.node.(*ast.SequenceNode)
	if !ok {
		o.wrong(f, "must be a list, not %s", describe(f.node))
		return
	}
	for i, n := range seq.Values {
		path := fmt.Sprintf("%s[%d]", o.sub(f.key), i)
		if n == nil || n.Type() == ast.NullType {
			o.r.report(f.at, path, o.help(f.key), "is empty")
			f.bad = true
			continue
		}
		each(path, nodeSpot(n), n)
	}
}

// describe names what a node is, for people.
func describe(node ast.Node) string {
	switch n := node.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.BoolNode:
		return "the truth value " + n.GetToken().Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + n.GetToken().Value
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", shorten(n.Value))
	case *ast.LiteralNode:
		return "a text of several lines"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		return "an anchor, alias or tag, which contracts do without"
	default:
		return "something else"
	}
}

// shorten keeps a message on one line.
func shorten(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
