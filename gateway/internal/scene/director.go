package scene

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"firepost/drivers/camera"
	"firepost/firmware-contracts/message"
)

// Shooter takes one still; *camera.Camera does.
type Shooter interface {
	Shot(ctx context.Context) (camera.Still, error)
}

// Confirmations answer whether the platform has stored an event. It must be quick.
type Confirmations interface {
	Sent(eventID string) bool
}

// DirectorOptions wire a Director. Start from DefaultDirector.
type DirectorOptions struct {
	// Camera takes the stills, Album keeps them, Confirmed says which events the platform has.
	Camera    Shooter
	Album     *Album
	Confirmed Confirmations
	// Clock gives the moment.
	Clock func() message.Stamp
	// Masks are the camera's privacy masks, and Ignore areas with a clock burnt in by the
	// camera; both are left out when the camera itself is judged.
	Masks, Ignore []camera.Area
	// Limits judge the camera.
	Limits camera.Limits
	// Taken is called after a picture is on the disk, so that the journal gets its event. May
	// be nil; it must not block for long.
	Taken func(Picture)
	// Announce tells the platform of a picture whose event it has stored: it sends the file,
	// then hash, size and kind. A nil error means that the platform has both. It may take as
	// long as it needs, until ctx ends.
	Announce func(ctx context.Context, p Picture) error
	// Judged is called when what is known of the camera has changed. May be nil.
	Judged func(camera.Health)
	// Burst is when the pictures of one fire are due after it, the first usually at once.
	Burst []time.Duration
	// PerMinute bounds attempts of any kind; half of them are kept for the first pictures of
	// fires.
	PerMinute int
	// Queue bounds the pictures waiting to be taken.
	Queue int
	// MaxLate is how late a picture may be taken and still be of use.
	MaxLate time.Duration
	// Retries is how often a failed picture is tried again, and RetryAfter when.
	Retries    int
	RetryAfter time.Duration
	// CheckEvery is how often the camera is judged while nothing happens; those pictures are
	// measured and forgotten. Zero switches it off.
	CheckEvery time.Duration
	// AskEvery is how often unconfirmed pictures are looked at without a Notify.
	AskEvery time.Duration
	// Log gets one line per change. Nil is silent.
	Log *slog.Logger
}

// DefaultDirector takes three pictures of a fire within ten seconds, at most twelve a minute;
// what wires it is still to be set.
func DefaultDirector() DirectorOptions {
	return DirectorOptions{
		Limits: camera.DefaultLimits(),
		Burst:  []time.Duration{0, 3 * time.Second, 10 * time.Second}, PerMinute: 12, Queue: 64,
		MaxLate: 2 * time.Minute, Retries: 2, RetryAfter: 2 * time.Second,
		CheckEvery: 5 * time.Minute, AskEvery: 5 * time.Second,
	}
}

// Trigger is why a picture is wanted.
type Trigger struct {
	// Event is the id of the event that the pictures belong to.
	Event            string
	Device, Premises string
	// At is the moment of the event.
	At message.Stamp
}

// Counts are a Director's figures since it was made.
type Counts struct {
	// Taken were kept, Failed were given up after all attempts.
	Taken  uint64 `json:"taken"`
	Failed uint64 `json:"failed"`
	// Dropped found the queue full, Late came too late to be of use, Shed were not taken for
	// want of power, Repeated were asked for twice.
	Dropped  uint64 `json:"dropped"`
	Late     uint64 `json:"late"`
	Shed     uint64 `json:"shed"`
	Repeated uint64 `json:"repeated"`
	// Announced were told to the platform.
	Announced uint64 `json:"announced"`
	// Waiting is the queue's present length.
	Waiting int `json:"waiting"`
}

// Status is what people see of a Director.
type Status struct {
	Counts Counts        `json:"counts"`
	Health camera.Health `json:"-"`
	// Shed is true while the camera is switched off to save power.
	Shed bool `json:"shed"`
	// Err is why the last picture could not be had, empty after a good one; HintZH and HintEN
	// say what to do.
	Err    string `json:"error,omitempty"`
	HintZH string `json:"hint_zh,omitempty"`
	HintEN string `json:"hint_en,omitempty"`
	// AnnounceErr is why the last announcement did not get through.
	AnnounceErr string `json:"announce_error,omitempty"`
}

// Director takes pictures when it is told to. Fire, Command, Notify and SetShed never block:
// they may be called from the alarm path.
type Director struct {
	opts DirectorOptions

	mu     sync.Mutex
	queue  []job
	recent []time.Time // attempts within the last minute
	shed   bool
	status Status
	seen   map[string]bool // events waiting or in progress
	order  uint64
	health camera.Health

	wake   chan struct{} // to the shooter
	notify chan struct{} // to the announcer
}

// NewDirector checks its wiring; it starts nothing. Errors wrap ErrOptions.
func NewDirector(o DirectorOptions) (*Director, error) {
	if o.Camera == nil || o.Album == nil || o.Confirmed == nil || o.Clock == nil || o.Announce == nil {
		return nil, fmt.Errorf("direct camera: %w: camera, album, confirmations, clock and announce must be set", ErrOptions)
	}
	if len(o.Burst) < 1 || len(o.Burst) > 20 || o.PerMinute < 2 || o.Queue < 1 || o.MaxLate <= 0 || o.Retries < 0 || o.RetryAfter <= 0 || o.AskEvery <= 0 {
		return nil, fmt.Errorf("direct camera: %w: burst of 1 to 20, at least 2 per minute, queue, lateness and pauses above zero", ErrOptions)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Director{
		opts: o, seen: map[string]bool{},
		wake: make(chan struct{}, 1), notify: make(chan struct{}, 1),
	}, nil
}

// Fire asks for the pictures of a fire. It reports whether they were queued.
func (d *Director) Fire(t Trigger) bool { return d.ask(t, KindFire) }

// Command asks for one picture on a person's word; t.Event is the event of that command. It
// reports whether the picture was queued.
func (d *Director) Command(t Trigger) bool { return d.ask(t, KindCommand) }

// Notify says that the platform has stored further events.
func (d *Director) Notify() { poke(d.notify) }

// SetShed switches the camera off to save power, or on again. What is asked for meanwhile is
// counted, not taken.
func (d *Director) SetShed(shed bool) {
	d.mu.Lock()
	d.shed = shed
	if shed {
		for _, j := range d.queue {
			delete(d.seen, j.Event)
		}
		d.status.Counts.Shed += uint64(len(d.queue))
		d.queue = nil
		d.health = camera.Rest(d.health, d.opts.Limits)
	}
	d.mu.Unlock()
	poke(d.wake)
}

// Status returns the present figures.
func (d *Director) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.Shed, s.Health, s.Counts.Waiting = d.shed, d.health, len(d.queue)
	return s
}

// Run takes and announces pictures until ctx ends, and returns when nothing of it runs any more.
func (d *Director) Run(ctx context.Context) (failed error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			// The supervisor only catches what happens on its own goroutine.
			if r := recover(); r != nil {
				err = fmt.Errorf("announce pictures: panic: %v\n%s", r, debug.Stack())
			}
			cancel()
			done <- err
		}()
		d.announcer(ctx)
	}()
	defer func() {
		// Also when the shooter panics: nothing of this run may outlive it.
		cancel()
		if err := <-done; err != nil && failed == nil {
			failed = err
		}
	}()
	d.shooter(ctx)
	return nil
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// announcer tells the platform of pictures, oldest first, one at a time, and only of those
// whose event the platform has stored.
func (d *Director) announcer(ctx context.Context) {
	const longest = 5 * time.Minute
	pause := d.opts.AskEvery
	for {
		if err := d.announceAll(ctx); err != nil {
			pause = min(2*pause, longest)
		} else {
			pause = d.opts.AskEvery
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-d.notify:
			timer.Stop()
		}
	}
}

func (d *Director) announceAll(ctx context.Context) error {
	if _, err := d.opts.Album.Sweep(); err != nil {
		d.opts.Log.Debug("album is behind on the disk", "error", err)
	}
	for _, p := range d.opts.Album.Pending() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !d.opts.Confirmed.Sent(p.Event) {
			continue
		}
		err := d.opts.Announce(ctx, p)
		if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
			// The album has dropped it meanwhile; the next one is not to blame.
			d.opts.Log.Warn("picture is gone before it was announced", "picture", p.ID, "error", err)
			continue
		}
		d.announced(p, err)
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Director) announced(p Picture, err error) {
	if err == nil {
		if nerr := d.opts.Album.Announced(p.ID); nerr != nil {
			d.opts.Log.Debug("announced picture not noted", "picture", p.ID, "error", nerr)
		}
	}
	d.mu.Lock()
	was := d.status.AnnounceErr
	if err == nil {
		d.status.AnnounceErr = ""
		d.status.Counts.Announced++
	} else {
		d.status.AnnounceErr = err.Error()
	}
	d.mu.Unlock()
	if err != nil && was == "" {
		d.opts.Log.Warn("picture can't be announced", "picture", p.ID, "error", err)
	}
}
