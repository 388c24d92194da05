package walktest

import (
	"slices"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
)

// Times of a session.
const (
	// TestFor is how long test mode lasts before it ends by itself.
	TestFor = 30 * time.Minute
	// lateAfter is when a detector should have answered: a smoke test takes up to a minute.
	lateAfter = 2 * time.Minute
	// settleFor is how long everything may take to be back to normal at the end.
	settleFor = 30 * time.Second
	// forgottenAfter closes a paused session as incomplete.
	forgottenAfter = 12 * time.Hour
	// The bounds of what a session keeps.
	maxReason, maxNotes, maxEvents, maxCrosses, maxTries = 200, 200, 2000, 50, 10
)

// Session is one walk test. It is data: everything that happens comes in by its methods.
type Session struct {
	ID       string   `json:"id"`
	Station  string   `json:"station"`
	Author   string   `json:"author"`
	Authors  []string `json:"authors"`
	Premises []string `json:"premises"`
	Phase    Phase    `json:"phase"`
	Began    Moment   `json:"began"`
	// Until is when test mode ends by itself, by the clock of Began's boot or the latest extension.
	Until Moment `json:"until"`
	// Changed is the last act or answer; EndedAt when test mode was ended.
	Changed Moment  `json:"changed"`
	EndedAt *Moment `json:"ended_at,omitempty"`
	// Places are the devices as they were at the start.
	Places  []Place  `json:"places"`
	Items   []Item   `json:"items"`
	Await   *Await   `json:"await,omitempty"`
	Crosses []Cross  `json:"crosses"`
	Notes   []Note   `json:"notes"`
	Events  []string `json:"events"`
	// Complete is false for a session that was closed before its end; NotNormal are the
	// devices that were not back to normal after test mode.
	Complete  bool     `json:"complete"`
	NotNormal []string `json:"not_normal,omitempty"`
}

// NewSession begins a test of these places, which are in test mode from at on; the booth's
// sounders are tested with them. id is unique in the station.
func NewSession(id, station, author string, places []Place, outputs []Output, at message.Stamp) *Session {
	s := &Session{
		ID: id, Station: station, Author: author, Authors: []string{author}, Phase: Running,
		Began: momentOf(at), Until: momentOf(at.Add(TestFor)), Changed: momentOf(at), Places: places,
		Crosses: []Cross{}, Notes: []Note{}, Events: []string{}, Premises: []string{}, Items: []Item{},
	}
	for i := range places {
		p := &places[i]
		if !slices.Contains(s.Premises, p.Premises) {
			s.Premises = append(s.Premises, p.Premises)
		}
		for _, pt := range p.Points {
			if pt.Kind == "" {
				continue
			}
			s.Items = append(s.Items, Item{
				Device: p.Device, Point: pt.Name, Label: p.Label, Title: pt.Label, Kind: pt.Kind, Result: Pending,
				Unreachable: p.Unreachable, Value: pt.Value, Unit: pt.Unit,
			})
		}
	}
	for _, o := range outputs {
		s.Items = append(s.Items, Item{Point: o.Name, Label: Text{ZH: o.Name, EN: o.Name}, Kind: Sounder, Result: Pending})
	}
	return s
}

// Devices are the names of the devices under test.
func (s *Session) Devices() []string {
	names := make([]string, 0, len(s.Places))
	for i := range s.Places {
		names = append(names, s.Places[i].Device)
	}
	return names
}

func (s *Session) has(device string) bool { return s.placeOf(device) != nil }

func (s *Session) placeOf(device string) *Place {
	for i := range s.Places {
		if s.Places[i].Device == device {
			return &s.Places[i]
		}
	}
	return nil
}

func (s *Session) item(device, point string) *Item {
	for i := range s.Items {
		if it := &s.Items[i]; it.Device == device && it.Point == point {
			return it
		}
	}
	return nil
}

func (s *Session) note(at message.Stamp, by string, t Text) {
	if len(s.Notes) < maxNotes {
		s.Notes = append(s.Notes, Note{At: momentOf(at), Text: t, By: by})
	}
}

func (s *Session) keepEvent(id string) {
	if id != "" && len(s.Events) < maxEvents && !slices.Contains(s.Events, id) {
		s.Events = append(s.Events, id)
	}
}

// keepEvents keeps the ids of what was commanded for the report.
func (s *Session) keepEvents(ids []string) {
	for _, id := range ids {
		s.keepEvent(id)
	}
}

// Allowed refuses everybody but the session's present author.
func (s *Session) Allowed(by string) error {
	if s.Author != by {
		return refuse("not_yours", s.Author)
	}
	return nil
}

// stillActive lists the labels of what still reports.
func (s *Session) stillActive() []string {
	var names []string
	for i := range s.Items {
		it := &s.Items[i]
		if it.Active && (it.Kind == Detector || it.Kind == CallPoint) {
			names = append(names, it.name())
		}
	}
	return names
}

func (it *Item) name() string {
	name := it.Label.ZH
	if name == "" {
		name = it.Label.EN
	}
	if name == "" {
		name = it.Device
	}
	if it.Title.ZH != "" {
		name += " · " + it.Title.ZH
	}
	return name
}

// MayFinish is nil when everything has a result and nothing reports any more.
func (s *Session) MayFinish() error {
	if s.Phase != Running {
		return refuse("not_running", "")
	}
	if names := s.stillActive(); len(names) > 0 {
		return refuse("still_fire", strings.Join(names, "、"))
	}
	for i := range s.Crosses {
		if s.Crosses[i].Choice == "" {
			return refuse("open_crosses", s.Crosses[i].AnsweredDevice)
		}
	}
	var open []string
	for i := range s.Items {
		if s.Items[i].Result == Pending {
			open = append(open, s.Items[i].name())
		}
	}
	if len(open) > 0 {
		return refuse("open_items", strings.Join(open, "、"))
	}
	return nil
}

// MayClose is nil when the session can be closed as incomplete.
func (s *Session) MayClose() error {
	switch s.Phase {
	case Running, Paused:
	case Ending, Closed:
		return refuse("not_running", "")
	}
	if names := s.stillActive(); s.Phase == Running && len(names) > 0 {
		return refuse("still_fire", strings.Join(names, "、"))
	}
	return nil
}
