package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"firepost/drivers/camera"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/scene"
)

// cameraText is a declared camera with a made-up picture.
func (h *house) cameraText(graph, more string) string {
	h.t.Helper()
	sign := filepath.Join(h.t.TempDir(), "sign.jpg")
	if err := os.WriteFile(sign, []byte("a photo"), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return fmt.Sprintf(`camera:
  kind: lavfi
  address: %q
  masks: [{x: 0, y: 0, w: 100, h: 100}]
  sign_photo: %s
  purpose: 火警现场确认
  responsible: 王某某
  filing_number: 赤公视备2026-0001号
%s`, graph, sign, more)
}

const (
	colourful = "testsrc=size=320x240:rate=5"
	other     = "testsrc=size=320x240:rate=5,negate"
	covered   = "color=c=gray:size=320x240:rate=5"
)

// hasty takes one picture of a fire, asks often, and looks at the camera only when told.
func hasty(o *scene.DirectorOptions) {
	o.Burst, o.AskEvery, o.CheckEvery, o.RetryAfter = []time.Duration{0}, 5*time.Millisecond, 0, time.Millisecond
	o.Limits.Spacing = 0
}

func (h *house) direct(tune func(o *scene.DirectorOptions)) {
	h.prepare = func(a *App) {
		a.sceneTune = func(o *scene.DirectorOptions) {
			hasty(o)
			if tune != nil {
				tune(o)
			}
		}
	}
}

// event is the newest recent event that fits.
func (h *house) event(fits func(e message.Event) bool) (message.Event, bool) {
	for _, e := range h.gen().engine.Recent() {
		if fits(e) {
			return e, true
		}
	}
	return message.Event{}, false
}

// burn sets a on fire and returns the fire's event.
func (h *house) burn(device string) message.Event {
	h.t.Helper()
	h.smoke(device, true)
	var fire message.Event
	h.eventually("a fire at "+device, func() (ok bool) {
		fire, ok = h.event(func(e message.Event) bool {
			return e.Kind == message.KindRaised && e.Class == message.ClassFire && e.Device == device
		})
		return ok
	})
	return fire
}

// told is the picture event of a fire or a command.
func (h *house) told(event string) (d pictureDetail, ok bool) {
	_, ok = h.event(func(e message.Event) bool {
		if e.Kind != message.KindPicture || e.Cause == causeOrdered {
			return false
		}
		d = pictureDetail{}
		return json.Unmarshal(e.Detail, &d) == nil && d.Event == event && e.Lane == message.LaneRest
	})
	return d, ok
}

func (h *house) picture(event string) (scene.Picture, bool) {
	for _, p := range h.gen().scenePictures() {
		if p.Event == event {
			return p, true
		}
	}
	return scene.Picture{}, false
}

func TestNoCameraUnlessDeclared(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	h.burn("a")
	res := h.command(message.Command{Action: message.ActionPicture, Author: "李", Note: "看看"})
	if res.OK || res.Code != "no_camera" || res.TextZH == "" {
		t.Errorf("%+v", res)
	}
	if _, _, err := h.gen().openPicture("x", "李", "看看"); !errors.Is(err, errNoScene) || h.gen().scenePictures() != nil {
		t.Errorf("an album without a camera: %v", err)
	}
	if _, err := os.Stat(filepath.Join(h.state, sceneDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder for pictures: %v", err)
	}
	if h.kinds(message.KindPicture) != 0 || h.item("camera.unknown") {
		t.Error("a camera that was never declared")
	}
}

// TestPictureOfAFire: it carries the fire's id, is in the journal, stays over a restart, and
// every view is written down.
func TestPictureOfAFire(t *testing.T) {
	h := newHouse(t)
	h.extra = h.cameraText(colourful, "")
	h.direct(nil)
	h.start(nil)
	fire := h.burn("a")
	var told pictureDetail
	h.eventually("the picture's event", func() (ok bool) { told, ok = h.told(fire.ID); return ok })
	p, ok := h.picture(fire.ID)
	if !ok || p.Kind != scene.KindFire || p.Device != "a" || p.Premises != "HS-1" || p.Station != "hs-03" {
		t.Fatalf("the album has %+v, %v", p, ok)
	}
	if told.SHA256 != p.ID || told.Bytes != p.Size || told.Kind != scene.KindFire || told.Device != "a" || told.Uploaded || told.Boot == "" {
		t.Errorf("the event says %+v of %+v", told, p)
	}
	h.stop()
	h.start(nil)
	h.eventually("still there after a restart", func() bool { _, ok := h.picture(fire.ID); return ok })
	if _, _, err := h.gen().openPicture(p.ID, "李值班", ""); !errors.Is(err, scene.ErrNoReason) {
		t.Errorf("a view without a reason: %v", err)
	}
	data, got, err := h.gen().openPicture(p.ID, "李值班", "复核火警")
	if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != p.ID || got.Event != fire.ID {
		t.Errorf("opened %+v: %v", got, err)
	}
	_, album := h.gen().scene.present()
	views, unreadable, err := album.Views()
	if err != nil || unreadable != 0 || len(views) != 1 || views[0].Viewer != "李值班" || views[0].Reason != "复核火警" || views[0].Picture != p.ID {
		t.Errorf("views %+v, %d unreadable: %v", views, unreadable, err)
	}
	h.stop()
	n := 0
	for _, ev := range h.journal() {
		if ev.Kind == message.KindPicture {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d picture events in the journal", n)
	}
}

// TestNoPictureOfATest: nor of what is disabled.
func TestNoPictureOfATest(t *testing.T) {
	h := newHouse(t)
	h.extra = h.cameraText(colourful, "")
	h.direct(nil)
	h.start(nil)
	h.must(message.Command{Action: message.ActionTestOn, Device: "a", Author: "王", Seconds: 600})
	h.burn("a")
	fire := h.burn("b")
	h.eventually("the real one", func() bool { _, ok := h.told(fire.ID); return ok })
	if list := h.gen().scenePictures(); len(list) != 1 {
		t.Errorf("%d pictures: %+v", len(list), list)
	}
	p := &pictures{}
	ev := message.Event{ID: "hs-03-1-1", Kind: message.KindRaised, Class: message.ClassFire, Device: "a"}
	for _, change := range []func(e *message.Event){
		func(e *message.Event) { e.State = message.Fire | message.Disabled },
		func(e *message.Event) { e.Device = "booth" },
		func(e *message.Event) { e.Device = "" },
		func(e *message.Event) { e.Kind = message.KindRestored },
		func(e *message.Event) { e.Class = message.ClassPrealarm },
	} {
		bad := ev
		change(&bad)
		if p.saw(&bad); len(p.waiting) != 0 {
			t.Errorf("a picture of %+v", bad)
		}
	}
	if p.saw(&ev); len(p.waiting) != 1 {
		t.Error("no picture of a fire while the album opens")
	}
}

// TestPictureOnCommand: with a name and a reason, and both in the journal.
func TestPictureOnCommand(t *testing.T) {
	h := newHouse(t)
	h.extra = h.cameraText(colourful, "")
	h.direct(nil)
	h.start(nil)
	for code, cmd := range map[string]message.Command{
		"needs_author": {Action: message.ActionPicture, Note: "看看"}, "needs_note": {Action: message.ActionPicture, Author: "李"},
	} {
		if res := h.command(cmd); res.OK || res.Code != code || res.Text == "" || res.TextZH == "" {
			t.Errorf("%s: %+v", code, res)
		}
	}
	res := h.command(message.Command{Action: message.ActionPicture, Author: "李", Note: "群众来电"})
	if !res.OK || len(res.Events) != 1 {
		t.Fatalf("%+v", res)
	}
	ordered, ok := h.event(func(e message.Event) bool { return e.ID == res.Events[0] })
	if !ok || ordered.Kind != message.KindPicture || ordered.Cause != causeOrdered || string(ordered.Detail) != `{"author":"李","note":"群众来电"}` {
		t.Errorf("the journal says %+v", ordered)
	}
	h.eventually("the picture", func() bool { _, ok := h.told(ordered.ID); return ok })
	if p, ok := h.picture(ordered.ID); !ok || p.Kind != scene.KindCommand {
		t.Errorf("%+v", p)
	}
}

// TestCoveredCamera: a fault of the booth until the camera sees again, also over a restart.
func TestCoveredCamera(t *testing.T) {
	h := newHouse(t)
	h.extra = h.cameraText(colourful, "")
	cam := newTurning(t, covered)
	h.direct(func(o *scene.DirectorOptions) { o.Camera, o.CheckEvery = cam, 5*time.Millisecond })
	h.start(nil)
	h.eventually("covered is a fault", func() bool { return h.part("camera").Has(message.Fault) && h.item("camera.covered") })
	h.stop()
	h.start(nil)
	if !h.part("camera").Has(message.Fault) {
		t.Error("the fault is gone although nobody has looked")
	}
	cam.turn(t, colourful, other)
	h.eventually("it sees again", func() bool { return !h.part("camera").Has(message.Fault) && !h.item("camera.covered") })
	if h.item("camera.unknown") {
		t.Error("not known although it was judged")
	}
}

// hanging is a camera whose driver does not come back, whatever it is told.
type hanging struct{ gate, entered chan struct{} }

func (c hanging) Shot(context.Context) (camera.Still, error) {
	c.entered <- struct{}{}
	<-c.gate
	return camera.Still{}, camera.ErrTimeout
}

// TestHangingCamera: nothing waits for it; it becomes a fault.
func TestHangingCamera(t *testing.T) {
	h := newHouse(t)
	h.extra = h.cameraText(colourful, "")
	cam := hanging{make(chan struct{}), make(chan struct{}, 100)}
	h.prepare = func(a *App) {
		a.sceneTune = func(o *scene.DirectorOptions) {
			hasty(o)
			// What open made it from knows since when it hangs.
			o.Camera.(*shots).camera = cam
		}
	}
	h.start(nil)
	h.burn("a")
	<-cam.entered
	h.eventually("the siren", func() bool { return h.relay("output_1") })
	h.burn("b")
	h.must(message.Command{Action: message.ActionPicture, Author: "李", Note: "看看"})
	h.must(h.resetOf("a"))
	p := h.gen().scene
	if now := h.app.now(); p.stuck(now) || !p.stuck(now.Add(10*time.Minute)) {
		t.Error("stuck too early or never")
	}
	if q := (&pictures{asked: 100 * time.Second, answered: 95 * time.Second}); q.silent(message.Stamp{Mono: 130 * time.Second}) || !q.silent(message.Stamp{Mono: 131 * time.Second}) {
		t.Error("an album that does not answer for 30 s")
	}
	p.refresh(h.app.now().Add(10 * time.Minute))
	if !h.part("camera").Has(message.Fault) {
		t.Error("a camera that hangs is no fault")
	}
	if err := h.app.dog.Check(); err != nil {
		t.Errorf("the watchdog would restart the booth: %v", err)
	}
	close(cam.gate)
}

// resetOf resets a point whose detector has gone quiet.
func (h *house) resetOf(device string) message.Command {
	h.t.Helper()
	h.smoke(device, false)
	h.eventually("quiet again", func() bool { return !h.device(device).State.Has(message.Active) })
	return h.reset(device)
}

// TestPictureNeverAheadOfItsFire: while no uplink has confirmed the fire, nothing of its
// picture enters the journal or leaves the booth; then the file goes first.
func TestPictureNeverAheadOfItsFire(t *testing.T) {
	h := newHouse(t)
	d := newDistrict(t)
	h.extra = uplinks + h.cameraText(colourful, "  upload: "+d.config())
	var asks atomic.Uint64
	h.direct(func(o *scene.DirectorOptions) { o.Confirmed = counting{o.Confirmed, &asks} })
	h.start(nil)
	fire := h.burn("a")
	h.eventually("a picture", func() bool { _, ok := h.picture(fire.ID); return ok })
	for range 2 {
		// The announcer has looked at it, and does again after a restart.
		before := asks.Load()
		h.eventually("the announcer has looked", func() bool { return asks.Load() > before+1 })
		if _, ok := h.told(fire.ID); ok || d.count() > 0 {
			t.Fatal("the picture is ahead of its fire")
		}
		h.stop()
		h.start(nil)
		h.eventually("the album is open", func() bool { return h.gen().scenePictures() != nil })
	}
	early := make(chan bool, 10)
	d.r.Stored = func(string, int64) { _, ok := h.told(fire.ID); early <- ok }
	pos, lane, ok := h.app.store.Place(fire.ID)
	if !ok {
		t.Fatal("the journal does not know the fire")
	}
	h.app.store.Outbox("city").Confirm(lane, pos) // as the second uplink does it
	h.eventually("announced", func() bool { _, ok := h.told(fire.ID); return ok })
	if <-early {
		t.Error("the event came before the file")
	}
	p, _ := h.picture(fire.ID)
	told, _ := h.told(fire.ID)
	if !told.Uploaded || told.SHA256 != p.ID || d.count() != 1 {
		t.Errorf("told %+v, %d files at the district", told, d.count())
	}
}

// counting counts the questions for a confirmation.
type counting struct {
	scene.Confirmations
	asks *atomic.Uint64
}

func (c counting) Sent(event string) bool {
	defer c.asks.Add(1)
	return c.Confirmations.Sent(event)
}

// TestCameraWithoutPower: the keeper sheds it; pictures are refused in words, and come again.
func TestCameraWithoutPower(t *testing.T) {
	h := newHouse(t)
	h.extra = h.cameraText(colourful, "")
	h.direct(nil)
	h.start(nil)
	g := h.gen()
	power := func(p *config.Power) {
		g.keeper.mu.Lock()
		g.keeper.power, g.keeper.decided = p, true
		g.keeper.mu.Unlock()
		g.scene.look(h.app.now())
	}
	power(&config.Power{}) // a decision that leaves nothing on
	res := h.command(message.Command{Action: message.ActionPicture, Author: "李", Note: "看看"})
	if res.OK || res.Code != "camera_shed" || !h.item("camera.shed") {
		t.Errorf("%+v", res)
	}
	h.eventually("the director knows, also when it came later", func() bool {
		d, _ := g.scene.present()
		return d != nil && d.Status().Shed
	})
	power(nil)
	h.must(message.Command{Action: message.ActionPicture, Author: "李", Note: "看看"})
	h.eventually("a picture again", func() bool { return len(g.scenePictures()) == 1 })
}
