package app

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"firepost/drivers/led/ledsim"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/httpapi"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/media"
	"firepost/kiosk/screen"
	"firepost/kiosk/takeover"
)

// get asks the booth's page for a path.
func (h *house) get(path string) *httptest.ResponseRecorder {
	h.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, "http://127.0.0.1"+path, nil)
	r.RemoteAddr = "127.0.0.1:5000"
	h.gen().http.Handler().ServeHTTP(w, r)
	return w
}

func (h *house) screensStatus() *httpapi.Screens {
	h.t.Helper()
	var s httpapi.Status
	if err := json.Unmarshal(h.get("/api/status").Body.Bytes(), &s); err != nil {
		h.t.Fatal(err)
	}
	return s.Screens
}

// TestThePageShowsTheScreens: from a fire to what the page, the metrics and the pictures say.
func TestThePageShowsTheScreens(t *testing.T) {
	h := newHouse(t)
	card, err := ledsim.Listen(ledsim.NewOnbon(image.Pt(256, 64), false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := card.Close(); err != nil {
			t.Error(err)
		}
	})
	h.extra = screensOf(h, fmt.Sprintf("  boards:\n    - {name: led, kind: onbon-6k, address: %q, width: 256, height: 64, colours: red-green}\n    - {name: gone, kind: onbon-6k, address: \"127.0.0.1:9\", width: 128, height: 32}\n    - {name: wall, kind: novastar, address: \"127.0.0.1:9\"}\n", card.Address()))
	h.start(nil)
	h.eventually("the first look", func() bool { return h.screensStatus().Televisions[0].TextZH != "" })
	tv := h.screensStatus().Televisions[0]
	if tv.Health == "ok" || !tv.Stale || tv.BeatAgeMS >= 0 || tv.Plug != "unknown" || tv.Painted != paintedNone {
		t.Errorf("a television that nobody has heard of: %+v", tv)
	}
	if p := h.screensStatus().Programme; p.Name != "starter v1" || !p.Starter || p.Budget == 0 || p.Free <= 0 {
		t.Errorf("programme %+v", p)
	}
	g := h.open()
	h.eventually("the programme runs", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.state.Showing.Zones) > 0
	})
	h.smoke("a", true)
	g.shows("the fire", func(s *takeover.Scene) bool { return s != nil })
	if s := h.screensStatus(); s.Takeover == nil || s.Takeover.Kind != "real" || s.Takeover.PlacesZH[0] != "张记面馆" || s.Televisions[0].Painted != paintedUnconfirmed {
		t.Errorf("before the page has painted it: %+v", s)
	}
	h.eventually("painted", func() bool {
		g.beat()
		tv := h.screensStatus().Televisions[0]
		return tv.Painted == paintedYes && tv.PaintMS > 0 && !tv.Stale
	})
	h.eventually("the board too", func() bool { b := h.screensStatus().Boards[0]; return b.Up && b.Painted == paintedYes })
	if b := h.screensStatus().Boards[1]; b.Up || b.Shows != "" || b.Painted != paintedUnconfirmed {
		t.Errorf("a board that is not there: %+v", b)
	}
	h.pictures()
	h.screenMetrics()
}

// pictures: what each panel shows as a picture that says what it is.
func (h *house) pictures() {
	t := h.t
	t.Helper()
	for path, want := range map[string]struct {
		code      int
		size      image.Point
		confirmed string
	}{
		"/screens/tv.png":         {200, image.Pt(960, 540), "false"}, // without a runner: drawn, at half the size
		"/screens/led.png":        {200, image.Pt(256, 64), "true"},
		"/screens/gone.png":       {200, image.Pt(128, 32), "false"},
		"/screens/wall.png":       {409, image.Point{}, ""},
		"/screens/no.png":         {404, image.Point{}, ""},
		"/screens/x.png?page=999": {404, image.Point{}, ""},
	} {
		got := h.get(path)
		if got.Code != want.code {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
			continue
		}
		if want.code != 200 {
			continue
		}
		m, err := png.Decode(got.Body)
		if err != nil || m.Bounds().Size() != want.size {
			t.Errorf("%s: %v %v", path, m, err)
		}
		if hd := got.Header(); hd.Get("Firepost-Picture") != "preview" || hd.Get("Firepost-Shows") != "takeover" || hd.Get("Firepost-Confirmed") != want.confirmed {
			t.Errorf("%s is said to be %v", path, hd)
		}
	}
	if got := h.get("/screens/plays?from=2026-11-01&to=2026-11-02&form=csv"); got.Code != 200 || !strings.Contains(got.Body.String(), "无记录") {
		t.Errorf("plays: %d %s", got.Code, got.Body)
	}
	if got := h.get("/screens/plays?from=2026-13-01"); got.Code != 400 {
		t.Errorf("plays of no day: %d %s", got.Code, got.Body)
	}
	if got := h.get("/screens/plays?lang=en"); got.Code != 200 || !strings.Contains(got.Body.String(), "Fire post 3") {
		t.Errorf("plays of today: %d %s", got.Code, got.Body)
	}
}

func (h *house) screenMetrics() {
	h.t.Helper()
	text := h.get("/metrics").Body.String()
	for _, want := range []string{
		`firepost_screen_ok{screen="tv"} `, `firepost_screen_connected{screen="tv"} 1`, `firepost_screen_beat_age_seconds{screen="tv"} `,
		`firepost_screen_painted_latency_seconds{screen="tv"} `, `firepost_screen_restarts_total{screen="tv",rung="browser"} `,
		`firepost_takeover_active{kind="real",stage="verifying"} 1`, `firepost_board_up{screen="led"} 1`, `firepost_board_up{screen="gone"} 0`,
		`firepost_board_tamper{screen="led"} 0`, `firepost_programme_info{name="starter v1"} 1`, `firepost_media_bytes 0`, `firepost_media_faults 0`,
		`firepost_plays_today 0`, `firepost_programme_refused 0`,
	} {
		if !strings.Contains(text, want) {
			h.t.Errorf("the metrics lack %s", want)
		}
	}
}

// TestCountedRungs: what a judge orders is counted, whether or not it could be carried out.
func TestCountedRungs(t *testing.T) {
	h := newHouse(t)
	h.extra = screensOf(h, "")
	h.start(nil)
	s := h.gen().stage
	count := s.rungs["tv"]
	hands := countedHands{hands{s.desk, ""}, count}
	before := count.browser.Load()
	if err := hands.Restart("tv"); err == nil {
		t.Error("a browser without a runner was restarted")
	}
	if err := hands.Compositor("tv"); err == nil {
		t.Error("a compositor without a runner was restarted")
	}
	if count.browser.Load() <= before || count.compositor.Load() == 0 {
		t.Errorf("counted %d and %d", count.browser.Load(), count.compositor.Load())
	}
}

// parcel is a programme with one poster, signed by two people, as the command lays it.
type parcel struct {
	id, sum     string
	env, poster []byte
	keys        string
}

func newParcel(t *testing.T, version int) *parcel {
	t.Helper()
	poster, err := os.ReadFile(filepath.Join(starterDir(t), "posters", "lane.svg"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(poster)
	p := &parcel{id: fmt.Sprintf("winter-%d", version), sum: hex.EncodeToString(sum[:]), poster: poster}
	doc := fmt.Sprintf("id: winter\nversion: %d\ntitle: {zh: 冬季}\nitems:\n  - {id: lane, kind: image, for: 15s, media: %s}\nplaylists: {day: [lane]}\nfallback: {main: day}\n", version, p.sum)
	m := media.Manifest{
		Version: uint64(version), Programme: media.Document{Name: "winter", Data: []byte(doc)}, //nolint:gosec // small
		Items: []media.Item{{SHA256: p.sum, Size: int64(len(poster)), Type: media.TypeSVG, Name: "lane.svg"}},
	}
	var signers []message.Signer
	for i, who := range []string{"li", "wang"} {
		key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, ed25519.SeedSize))
		public, _ := key.Public().(ed25519.PublicKey)
		signers = append(signers, message.Signer{KID: who, Key: key})
		p.keys += fmt.Sprintf("      - {kid: %s, issuer: %s, public: %q, roles: [%s]}\n", who, who, base64.StdEncoding.EncodeToString(public), []string{"author", "approver"}[i])
	}
	if p.env, err = message.SealDocument(screens.DocumentKind, m.Encode(), signers...); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *parcel) lay(t *testing.T, dir string, env []byte) {
	t.Helper()
	for name, data := range map[string][]byte{p.id + "." + p.sum: p.poster, p.id + ParcelSuffix: env} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAProgrammeByHand: what two people signed plays, and what one alone signed does not.
func TestAProgrammeByHand(t *testing.T) {
	h := newHouse(t)
	p := newParcel(t, 3)
	// Nobody listens there: what plays was brought by hand.
	h.extra = screensOf(h, "  programme:\n    url: https://127.0.0.1:9\n    free_floor: 64MiB\n    cert_file: /nowhere/a.pem\n    key_file: /nowhere/a.key\n    keys:\n"+p.keys)
	h.start(nil)
	s := h.gen().stage
	dir := ParcelDir(s.cfg.Dir)
	h.eventually("the folder of parcels", func() bool { _, err := os.Stat(dir); return err == nil })
	stranger := filepath.Join(dir, "half."+p.sum)
	old := time.Now().Add(-2 * parcelOld)
	if err := os.WriteFile(stranger, p.poster, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stranger, old, old); err != nil {
		t.Fatal(err)
	}

	var e message.Envelope
	if err := json.Unmarshal(p.env, &e); err != nil {
		t.Fatal(err)
	}
	e.Sigs = e.Sigs[:1]
	alone, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	p.lay(t, dir, alone)
	if err := s.takeParcels(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	h.eventually("the author alone is refused", func() bool { return strings.Contains(h.screensStatus().Programme.Package, "one by an author") })
	if got := h.screensStatus().Programme; got.Name != "starter v1" {
		t.Errorf("plays %+v", got)
	}

	p.lay(t, dir, p.env)
	if err := s.takeParcels(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	h.eventually("the new programme plays", func() bool { return h.screensStatus().Programme.Name == "winter v3" })
	got := h.screensStatus().Programme
	if got.Starter || got.Version != 3 || got.Package != "" || got.TitleZH != "冬季" || got.Missing != 0 {
		t.Errorf("plays %+v", got)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "last"+parcelRefused {
		t.Errorf("left over are %v, %v", left, err)
	}
	// The same once more is no trouble; an older one is.
	p.lay(t, dir, p.env)
	if err := s.takeParcels(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got := h.screensStatus().Programme.Package; got != "" {
		t.Errorf("the same once more: %s", got)
	}
	older := newParcel(t, 2)
	older.lay(t, dir, older.env)
	if err := s.takeParcels(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got := h.screensStatus().Programme.Package; !strings.Contains(got, "publish a version above it") {
		t.Errorf("an older one: %q", got)
	}
}

func TestParcelsWithOddNames(t *testing.T) {
	h := newHouse(t)
	h.extra = screensOf(h, "")
	h.start(nil)
	dir := t.TempDir()
	for name, data := range map[string]string{"[a].signed": "x", ".tmp.signed": "x", "big.signed": strings.Repeat("x", message.MaxDocument+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := h.gen().stage.takeParcels(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), `parcel "[a]"`) {
		t.Errorf("%v", err)
	}
	if got := h.gen().stage.packageTrouble(); !strings.Contains(got, "larger than") {
		t.Errorf("a parcel that is too large: %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, ".tmp.signed")); err != nil {
		t.Errorf("what is being written was taken: %v", err)
	}
}

// runner is a screen's runner that answers one request for a picture.
func (h *house) runner(parts ...screen.ShotPart) {
	t := h.t
	t.Helper()
	address := h.screensAddress()
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+address+screen.Path("tv"), http.Header{"X-Firepost-Runner": {"tv"}})
	if err != nil {
		t.Fatalf("%v %v", err, resp)
	}
	_ = resp.Body.Close()
	if err := ws.WriteJSON(screen.RunnerUp{Status: &screen.RunnerStatus{
		Browser: screen.BrowserUp{Up: true, Starts: 2}, Connectors: []screen.Connector{{Name: "HDMI-A-1", Plug: screen.PlugIn, Mode: "1920x1080"}},
	}}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = ws.Close() }()
		for {
			var o screen.RunnerDown
			if ws.ReadJSON(&o) != nil {
				return
			}
			if o.Screenshot == 0 {
				continue
			}
			for _, p := range parts {
				p.ID = o.Screenshot
				if ws.WriteJSON(screen.RunnerUp{Shot: &p}) != nil {
					return
				}
			}
			return
		}
	}()
	t.Cleanup(func() {
		_ = ws.Close()
		<-done
	})
	h.eventually("the runner is there", func() bool { tv := h.screensStatus().Televisions[0]; return tv.Runner && tv.BrowserUp })
}

// TestAScreenshot comes from the runner in parts; one that breaks off is not mended with a
// drawing.
func TestAScreenshot(t *testing.T) {
	h := newHouse(t)
	h.extra = screensOf(h, "")
	h.start(nil)
	h.runner(screen.ShotPart{PNG: []byte("one ")}, screen.ShotPart{PNG: []byte("two"), Last: true})
	if tv := h.screensStatus().Televisions[0]; tv.Plug != "in" || tv.Mode != "1920x1080" || tv.BrowserStarts != 2 {
		t.Errorf("the runner is %+v", tv)
	}
	got := h.get("/screens/tv.png")
	if hd := got.Header(); got.Code != 200 || got.Body.String() != "one two" || hd.Get("Firepost-Picture") != "screenshot" || hd.Get("Firepost-Shows") != "programme" || hd.Get("Firepost-Confirmed") != "true" {
		t.Errorf("%d %q %v", got.Code, got.Body, got.Header())
	}
	h.eventually("the runner is gone", func() bool { return !h.screensStatus().Televisions[0].Runner })

	h.runner(screen.ShotPart{Error: "the browser does not answer"})
	out := &httpapi.Picture{}
	if err := h.gen().stage.Picture(t.Context(), "tv", 1, out); err == nil || !strings.Contains(err.Error(), "does not answer") || out.Begun() {
		t.Errorf("what the runner says is lost: %v", err)
	}
	h.eventually("the runner is gone", func() bool { return !h.screensStatus().Televisions[0].Runner })

	h.runner(screen.ShotPart{PNG: []byte("half")})
	w := httptest.NewRecorder()
	err := h.gen().stage.Picture(t.Context(), "tv", 1, httpapi.NewPicture(w))
	if err == nil || w.Body.String() != "half" {
		t.Errorf("%v after %q", err, w.Body)
	}
}
