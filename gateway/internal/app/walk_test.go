package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/cloud-bridge/weblogin"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/walktest"
)

const (
	walkPassword = "a lamp over the door"
	viewer       = "zhou"
)

// walkHouse is a booth with two shops to test and a third that stays live.
func walkHouse(t *testing.T) *house {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	spec := func(name string, unit uint8, ref string) sim.DeviceSpec {
		m, ok := set.Get(ref)
		if !ok {
			t.Fatalf("no contract %s", ref)
		}
		return sim.DeviceSpec{Name: name, Unit: unit, Contract: m}
	}
	s, err := sim.NewBooth(sim.BusSpec{Name: "rs485-1", Baud: 9600, Format: "8N1", Turnaround: time.Millisecond, Log: 1000, Devices: []sim.DeviceSpec{
		spec("a", 1, "smoke-generic@1"), spec("b", 2, "smoke-generic@1"), spec("c", 3, "smoke-generic@1"),
		spec("gauge", 11, "gauge-mpd-380@1"), spec(relays, 30, "io-waveshare-8ch@1"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Start(context.Background())
	h := &house{t: t, sim: s, set: set, state: t.TempDir(), port: s.Path("rs485-1")}
	t.Cleanup(func() {
		h.stop()
		if err := s.Stop(); err != nil {
			t.Errorf("stop the simulation: %v", err)
		}
	})
	if err := s.Pressure("gauge", 1.18); err != nil {
		t.Fatal(err)
	}
	accounts := &weblogin.File{Path: filepath.Join(h.state, accountsFile), Cost: weblogin.Cost{MemoryKiB: 64, Passes: 1}}
	for name, role := range map[string]string{"wang": "installer", "li": "installer", viewer: "viewer"} {
		if err := accounts.Set(name, role, walkPassword); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// walkText is the configuration, with further settings of the page.
func (h *house) walkText(page string) string {
	return fmt.Sprintf(`station: hs-03
district: hongshan
label: {zh: 三号消防驿站, en: Fire post 3}
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {%s}
buses:
  - {name: rs485-1, port: %s}
devices:
  - {name: a, bus: rs485-1, unit: 1, contract: smoke-generic@1, premises: HS-1, label: {zh: 张记面馆, en: Zhang's Noodles}}
  - {name: b, bus: rs485-1, unit: 2, contract: smoke-generic@1, premises: HS-1, label: {zh: 张记面馆后厨, en: "Zhang's Noodles, kitchen"}}
  - {name: gauge, bus: rs485-1, unit: 11, contract: gauge-mpd-380@1, premises: HS-1, label: {zh: 张记面馆灭火器, en: "Zhang's Noodles, extinguisher"}}
  - {name: c, bus: rs485-1, unit: 3, contract: smoke-generic@1, premises: HS-2, label: {zh: 李氏五金, en: Li Hardware}}
  - {name: booth-relays, bus: rs485-1, unit: 30, contract: io-waveshare-8ch@1}
outputs:
  - {name: siren, kind: sounder, device: booth-relays, channel: output_1}
`, h.state, page, h.port)
}

func (h *house) startWalk(page string) {
	h.t.Helper()
	cfg, err := h.parse(h.walkText(page))
	if err != nil {
		h.t.Fatal(err)
	}
	h.start(cfg)
	h.eventually("everything was read", func() bool { return h.gen().Ready() == nil })
}

const localPage = `listen: "127.0.0.1:0"`

// base is the page's address.
func (h *house) base() string {
	h.t.Helper()
	addr, err := h.gen().http.Addr(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return "http://" + addr.String()
}

// visitor is somebody with a cookie.
type visitor struct {
	h      *house
	cookie *http.Cookie
}

// logIn is the visitor of this name.
func (h *house) logIn(name string) *visitor {
	h.t.Helper()
	v := &visitor{h: h}
	code, _ := v.ask(http.MethodPost, "/api/login", map[string]string{"Name": name, "Password": walkPassword})
	if code != http.StatusOK || v.cookie == nil {
		h.t.Fatalf("%s can't log in: %d", name, code)
	}
	return v
}

// ask sends what the page would send and returns the answer.
func (v *visitor) ask(method, path string, in any) (int, []byte) {
	v.h.t.Helper()
	var payload io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			v.h.t.Fatal(err)
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(v.h.t.Context(), method, v.h.base()+path, payload)
	if err != nil {
		v.h.t.Fatal(err)
	}
	req.Header.Set("X-Firepost", "1")
	if v.cookie != nil {
		req.AddCookie(v.cookie)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.h.t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		v.h.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		v.cookie = c
	}
	return resp.StatusCode, data
}

// act is one press on the page; it must be obeyed.
func (v *visitor) act(id, what string, in any) {
	v.h.t.Helper()
	if code, body := v.ask(http.MethodPost, "/api/walk/"+id+"/"+what, in); code != http.StatusOK {
		v.h.t.Fatalf("%s: %d %s", what, code, body)
	}
}

// begin starts a test of premises and returns its id.
func (v *visitor) begin(premises ...string) string {
	v.h.t.Helper()
	code, body := v.ask(http.MethodPost, "/api/walk", map[string]any{"premises": premises})
	var out struct{ ID string }
	if err := json.Unmarshal(body, &out); code != http.StatusCreated || err != nil {
		v.h.t.Fatalf("start: %d %s %v", code, body, err)
	}
	return out.ID
}

// session is a walk test as the page sees it, nil when there is none.
func (v *visitor) session(id string) *walktest.Session {
	v.h.t.Helper()
	code, body := v.ask(http.MethodGet, "/api/walk", nil)
	var o walktest.Overview
	if err := json.Unmarshal(body, &o); code != http.StatusOK || err != nil {
		v.h.t.Fatalf("look: %d %v", code, err)
	}
	for _, raw := range o.Sessions {
		var s walktest.Session
		if err := json.Unmarshal(raw, &s); err != nil {
			v.h.t.Fatal(err)
		}
		if s.ID == id {
			return &s
		}
	}
	return nil
}

func (v *visitor) item(id, device string) walktest.Item {
	if s := v.session(id); s != nil {
		for _, it := range s.Items {
			if it.Device == device {
				return it
			}
		}
	}
	return walktest.Item{}
}

// smokeAt presses "now", blows smoke until it passes and lets it clear.
func (v *visitor) smokeAt(id, device string) {
	v.h.t.Helper()
	v.act(id, "now", map[string]string{"device": device, "point": "smoke"})
	v.h.smoke(device, true)
	v.h.eventually(device+" answers", func() bool { return v.item(id, device).Result == walktest.Passed })
	v.h.smoke(device, false)
	v.h.eventually(device+" is clear", func() bool { it := v.item(id, device); return !it.Active && it.Restored != nil })
}

// TestAWalkTest: from the login to the report, with real bytes on a real line.
func TestAWalkTest(t *testing.T) {
	h := walkHouse(t)
	h.startWalk(localPage)
	wang := h.logIn("wang")
	id := wang.begin("HS-1")
	if !h.device("a").State.Has(message.Test) || !h.device("gauge").State.Has(message.Test) || h.device("c").State.Has(message.Test) {
		t.Error("test mode is not where it should be")
	}
	wang.smokeAt(id, "a")
	it := wang.item(id, "a")
	if it.Hit.ResponseMS == nil || *it.Hit.ResponseMS < 0 || it.Hit.Event == "" || it.Restored.Event == "" {
		t.Errorf("%+v", it)
	}
	if h.device("a").State.Has(message.Latched) {
		t.Error("a test left a latch")
	}
	if code, body := wang.ask(http.MethodPost, "/api/walk/"+id+"/finish", nil); code != http.StatusConflict || !strings.Contains(string(body), "open_items") {
		t.Errorf("finished too early: %d %s", code, body)
	}
	wang.smokeAt(id, "b")
	wang.act(id, "mark", map[string]string{"device": "gauge", "point": "pressure", "result": "passed"})
	wang.act(id, "mark", map[string]string{"point": "siren", "result": "passed"})
	wang.act(id, "finish", nil)
	h.eventually("the report stands", func() bool { return wang.session(id) == nil })
	if h.device("a").State != 0 || h.device("b").State != 0 {
		t.Error("not everything is live again")
	}
	h.checkReport(wang, id, walktest.OutcomePassed)
	h.stop()
	var on, off int
	for _, ev := range h.journal() {
		if strings.Contains(string(ev.Detail), `"author":"wang"`) {
			switch ev.Kind { //nolint:exhaustive // only these two count
			case message.KindTestOn:
				on++
			case message.KindTestOff:
				off++
			}
		}
	}
	if on == 0 || on != off {
		t.Errorf("the journal has %d beginnings and %d ends by wang", on, off)
	}
}

// checkReport reads the report over the page and from the disk.
func (h *house) checkReport(v *visitor, id, outcome string) {
	h.t.Helper()
	var r walktest.Report
	data, err := os.ReadFile(filepath.Join(h.state, reportsDir, id+".json"))
	if err := errors.Join(err, json.Unmarshal(data, &r)); err != nil {
		h.t.Fatal(err)
	}
	if err := r.Check(); err != nil || r.Outcome != outcome || r.Station != "hs-03" || len(r.Events) == 0 {
		h.t.Errorf("%v %+v", err, r)
	}
	code, body := v.ask(http.MethodGet, "/reports/"+id+".html", nil)
	page := string(body)
	if code != http.StatusOK {
		h.t.Fatalf("report: %d %s", code, page)
	}
	for _, want := range []string{id, "张记面馆", "smoke-generic@1", "wang", r.Hash, "不替代经认证的火灾报警控制器", "签字", r.Items[0].Hit.Event} {
		if !strings.Contains(page, want) {
			h.t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(page, "<style") || strings.Contains(page, "style=") {
		h.t.Error("the report needs a style that the policy forbids")
	}
}

// TestAWalkTestOverARestart: it is paused, taken up by somebody else, and closed as incomplete.
func TestAWalkTestOverARestart(t *testing.T) {
	h := walkHouse(t)
	h.startWalk(localPage)
	wang := h.logIn("wang")
	id := wang.begin("HS-1")
	wang.smokeAt(id, "a")
	h.stop()

	h.startWalk(localPage)
	if code, _ := wang.ask(http.MethodGet, "/api/walk", nil); code != http.StatusUnauthorized {
		t.Errorf("a restart logs out: %d", code)
	}
	li := h.logIn("li")
	h.eventually("the test is taken up", func() bool { s := li.session(id); return s != nil && s.Phase == walktest.Paused })
	if it := li.item(id, "a"); it.Result != walktest.Passed {
		t.Errorf("what was tested is lost: %+v", it)
	}
	li.act(id, "takeup", nil)
	if s := li.session(id); s.Phase != walktest.Running || s.Author != "li" || len(s.Authors) != 2 {
		t.Errorf("%+v", s)
	}
	li.act(id, "abandon", map[string]string{"reason": "明天再来"})
	if li.session(id) != nil {
		t.Error("still open")
	}
	h.checkReport(li, id, walktest.OutcomeIncomplete)
	if h.device("a").State != 0 || h.device("b").State != 0 {
		t.Error("not everything is live again")
	}
}

// TestWhoMayDoWhat: viewers look, installers act, strangers do neither, and another site's
// page can't act with somebody's cookie.
func TestWhoMayDoWhat(t *testing.T) {
	h := walkHouse(t)
	h.startWalk(localPage)
	start := map[string]any{"premises": []string{"HS-1"}}
	nobody := &visitor{h: h}
	if code, _ := nobody.ask(http.MethodGet, "/api/status", nil); code != http.StatusOK {
		t.Errorf("the status on loopback: %d", code)
	}
	for _, path := range []string{"/api/walk", "/api/walk/watch", "/api/reports", "/reports/wt-x.json"} {
		if code, _ := nobody.ask(http.MethodGet, path, nil); code != http.StatusUnauthorized {
			t.Errorf("%s without a login: %d", path, code)
		}
	}
	if code, _ := nobody.ask(http.MethodPost, "/api/walk", start); code != http.StatusUnauthorized {
		t.Errorf("start without a login: %d", code)
	}
	v := h.logIn(viewer)
	if code, _ := v.ask(http.MethodGet, "/api/walk", nil); code != http.StatusOK {
		t.Errorf("a viewer looks: %d", code)
	}
	if code, _ := v.ask(http.MethodPost, "/api/walk", start); code != http.StatusForbidden {
		t.Errorf("a viewer acts: %d", code)
	}
	wang, li := h.logIn("wang"), h.logIn("li")
	id := wang.begin("HS-1")
	if code, body := li.ask(http.MethodPost, "/api/walk", start); code != http.StatusConflict || !strings.Contains(string(body), "taken") {
		t.Errorf("twice at once: %d %s", code, body)
	}
	if code, body := li.ask(http.MethodPost, "/api/walk/"+id+"/finish", nil); code != http.StatusConflict || !strings.Contains(string(body), "not_yours") {
		t.Errorf("somebody else's test: %d %s", code, body)
	}
	if code, _ := wang.ask(http.MethodPost, "/api/walk/"+id+"/dance", nil); code != http.StatusNotFound {
		t.Errorf("an unknown act: %d", code)
	}
	for _, bad := range []any{map[string]any{"premisses": []string{}}, map[string]any{"premises": []string{strings.Repeat("x", 20_000)}}} {
		if code, _ := wang.ask(http.MethodPost, "/api/walk", bad); code != http.StatusBadRequest {
			t.Errorf("nonsense: %d", code)
		}
	}
}
