package app

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"firepost/cloud-bridge/weblogin"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/httpapi"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/poll"
	"firepost/gateway/internal/walktest"
)

// people is what outlives a reload for those who use the page: who is logged in, and the
// walk tests that go on.
type people struct {
	accounts *weblogin.File
	// plain and secure are the log-ins without and with HTTPS; a reload may change which of
	// them is served, and a cookie of the one is none of the other.
	plain, secure *weblogin.Sessions
	desk          *walktest.Desk
	field         *httpapi.FieldDesk
	delays        delays
}

// delays are the longest that polling keeps an answer back, by bus, of one generation.
type delays struct {
	mu     sync.Mutex
	of     *config.Config
	byName map[string]int64
}

// longest is the plan's own word for a sweep with everything else at once; a bus without a
// plan is not listed.
func (d *delays) longest(cfg *config.Config) map[string]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == cfg {
		return d.byName
	}
	d.of, d.byName = cfg, make(map[string]int64)
	for i := range cfg.Buses {
		b := &cfg.Buses[i]
		if !b.Polled() {
			continue
		}
		if plan, _ := poll.MakePlan(PollConfig(cfg, b)); plan != nil {
			d.byName[b.Name] = plan.Sweep.Milliseconds()
		}
	}
	return d.byName
}

// accountsFile, walksDir and reportsDir stand beside the journal.
const (
	accountsFile = "accounts.json"
	walksDir     = "walktests"
	reportsDir   = "reports"
)

func (a *App) addPeople(dir string) {
	log := a.log.With("part", "login")
	tell := func(name, what string) { log.Info("a login", "name", name, "what", what) }
	p := &a.people
	p.accounts = &weblogin.File{Path: filepath.Join(dir, accountsFile)}
	p.plain = weblogin.New(p.accounts, weblogin.Options{Tell: tell})
	p.secure = weblogin.New(p.accounts, weblogin.Options{Tell: tell, Secure: true})
	p.field = httpapi.NewFieldDesk(fieldWork{a}, a.log.With("part", "field"))
	p.desk = walktest.NewDesk(walkBooth{a}, filepath.Join(dir, walksDir), filepath.Join(dir, reportsDir), a.log.With("part", "walktest"))
}

// page is the local page of a generation.
func (a *App) page(g *generation) *httpapi.Server {
	h := g.cfg.HTTP
	o := httpapi.Options{
		Listen: h.Listen, Local: h.Local(), CertFile: h.CertFile, KeyFile: h.KeyFile,
		Source: g, Metrics: a.metrics(g), Login: a.people.plain, Walk: a.people.desk, Field: a.people.field, Log: a.log.With("part", "page"),
	}
	if h.TLS() {
		o.Login = a.people.secure
	}
	if g.stage != nil {
		o.Screens = g.stage
	}
	return httpapi.New(o)
}

// walkBooth is the booth as its walk tests see it: always the present generation.
type walkBooth struct{ app *App }

var _ walktest.Booth = walkBooth{}

// About implements walktest.Booth.
func (b walkBooth) About() walktest.About {
	cfg := b.app.opts.Config
	if g := b.app.gen.Load(); g != nil {
		cfg = g.cfg
	}
	return walktest.About{
		Station: cfg.Station, District: cfg.District, Software: version,
		Label: walktest.Text{ZH: cfg.Label.ZH, EN: cfg.Label.EN},
	}
}

// Command implements walktest.Booth.
func (b walkBooth) Command(ctx context.Context, cmd message.Command) message.Result {
	g := b.app.gen.Load()
	if g == nil {
		return message.Result{ID: cmd.ID, Code: "refused", Text: "the booth is starting", TextZH: "驿站正在启动"}
	}
	return g.engine.Command(ctx, cmd)
}

// Events implements walktest.Booth.
func (b walkBooth) Events() []message.Event {
	if g := b.app.gen.Load(); g != nil {
		return g.engine.Recent()
	}
	return nil
}

// View implements walktest.Booth.
func (b walkBooth) View() walktest.View {
	v := walktest.View{Now: b.app.now()}
	g := b.app.gen.Load()
	if g == nil {
		return v
	}
	sweeps := b.app.people.delays.longest(g.cfg)
	address := make(map[string]string, len(g.cfg.Devices))
	for i := range g.cfg.Devices {
		address[g.cfg.Devices[i].Name] = addressOf(&g.cfg.Devices[i])
	}
	for _, d := range g.engine.View() {
		if d.Model == nil || d.Orphan {
			continue
		}
		p := walkPlace(&d)
		p.DelayMS, p.Address = sweeps[d.Bus], address[d.Name]
		v.Places = append(v.Places, p)
	}
	for _, o := range g.outputs {
		if s := o.Status(); s.Kind == outputs.Sounder {
			v.Outputs = append(v.Outputs, walktest.Output{Name: s.Name, On: s.Actual, Verified: s.Verified})
		}
	}
	return v
}

// addressOf is a device's address in words of its wire.
func addressOf(d *config.Device) string {
	var parts []string
	switch {
	case d.Unit != 0:
		parts = append(parts, "#"+strconv.Itoa(int(d.Unit)))
	case d.ID != "":
		parts = append(parts, d.ID)
	}
	if d.Line != "" {
		parts = append(parts, d.Line)
	}
	if d.Channel != nil {
		parts = append(parts, "ch"+strconv.Itoa(*d.Channel))
	}
	return strings.Join(parts, " ")
}

func walkPlace(d *engine.DeviceView) walktest.Place {
	p := walktest.Place{
		Device: d.Name, Label: walktest.Text(d.Label), Premises: d.Premises, Bus: d.Bus, Contract: d.Model.Ref(),
		State: d.State, Unreachable: d.Unreachable,
	}
	if p.Label.ZH == "" {
		p.Label = walktest.Text{ZH: d.Model.Title.ZH, EN: d.Model.Title.EN}
	}
	for i, v := range d.Points {
		pt := walktest.Point{
			Name: v.Name, Label: walktest.Text(v.Title), State: v.State, Value: v.Value, Unit: v.Unit,
			Meaning: walktest.Text(v.Meaning), Good: v.Quality == message.Good, Event: v.Event,
			Identity: v.Role == contract.RoleInfo,
		}
		if i < len(d.Model.Points) && d.Model.Points[i].Name == v.Name {
			pt.Kind = walkKind(&d.Model.Points[i])
		}
		p.Points = append(p.Points, pt)
	}
	return p
}

// walkKind is how a point is tested, empty if it is not tested by itself.
func walkKind(p *contract.Point) walktest.Kind {
	fire, other := false, false
	see := func(c contract.Condition) {
		fire = fire || c == contract.Fire
		other = other || c != contract.Normal
	}
	for _, v := range p.Values {
		see(v.Means)
	}
	for _, b := range p.Bits {
		see(b.Means)
	}
	if p.Otherwise != nil {
		see(p.Otherwise.Means)
	}
	switch {
	case fire && p.Role == contract.RoleSmoke:
		return walktest.Detector
	case fire:
		return walktest.CallPoint
	case p.Role == contract.RoleInput && other:
		return walktest.Contact
	case p.Role == contract.RolePressure:
		return walktest.Gauge
	}
	return ""
}
