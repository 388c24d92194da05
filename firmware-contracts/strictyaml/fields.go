package strictyaml

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// field is what a struct says of a key.
type field struct {
	name     string
	value    reflect.Value
	required bool
	help     string
	// low and high are the bounds as they are written; high may be missing.
	low, high string
}

// hint is the way out for a value that is missing or wrong: what the field says, or fallback.
func (f field) hint(fallback string) string {
	parts := make([]string, 0, 3)
	t := f.value.Type()
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if words := wordsOf(t); words != nil {
		parts = append(parts, "one of "+strings.Join(words, ", "))
	}
	if f.help != "" {
		parts = append(parts, f.help)
	}
	switch {
	case f.high != "":
		parts = append(parts, "from "+f.low+" to "+f.high)
	case f.low != "":
		parts = append(parts, "from "+f.low+" on")
	}
	if len(parts) == 0 {
		return fallback
	}
	return strings.Join(parts, "; ")
}

// of is the field for an entry of a list or map: the bounds and the help hold for it too.
func (f field) of(v reflect.Value) field {
	f.value = v
	return f
}

// fieldsOf lists the keys of a struct in its own order, embedded structs included.
func fieldsOf(v reflect.Value) []field {
	fields := make([]field, 0, v.NumField())
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		name, option, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			fields = append(fields, fieldsOf(v.Field(i))...)
			continue
		case name == "-" || !sf.IsExported():
			continue
		case name == "":
			panic(fmt.Sprintf("strictyaml: %s.%s has no yaml tag", v.Type(), sf.Name))
		}
		low, high, _ := strings.Cut(sf.Tag.Get("within"), " ")
		fields = append(fields, field{
			name: name, value: v.Field(i), required: option == "required",
			help: sf.Tag.Get("help"), low: low, high: high,
		})
	}
	return fields
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// rootHelp says how a file begins.
func rootHelp(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return ""
	}
	known := names(fieldsOf(v))
	return "a file begins with " + strings.Join(known[:min(3, len(known))], ":, ") + ":, …"
}

// wholeBounds are the bounds of a whole number: those of its type, narrowed by the field's.
func (f field) wholeBounds() (low int64, high uint64, g field) {
	bits := f.value.Type().Bits()
	if f.value.CanUint() {
		high = ^uint64(0) >> (64 - bits)
	} else {
		high = ^uint64(0) >> (65 - bits)
		low = -int64(high) - 1 //nolint:gosec // at most 63 bits
	}
	if f.low != "" {
		low = must(strconv.ParseInt(f.low, 10, 64))
		if f.high != "" {
			high = must(strconv.ParseUint(f.high, 10, 64))
		}
		return low, high, f
	}
	f.low, f.high = strconv.FormatInt(low, 10), strconv.FormatUint(high, 10)
	return low, high, f
}

// times are the bounds of a Duration.
func (f field) times() (low, high time.Duration) {
	high = 1<<63 - 1
	if f.low != "" {
		low = must(time.ParseDuration(f.low))
	}
	if f.high != "" {
		high = must(time.ParseDuration(f.high))
	}
	return low, high
}

// must is for the tags of our own structs: a wrong one shows in the first test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("strictyaml: within: %v", err))
	}
	return v
}
