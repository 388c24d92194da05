package strictyaml

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"
)

// FuzzDecode reads arbitrary files: none may panic, and every problem has a place within the
// file and says something. The corpus is in testdata/fuzz/FuzzDecode.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
		for _, p := range Decode("f.yaml", data, &s).Problems() {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Message == "" {
				t.Fatalf("%+v in %d lines", p, lines)
			}
		}
	})
}

// FuzzMeaning compares the tree with what the YAML library makes of the same file: whatever is
// taken here means the same there. The corpus is in testdata/fuzz/FuzzMeaning.
func FuzzMeaning(f *testing.F) {
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, m := parse(data)
		if m != nil || root.odd() {
			return
		}
		var want any
		if err := yaml.Unmarshal(data, &want); err != nil {
			t.Fatalf("taken, but the library says: %v", err)
		}
		if got, want := root.plainly(), texts(want); !reflect.DeepEqual(got, want) {
			t.Fatalf("read %#v, the library %#v", got, want)
		}
	})
}

// odd reports whether decoding would refuse the node or a part of it whatever is expected
// there, or whether the library converts it.
func (n *node) odd() bool {
	if n.refused != nil {
		return true
	}
	seen := map[string]bool{}
	for _, p := range n.pairs {
		if seen[p.key.Value] || p.value.odd() || p.key.Type != token.StringType && p.key.Type != token.SingleQuoteType && p.key.Type != token.DoubleQuoteType {
			return true
		}
		seen[p.key.Value] = true
	}
	for _, i := range n.items {
		if i.odd() {
			return true
		}
	}
	if n.null || n.isMap || n.isList {
		return false
	}
	_, text := n.text()
	return !text && (n.tok.Type != token.IntegerType || len(n.tok.Value) > 9 || strings.Trim(n.tok.Value, "123456789") != "")
}

// plainly is the node as maps, lists and texts.
func (n *node) plainly() any {
	switch {
	case n.null:
		return nil
	case n.isMap:
		m := map[string]any{}
		for _, p := range n.pairs {
			m[p.key.Value] = p.value.plainly()
		}
		return m
	case n.isList:
		l := []any{}
		for _, i := range n.items {
			l = append(l, i.plainly())
		}
		return l
	default:
		return n.tok.Value
	}
}

func texts(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = texts(v[k])
		}
		return v
	case []any:
		for i := range v {
			v[i] = texts(v[i])
		}
		return v
	case uint64:
		return strconv.FormatUint(v, 10)
	default:
		return v
	}
}
