package contract

import (
	"fmt"

	"firepost/firmware-contracts/strictyaml"
)

// Problem is one mistake, or one doubt, in a contract file.
type Problem = strictyaml.Problem

// Problems is everything that was found in one file, in the order of the file. As an error
// it holds at least one problem that is not a warning.
type Problems = strictyaml.Problems

// place is an object of the file, such as points[2], for the checks that relate its keys.
type place struct {
	doc  *strictyaml.Doc
	path string
}

// sub is the path of a key of the object.
func (o place) sub(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// in is the object under a key.
func (o place) in(key string) place { return place{o.doc, o.sub(key)} }

// at is entry i of the list under a key.
func (o place) at(key string, i int) place {
	return place{o.doc, fmt.Sprintf("%s[%d]", o.sub(key), i)}
}

// has reports whether the file gives the key.
func (o place) has(key string) bool { return o.doc.Has(o.sub(key)) }

// good reports whether the file gives the key with a value that could be read.
func (o place) good(key string) bool { return o.doc.Good(o.sub(key)) }

// failed reports whether the file gives the key with a value that could not be read.
func (o place) failed(key string) bool { return o.has(key) && !o.good(key) }

// problem reports something about a key's value, or about the object when the key is missing.
func (o place) problem(key, hint, format string, args ...any) {
	o.doc.AddValue(o.sub(key), fmt.Sprintf(format, args...), hint)
}
