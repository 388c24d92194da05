package player

import (
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// State is everything that one screen should show: a level. The page is sent the whole of it
// at every change and every few seconds besides; what it missed does not matter.
type State struct {
	// Rev rises with every change.
	Rev uint64 `json:"rev"`
	// Mono is the booth's time since boot, in milliseconds, when the state was sent: the
	// page reckons slots from it.
	Mono int64 `json:"mono_ms"`
	// Wall is Beijing time for the clock zone, "2026-11-24T14:03:05+08:00"; empty while the
	// clock is not trusted: then no clock is shown.
	Wall string `json:"wall,omitempty"`
	// Station is the booth's name for people.
	StationZH string `json:"station_zh"`
	StationEN string `json:"station_en"`

	Showing  programme.Showing `json:"showing"`
	Takeover *takeover.Scene   `json:"takeover,omitempty"`
	// Sound is how loud the page may be, 0–100: education and, where the page is the booth's
	// speaker, the takeover's tone and speech.
	Sound int `json:"sound"`
}

// Order is what the daemon asks of a page besides its State.
type Order struct {
	// Ping is answered in the next beat: the round trip through the way that orders take.
	Ping uint64 `json:"ping,omitempty"`
	// Reload: load yourself anew.
	Reload bool `json:"reload,omitempty"`
}

// Down is one message from the daemon to the page: a state, an order, or both.
type Down struct {
	State *State `json:"state,omitempty"`
	Order *Order `json:"order,omitempty"`
}

// Beat is one message from the page to the daemon, every two seconds and at once after
// something was painted or ended.
type Beat struct {
	// Seq rises with every beat of one page; Build is the page's own build, or from a player
	// that is no page what the hub's BuildHeader said.
	Seq   uint64 `json:"seq"`
	Build string `json:"build"`
	// Rev is the state that the page follows; Pong the newest ping that it has seen.
	Rev  uint64 `json:"rev"`
	Pong uint64 `json:"pong,omitempty"`
	// Item is what the main zone really shows; Frames counts pictures that the compositor
	// asked for since the last beat.
	Item   string `json:"item"`
	Frames int    `json:"frames"`
	// Video is set while a video plays.
	Video *VideoBeat `json:"video,omitempty"`
	// Takeover and TakeoverRev are what is painted of a takeover; empty: none.
	Takeover    string `json:"takeover,omitempty"`
	TakeoverRev uint64 `json:"takeover_rev,omitempty"`
	// Painted are takeovers first painted since the last beat.
	Painted []Painted `json:"painted,omitempty"`
	// Played are items that ended since the last beat.
	Played []Played `json:"played,omitempty"`
	// Heap is the page's script memory in bytes, 0 where the browser does not say.
	Heap int64 `json:"heap,omitempty"`
	// Width and Height are the page's real pixels.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Error is the last error since the last beat.
	Error string `json:"error,omitempty"`
}

// VideoBeat is where a video stands.
type VideoBeat struct {
	// At is its position in seconds; Dropped counts pictures that it could not show.
	At      float64 `json:"at"`
	Dropped int     `json:"dropped"`
	Paused  bool    `json:"paused"`
}

// Painted reports a takeover that is on the glass: two animation frames after it was revealed.
type Painted struct {
	ID  string `json:"id"`
	Rev uint64 `json:"rev"`
	// AfterMS is how long after its arrival at the page it was painted, in milliseconds.
	AfterMS float64 `json:"after_ms"`
}

// Played is one item that was shown: proof of play.
type Played struct {
	Zone string `json:"zone"`
	Item string `json:"item"`
	// FromMS and UntilMS are times since boot, in milliseconds.
	FromMS  int64 `json:"from_ms"`
	UntilMS int64 `json:"until_ms"`
	// How is ended, interrupted (by a takeover or a change), or failed.
	How string `json:"how"`
	// Why says what failed.
	Why string `json:"why,omitempty"`
}
