package walktest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"firepost/firmware-contracts/message"
)

// Disclaimer stands in every report.
func Disclaimer() Text {
	return Text{
		ZH: "Firepost 不替代经认证的火灾报警控制器；本报告不替代法定的消防验收与检测。",
		EN: "Firepost does not replace a certified fire panel, and this report does not replace an acceptance required by law.",
	}
}

// The outcomes of a whole test.
const (
	OutcomePassed     = "passed"
	OutcomeFailed     = "failed"
	OutcomeIncomplete = "incomplete"
)

// Report is the acceptance report of one finished session: what was tested, when, by whom.
type Report struct {
	// Format is the version of this structure.
	Format   string `json:"format"`
	ID       string `json:"id"`
	Station  string `json:"station"`
	District string `json:"district"`
	Label    Text   `json:"label"`
	// Software is the version of the booth's program.
	Software string `json:"software"`
	// Outcome is passed only when everything was tested, passed, and was normal afterwards.
	Outcome  string   `json:"outcome"`
	Premises []string `json:"premises"`
	Authors  []string `json:"authors"`
	Began    Moment   `json:"began"`
	Ended    Moment   `json:"ended"`
	Places   []Place  `json:"places"`
	Items    []Item   `json:"items"`
	Crosses  []Cross  `json:"crosses"`
	Notes    []Note   `json:"notes"`
	// NotNormal are the devices that were not back to normal after the test.
	NotNormal []string `json:"not_normal,omitempty"`
	// Events are the journal's events of this test, by id.
	Events     []string `json:"events"`
	Disclaimer Text     `json:"disclaimer"`
	// Hash is SHA-256 over this document as compact JSON with an empty hash.
	Hash string `json:"hash"`
}

// About is the booth, as a report's head names it.
type About struct {
	Station, District, Software string
	Label                       Text
}

const reportFormat = "firepost-walk-test-1"

// ErrHash is a report whose content is not what its hash says.
var ErrHash = errors.New("the report's content does not match its hash: it was changed after it was made")

// Report is the session's report at a moment at which it is closed. Times from before the
// clock was trusted are corrected where the same boot knows better now.
func (s *Session) Report(about About, now message.Stamp) (*Report, error) {
	r := &Report{
		Format: reportFormat, ID: s.ID, Station: about.Station, District: about.District, Label: about.Label,
		Software: about.Software, Outcome: s.Outcome(), Premises: s.Premises, Authors: s.Authors,
		Places: s.Places, NotNormal: s.NotNormal, Events: s.Events, Disclaimer: Disclaimer(),
		Began: s.Began.corrected(now), Ended: s.Changed.corrected(now),
	}
	for _, it := range s.Items {
		it.At, it.ReadBack = correct(it.At, now), correct(it.ReadBack, now)
		it.Hit, it.Restored = it.Hit.corrected(now), it.Restored.corrected(now)
		r.Items = append(r.Items, it)
	}
	for _, c := range s.Crosses {
		c.Hit.At = c.Hit.At.corrected(now)
		r.Crosses = append(r.Crosses, c)
	}
	for _, n := range s.Notes {
		n.At = n.At.corrected(now)
		r.Notes = append(r.Notes, n)
	}
	var err error
	r.Hash, err = r.sum()
	return r, err
}

func correct(m *Moment, now message.Stamp) *Moment {
	if m == nil {
		return nil
	}
	c := m.corrected(now)
	return &c
}

func (h *Hit) corrected(now message.Stamp) *Hit {
	if h == nil {
		return nil
	}
	c := *h
	c.At = h.At.corrected(now)
	return &c
}

// Outcome is the result of the whole: one failure fails it, one gap makes it incomplete.
func (s *Session) Outcome() string {
	out := OutcomePassed
	if !s.Complete || len(s.Items) == 0 {
		out = OutcomeIncomplete
	}
	for i := range s.Items {
		switch s.Items[i].Result {
		case Failed:
			return OutcomeFailed
		case Pending, NotReached:
			out = OutcomeIncomplete
		case Passed:
		}
	}
	if len(s.NotNormal) > 0 {
		return OutcomeFailed
	}
	return out
}

func (r *Report) sum() (string, error) {
	c := *r
	c.Hash = ""
	data, err := json.Marshal(&c)
	if err != nil {
		return "", fmt.Errorf("encode report %s: %w", r.ID, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// Check is nil when the report's content is what its hash says.
func (r *Report) Check() error {
	sum, err := r.sum()
	if err != nil {
		return err
	}
	if sum != r.Hash {
		return fmt.Errorf("%w: report %s", ErrHash, r.ID)
	}
	return nil
}
