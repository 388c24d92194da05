package strictyaml

import (
	"strings"

	"github.com/goccy/go-yaml/token"
)

// node is a value of the file. It is a mapping when isMap, a list when isList, nothing when
// null, else the scalar tok.
type node struct {
	tok     *token.Token // where it begins
	isMap   bool
	isList  bool
	null    bool
	refused *token.Token // an anchor, alias, tag or merge key that stands here
	pairs   []pair
	items   []*node
}

type pair struct {
	key   *token.Token
	value *node
}

func (n *node) at() spot { return spotOf(n.tok) }

// tree builds the one document of a file out of its tokens. It knows the part of YAML that
// people write configurations in and refuses the rest, so nothing that it takes reads
// differently elsewhere.
type tree struct {
	toks  []*token.Token
	i     int
	depth int
	err   *mistake
}

// parse reads the one document in data.
func parse(data []byte) (*node, *mistake) {
	toks, err := tokens(data)
	if err != nil {
		return nil, err
	}
	t := &tree{toks: toks}
	if t.is(token.DocumentHeaderType) {
		t.i++
		t.newLine(maxLine)
	}
	if t.err == nil && t.peek() == nil {
		t.err = &mistake{message: "the file is empty"}
	}
	if t.err != nil {
		return nil, t.err
	}
	root := t.value(t.peek(), 0)
	if t.is(token.DocumentEndType) {
		t.i++
	}
	switch next := t.peek(); {
	case t.err != nil:
		return nil, t.err
	case next == nil:
		return root, nil
	case next.Type == token.DocumentHeaderType, next.Type == token.DocumentEndType:
		return nil, &mistake{spotOf(next), "a second document begins here", "one file holds one document; remove the " + next.Value}
	default:
		return nil, syntax(spotOf(next), "%q can't stand here", clip(next.Value))
	}
}

// peek is the next token, or nil at the end of the file or after a mistake.
func (t *tree) peek() *token.Token {
	if t.err != nil || t.i >= len(t.toks) {
		return nil
	}
	return t.toks[t.i]
}

func (t *tree) is(typ token.Type) bool {
	next := t.peek()
	return next != nil && next.Type == typ
}

func (t *tree) fail(at *token.Token, format string, args ...any) {
	if t.err == nil {
		t.err = syntax(spotOf(at), format, args...)
	}
}

// atKey reports whether the next two tokens are a key and its colon.
func (t *tree) atKey() bool {
	next := t.peek()
	return next != nil && t.i+1 < len(t.toks) && t.toks[t.i+1].Type == token.MappingValueType &&
		next.Position.Line == t.toks[t.i+1].Position.Line && (isScalar(next) || next.Type == token.MergeKeyType)
}

// value reads what belongs to a key or dash that stands in column (0: the whole file). What
// begins on a later line must be indented deeper; a list under a key need not be.
func (t *tree) value(after *token.Token, column int) *node {
	t.depth++
	defer func() { t.depth-- }()
	if t.depth > maxDepth {
		t.fail(after, "more than %d levels are nested here", maxDepth)
	}
	refused := t.refused(after, column)
	next := t.peek()
	var n *node
	switch {
	case next == nil || next.Position.Column <= column && next.Position.Line > after.Position.Line && !t.listUnder(after, column):
		n = &node{tok: after, null: true}
	case column > 0 && next.Position.Line == after.Position.Line && after.Type == token.MappingValueType && (t.atKey() || next.Type == token.SequenceEntryType):
		t.fail(next, "a second key or a list can't begin on the line of a key")
	case next.Type == token.SequenceEntryType:
		n = t.list(next.Position.Column)
	case t.atKey():
		n = t.mapping(next.Position.Column)
	default:
		n = t.single()
	}
	if n == nil {
		n = &node{tok: after, null: true}
	}
	if refused != nil {
		n.refused, n.tok = refused, refused
	}
	return n
}

// listUnder reports whether a list begins in the very column of its key.
func (t *tree) listUnder(after *token.Token, column int) bool {
	return after.Type == token.MappingValueType && t.is(token.SequenceEntryType) && t.peek().Position.Column == column
}

// refused skips the anchors and tags that stand before a value and returns the first.
func (t *tree) refused(after *token.Token, column int) (first *token.Token) {
	for t.is(token.AnchorType) || t.is(token.TagType) {
		next := t.peek()
		if next.Position.Line != after.Position.Line && next.Position.Column <= column {
			break
		}
		if first == nil {
			first = next
		}
		t.i++
		if next.Type == token.AnchorType {
			t.i++ // its name
		}
	}
	return first
}

// mapping reads the keys that stand in column.
func (t *tree) mapping(column int) *node {
	n := &node{tok: t.peek(), isMap: true}
	for t.atKey() && t.peek().Position.Column == column {
		key, colon := t.toks[t.i], t.toks[t.i+1]
		t.i += 2
		p := pair{key, t.value(colon, column)}
		if p.value.null && p.value.refused == nil {
			p.value.tok = key
		}
		n.pairs = append(n.pairs, p)
		t.newLine(column)
	}
	return n
}

// list reads the entries whose dashes stand in column.
func (t *tree) list(column int) *node {
	n := &node{tok: t.peek(), isList: true}
	for t.is(token.SequenceEntryType) && t.peek().Position.Column == column {
		dash := t.toks[t.i]
		t.i++
		n.items = append(n.items, t.value(dash, column))
		t.newLine(column)
	}
	return n
}

// newLine makes sure that what follows stands on a line of its own and not deeper than column.
func (t *tree) newLine(column int) {
	next := t.peek()
	if next == nil {
		return
	}
	if next.Position.Line == t.toks[t.i-1].Position.Line && t.toks[t.i-1].Position.Column > 0 {
		t.fail(next, "%q can't follow on the same line", clip(next.Value))
	} else if next.Position.Column > column {
		t.fail(next, "%q is indented deeper than what it belongs to", clip(next.Value))
	}
}

// single reads a scalar, an alias, a block of text, or what stands in brackets.
func (t *tree) single() *node {
	next := t.peek()
	t.i++
	switch typ := next.Type; {
	case typ == token.NullType:
		return &node{tok: next, null: true}
	case isScalar(next):
		if strings.ContainsAny(strings.TrimSpace(next.Origin), "\n\r") {
			t.fail(next, "%q goes on on the next line; a text stays on one", clip(next.Value))
		}
		return &node{tok: next}
	case typ == token.AliasType:
		t.i++ // its name
		return &node{tok: next, refused: next}
	case typ == token.LiteralType, typ == token.FoldedType:
		t.i++ // its content
		return &node{tok: next}
	case typ == token.SequenceStartType, typ == token.MappingStartType:
		return t.brackets(next)
	default:
		t.fail(next, "%q can't stand here", clip(next.Value))
		return nil
	}
}

// brackets reads [a, b] or {a: 1, b: 2}, whose opening bracket has been read.
func (t *tree) brackets(open *token.Token) *node {
	n := &node{tok: open, isMap: open.Type == token.MappingStartType, isList: open.Type == token.SequenceStartType}
	closing := token.SequenceEndType
	if n.isMap {
		closing = token.MappingEndType
	}
	for first := true; t.err == nil; first = false {
		if t.is(closing) {
			t.i++
			return n
		}
		if !first {
			if !t.is(token.CollectEntryType) {
				break
			}
			t.i++
			if t.is(closing) {
				continue
			}
		}
		if t.peek() == nil || n.isMap != t.atKey() {
			break
		}
		t.entry(n)
	}
	if next := t.peek(); next != nil {
		t.fail(next, "%q can't stand within the %s of line %d", clip(next.Value), open.Value, open.Position.Line)
	}
	t.fail(open, "%s is never closed", open.Value)
	return n
}

// entry reads one entry of brackets.
func (t *tree) entry(n *node) {
	after := t.peek()
	var key *token.Token
	if n.isMap {
		key, after = after, t.toks[t.i+1]
		t.i += 2
	}
	t.depth++
	if t.depth > maxDepth {
		t.fail(after, "more than %d levels are nested here", maxDepth)
	}
	refused := t.refused(after, 0)
	var v *node
	if next := t.peek(); n.isMap && (t.is(token.CollectEntryType) || t.is(token.MappingEndType)) || next == nil {
		v = &node{tok: key, null: true}
	} else if v = t.single(); v == nil {
		v = &node{tok: after, null: true}
	}
	t.depth--
	if refused != nil {
		v.refused, v.tok = refused, refused
	}
	if n.isMap {
		n.pairs = append(n.pairs, pair{key, v})
	} else {
		n.items = append(n.items, v)
	}
}

func isScalar(t *token.Token) bool {
	switch t.Type { //nolint:exhaustive // all other tokens are no scalars
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType, token.BoolType, token.NullType,
		token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType,
		token.FloatType, token.InfinityType, token.NanType:
		return true
	}
	return false
}
