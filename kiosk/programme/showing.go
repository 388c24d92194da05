package programme

import "time"

// Moment is the time that a programme is asked for.
type Moment struct {
	// Wall is Beijing time; while Trusted is false its date and time of day mean nothing, and
	// the programme plays what has no such limits.
	Wall    time.Time
	Trusted bool
	// Mono is the time since boot; it never jumps.
	Mono time.Duration
}

// Alarm is the alarm picture as far as a programme cares.
type Alarm uint8

// The alarm pictures.
const (
	// Quiet: the programme runs.
	Quiet Alarm = iota
	// Taken: a takeover owns every zone of the screen.
	Taken
)

// Zone is one part of a screen. A screen has at least Main.
type Zone string

// The zones.
const (
	Main   Zone = "main"
	Ticker Zone = "ticker"
	Clock  Zone = "clock"
	QR     Zone = "qr"
)

// Kind is what sort of thing an item is.
type Kind string

// The kinds of items.
const (
	Video Kind = "video"
	Image Kind = "image"
	// Page is a small local page (HTML with its own animation), played in a sandbox.
	Page Kind = "page"
	// Text is a line for a ticker or a slide.
	Text Kind = "text"
	// Code is a QR code's payload.
	Code Kind = "code"
	// Dial is the time of day, drawn by the player: what the zone Clock shows. No programme
	// lists one.
	Dial Kind = "clock"
)

// Colour is what a text slide or a ticker is drawn in. There is no red, orange, yellow or blue
// among them: nothing that could be taken for a fire, a check, a drill or a test.
type Colour string

// The colours; Paper is the one of a text that names none.
const (
	// Paper is near-black on near-white.
	Paper Colour = "paper"
	// Slate is near-white on dark grey.
	Slate Colour = "slate"
	// Leaf is near-white on dark green.
	Leaf Colour = "leaf"
	// Sand is dark brown on a pale cream.
	Sand Colour = "sand"
)

// Slot is one item in one zone for one span of time. It may be shorter than its item, where
// another daypart cuts it, and up to MostHeld longer: the player then holds the last picture.
type Slot struct {
	Item Item `json:"item"`
	// From and Until are times since boot, so that no jump of the clock moves them. From is
	// in the past for what runs already; it is negative for what began before the boot.
	From  time.Duration `json:"from"`
	Until time.Duration `json:"until"`
}

// Item is one thing to show.
type Item struct {
	// ID is unique in its programme; Media is the sha256 of its file, empty for texts.
	ID    string        `json:"id"`
	Kind  Kind          `json:"kind"`
	Media string        `json:"media,omitempty"`
	For   time.Duration `json:"for"`
	// Transition is cut or fade.
	Transition string `json:"transition,omitempty"`
	// Colour is what a text is drawn in; empty for everything else.
	Colour Colour `json:"colour,omitempty"`
	// Sound: the item has sound, and it may be heard during the whole of its slot.
	Sound bool `json:"sound,omitempty"`
	// ZH, MN and EN are a text's words, by language.
	ZH string `json:"zh,omitempty"`
	MN string `json:"mn,omitempty"`
	EN string `json:"en,omitempty"`
	// Payload is what a QR code says.
	Payload string `json:"payload,omitempty"`
}

// Showing is what one screen shows at one moment.
type Showing struct {
	// Programme names the programme and its version.
	Programme string `json:"programme"`
	// Taken: a takeover owns every zone. Zones is empty then.
	Taken bool `json:"taken,omitempty"`
	// On says whether the screen is lit; Brightness is 1–100 percent.
	On         bool `json:"on"`
	Brightness int  `json:"brightness"`
	// Sound: sound is allowed at this moment. Of items, Item.Sound decides.
	Sound bool `json:"sound"`
	// Zones hold, for each zone, the slot of now and those that follow, without a gap. Main is
	// always there; another zone only while it has something to show.
	Zones map[Zone][]Slot `json:"zones"`
	// Until is when, by the time since boot, the answer changes for a reason other than the
	// slots: brightness, hours, another daypart.
	Until time.Duration `json:"until"`
}
