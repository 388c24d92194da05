package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verdict says whether a bar was met.
type verdict string

const (
	met      verdict = "yes"
	missed   verdict = "no"
	reported verdict = "reported" // there is no bar
)

func judge(ok bool) verdict {
	if ok {
		return met
	}
	return missed
}

// row is one line of the table.
type row struct {
	Bench string `json:"bench"`
	What  string `json:"what"`
	Bar   string `json:"bar"`
	// Unit and Digits say how the values are written.
	Unit   string `json:"unit"`
	Digits int    `json:"digits"`
	// Value is what counts: the median of the runs, unless the row says otherwise.
	Value float64 `json:"value"`
	// Runs are the values of the single runs.
	Runs []float64 `json:"runs"`
	Met  verdict   `json:"met"`
	// Note is what else one must know to read the value.
	Note string `json:"note,omitempty"`
}

// newRow makes a row whose value is the median of the runs.
func newRow(what, bar, unit string, digits int, runs []float64, ok func(v float64) bool) row {
	r := row{What: what, Bar: bar, Unit: unit, Digits: digits, Value: median(runs), Runs: runs, Met: reported}
	if len(runs) == 0 {
		r.Met = missed
		r.Note = "nothing was measured"
	} else if ok != nil {
		r.Met = judge(ok(r.Value))
	}
	return r
}

// worst makes the row stand for its worst run instead of the median; larger is worse.
func (r row) worst(ok func(v float64) bool) row {
	if len(r.Runs) > 0 {
		r.Value = slices.Max(r.Runs)
		if ok != nil {
			r.Met = judge(ok(r.Value))
		}
	}
	return r
}

func (r row) with(note string, args ...any) row {
	r.Note = fmt.Sprintf(note, args...)
	return r
}

func atMost(limit float64) func(float64) bool  { return func(v float64) bool { return v <= limit } }
func atLeast(limit float64) func(float64) bool { return func(v float64) bool { return v >= limit } }

func (r *row) number(v float64) string { return strconv.FormatFloat(v, 'f', r.Digits, 64) }

func (r *row) measured() string {
	text := strings.TrimSpace(r.number(r.Value) + " " + r.Unit)
	if r.Note != "" {
		text += " (" + r.Note + ")"
	}
	return text
}

func (r *row) spread() string {
	if len(r.Runs) == 0 {
		return "–"
	}
	return r.number(slices.Min(r.Runs)) + "–" + r.number(slices.Max(r.Runs))
}

// report is everything that was measured.
type report struct {
	Begun   time.Time `json:"begun"`
	Short   bool      `json:"short,omitempty"`
	Machine machine   `json:"machine"`
	Rows    []row     `json:"rows"`
}

// markdown writes the table as it stands in the README.
func (r *report) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured %s on %s.\n", r.Begun.Format("2006-01-02 15:04 UTC"), r.Machine.text())
	if r.Short {
		b.WriteString("**Shortened: these figures only show that the measurement works.**\n")
	}
	b.WriteString("\n| what | bar | measured | min–max of runs | met? |\n|---|---|---|---|---|\n")
	for i := range r.Rows {
		x := &r.Rows[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", x.What, x.Bar, x.measured(), x.spread(), x.Met)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *report) writeJSON(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// median is the middle value, or the mean of the two in the middle; 0 for none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	if len(v)%2 == 1 {
		return v[mid]
	}
	return (v[mid-1] + v[mid]) / 2
}

// percentile is the nearest-rank percentile: the smallest value that at least p percent of
// the values do not exceed; 0 for none.
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(v))))
	return v[min(max(rank, 1), len(v))-1]
}

// ms is a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
