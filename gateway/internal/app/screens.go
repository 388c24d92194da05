package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"firepost/drivers/speaker"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/player"
	"firepost/kiosk/proof"
	"firepost/kiosk/screen"
	"firepost/kiosk/starter"
	"firepost/kiosk/takeover"
)

// stage is the booth's screens, boards and speaker with everything around them.
type stage struct {
	g       *generation
	cfg     *config.Screens
	log     *slog.Logger
	control *screens.Control
	library *screens.Library
	hub     *player.Hub
	desk    *screen.Desk
	proof   *proof.Book
	tvs     map[string]*screens.Television
	sets    []*screens.Set
	boards  map[string]*screens.Board
	speaker *speaker.Speaker
	parts   []service
	rungs   map[string]*rungs
	parcels parcels

	mu       sync.Mutex
	reported map[string]bool // events that the platform has stored
	places   places
	addr     chan net.Addr
}

func screenPart(name string) engine.Part {
	return engine.Part{Name: "screen-" + name, Title: engine.Text{ZH: "屏幕 " + name, EN: "Screen " + name}}
}

func setPart(name string) engine.Part {
	return engine.Part{Name: "set-" + name, Title: engine.Text{ZH: "电视机 " + name, EN: "Television set " + name}}
}

func speakerPart() engine.Part {
	return engine.Part{Name: "speaker", Title: engine.Text{ZH: "扬声器", EN: "Speaker"}}
}

func mediaPart() engine.Part {
	return engine.Part{Name: "media", Title: engine.Text{ZH: "节目与媒体", EN: "Programme and media"}}
}

// screenParts are what the screens report on.
func (s *stage) screenParts() []engine.Part {
	list := []engine.Part{mediaPart()}
	for _, name := range s.cfg.Names() {
		list = append(list, screenPart(name))
	}
	for i := range s.cfg.Televisions {
		if s.cfg.Televisions[i].Control != nil {
			list = append(list, setPart(s.cfg.Televisions[i].Name))
		}
	}
	if s.cfg.Speaker != "" {
		list = append(list, speakerPart())
	}
	return list
}

// addScreens prepares the screens; it opens nothing but the folder of media.
func (g *generation) addScreens(c *config.Screens) error {
	if c == nil {
		return nil
	}
	s := &stage{
		g: g, cfg: c, log: g.app.log.With("part", "screens"), tvs: make(map[string]*screens.Television),
		boards: make(map[string]*screens.Board), reported: make(map[string]bool), rungs: make(map[string]*rungs), addr: make(chan net.Addr, 1),
	}
	templates := make(map[string]screens.Words, len(c.Templates))
	for _, t := range c.Templates {
		templates[t.Name] = screens.Words{ZH: t.ZH, MN: t.MN, EN: t.EN}
	}
	s.control = screens.NewControl(screens.Options{
		Now: g.app.now, Fires: s.fires, Radius: float64(c.Radius), Unanswered: c.Unanswered.D(), Templates: templates,
		Act:  func(kind message.Kind, cause string, detail any) { g.engine.Act(kind, cause, detail) },
		Load: g.app.histories.Load, Save: g.app.histories.Save, Log: s.log,
	})
	library, err := s.openLibrary()
	if err != nil {
		return err
	}
	s.library, g.stage = library, s
	var bad []error
	bad = append(bad, s.addProof(), s.addSpeaker(), s.addTelevisions())
	for i := range c.Boards {
		bad = append(bad, s.addBoard(&c.Boards[i]))
	}
	return errors.Join(bad...)
}

// addProof opens the book of what was shown.
func (s *stage) addProof() error {
	o := proof.Defaults()
	o.Dir, o.Screens = filepath.Join(s.cfg.Dir, "proof"), s.cfg.Names()
	book, err := proof.New(o)
	if err != nil {
		return fmt.Errorf("wire the proof of play: %w", err)
	}
	if p := s.library.Programme(); p != nil {
		book.Know(p)
	}
	s.proof = book
	s.parts = append(s.parts, service{"proof of play", s.keepProof})
	return nil
}

// proofEvery is how often the book of what was shown may be written.
const proofEvery = 30 * time.Second

func (s *stage) keepProof(ctx context.Context) error {
	t := time.NewTicker(proofEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.proof.Flush()
		case <-t.C:
			if err := s.proof.Tick(s.g.app.now()); err != nil {
				s.log.Error("what was shown is not on disk yet", "error", err)
			}
		}
	}
}

// addSpeaker prepares the speaker.
func (s *stage) addSpeaker() error {
	if s.cfg.Speaker == "" {
		return nil
	}
	sp, err := speaker.New(speaker.Options{Device: s.cfg.Speaker, Report: func(err error) {
		cause := ""
		if err != nil {
			cause = "speaker_failed"
			s.log.Error("the speaker is silent", "error", err)
		}
		s.g.internal(speakerPart(), cause, s.g.app.now())
	}})
	if err != nil {
		return fmt.Errorf("wire the speaker: %w", err)
	}
	s.speaker = sp
	s.parts = append(s.parts, service{"speaker", sp.Run}, service{"speaker level", s.speak})
	return nil
}

// speak keeps the speaker at the level until ctx ends.
func (s *stage) speak(ctx context.Context) error {
	follow := s.control.Follow()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-follow:
		}
		var files []string
		if scene := s.control.Level().Scene; scene != nil {
			for _, name := range append([]string{scene.Tone}, scene.Speech...) {
				if name != "" {
					files = append(files, filepath.Join(s.cfg.Starter, starter.Speech, name+".wav"))
				}
			}
		}
		s.speaker.Set(files)
	}
}

// fires are the booth's own fires as the screens need them, from memory.
func (s *stage) fires() []takeover.Fire {
	views := s.g.engine.Picture().Points
	firsts, latests := make([]alarm.Ref, len(views)), make([]alarm.Ref, len(views))
	for i := range views {
		firsts[i], latests[i] = views[i].First, views[i].Latest
	}
	out := make([]takeover.Fire, len(views))
	for i := range views {
		v := &views[i]
		out[i] = takeover.Fire{
			ID: fireID(v.Since), Order: rank(firsts, i), Latest: rank(latests, i), Device: v.Device, Point: v.Point,
			Premises: v.Premises, Label: v.PublicLabel, Bits: v.Bits, Drill: v.Drill, CallPoint: v.CallPoint,
			Raised: v.Raised, Reported: s.isReported(s.eventOf(v.First)), Answered: v.Bits.Has(message.Acknowledged), Metres: v.Metres,
		}
		if v.Since.Trusted {
			out[i].Since = v.Since.Wall
		}
	}
	return out
}

// fireID names a fire by the moment of its beginning: its event has no number yet when the
// screens must show it.
func fireID(at message.Stamp) string {
	boot := at.Boot
	if len(boot) > 8 {
		boot = boot[:8]
	}
	return fmt.Sprintf("%s-%d", boot, at.Mono.Milliseconds())
}

// rank is the place of one event among all; one without a number yet is the newest.
func rank(refs []alarm.Ref, i int) uint64 {
	if refs[i].IsZero() {
		return math.MaxUint64
	}
	n := uint64(1)
	for _, r := range refs {
		if !r.IsZero() && r.Before(refs[i]) {
			n++
		}
	}
	return n
}

func (s *stage) eventOf(r alarm.Ref) string {
	if r.IsZero() {
		return ""
	}
	return message.EventID(s.g.cfg.Station, r.Epoch, r.Seq)
}

func (s *stage) isReported(event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return event != "" && s.reported[event]
}

// reportEvery is how often the platform's word on the present fires is looked for.
const reportEvery = 250 * time.Millisecond

// watchReports learns which fires the platform has stored: "reported" must be true when people
// read it. A broker's word is not enough, it can still lose them.
func (s *stage) watchReports(ctx context.Context) error {
	t := time.NewTicker(reportEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		present := make(map[string]bool)
		news := false
		for _, v := range s.g.engine.Picture().Points {
			event := s.eventOf(v.First)
			if event == "" {
				continue
			}
			known := s.isReported(event)
			present[event] = known || s.storedByPlatform(event)
			news = news || present[event] != known
		}
		s.mu.Lock()
		s.reported = present
		s.mu.Unlock()
		if news {
			s.control.Wake()
		}
	}
}

// storedByPlatform asks the outboxes of the uplinks on which the platform itself answers.
func (s *stage) storedByPlatform(event string) bool {
	links := slices.DeleteFunc(slices.Clone(s.g.cfg.Uplinks), func(u config.Uplink) bool { return u.Confirm != "platform" })
	return len(links) > 0 && s.g.confirmed(&s.places, links, event)
}

// painted is what the journal keeps of a takeover on the glass (已上屏).
type painted struct {
	Screen   string         `json:"screen"`
	Takeover string         `json:"takeover"`
	Rev      uint64         `json:"rev"`
	Kind     takeover.Kind  `json:"kind"`
	Stage    takeover.Stage `json:"stage"`
	// AfterMS is the time from the screen's order to its word that it is done; PageMS the
	// page's own part of that.
	AfterMS float64 `json:"after_ms"`
	PageMS  float64 `json:"page_ms,omitempty"`
}

func (s *stage) tellPainted(screen string, rev uint64, scene *takeover.Scene, after time.Duration, page float64) {
	s.g.engine.Act(message.KindPainted, "", painted{
		Screen: screen, Takeover: scene.ID, Rev: rev, Kind: scene.Kind, Stage: scene.Stage,
		AfterMS: float64(after.Microseconds()) / 1000, PageMS: page,
	})
}

// fault reports on one screen.
func (s *stage) fault(p engine.Part) func(cause string) {
	return func(cause string) { s.g.internal(p, cause, s.g.app.now()) }
}

// taken reports whether the screens are taken over, by whomever.
func (g *generation) taken() bool { return g.stage != nil && g.stage.control.Taken() }

// dark reports whether the booth itself has switched the televisions off, to save its battery
// or its panels.
func (s *stage) dark(kind outputs.Kind) func() bool {
	return func() bool { return !s.g.keeperWish(kind, s.control.Taken()).On }
}

// stageServices are the screens' parts, the level first.
func (g *generation) stageServices() []service {
	s := g.stage
	if s == nil {
		return nil
	}
	list := []service{{"screens", s.control.Run}, {"screens reports", s.watchReports}, {"programme", s.library.Run}, {"programme faults", s.watchLibrary}, {"programme parcels", s.watchParcels}}
	if s.hub != nil {
		list = append(list, service{"screens page", s.serve}, service{"screens hub", s.hub.Run})
	}
	return append(list, s.parts...)
}

// serve gives the players their pages until ctx ends.
func (s *stage) serve(ctx context.Context) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for the screens on %s: %w", s.cfg.Listen, err)
	}
	select {
	case s.addr <- ln.Addr():
	default:
	}
	s.log.Info("the screens' pages", "address", "http://"+ln.Addr().String()+"/screen/")
	mux := http.NewServeMux()
	mux.Handle("GET /screen/{name}/runner", s.desk)
	mux.Handle("/", s.hub.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve the screens: %w", err)
	case <-ctx.Done():
	}
	s.desk.Close()
	if err = srv.Close(); errors.Is(<-done, http.ErrServerClosed) {
		return err
	}
	return errors.Join(errors.New("the screens' pages ended otherwise than asked"), err)
}

// watchLibrary turns what is wrong with programme and media into a fault of the booth.
func (s *stage) watchLibrary(ctx context.Context) error {
	t := time.NewTicker(5 * time.Second)
	defer t.Stop()
	for {
		cause := ""
		trouble, refused := s.library.Trouble()
		m, _ := s.library.Media()
		switch {
		case s.library.Programme() == nil:
			cause = "programme_missing"
		case trouble != "":
			cause = "media_folder"
		case len(m.Faults) > 0:
			cause = "media_fault"
		case refused != "":
			cause = "programme_refused"
		}
		s.g.internal(mediaPart(), cause, s.g.app.now())
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}
