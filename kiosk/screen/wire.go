package screen

import (
	"errors"
	"regexp"
	"time"
)

// Sentinels of both ends.
var (
	// ErrOptions is wrapped by mistakes in options.
	ErrOptions = errors.New("screen options")
	// ErrScreen: there is no screen of that name.
	ErrScreen = errors.New("no screen of that name")
	// ErrAway: the screen's runner is not connected; systemd starts it anew, nobody else can.
	ErrAway = errors.New("the screen's runner is not connected")
	// ErrScreenshot: the picture could not be taken.
	ErrScreenshot = errors.New("take a screenshot")
	// ErrCompositor is what Run returns when the compositor was ordered to start anew: the
	// process ends, cage with it, and systemd starts both.
	ErrCompositor = errors.New("the compositor is started anew, as ordered")
)

// RunnerDown is one message from the daemon to a runner.
type RunnerDown struct {
	// Restart: end the browser and start it with a fresh profile. Compositor: end yourself.
	Restart    bool `json:"restart,omitempty"`
	Compositor bool `json:"compositor,omitempty"`
	// Screenshot asks for a picture; its number comes back with every part. Zero: none.
	Screenshot uint64 `json:"screenshot,omitempty"`
}

// RunnerUp is one message from a runner to the daemon: its status, or a part of a picture.
type RunnerUp struct {
	Status *RunnerStatus `json:"status,omitempty"`
	Shot   *ShotPart     `json:"shot,omitempty"`
}

// RunnerStatus is a level: sent at every change and every two seconds.
type RunnerStatus struct {
	Browser BrowserUp `json:"browser"`
	// Connectors are the board's video connectors; empty with ConnectorError set where they
	// can't be read.
	Connectors     []Connector `json:"connectors,omitempty"`
	ConnectorError string      `json:"connector_error,omitempty"`
	// Tail is the end of what the last browser said before it ended, at most 4 KiB.
	Tail string `json:"tail,omitempty"`
}

// BrowserUp is how the browser fares.
type BrowserUp struct {
	// Up: it runs and answers. PID is its process, 0 while there is none.
	Up  bool `json:"up"`
	PID int  `json:"pid,omitempty"`
	// Starts counts starts since the runner's own; Loaded: the page has been loaded in it.
	Starts uint64 `json:"starts"`
	Loaded bool   `json:"loaded"`
	// Why is how the last one ended, or why none starts.
	Why string `json:"why,omitempty"`
}

// ShotPart is one part of a picture, in order. The last one has Last set and may be empty.
type ShotPart struct {
	ID    uint64 `json:"id"`
	PNG   []byte `json:"png,omitempty"`
	Last  bool   `json:"last,omitempty"`
	Error string `json:"error,omitempty"`
}

const (
	// maxUp is the longest message from a runner, maxDown the longest to one.
	maxUp, maxDown = 96 << 10, 4 << 10
	// partSize is how much of a picture goes into one message.
	partSize = 48 << 10
	// MaxShot is the largest picture, in bytes: a 4K page full of noise stays below.
	MaxShot = 24 << 20
	// maxTail is how much of a dead browser's words is reported.
	maxTail = 4 << 10
	// every is how often a runner reports, silence how long either end waits for the other.
	every   = 2 * time.Second
	silence = 10 * time.Second
	// writeWithin is how long one message may take to be written.
	writeWithin = 5 * time.Second
)

var screenName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Path is where the runner of a screen reaches the daemon.
func Path(screen string) string { return "/screen/" + screen + "/runner" }
