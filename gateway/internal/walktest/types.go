package walktest

import (
	"time"

	"firepost/firmware-contracts/message"
)

// Text is a text for people, in Chinese and English.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Kind is what is tested.
type Kind string

// The kinds of things under test.
const (
	// Detector answers to smoke or heat with a fire.
	Detector Kind = "detector"
	// CallPoint is a contact that means fire: a button, an alarm's relay.
	CallPoint Kind = "call_point"
	// Contact is a contact that means something else: a door, a key switch.
	Contact Kind = "contact"
	// Gauge shows a pressure, which the installer compares with the dial.
	Gauge Kind = "gauge"
	// Sounder is the booth's own output; the installer says whether he heard its chirp.
	Sounder Kind = "sounder"
)

// answers reports whether the thing itself has to answer; for the others a person's word counts.
func (k Kind) answers() bool { return k == Detector || k == CallPoint || k == Contact }

// Result is how the test of one thing ended.
type Result string

// The results.
const (
	Pending    Result = "pending"
	Passed     Result = "passed"
	Failed     Result = "failed"
	NotReached Result = "not_reached"
)

// Moment is a time as the booth knew it.
type Moment struct {
	At message.Time `json:"at"`
	// Trusted is false while the wall clock may say anything.
	Trusted bool `json:"clock_trusted"`
	// Boot and MonoMS measure: two moments of one boot have a true distance.
	Boot   string `json:"boot"`
	MonoMS int64  `json:"mono_ms"`
}

func momentOf(s message.Stamp) Moment {
	return Moment{At: message.Time{Time: s.Wall}, Trusted: s.Trusted, Boot: s.Boot, MonoMS: s.Mono.Milliseconds()}
}

// since is how long ago m was at s; false when they are of different boots.
func (m Moment) since(s message.Stamp) (time.Duration, bool) {
	return s.Mono - time.Duration(m.MonoMS)*time.Millisecond, m.Boot == s.Boot
}

// corrected is m with a wall time that is believed, where the same boot's clock is trusted by now.
func (m Moment) corrected(now message.Stamp) Moment {
	if m.Trusted || !now.Trusted || m.Boot != now.Boot || m.Boot == "" {
		return m
	}
	m.At, m.Trusted = message.Time{Time: now.Wall.Add(time.Duration(m.MonoMS)*time.Millisecond - now.Mono)}, true
	return m
}

// Place is one device as the booth sees it at a moment.
type Place struct {
	Device   string `json:"device"`
	Label    Text   `json:"label"`
	Premises string `json:"premises"`
	Bus      string `json:"bus"`
	// Address is the unit, line or channel, in words of the wire.
	Address  string `json:"address"`
	Contract string `json:"contract"`
	// DelayMS is the longest that polling adds to a response time; 0: not known.
	DelayMS     int64        `json:"delay_ms"`
	State       message.Bits `json:"state"`
	Unreachable bool         `json:"unreachable"`
	Points      []Point      `json:"points"`
}

// Point is one value of a place.
type Point struct {
	Name  string `json:"name"`
	Label Text   `json:"label"`
	// Kind is empty for a point that is no test of its own.
	Kind  Kind         `json:"kind,omitempty"`
	State message.Bits `json:"state"`
	// Identity marks a value that tells devices apart: serial number, firmware.
	Identity bool     `json:"identity,omitempty"`
	Value    *float64 `json:"value,omitempty"`
	Unit     string   `json:"unit,omitempty"`
	Meaning  Text     `json:"meaning,omitzero"`
	// Good: the value was read lately and may be believed.
	Good bool `json:"good"`
	// Event is the id of the point's last event.
	Event string `json:"event,omitempty"`
}

// Output is a sounder of the booth.
type Output struct {
	Name string
	// On was read back; a wish is no proof.
	On, Verified bool
}

// View is the booth at one moment.
type View struct {
	Now     message.Stamp
	Places  []Place
	Outputs []Output
}

func (v *View) place(device string) *Place {
	for i := range v.Places {
		if v.Places[i].Device == device {
			return &v.Places[i]
		}
	}
	return nil
}

func (p *Place) point(name string) *Point {
	for i := range p.Points {
		if p.Points[i].Name == name {
			return &p.Points[i]
		}
	}
	return nil
}

// Phase is where a session stands.
type Phase string

// The phases of a session.
const (
	// Running: the devices are in test mode.
	Running Phase = "running"
	// Paused: test mode is over or was interrupted; the devices are live. The session can be
	// taken up again, or closed as incomplete.
	Paused Phase = "paused"
	// Ending: test mode has been ended; all has to be back to normal.
	Ending Phase = "ending"
	// Closed: the report stands.
	Closed Phase = "closed"
)

// Hit is one answer.
type Hit struct {
	Event string `json:"event"`
	At    Moment `json:"at"`
	// ResponseMS is from "now" to the event, nil where nobody pressed "now" or the event was
	// missed and only its state seen.
	ResponseMS *int64 `json:"response_ms,omitempty"`
}

// Item is one thing under test.
type Item struct {
	// Device and Point name it; a sounder is Point alone.
	Device string `json:"device"`
	Point  string `json:"point"`
	Label  Text   `json:"label"`
	Title  Text   `json:"title"`
	Kind   Kind   `json:"kind"`

	Result Result  `json:"result"`
	Reason string  `json:"reason,omitempty"`
	By     string  `json:"by,omitempty"`
	At     *Moment `json:"at,omitempty"`
	Hit    *Hit    `json:"hit,omitempty"`
	// Restored is the event by which it went back to normal.
	Restored *Hit `json:"restored,omitempty"`
	// Heard is when a sounder was read back as on.
	ReadBack *Moment `json:"read_back,omitempty"`
	// Earlier are tries before the present one.
	Earlier []Try `json:"earlier,omitempty"`

	// What is known of it now.
	Active      bool     `json:"active"`
	Unreachable bool     `json:"unreachable"`
	Value       *float64 `json:"value,omitempty"`
	Unit        string   `json:"unit,omitempty"`
}

// Try is an earlier attempt that was repeated.
type Try struct {
	Result Result `json:"result"`
	Reason string `json:"reason,omitempty"`
	Hit    *Hit   `json:"hit,omitempty"`
	At     Moment `json:"at"`
}

// Await is the detector in front of which the installer stands.
type Await struct {
	Device string `json:"device"`
	Point  string `json:"point"`
	At     Moment `json:"at"`
	// Late: it should have answered by now.
	Late bool `json:"late"`
}

// Cross is an answer from another device than the one that was tested.
type Cross struct {
	// Asked is in front of the installer, Answered is what answered.
	AskedDevice    string `json:"asked_device"`
	AskedPoint     string `json:"asked_point"`
	AnsweredDevice string `json:"answered_device"`
	AnsweredPoint  string `json:"answered_point"`
	AskedLabel     Text   `json:"asked_label"`
	AnsweredLabel  Text   `json:"answered_label"`
	Hit            Hit    `json:"hit"`
	// Real: what answered is not under test, so this is a real fire until proven otherwise.
	Real bool `json:"real"`
	// Choice is how it was settled; empty: not yet.
	Choice Choice `json:"choice,omitempty"`
	By     string `json:"by,omitempty"`
}

// Choice settles a cross.
type Choice string

// The ways to settle a cross.
const (
	// StoodThere: the installer stands in front of what answered; it is ticked off.
	StoodThere Choice = "stood_there"
	// MixedUp: addresses, labels or wires are mixed up; both have failed.
	MixedUp Choice = "mixed_up"
	// Drifted: the smoke reached both; what answered has to be tested by itself.
	Drifted Choice = "drifted"
)

// Note is something that happened in a session and belongs into its report.
type Note struct {
	At   Moment `json:"at"`
	Text Text   `json:"text"`
	By   string `json:"by,omitempty"`
}
