package message

// Action is what a command asks for.
type Action string

// The actions a booth understands.
const (
	ActionAcknowledge Action = "acknowledge"
	// ActionSilence (停现场声) stops this booth's sounder for the fires up to Event.
	ActionSilence Action = "silence"
	ActionReset   Action = "reset"
	// ActionRemove closes an unreachable point as destroyed or removed; needs Author and Note.
	ActionRemove  Action = "remove"
	ActionDisable Action = "disable"
	ActionEnable  Action = "enable"
	ActionTestOn  Action = "test_start"
	ActionTestOff Action = "test_end"
	// ActionUnlock opens the booth's cabinet of extinguishers and blankets for Seconds, five
	// minutes unless given; needs Author.
	ActionUnlock Action = "unlock"
	// ActionPicture takes a picture of the scene; needs Author and Note, the reason.
	ActionPicture Action = "picture"
	// ActionTakeover takes the booth's screens over as Takeover says, for Seconds (its lease),
	// half an hour unless given; the same takeover given again renews the lease. ActionTakeoverEnd
	// ends it before. Neither touches a fire that the booth itself knows of.
	ActionTakeover    Action = "takeover"
	ActionTakeoverEnd Action = "takeover_end"
	// ActionEvacuate is the desk's word that people must leave: the present takeover goes to its
	// second stage. Needs Author.
	ActionEvacuate Action = "evacuate"
	// ActionNotice puts Notice on the screens for Seconds, a day unless given; without words it
	// takes the notice off. Free words need a second person's signature (see ErrSecondPerson).
	ActionNotice Action = "notice"
)

// TakeoverOrder is a takeover of the screens as the district orders it.
type TakeoverOrder struct {
	// ID names it; a takeover given again with the same id replaces the earlier one.
	ID string `json:"id"`
	// Kind is real, drill or test; Stage verifying or evacuate.
	Kind  string `json:"kind"`
	Stage string `json:"stage"`
	// Places are public labels only: a shop's sign, a home's compound and building.
	Places []PublicLabel `json:"places,omitempty"`
}

// PublicLabel is a name for the public, in Chinese and English.
type PublicLabel struct {
	ZH string `json:"zh"`
	EN string `json:"en,omitempty"`
}

// Notice is a short text for the public: either one of the booth's approved templates, or free
// words.
type Notice struct {
	// Template names an approved template; then there are no words.
	Template string `json:"template,omitempty"`
	// ZH, MN (the vertical Mongolian script) and EN are free words.
	ZH string `json:"zh,omitempty"`
	MN string `json:"mn,omitempty"`
	EN string `json:"en,omitempty"`
}

// Free reports whether the notice is somebody's own words.
func (n *Notice) Free() bool { return n.ZH+n.MN+n.EN != "" }

// Envelope is what travels on …/cmd. Body is the exact signed bytes of a Command.
type Envelope struct {
	Body []byte      `json:"body"`
	Sigs []Signature `json:"sigs"`
}

// Signature is one Ed25519 signature over an envelope's body.
type Signature struct {
	KID string `json:"kid"`
	Sig []byte `json:"sig"`
}

// Command is the body of an envelope.
type Command struct {
	ID      string `json:"id"`
	Station string `json:"station"`
	Issuer  string `json:"issuer"`
	Role    string `json:"role"`
	Expires Time   `json:"expires"`
	// Counter rises with every command of one issuer; a booth refuses a repeat or a step back.
	Counter uint64 `json:"counter"`
	// Nonce quotes the booth's health nonce; required while its clock is not trusted.
	Nonce  string `json:"nonce,omitempty"`
	Action Action `json:"action"`

	Device string `json:"device,omitempty"`
	// Point may be empty: all points of the device. Device may be empty for silence: the whole booth.
	Point string `json:"point,omitempty"`
	// Event is the last event its author has seen of that point; later fires survive.
	Event string `json:"event,omitempty"`
	// Author is the person, by name.
	Author string `json:"author,omitempty"`
	// Note is free text; the reason for a disablement, removal or reset.
	Note string `json:"note,omitempty"`
	// Outcome of a reset: real, false, test, drill, fault, unknown.
	Outcome string `json:"outcome,omitempty"`
	// Seconds is how long a disablement, test, unlocking, takeover or notice lasts.
	Seconds int64 `json:"seconds,omitempty"`
	// Takeover belongs to ActionTakeover and ActionTakeoverEnd, Notice to ActionNotice.
	Takeover *TakeoverOrder `json:"takeover,omitempty"`
	Notice   *Notice        `json:"notice,omitempty"`
}

// Result is the one answer to a command, on …/result.
type Result struct {
	ID      string `json:"id"`
	Station string `json:"station"`
	At      Time   `json:"at"`
	OK      bool   `json:"ok"`
	// Code is a stable word: ok, refused, still_in_fire, later_event, expired, unsigned, …
	Code string `json:"code"`
	// Text says what is wrong and the way out, in English; TextZH in Chinese.
	Text   string `json:"text,omitempty"`
	TextZH string `json:"text_zh,omitempty"`
	// Events are the ids of the events that this command caused.
	Events []string `json:"events,omitempty"`
}
