package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"firepost/cloud-bridge/blobs"
	"firepost/cloud-bridge/uplink"
	"firepost/drivers/camera"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/scene"
	"firepost/gateway/internal/store"
)

// Pictures of the scene. A fire's event gets its number from the journal; there it is seen,
// and a picture is asked for without waiting. The camera, its album and the upload run by
// themselves: whatever hangs there, nothing else waits for it, and it is not under the
// watchdog, which would restart the protection for the sake of a picture. It becomes a fault.
//
// The order towards the platform is strict: what is known of a picture stays in the album,
// which survives restarts, until an uplink has confirmed the event that it belongs to (the
// first of several counts). Then the file is uploaded, where an upload is configured, and
// only then one picture event with hash, size and kind enters the journal, in the rest lane.
// So no uplink can carry word of a picture ahead of its fire. A booth without uplinks writes
// the event at once and keeps the picture to itself. After a power cut between event and note
// the event comes twice, with the same hash.

// pictures is the camera with everything around it.
type pictures struct {
	g      *generation
	cfg    *config.Camera
	shots  *shots
	limit  time.Duration // of one still
	upload *blobs.Client // nil: pictures stay in the booth
	places places

	// ordering lets one command at a time learn the id of its own event.
	ordering sync.Mutex
	ordered  string

	mu       sync.Mutex
	director *scene.Director // nil while the album is not open
	album    *scene.Album
	trouble  string // why it is not
	behind   string // why the album is behind on the disk
	asked    time.Duration
	answered time.Duration // when the album was last asked for its state, and answered
	waiting  []request     // asked for meanwhile
	shed     bool
}

// request is a picture that is wanted.
type request struct {
	kind scene.Kind
	scene.Trigger
}

const (
	// sceneDir is the album's folder beside the journal.
	sceneDir = "scene"
	// sceneWaiting bounds what is remembered while the album opens.
	sceneWaiting = 16
	// sceneRetry is how often an album that can't be opened is tried again.
	sceneRetry = 30 * time.Second
	// sceneAudit is how often the album is asked for its state.
	sceneAudit = 5 * time.Second
	// sceneStuck is how long a still may take beyond its own limit.
	sceneStuck = 30 * time.Second
	// causeOrdered is the cause of a picture event that says who asked for one.
	causeOrdered = "ordered"
)

func cameraPart() engine.Part {
	return engine.Part{Name: "camera", Title: engine.Text{ZH: "摄像机", EN: "Camera"}}
}

// addScene prepares the camera; it touches neither files nor devices.
func (g *generation) addScene(c *config.Camera) error {
	if c == nil {
		return nil
	}
	set := c.Settings()
	cam, err := camera.New(set)
	if err != nil {
		return fmt.Errorf("wire the camera: %w", err)
	}
	p := &pictures{g: g, cfg: c, shots: &shots{camera: cam, now: g.app.now}, limit: set.Limit}
	if c.Upload != nil {
		if p.upload, err = blobs.New(c.Upload.Settings()); err != nil {
			return fmt.Errorf("wire the camera's upload: %w", err)
		}
	}
	g.scene = p
	return nil
}

func (g *generation) sceneServices() []service {
	if g.scene == nil {
		return nil
	}
	return []service{{"camera", g.scene.run}, {"camera watch", g.scene.watch}, {"camera album", g.scene.audit}}
}

// run opens the album and takes pictures until ctx ends.
func (p *pictures) run(ctx context.Context) error {
	for {
		director, album, err := p.open()
		if err == nil {
			p.begin(director, album)
			err = director.Run(ctx)
			p.end()
			return err
		}
		p.mu.Lock()
		p.trouble = err.Error()
		p.mu.Unlock()
		p.g.app.log.Error("pictures of the scene can't be kept", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(sceneRetry):
		}
	}
}

func (p *pictures) open() (*scene.Director, *scene.Album, error) {
	a := p.g.app
	keep := scene.DefaultAlbum()
	keep.Dir, keep.Station, keep.Clock = filepath.Join(p.g.cfg.Journal.Dir, sceneDir), p.g.cfg.Station, a.now
	declared := p.cfg.Declared()
	keep.Retain = declared.Retain
	album, err := scene.OpenAlbum(keep)
	if err != nil {
		return nil, nil, fmt.Errorf("open the album: %w", err)
	}
	o := scene.DefaultDirector()
	o.Camera, o.Album, o.Confirmed, o.Clock = p.shots, album, p, a.now
	o.Masks, o.Ignore = declared.Masks, p.cfg.IgnoreAreas()
	o.Announce, o.Judged = p.announce, func(camera.Health) { p.refresh(a.now()) }
	o.Log = a.log.With("part", "camera")
	if a.sceneTune != nil {
		a.sceneTune(&o)
	}
	director, err := scene.NewDirector(o)
	if err != nil {
		album.Close()
		return nil, nil, err
	}
	return director, album, nil
}

// begin hands over what was asked for while there was nobody to take it.
func (p *pictures) begin(d *scene.Director, album *scene.Album) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.director, p.album, p.trouble = d, album, ""
	if p.shed {
		d.SetShed(true)
	}
	for _, r := range p.waiting {
		r.hand(d)
	}
	p.waiting = nil
}

func (p *pictures) end() {
	p.mu.Lock()
	album := p.album
	p.director, p.album = nil, nil
	p.mu.Unlock()
	// Outside the lock, which the engine takes too: the album may wait for its disk.
	album.Close()
}

func (r request) hand(d *scene.Director) bool {
	if r.kind == scene.KindFire {
		return d.Fire(r.Trigger)
	}
	return d.Command(r.Trigger)
}

// ask asks for pictures and returns at once.
func (p *pictures) ask(r request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.director != nil:
		return r.hand(p.director)
	case len(p.waiting) < sceneWaiting:
		p.waiting = append(p.waiting, r)
		return true
	}
	return false
}

// present are the director and the album while they are there.
func (p *pictures) present() (*scene.Director, *scene.Album) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.director, p.album
}

// witness is the journal as the engine sees it: a fire's event asks for pictures once it has
// its number, and an acknowledgement tells the screens when the desk answered.
func (g *generation) witness(j engine.Journal) engine.Journal {
	w := witness{Journal: j}
	if g.scene != nil {
		w.saw = append(w.saw, g.scene.saw)
	}
	if g.stage != nil {
		w.saw = append(w.saw, g.stage.control.Saw)
	}
	return w
}

type witness struct {
	engine.Journal
	saw []func(*message.Event)
}

// Append implements engine.Journal.
func (w witness) Append(recs []store.Record) store.Ticket {
	t := w.Journal.Append(recs)
	for i := range recs {
		for _, saw := range w.saw {
			saw(recs[i].Event)
		}
	}
	return t
}

// saw looks at one numbered event. A fire under test or disabled, and one of the booth
// itself, is none that a picture could show.
func (p *pictures) saw(ev *message.Event) {
	switch {
	case ev.Kind == message.KindPicture && ev.Cause == causeOrdered:
		p.ordered = ev.ID
	case ev.Kind != message.KindRaised || ev.Class != message.ClassFire:
	case ev.Device == "" || ev.Device == engine.Booth || ev.State&(message.Test|message.Disabled) != 0:
	default:
		at := message.Stamp{
			Boot: ev.Boot, Mono: time.Duration(ev.MonoMS) * time.Millisecond, Wall: ev.At.Time, Trusted: ev.ClockTrusted,
		}
		p.ask(request{scene.KindFire, scene.Trigger{Event: ev.ID, Device: ev.Device, Premises: ev.Premises, At: at}})
	}
}

// takePicture takes one picture on a person's word. The word itself is an event, which the
// picture belongs to.
func (g *generation) takePicture(ctx context.Context, cmd message.Command) message.Result {
	now := g.app.now()
	res := message.Result{ID: cmd.ID, Station: g.cfg.Station, At: message.Time{Time: now.Wall}}
	refuse := func(code, en, zh string) message.Result {
		res.Code, res.Text, res.TextZH = code, en, zh
		return res
	}
	p := g.scene
	switch {
	case p == nil:
		return refuse("no_camera", "this booth has no camera, or it is switched off", "本驿站没有摄像机，或未启用")
	case cmd.Author == "":
		return refuse("needs_author", "a picture needs the name of who orders it", "拍照须注明下令人姓名")
	case cmd.Note == "":
		return refuse("needs_note", "a picture needs a reason", "拍照须写明理由")
	}
	p.mu.Lock()
	shed := p.shed
	p.mu.Unlock()
	if shed {
		return refuse("camera_shed", "the camera is switched off to save the battery", "为节省电池电量，摄像机已断电")
	}
	p.ordering.Lock()
	ticket := g.engine.Act(message.KindPicture, causeOrdered, struct {
		Author string `json:"author"`
		Note   string `json:"note"`
		Device string `json:"device,omitempty"`
	}{cmd.Author, cmd.Note, cmd.Device})
	id := p.ordered
	p.ordering.Unlock()
	queued := p.ask(request{scene.KindCommand, scene.Trigger{Event: id, Device: cmd.Device, At: now}})
	select {
	case <-ticket.Done():
	case <-ctx.Done():
	}
	res.Events = []string{id}
	if !queued {
		return refuse("busy", "too many pictures are waiting; try again in a minute", "待拍照片过多，请一分钟后再试")
	}
	res.OK, res.Code = true, "ok"
	return res
}

// Sent implements scene.Confirmations: it reports whether an uplink has confirmed the event.
func (p *pictures) Sent(event string) bool {
	links := p.g.cfg.Uplinks
	return len(links) == 0 || p.g.confirmed(&p.places, links, event)
}

// confirmed reports whether one of the uplinks has confirmed an event.
func (g *generation) confirmed(k *places, links []config.Uplink, event string) bool {
	at, ok := k.of(g.app.store, event)
	if !ok {
		return false
	}
	for i := range links {
		if g.app.store.Outbox(links[i].Name).Confirmed(at.lane, at.pos) {
			return true
		}
	}
	return false
}

// places remembers where events are, which takes a search of the journal.
type places struct {
	known     map[string]place
	set, read uint64 // of the journal that they are known of
}

type place struct {
	pos  uplink.Position
	lane uplink.Lane
}

// knownPlaces bounds what is remembered, well above what an album holds.
const knownPlaces = 2000

// of is called by one goroutine alone.
func (k *places) of(s *store.Store, event string) (place, bool) {
	h := s.Health()
	if k.known == nil || len(k.known) >= knownPlaces || h.Quarantined != k.set || h.Salvaged != k.read {
		k.known, k.set, k.read = make(map[string]place), h.Quarantined, h.Salvaged
	}
	at, ok := k.known[event]
	if !ok {
		if at.pos, at.lane, ok = s.Place(event); ok {
			k.known[event] = at
		}
	}
	return at, ok
}

// errNoScene: there is no album to look into.
var errNoScene = errors.New("the camera is off, or its album can't be opened")

// scenePictures lists what the album holds, for people who are logged in.
func (g *generation) scenePictures() []scene.Picture {
	if g.scene == nil {
		return nil
	}
	_, album := g.scene.present()
	if album == nil {
		return nil
	}
	return album.List()
}

// openPicture hands a picture to a person who is logged in; the view is on the disk before.
func (g *generation) openPicture(id, viewer, reason string) ([]byte, scene.Picture, error) {
	if g.scene == nil {
		return nil, scene.Picture{}, errNoScene
	}
	_, album := g.scene.present()
	if album == nil {
		return nil, scene.Picture{}, errNoScene
	}
	return album.Open(id, viewer, reason)
}

// wantsShed reports whether the battery can't spare the camera.
func (p *pictures) wantsShed() bool { return !p.g.keeperWish(outputs.CameraPower, false).On }
