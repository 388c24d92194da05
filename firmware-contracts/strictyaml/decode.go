package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/token"
)

const notUsed = "anchors, aliases, merges and tags are not used here"

// value decodes node n, which stands at path, into v; f says what is expected.
func (d *Doc) value(path string, n *node, v reflect.Value, f field) {
	f.value = v
	if path != "" && d.where[path] == nil {
		d.where[path] = &mention{key: n.at(), value: n.at()}
	}
	if n.refused != nil {
		d.wrong(path, n, notUsed, "write the value out")
		return
	}
	if n.null {
		d.wrong(path, n, "the value is missing", f.hint("write a value or remove the line"))
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(path, n, v.Elem(), f)
		return
	}
	switch u := v.Addr().Interface().(type) {
	case *Integer:
		d.integer(path, n, u, f)
		return
	case encoding.TextUnmarshaler:
		d.text(path, n, u, f)
		return
	}
	if words := wordsOf(v.Type()); words != nil {
		d.word(path, n, words, f)
		return
	}
	switch v.Kind() { //nolint:exhaustive // the rest are scalars
	case reflect.Struct:
		d.mapping(path, n, f)
	case reflect.Slice:
		d.sequence(path, n, f)
	case reflect.Map:
		d.table(path, n, f)
	default:
		d.scalar(path, n, f)
	}
}

// pairs walks the keys of a mapping: words, each once.
func (d *Doc) pairs(path string, n *node, f field, each func(key, path string, p pair)) {
	if !n.isMap {
		d.wrong(path, n, "want keys and values, found "+describe(n), f.hint(""))
		return
	}
	seen := make(map[string]spot, len(n.pairs))
	for _, p := range n.pairs {
		at, key := spotOf(p.key), p.key.Value
		switch p.key.Type { //nolint:exhaustive // the rest are no texts
		case token.StringType, token.SingleQuoteType, token.DoubleQuoteType:
		case token.MergeKeyType:
			d.report(at, path, notUsed, "write the keys out")
			continue
		default:
			d.report(at, path, fmt.Sprintf("key %q is not a plain word", clip(key)), "put it in quotes if it is meant")
			continue
		}
		sub := key
		if path != "" {
			sub = path + "." + key
		}
		if first, twice := seen[key]; twice {
			d.report(at, sub, fmt.Sprintf("%q is already defined on line %d", clip(key), first.line), "remove one of the two")
			continue
		}
		seen[key] = at
		d.where[sub] = &mention{key: at, value: p.value.at()}
		each(key, sub, p)
	}
}

func (d *Doc) mapping(path string, n *node, f field) {
	fields := fieldsOf(f.value)
	known := make(map[string]field, len(fields))
	for _, one := range fields {
		known[one.name] = one
	}
	d.pairs(path, n, f, func(key, sub string, p pair) {
		one, ok := known[key]
		if !ok {
			hint := "known keys here: " + strings.Join(names(fields), ", ")
			if near := Nearest(key, names(fields)); near != "" {
				hint = "did you mean " + near + "?"
			}
			d.report(spotOf(p.key), sub, fmt.Sprintf("unknown key %q", clip(key)), hint)
			return
		}
		d.value(sub, p.value, one.value, one)
	})
	if !n.isMap {
		return
	}
	at := n.at()
	if len(n.pairs) > 0 {
		at = spotOf(n.pairs[0].key)
	}
	for _, one := range fields {
		sub := strings.TrimPrefix(path+"."+one.name, ".")
		if one.required && !d.Has(sub) {
			d.report(at, sub, "is missing", one.hint(""))
		}
	}
}

func (d *Doc) sequence(path string, n *node, f field) {
	if !n.isList {
		d.wrong(path, n, "want a list, found "+describe(n), f.hint("begin each entry with a dash"))
		return
	}
	out := reflect.MakeSlice(f.value.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		e := out.Index(i)
		d.value(fmt.Sprintf("%s[%d]", path, i), item, e, f.of(e))
	}
	f.value.Set(out)
}

func (d *Doc) table(path string, n *node, f field) {
	out := reflect.MakeMapWithSize(f.value.Type(), len(n.pairs))
	d.pairs(path, n, f, func(key, sub string, p pair) {
		e := reflect.New(out.Type().Elem()).Elem()
		d.value(sub, p.value, e, f.of(e))
		out.SetMapIndex(reflect.ValueOf(key).Convert(out.Type().Key()), e)
	})
	f.value.Set(out)
}

// text lets a type read its own scalar.
func (d *Doc) text(path string, n *node, u encoding.TextUnmarshaler, f field) {
	s, ok := n.plain()
	if !ok || f.value.Kind() == reflect.String {
		if s, ok = d.line(path, n, f); !ok {
			return
		}
	}
	if err := u.UnmarshalText([]byte(s)); err != nil {
		p := Problem{Message: err.Error()}
		errors.As(err, &p)
		if hint := f.hint(""); hint != "" && p.Hint != "" {
			p.Hint += "; " + hint
		} else {
			p.Hint += hint
		}
		d.wrong(path, n, p.Message, p.Hint)
		return
	}
	if t, ok := u.(*Duration); ok {
		if low, high := f.times(); t.D() < low || t.D() > high {
			d.wrong(path, n, s+" is out of range", f.hint(""))
		}
	}
}
