package takeover

import (
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// Text is a text for the public in the languages that a screen may show. MN is written in the
// vertical Mongolian script; empty where a text, such as a shop's sign, has none.
type Text struct {
	ZH string `json:"zh"`
	MN string `json:"mn,omitempty"`
	EN string `json:"en,omitempty"`
}

// Kind says how serious a takeover is; the three look unmistakably different everywhere.
type Kind string

// The kinds, the strongest last: a real fire ends every drill and every test.
const (
	Test  Kind = "test"
	Drill Kind = "drill"
	Real  Kind = "real"
)

// Stage is how far a real takeover or a drill has come.
type Stage string

// The stages. A stage never goes back while its takeover lasts.
const (
	// Verifying (报警核实中): something reports a fire and people are looking.
	Verifying Stage = "verifying"
	// Evacuate (请立即疏散): a second detector, a manual call point, the desk's word, or
	// nobody answered in time.
	Evacuate Stage = "evacuate"
)

// Place is one place that burns, by its public label only.
type Place struct {
	Label contract.Text `json:"label"`
	// First marks the place whose fire was the first (首警).
	First bool `json:"first"`
	// Since is the Beijing time of day of its fire, "14:03"; empty while no clock is trusted.
	Since string `json:"since,omitempty"`
	// Direction is the way out as it was surveyed for this screen and this place; nil where
	// nobody surveyed it.
	Direction *Direction `json:"direction,omitempty"`

	premises string // the place's code, never shown; empty for what the district ordered
}

// Direction is a surveyed way away from one place, seen by who stands before one screen.
type Direction struct {
	// Arrow is one of left, right, up (straight on), back (turn round).
	Arrow string `json:"arrow"`
	Text  Text   `json:"text"`
}

// Scene is everything that a screen shows of a takeover: a level, never a message. Screens put
// its texts where their size allows and write none of their own.
type Scene struct {
	// ID stays the same while the takeover lasts; Rev rises with every change of the content.
	ID  string `json:"id"`
	Rev uint64 `json:"rev"`

	Kind  Kind  `json:"kind"`
	Stage Stage `json:"stage"`
	// Title is the one line that must be legible from furthest away.
	Title Text `json:"title"`
	// Banner stands across the picture of everything that is not real; empty for a real fire.
	Banner Text `json:"banner"`
	// Places are the places, the first fire first and then the newest next, each once.
	Places []Place `json:"places"`
	// Advice are the lines that say what to do, the most urgent first.
	Advice []Text `json:"advice"`
	// Report is what is known of the alarm's way to people: 已报警, 控制室已接警 14:03, or
	// 请拨打119. Only what is true.
	Report Text `json:"report"`
	// Line is the whole as one line, for boards that show no more.
	Line Text `json:"line"`
	// Speech are the spoken texts to repeat, by name of their recordings; Tone is the tone
	// between them. Both empty: silence.
	Speech []string `json:"speech,omitempty"`
	Tone   string   `json:"tone,omitempty"`
	// Since is when the takeover began.
	Since message.Time `json:"since"`
}

// Fire is one fire point as a takeover needs it.
type Fire struct {
	// ID names the fire, the same over a restart: its event has no number yet when it is shown.
	// Order is its place among all fires of the booth, and Latest that of its newest raise.
	ID            string
	Order, Latest uint64
	Device, Point string
	Premises      string
	Label         contract.Text
	// Bits are the point's; fires under test or disablement take nothing over.
	Bits message.Bits
	// Drill: a drill's fire, not a detector's.
	Drill bool
	// CallPoint: a person pressed it.
	CallPoint bool
	// Raised is when it was raised last. Since is the wall time of that, zero while not trusted.
	Raised message.Stamp
	Since  time.Time
	// Reported: the platform has stored the fire's event.
	Reported bool
	// Answered: a desk has acknowledged it; AnsweredAt is when, zero where that is unknown.
	Answered   bool
	AnsweredAt time.Time
	// Metres is how far away the fire is; negative: not known, which counts as near.
	Metres float64
}
