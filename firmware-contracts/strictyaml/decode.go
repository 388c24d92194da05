package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxDepth bounds nesting, so that a hostile file can't exhaust the stack.
const maxDepth = 40

// maxSize bounds a file in bytes.
const maxSize = 4 << 20

// Doc is a decoded file: it remembers where each path stands, so that later checks can
// report at the right line.
type Doc struct {
	file     string
	where    map[string]*token.Position
	problems Problems
}

// Decode reads data into out, a pointer to a struct. Fields are matched by their yaml tag;
// what a file doesn't mention keeps its present value, so out may hold the defaults. A type
// that implements encoding.TextUnmarshaler reads its own scalar. Mistakes are collected in
// the returned Doc.
func Decode(file string, data []byte, out any) (doc *Doc) {
	doc = &Doc{file: file, where: make(map[string]*token.Position)}
	defer func() {
		// The YAML library has panicked on hostile input before; a bad file must not
		// take the program with it.
		if r := recover(); r != nil {
			doc.Add("", "this file can't be read as YAML", "look for an unclosed quote or bracket")
		}
	}()
	if len(data) > maxSize {
		doc.Add("", fmt.Sprintf("the file has %d bytes, more than %d", len(data), maxSize), "split it")
		return doc
	}
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		doc.syntax(err)
		return doc
	}
	var body ast.Node
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			doc.at(d.Body, "", "a second document begins here", "one file holds one document; remove the ---")
			return doc
		}
		body = d.Body
	}
	if body == nil {
		doc.Add("", "the file is empty", "start from the commented example")
		return doc
	}
	doc.value("", body, reflect.ValueOf(out).Elem(), 0)
	return doc
}

// Problems returns all mistakes found so far, in file order.
func (d *Doc) Problems() Problems { return d.problems.sorted() }

// Has reports whether the file mentions path.
func (d *Doc) Has(path string) bool { return d.where[path] != nil }

// Add reports a mistake at path, or at the nearest place above it that the file mentions.
func (d *Doc) Add(path, message, hint string) {
	p := Problem{File: d.file, Line: 1, Column: 1, Path: path, Message: message, Hint: hint}
	for q := path; ; q = parent(q) {
		if pos := d.where[q]; pos != nil {
			p.Line, p.Column = pos.Line, pos.Column
			break
		}
		if q == "" {
			break
		}
	}
	d.problems = append(d.problems, p)
}

// Addf is Add with a formatted message and no hint.
func (d *Doc) Addf(path, format string, args ...any) { d.Add(path, fmt.Sprintf(format, args...), "") }

func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

func (d *Doc) at(n ast.Node, path, message, hint string) {
	p := Problem{File: d.file, Line: 1, Column: 1, Path: path, Message: message, Hint: hint}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	d.problems = append(d.problems, p)
}

func (d *Doc) syntax(err error) {
	p := Problem{File: d.file, Line: 1, Column: 1, Message: "not valid YAML: " + err.Error()}
	var e yaml.Error
	if errors.As(err, &e) {
		p.Message = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			p.Line, p.Column = t.Position.Line, t.Position.Column
		}
		if strings.HasPrefix(p.Message, "mapping key") {
			p.Hint = "each key may stand once; remove one of the two"
		} else {
			p.Message = "not valid YAML: " + p.Message
			p.Hint = "check indentation, quotes and brackets near here"
		}
	}
	d.problems = append(d.problems, p)
}

// value decodes node n into v.
func (d *Doc) value(path string, n ast.Node, v reflect.Value, depth int) {
	if depth > maxDepth {
		d.at(n, path, fmt.Sprintf("nested deeper than %d levels", maxDepth), "")
		return
	}
	if t := n.GetToken(); t != nil && path != "" && d.where[path] == nil {
		d.where[path] = t.Position
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode, *ast.DirectiveNode:
		d.at(n, path, "anchors, aliases, merges and tags are not used here", "write the value out")
		return
	}
	if _, null := n.(*ast.NullNode); null {
		d.at(n, path, "the value is missing", "write a value after the colon or remove the key")
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(path, n, v.Elem(), depth)
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(path, n, u)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(path, n, v, depth)
	case reflect.Slice:
		d.sequence(path, n, v, depth)
	case reflect.Map:
		d.table(path, n, v, depth)
	default:
		d.scalar(path, n, v)
	}
}

func (d *Doc) text(path string, n ast.Node, u encoding.TextUnmarshaler) {
	s, ok := scalarText(n)
	if !ok {
		d.at(n, path, "want a single value, found "+describe(n), "")
		return
	}
	if err := u.UnmarshalText([]byte(s)); err != nil {
		var p Problem
		if errors.As(err, &p) {
			d.at(n, path, p.Message, p.Hint)
			return
		}
		d.at(n, path, err.Error(), "")
	}
}

func (d *Doc) scalar(path string, n ast.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		switch s := n.(type) {
		case *ast.StringNode:
			v.SetString(s.Value)
		case *ast.LiteralNode:
			v.SetString(s.Value.Value)
		default:
			d.at(n, path, "want text, found "+describe(n), "put it in quotes")
		}
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
			return
		}
		d.at(n, path, "want true or false, found "+describe(n), "")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.integer(path, n, v, func(i int64, u uint64, neg bool) bool {
			if !neg && u > math.MaxInt64 || v.OverflowInt(i) {
				return false
			}
			v.SetInt(i)
			return true
		})
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.integer(path, n, v, func(_ int64, u uint64, neg bool) bool {
			if neg || v.OverflowUint(u) {
				return false
			}
			v.SetUint(u)
			return true
		})
	case reflect.Float32, reflect.Float64:
		if f, ok := number(n); ok {
			v.SetFloat(f)
			return
		}
		d.at(n, path, "want a number, found "+describe(n), "")
	default:
		panic(fmt.Sprintf("strictyaml: a %s can't be read from YAML", v.Type()))
	}
}

func (d *Doc) integer(path string, n ast.Node, v reflect.Value, set func(i int64, u uint64, neg bool) bool) {
	in, ok := n.(*ast.IntegerNode)
	if !ok {
		d.at(n, path, "want a whole number, found "+describe(n), "")
		return
	}
	var i int64
	var u uint64
	switch x := in.Value.(type) {
	case int64:
		i, u = x, uint64(x)
	case uint64:
		i, u = int64(x), x
	}
	if !set(i, u, i < 0 && in.Token.Value[0] == '-') {
		lo, hi := bounds(v.Kind())
		d.at(n, path, fmt.Sprintf("%s is out of range", in.Token.Value), fmt.Sprintf("from %s to %s", lo, hi))
	}
}

func bounds(k reflect.Kind) (lo, hi string) {
	switch k {
	case reflect.Uint8:
		return "0", "255"
	case reflect.Uint16:
		return "0", "65535"
	case reflect.Uint32:
		return "0", "4294967295"
	case reflect.Uint, reflect.Uint64:
		return "0", "18446744073709551615"
	case reflect.Int8:
		return "-128", "127"
	case reflect.Int16:
		return "-32768", "32767"
	case reflect.Int32:
		return "-2147483648", "2147483647"
	default:
		return "-9223372036854775808", "9223372036854775807"
	}
}
