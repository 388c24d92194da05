package premises

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The columns that mean something here.
const (
	colCode = iota
	colZH
	colEN
	colMetres
	columns
)

// headings are the names of the columns, folded.
var headings = [columns][]string{ //nolint:gochecknoglobals // lookup table
	{"code", "premises", "premises_code", "场所编码", "场所编号", "编码", "编号", "一店一码"},
	{"label_zh", "label", "name", "公开名称", "场所名称", "店名", "招牌", "名称", "显示名称"},
	{"label_en", "name_en", "英文名", "英文名称"},
	{"metres", "distance", "距离", "距离米", "距离（米）", "距驿站米"},
}

// personal are headings of people's data, which have no place in a booth.
var personal = [...]string{ //nolint:gochecknoglobals // lookup table
	"姓名", "联系人", "负责人", "业主", "户主", "法人", "电话", "手机", "联系方式", "身份证", "微信", "住址", "门牌", "房号",
	"phone", "mobile", "contact", "owner", "person", "id_card", "address", "email",
}

// phone is a mobile number, identity an identity card's number (GB 11643: 17 digits and a
// check character).
var (
	phone    = regexp.MustCompile(`(^|[^0-9])1[3-9][0-9]{9}($|[^0-9])`)        //nolint:gochecknoglobals // a compiled constant
	identity = regexp.MustCompile(`(^|[^0-9])[1-9][0-9]{16}[0-9Xx]($|[^0-9])`) //nolint:gochecknoglobals // a compiled constant
)

// kept is ="00123", by which spreadsheets keep leading zeros.
var kept = regexp.MustCompile(`(?m)(^|[,;\t])="([^"\r\n]*)"`) //nolint:gochecknoglobals // a compiled constant

// rows reads the heading and then every row, as far as the file can be read.
func (r *reader) rows(text string) {
	c := csv.NewReader(strings.NewReader(kept.ReplaceAllString(text, `$1"$2"`)))
	c.Comma = delimiter(text)
	c.FieldsPerRecord = -1
	c.LazyQuotes = false
	head := false
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if p, ok := errors.AsType[*csv.ParseError](err); ok {
				r.add(p.StartLine, p.Column, "a quoted field ends with a quote before the next separator", "the row can't be read: %v", p.Err)
			} else {
				r.add(1, 1, "", "the file can't be read: %v", err)
			}
			// What follows a broken quote may be anything.
			return
		}
		line, _ := c.FieldPos(0)
		if blank(record) {
			continue
		}
		if !head {
			if !r.heading(line, record) {
				return
			}
			head = true
			continue
		}
		if len(r.cat.Entries) >= maxEntries {
			r.add(line, 1, "leave out what this booth does not watch", "more than %d premises", maxEntries)
			return
		}
		r.row(c, line, record)
	}
	switch {
	case !head:
		r.add(1, 1, "a heading line such as code,label_zh,label_en, then a row for each shop or home", "the file is empty")
	case len(r.cat.Entries) == 0 && len(r.problems) == 0:
		r.add(1, 1, "add a row for each shop or home", "the file has a heading and no rows")
	}
}

func blank(record []string) bool {
	for _, f := range record {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// delimiter is the separator that the heading uses most.
func delimiter(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, d := range []rune{';', '\t'} {
		if strings.Count(line, string(d)) > strings.Count(line, string(best)) {
			best = d
		}
	}
	return best
}

func fold(s string) string {
	s = strings.ToLower(strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '\u200b' || c == '\ufeff' {
			return -1
		}
		return c
	}, s))
	return strings.TrimRight(strings.ReplaceAll(s, "-", "_"), "*：:")
}

// heading finds the columns; it refuses a file that brings people's data.
func (r *reader) heading(line int, record []string) bool {
	for i := range r.columns {
		r.columns[i] = -1
	}
	before := len(r.problems)
	for at, name := range record {
		f := fold(name)
		for col, words := range headings {
			for _, w := range words {
				if f != w {
					continue
				}
				if r.columns[col] >= 0 {
					r.add(line, at+1, "keep one of them", "column %q says the same as column %d", name, r.columns[col]+1)
				}
				r.columns[col] = at
			}
		}
		for _, w := range personal {
			if strings.Contains(f, w) {
				r.add(line, at+1, "delete the column; people's data stay in the district", "column %q holds people's data", name)
				break
			}
		}
	}
	for _, need := range [...]struct {
		col  int
		what string
	}{{colCode, "code (场所编码)"}, {colZH, "label_zh (公开名称)"}} {
		if r.columns[need.col] < 0 {
			r.add(line, 1, "the first line names the columns: code,label_zh,label_en or 场所编码,公开名称", "there is no column %s", need.what)
		}
	}
	return len(r.problems) == before
}

func (r *reader) row(c interface{ FieldPos(int) (int, int) }, line int, record []string) {
	field := func(col int) (string, int) {
		at := r.columns[col]
		if at < 0 || at >= len(record) {
			return "", 1
		}
		_, column := c.FieldPos(at)
		return clean(record[at]), column
	}
	before := len(r.problems)
	e := Entry{Line: line}
	var at [columns]int
	e.Code, at[colCode] = field(colCode)
	e.LabelZH, at[colZH] = field(colZH)
	e.LabelEN, at[colEN] = field(colEN)
	r.code(e.Code, line, at[colCode])
	if e.LabelZH == "" {
		r.add(line, at[colZH], "the shop's sign; for a home the compound and building only", "row of %q has no label", e.Code)
	}
	r.label(e.LabelZH, line, at[colZH])
	r.label(e.LabelEN, line, at[colEN])
	far, farAt := field(colMetres)
	e.Metres = r.metres(far, line, farAt)
	if first, twice := r.first[e.Code]; twice && e.Code != "" {
		r.add(line, at[colCode], "one shop, one code", "code %q stands in line %d already", e.Code, first.Line)
	}
	if len(r.problems) > before {
		return
	}
	r.first[e.Code] = e
	r.cat.Entries = append(r.cat.Entries, e)
}

// clean takes off what spreadsheets add: spaces, and the ="…" that keeps leading zeros.
func clean(s string) string {
	s = strings.TrimFunc(s, func(c rune) bool { return unicode.IsSpace(c) || c == '\u200b' || c == '\ufeff' })
	if strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && len(s) > 3 {
		s = s[2 : len(s)-1]
	}
	return s
}

func (r *reader) code(code string, line, column int) {
	switch {
	case code == "":
		r.add(line, column, "such as HS-0301-0012", "the row has no code")
	case len(code) > maxCode:
		r.add(line, column, "", "code %q is longer than %d characters", code[:20]+"…", maxCode)
	case scientific(code):
		r.add(line, column, "format the column as text before the export", "code %q was turned into a number by the spreadsheet", code)
	case !plain(code):
		r.add(line, column, "letters, digits, dashes, dots and underscores", "%q is not a code", code)
	}
}

// scientific is 1.23E+11, what spreadsheets make of long numbers.
func scientific(s string) bool {
	m, e, ok := strings.Cut(strings.ToUpper(s), "E+")
	return ok && m != "" && e != "" && strings.Trim(m, "0123456789.") == "" && strings.Trim(e, "0123456789") == ""
}

func plain(s string) bool {
	for _, c := range s {
		if c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("-._", c) {
			return false
		}
	}
	return s != ""
}

func (r *reader) label(label string, line, column int) {
	switch {
	case utf8.RuneCountInString(label) > maxLabel:
		r.add(line, column, "screens show a sign, not a sentence", "the label is longer than %d letters", maxLabel)
	case strings.ContainsFunc(label, unicode.IsControl):
		r.add(line, column, "write it in one line", "label %q holds a control character", label)
	case phone.MatchString(label) || identity.MatchString(label):
		r.add(line, column, "people's data stay in the district", "label %q holds a telephone or identity number", label)
	}
}

// furthest is the longest distance that makes sense: a booth watches its own quarter.
const furthest = 20_000

// metres reads a distance; empty is not known.
func (r *reader) metres(text string, line, column int) *int {
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(text, "米"), "m"))
	if err != nil || n < 0 || n > furthest {
		r.add(line, column, "whole metres from the booth, or nothing", "%q is no distance from 0 to %d m", text, furthest)
		return nil
	}
	return &n
}
