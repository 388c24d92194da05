package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/app"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/field"
	"firepost/gateway/internal/httpapi"
)

const busWatchHelp = `usage: firepost bus watch -bus NAME [-seconds N]

Shows a bus live: values, errors, and what share of the wire is in use. While the daemon runs
its own figures are shown, by the local page (http.listen in the configuration); otherwise this
command polls the bus itself. Ctrl-C ends it. Without a terminal it prints plain lines.

examples:
  firepost bus watch -bus rs485-1 -lang zh
  firepost bus watch -bus rs485-1 -json -seconds 10`

// watchEvery is how often the picture is drawn.
const watchEvery = time.Second

func runBusWatch(ctx context.Context, args []string, std streams) error {
	fs := flags("bus watch", std, busWatchHelp)
	f := addBusFlags(fs, false)
	seconds := fs.Uint("seconds", 0, "end after so many seconds; 0: with Ctrl-C")
	if err := parse(fs, args); err != nil {
		return err
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	if *seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*seconds)*time.Second)
		defer cancel()
	}
	busy, err := field.Busy(t.open(), t.speed)
	if err != nil {
		return t.explain(err)
	}
	if busy {
		return t.draw(ctx, t.daemonView)
	}
	w := field.NewWatcher(app.PollConfig(t.cfg, t.bus), t.open(), t.speed, t.bus.EchoStrip)
	polling, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- w.Run(polling) }()
	err = t.draw(ctx, func(context.Context) (field.View, error) { return w.View(), nil })
	stop()
	return errors.Join(err, <-done)
}

// draw shows a view every second until ctx ends.
func (t *target) draw(ctx context.Context, view func(context.Context) (field.View, error)) error {
	tty := terminal(t.std.out) && !*t.flags.json
	if tty {
		fmt.Fprint(t.std.out, "\x1b[?25l\x1b[2J")
		defer fmt.Fprint(t.std.out, "\x1b[?25h\n")
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		v, err := view(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end of ctx is how watching ends
		}
		if err != nil {
			return err
		}
		if err := t.show(&v, tty); err != nil {
			return err
		}
	}
}

func (t *target) show(v *field.View, tty bool) error {
	if *t.flags.json {
		return json.NewEncoder(t.std.out).Encode(v)
	}
	var b bytes.Buffer
	if err := t.picture(&b, v); err != nil {
		return err
	}
	text := b.String()
	if tty {
		// One write, and every line cleared behind its end: no flicker, nothing left over.
		text = "\x1b[H" + strings.ReplaceAll(text, "\n", "\x1b[K\n") + "\x1b[J"
	}
	_, err := fmt.Fprint(t.std.out, text)
	return err
}

func (t *target) picture(b *bytes.Buffer, v *field.View) error {
	who := t.say("本命令轮询", "polled by this command")
	if v.Daemon {
		who = t.say("守护进程", "the daemon's figures")
	}
	state := t.say("正常", "up")
	if !v.Up {
		state = t.say("断开 ", "down ") + v.Err
	}
	total := 0.0
	for _, u := range v.Use {
		total += u
	}
	fmt.Fprintf(b, "%s  %s  (%s)  %s\n", v.Bus, state, who, time.Now().Format("15:04:05"))
	fmt.Fprintf(b, t.say("占用 %.0f%%（报警 %.0f%%，慢速 %.0f%%，探测 %.0f%%）  一轮 %s\n", "in use %.0f%% (alarm %.0f%%, slow %.0f%%, probes %.0f%%)  sweep %s\n"),
		100*total, 100*v.Use["alarm"], 100*v.Use["slow"], 100*v.Use["probe"], v.Sweep.Round(time.Millisecond))
	fmt.Fprintf(b, t.say("好 %d  超时 %d  校验错 %d  异常 %d  外来帧 %d  迟到字节 %d\n\n", "good %d  time-outs %d  CRC errors %d  exceptions %d  foreign frames %d  late bytes %d\n\n"),
		v.Good, v.Timeouts, v.CRCErrors, v.Exceptions, v.Foreign, v.LateBytes)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, t.say("地址\t设备\t状态\t秒前\t数值", "UNIT\tDEVICE\tSTATE\tAGE\tVALUES"))
	for i := range v.Devices {
		d := &v.Devices[i]
		state, age := t.say("应答", "answers"), "-"
		if d.Silent {
			state = t.say("无应答", "SILENT")
		}
		if d.Age >= 0 {
			age = fmt.Sprintf("%.1fs", d.Age.Seconds())
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", d.Unit, d.Name, state, age, t.values(d))
	}
	return w.Flush()
}

// values are a device's values on one line; old ones are never shown as if they held.
func (t *target) values(d *field.ViewDevice) string {
	if d.Silent {
		return dash(d.Err)
	}
	var out []string
	for i := range d.Points {
		p := &d.Points[i]
		switch {
		case p.Quality == "":
			continue
		case p.Means != "" && p.Means != "normal":
			out = append(out, p.Name+"="+strings.ToUpper(t.meaning(p)))
		case len(p.Texts) > 0:
			out = append(out, p.Name+"="+t.text(p.Texts[0]))
		default:
			out = append(out, p.Name+"="+value(p))
		}
	}
	return strings.Join(out, " ")
}

// daemonView asks the running daemon's page.
func (t *target) daemonView(ctx context.Context) (field.View, error) {
	const way = "stop what holds the port, or the daemon: systemctl stop firepost"
	if t.cfg.HTTP.Listen == "" {
		return field.View{}, fmt.Errorf("%w by another program, and the daemon's page is switched off (http.listen): %s", field.ErrBusy, way)
	}
	client, url, err := pageOf(&t.cfg.HTTP)
	if err != nil {
		return field.View{}, fmt.Errorf("%w by another program, and the daemon's page can't be asked: %w: %s", field.ErrBusy, err, way)
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return field.View{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return field.View{}, fmt.Errorf("%w, and the daemon's page does not answer: %w: %s", field.ErrBusy, err, way)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return field.View{}, fmt.Errorf("%w, and %s answers %s: open the page in a browser, or %s", field.ErrBusy, url, resp.Status, way)
	}
	var st httpapi.Status
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 16<<20)).Decode(&st); err != nil {
		return field.View{}, fmt.Errorf("read %s: %w", url, err)
	}
	return viewOf(&st, t.bus.Name)
}

// pageOf is where this machine reaches the daemon's status. An encrypted page must show the very
// certificate that the configuration names.
func pageOf(h *config.HTTP) (*http.Client, string, error) {
	host, port, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, port) + "/api/status"
	if !h.TLS() {
		return &http.Client{Transport: &http.Transport{}}, "http://" + address, nil
	}
	text, err := os.ReadFile(h.CertFile)
	if err != nil {
		return nil, "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, "", fmt.Errorf("%s holds no certificate", h.CertFile)
	}
	verify := func(raw [][]byte, _ [][]*x509.Certificate) error {
		if len(raw) == 0 || !bytes.Equal(raw[0], block.Bytes) {
			return fmt.Errorf("the page shows another certificate than %s", h.CertFile)
		}
		return nil
	}
	// The name is not what matters: the whole certificate is compared.
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, VerifyPeerCertificate: verify} //nolint:gosec // verified above
	return &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}}, "https://" + address, nil
}

// viewOf is one bus of the daemon's status.
func viewOf(st *httpapi.Status, name string) (field.View, error) {
	v := field.View{Bus: name, Daemon: true}
	found := false
	for i := range st.Buses {
		if b := &st.Buses[i]; b.Name == name {
			found = true
			v.Up, v.Err, v.Use, v.Sweep = b.Up, b.Err, b.Use, time.Duration(b.SweepMS*float64(time.Millisecond))
			v.Good, v.Timeouts, v.CRCErrors, v.Exceptions = b.Good, b.Timeouts, b.CRCErrors, b.Exceptions
			v.Foreign, v.LateBytes = b.Foreign, b.LateBytes
		}
	}
	if !found {
		return v, fmt.Errorf("%w: the running daemon has no bus %s: its configuration is another one", field.ErrBusy, name)
	}
	for i := range st.Devices {
		if d := &st.Devices[i]; d.Bus == name && !d.Orphan {
			v.Devices = append(v.Devices, deviceOf(d))
		}
	}
	return v, nil
}

func deviceOf(d *httpapi.Device) field.ViewDevice {
	out := field.ViewDevice{Name: d.Name, Unit: d.Unit, Silent: d.Unreachable, Age: -1}
	for i := range d.Points {
		p := &d.Points[i]
		if age := time.Duration(p.AgeMS) * time.Millisecond; age >= 0 && (out.Age < 0 || age < out.Age) {
			out.Age = age
		}
		x := field.Point{
			Name: p.Name, Title: contract.Text{ZH: p.LabelZH, EN: p.LabelEN}, Value: p.Value, Unit: p.Unit,
			Quality: string(p.Quality), Means: worst(p),
		}
		if p.TextEN != "" || p.TextZH != "" {
			x.Texts = []contract.Text{{ZH: p.TextZH, EN: p.TextEN}}
		}
		out.Points = append(out.Points, x)
	}
	return out
}

// worst is the worst of a point's bits.
func worst(p *httpapi.Point) string {
	switch s := p.State; {
	case s.Has(message.Fire):
		return "fire"
	case s.Has(message.Prealarm):
		return "prealarm"
	case s.Has(message.Supervisory):
		return "supervisory"
	case s.Has(message.Fault) || p.Unreachable:
		return "fault"
	}
	return "normal"
}
