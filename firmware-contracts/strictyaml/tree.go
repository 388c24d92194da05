package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// entries lists a mapping's pairs; ok is false when n is not a mapping.
func entries(n ast.Node) (pairs []*ast.MappingValueNode, ok bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func (d *Doc) mapping(path string, n ast.Node, v reflect.Value, depth int) {
	pairs, ok := entries(n)
	if !ok {
		d.at(n, path, "want keys and values, found "+describe(n), "")
		return
	}
	fields, names := fieldsOf(v)
	for _, kv := range pairs {
		key, ok := d.key(path, kv)
		if !ok {
			continue
		}
		p := join(path, key)
		field, known := fields[key]
		if !known {
			hint := "known keys here: " + strings.Join(names, ", ")
			if near := Nearest(key, names); near != "" {
				hint = "did you mean " + near + "?"
			}
			d.at(kv.Key, p, fmt.Sprintf("unknown key %q", key), hint)
			continue
		}
		if d.where[p] == nil {
			d.where[p] = kv.Key.GetToken().Position
		}
		d.value(p, kv.Value, field, depth+1)
	}
}

// fieldsOf maps yaml names to fields, embedded structs included.
func fieldsOf(v reflect.Value) (map[string]reflect.Value, []string) {
	fields := make(map[string]reflect.Value, v.NumField())
	var names []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "-" || !f.IsExported():
			continue
		case opts == "inline":
			inner, innerNames := fieldsOf(v.Field(i))
			for k, x := range inner {
				fields[k] = x
			}
			names = append(names, innerNames...)
			continue
		case name == "":
			panic(fmt.Sprintf("strictyaml: %s.%s has no yaml tag", v.Type(), f.Name))
		}
		fields[name] = v.Field(i)
		names = append(names, name)
	}
	return fields, names
}

func (d *Doc) key(path string, kv *ast.MappingValueNode) (string, bool) {
	switch k := kv.Key.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode:
		return k.Token.Value, true
	default:
		d.at(kv.Key, path, "a key must be plain text, found "+describe(kv.Key), "")
		return "", false
	}
}

func (d *Doc) sequence(path string, n ast.Node, v reflect.Value, depth int) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.at(n, path, "want a list, found "+describe(n), "begin each entry with a dash")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, e := range seq.Values {
		p := fmt.Sprintf("%s[%d]", path, i)
		if e == nil {
			d.at(n, p, "the entry is empty", "write a value after the dash or remove it")
			continue
		}
		d.value(p, e, out.Index(i), depth+1)
	}
	v.Set(out)
}

func (d *Doc) table(path string, n ast.Node, v reflect.Value, depth int) {
	pairs, ok := entries(n)
	if !ok {
		d.at(n, path, "want keys and values, found "+describe(n), "")
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMapWithSize(v.Type(), len(pairs)))
	}
	for _, kv := range pairs {
		key, ok := d.key(path, kv)
		if !ok {
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		p := join(path, key)
		d.where[p] = kv.Key.GetToken().Position
		d.value(p, kv.Value, e, depth+1)
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func number(n ast.Node) (float64, bool) {
	switch x := n.(type) {
	case *ast.FloatNode:
		return x.Value, true
	case *ast.IntegerNode:
		switch i := x.Value.(type) {
		case int64:
			return float64(i), true
		case uint64:
			return float64(i), true
		}
	}
	return 0, false
}

// scalarText is a scalar's text as written, for types that parse themselves.
func scalarText(n ast.Node) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		return x.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// describe says what a node is, with its value where that is short.
func describe(n ast.Node) string {
	switch x := n.(type) {
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", clip(x.Value))
	case *ast.LiteralNode:
		return "a block of text"
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + n.GetToken().Value
	case *ast.BoolNode:
		return n.GetToken().Value
	case *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	default:
		return "something else"
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
