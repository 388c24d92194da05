package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/glass"
	"firepost/gateway/e2e/platform"
)

// The one screen of these booths, small so that a machine without a graphics card can draw it.
const (
	screenName   = "tv"
	panelWidth   = 960
	panelHeight  = 540
	glassEvery   = 20 * time.Millisecond
	glassAnswers = 5 * time.Second
)

// show is a booth with a television: daemon, runner, Chromium, and a look at the glass.
type show struct {
	*site
	screens string // the folder of programmes and media
	glass   *glass.Glass
	page    *glass.Page
}

// smallLines are few detectors that answer at once.
func smallLines() []line {
	return []line{{name: "north", baud: 9600, devices: []device{
		{"smoke-1", 1, "smoke-generic@1"}, {"smoke-2", 2, "smoke-generic@1"}, {"smoke-3", 3, "smoke-generic@1"},
		{relays, 30, "io-waveshare-8ch@1"},
	}}}
}

// newShow makes a booth with a television that is not started yet. starter is the folder of its
// first programme, empty for the one that ships; more are further lines of the section.
func newShow(t *testing.T, su setup, starter, more string) *show {
	t.Helper()
	if starter == "" {
		var err error
		if starter, err = filepath.Abs("../../kiosk/starter"); err != nil {
			t.Fatal(err)
		}
	}
	if su.lines == nil {
		su.lines = smallLines()
	}
	su.quick = true
	v := &show{screens: filepath.Join(t.TempDir(), "screens")}
	if su.state != "" {
		v.screens = filepath.Join(su.state, "screens")
	}
	address := glass.Address()
	su.extra += fmt.Sprintf(`screens:
  listen: %q
  dir: %s
  starter: %s
%s  televisions:
    - {name: %s, width: %d, height: %d, connector: HDMI-A-1}
`, address, v.screens, starter, more, screenName, panelWidth, panelHeight)
	v.site = newSite(t, su, "")
	var err error
	v.glass, err = glass.Start(glass.Options{
		Firepost: built.firepost, Daemon: "http://" + address, Name: screenName, Dir: t.TempDir(), Width: panelWidth, Height: panelHeight,
	})
	v.must(err)
	t.Cleanup(func() {
		v.lookAway()
		if err := v.glass.Stop(); err != nil {
			t.Errorf("the screen's runner did not stop in order: %v\n%s", err, v.glass.Log())
		}
	})
	return v
}

// lookAway gives up the look into a page that is no more.
func (v *show) lookAway() {
	if v.page != nil {
		v.page.Close()
		v.page = nil
	}
}

// eval evaluates an expression in the page of now, which may be another one each time.
func (v *show) eval(js string, out any) error {
	ctx, cancel := context.WithTimeout(v.ctx, glassAnswers)
	defer cancel()
	if v.page == nil {
		p, err := v.glass.Page(ctx)
		if err != nil {
			return err
		}
		if err := p.Watch(ctx); err != nil {
			p.Close()
			return err
		}
		v.page = p
	}
	if err := v.page.Eval(ctx, js, out); err != nil {
		v.lookAway()
		return err
	}
	return nil
}

// sees waits until an expression is true on the glass.
func (v *show) sees(what, js string) {
	v.t.Helper()
	v.look(what+" is on the glass", func() error {
		var is bool
		err := v.eval(js, &is)
		if err == nil && !is {
			err = errors.New("it is not")
		}
		return err
	})
}

// seen is what the page's watcher has seen.
func (v *show) seen() glass.Seen {
	v.t.Helper()
	var s glass.Seen
	v.look("the page answers", func() error { return v.eval(`window.glass`, &s) })
	return s
}

// plays opens the booth and waits for the first item of the programme.
func (v *show) plays() {
	v.t.Helper()
	v.open()
	v.sees("the programme", glass.Covered)
}

// names is an expression that is true while a place is named on the alarm layer.
func names(detector string) string {
	return fmt.Sprintf(`%s && document.querySelector('#alarm .places').textContent.includes(%q)`, glass.Taken, detector+"店")
}

// taken waits until a takeover for this detector stands on the glass.
func (v *show) taken(detector string) {
	v.t.Helper()
	v.sees("the fire at "+detector, names(detector))
}

// over ends a fire as a desk does, and waits for the programme.
func (v *show) over(detectors ...string) {
	v.t.Helper()
	v.smoke(false, detectors...)
	for _, d := range detectors {
		v.wait(d+" is quiet again", func(p *platform.View) bool {
			st, ok := p.State(d)
			return ok && st.State.Has(message.Latched) && !st.State.Has(message.Active)
		})
		v.reset(d)
	}
	v.sees("the programme", glass.Covered+` && !(`+glass.Taken+`)`)
}

// reset resets a detector: what happened meanwhile may first have to reach the desk.
func (v *show) reset(d string) {
	v.t.Helper()
	v.look("the reset of "+d, func() error {
		ctx, cancel := context.WithTimeout(v.ctx, glassAnswers)
		defer cancel()
		res, err := v.platform.Command(ctx, message.Command{Action: message.ActionReset, Device: d, Event: v.lastOf(d), Author: "李值班", Outcome: "test", Note: "测试"})
		if err == nil && !res.OK {
			err = fmt.Errorf("%s: %s", res.Code, res.Text)
		}
		return err
	})
}

// painted waits for the event that tells of a takeover on the glass.
func (v *show) painted(seen int) (e message.Event, next int) {
	v.t.Helper()
	v.wait("the control room knows that it is painted", func(p *platform.View) bool {
		for i, ev := range p.Stored()[seen:] {
			if ev.Kind == message.KindPainted {
				e, next = ev, seen+i+1
				return true
			}
		}
		return false
	})
	return e, next
}

// item waits until an item of the programme is in front.
func (v *show) item(id string) {
	v.t.Helper()
	v.sees("item "+id, fmt.Sprintf(`%s && document.querySelector('#main .front')?.dataset.item === %q`, glass.Covered, id))
}

// says waits until the booth's health says this, and returns its words.
func (v *show) says(code string) string {
	v.t.Helper()
	text := ""
	v.look("health says "+code, func() error {
		data, err := v.get("/api/status")
		if err != nil {
			return err
		}
		var st struct {
			Health []message.HealthItem `json:"health"`
		}
		if err := json.Unmarshal(data, &st); err != nil {
			return err
		}
		var codes []string
		for _, i := range st.Health {
			if i.Code == code {
				text = i.Text
				return nil
			}
			codes = append(codes, i.Code)
		}
		return fmt.Errorf("it says %s", strings.Join(codes, ", "))
	})
	return text
}

// medium is something to show.
type medium struct {
	name, kind, sum string
	data            []byte
}

func newMedium(name, kind string, data []byte) medium {
	sum := sha256.Sum256(data)
	return medium{name, kind, hex.EncodeToString(sum[:]), data}
}

// poster is a drawn picture in one colour.
func poster(name, colour string) medium {
	return newMedium(name+".svg", "image/svg+xml", fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1920 1080" width="1920" height="1080"><rect width="1920" height="1080" fill="%s"/></svg>`, colour))
}

// document is a programme that shows posters in turn, each for three seconds.
func document(id string, version int, posters ...medium) []byte {
	var items, order strings.Builder
	for i, m := range posters {
		item := strings.TrimSuffix(m.name, ".svg")
		fmt.Fprintf(&items, "  - {id: %s, kind: image, for: 3s, media: %s}\n", item, m.sum)
		if i > 0 {
			order.WriteString(", ")
		}
		order.WriteString(item)
	}
	return fmt.Appendf(nil, "id: %s\nversion: %d\ntitle: {zh: 试}\nitems:\n%splaylists: {all: [%s]}\nfallback: {main: all}\n", id, version, items.String(), order.String())
}

// starterOf is a folder with a first programme of these posters.
func starterOf(t *testing.T, posters ...medium) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "posters"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, m := range posters {
		write(t, filepath.Join(dir, "posters", m.name), string(m.data))
	}
	write(t, filepath.Join(dir, "starter.yaml"), string(document("first", 1, posters...)))
	return dir
}
