// Package premises is the booth's catalogue of the shops and homes that it watches: their
// stable codes (一店一码) and what public screens may call them, read from a spreadsheet's CSV
// export. People's data stay in the district: a file that brings them is refused.
package premises

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	y "firepost/firmware-contracts/strictyaml"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Entry is one shop or home.
type Entry struct {
	// Code is its stable code, such as HS-0301-0012.
	Code string
	// LabelZH and LabelEN are what public screens may show: a shop's sign; for a home the
	// compound and building only. LabelEN may be empty.
	LabelZH, LabelEN string
	// Metres is how far it is from the booth; nil where the file does not say.
	Metres *int
	// Line is where it stands in the file, from 1.
	Line int
}

// Catalogue holds entries by code; it is immutable once read.
type Catalogue struct {
	File    string
	Entries []Entry
	// Encoding is utf-8 or gb18030, as it was read.
	Encoding string
}

// Bounds of a file: a booth watches some 200 premises, a whole district some 6 000.
const (
	maxBytes   = 4 << 20
	maxEntries = 20_000
	maxCode    = 64
	maxLabel   = 120
	// maxProblems bounds what is reported of a file that is something else altogether.
	maxProblems = 200
)

// Get returns the entry of a code.
func (c *Catalogue) Get(code string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(c.Entries, code, func(e Entry, s string) int { return strings.Compare(e.Code, s) })
	if !ok {
		return Entry{}, false
	}
	return c.Entries[i], true
}

// Codes are all codes, in order.
func (c *Catalogue) Codes() []string {
	out := make([]string, len(c.Entries))
	for i := range c.Entries {
		out[i] = c.Entries[i].Code
	}
	return out
}

// Parse reads a CSV file: UTF-8 (with or without a byte-order mark) or GB 18030; comma,
// semicolon or tab; a heading line that names a code and a label column in Chinese or English.
// The error is y.Problems: every bad row by its line, not only the first.
func Parse(file string, data []byte) (*Catalogue, error) {
	r := &reader{file: file, cat: &Catalogue{File: file}, first: make(map[string]Entry)}
	text, ok := r.decode(data)
	if ok {
		r.rows(text)
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	slices.SortFunc(r.cat.Entries, func(a, b Entry) int { return strings.Compare(a.Code, b.Code) })
	return r.cat, nil
}

// Format is the catalogue as UTF-8 CSV with a byte-order mark, so that spreadsheets on Windows
// show Chinese as Chinese; Parse reads it back to the same entries.
func (c *Catalogue) Format() []byte {
	var b bytes.Buffer
	b.WriteString("\ufeffcode,label_zh,label_en,metres\r\n")
	for _, e := range c.Entries {
		far := ""
		if e.Metres != nil {
			far = strconv.Itoa(*e.Metres)
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s\r\n", quote(e.Code), quote(e.LabelZH), quote(e.LabelEN), far)
	}
	return b.Bytes()
}

func quote(s string) string {
	if !strings.ContainsAny(s, ",;\t\"") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

type reader struct {
	file     string
	cat      *Catalogue
	first    map[string]Entry
	columns  [columns]int
	problems y.Problems
}

func (r *reader) add(line, column int, hint, format string, args ...any) {
	if len(r.problems) == maxProblems {
		r.problems = append(r.problems, y.Problem{File: r.file, Line: line, Column: 1, Message: "more mistakes follow", Hint: "mend these first"})
	}
	if len(r.problems) > maxProblems {
		return
	}
	r.problems = append(r.problems, y.Problem{File: r.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// decode returns the file as text, whatever its encoding.
func (r *reader) decode(data []byte) (string, bool) {
	if len(data) > maxBytes {
		r.add(1, 1, "one district's premises fit many times", "the file has %d bytes, at most %d", len(data), maxBytes)
		return "", false
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		r.add(1, 1, `save it as "CSV UTF-8"`, "the file is in UTF-16")
		return "", false
	}
	r.cat.Encoding = "utf-8"
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		r.cat.Encoding = "gb18030"
		out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			r.add(1, 1, `save it as "CSV UTF-8"`, "the file is neither UTF-8 nor GB 18030")
			return "", false
		}
		data = out
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		r.add(1+bytes.Count(data[:i], []byte{'\n'}), 1, `export the sheet as "CSV UTF-8"`, "the file is no text: it holds a zero byte")
		return "", false
	}
	return string(data), true
}
