package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/httpapi"
)

// simulated is a line that runs, with devices by address.
func simulated(t *testing.T, list map[uint8]string) *sim.Line {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	cfg := sim.LineConfig{Commissioning: true}
	for unit, ref := range list {
		c, _ := set.Get(ref)
		s, err := sim.NewSlave(unit, c)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Slaves = append(cfg.Slaves, s)
	}
	l, err := sim.NewLine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop := l.Start(t.Context())
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

const busConfig = `# kept to the letter
station: hs-03
district: hongshan
label: {zh: 三号驿站, en: post 3}
http: {listen: "LISTEN"}
buses:
  - {name: rs485-1, port: PORT} # the only one
devices:
  - name: zhang-smoke
    bus: rs485-1
    unit: 2
    contract: smoke-generic@1
    premises: HS-1
    label: {zh: 张记, en: Zhang's}
`

// station writes a configuration for a port.
func station(t *testing.T, port, listen string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "firepost.yaml")
	text := strings.NewReplacer("PORT", port, "LISTEN", listen).Replace(busConfig)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// says runs the tool and wants it to succeed and to say all of these.
func says(t *testing.T, args []string, want ...string) string {
	t.Helper()
	code, out, errs := call(t, args...)
	if code != 0 {
		t.Fatalf("%v exits %d: %s%s", args, code, out, errs)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("%v does not say %q:\n%s", args, w, out)
		}
	}
	return out
}

func TestBusScan(t *testing.T) {
	l := simulated(t, map[uint8]string{2: "smoke-generic@1", 3: "firepost-gauge@1"})
	path := station(t, l.Path(), "")
	says(t, []string{"bus", "scan", "-config", path, "-to", "4"}, "zhang-smoke", "firepost-gauge@1", "2 answer", "- name: gauge-3\n    bus: rs485-1\n    unit: 3\n    contract: firepost-gauge@1")
	says(t, []string{"bus", "scan", "-port", l.Path(), "-to", "4", "-lang", "zh"}, "地址", "发现 2 处应答", "以下之一")
	var res struct {
		Found []struct {
			Unit     uint8
			Contract string
		}
		YAML string
	}
	out := says(t, []string{"bus", "scan", "-config", path, "-from", "3", "-to", "3", "-contract", "firepost-gauge@1", "-json"})
	if err := json.Unmarshal([]byte(out), &res); err != nil || len(res.Found) != 1 || res.Found[0].Contract != "firepost-gauge@1" || res.YAML == "" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestBusRead(t *testing.T) {
	l := simulated(t, map[uint8]string{2: "smoke-generic@1"})
	if err := l.Slave(2).SetMeaning("smoke", contract.Fire); err != nil {
		t.Fatal(err)
	}
	path := station(t, l.Path(), "")
	says(t, []string{"bus", "read", "-config", path, "-device", "zhang-smoke"}, "holding 0x0010", "0001", "fire: smoke alarm", "good")
	says(t, []string{"bus", "read", "-port", l.Path(), "-unit", "2", "-contract", "smoke-generic@1", "-lang", "zh"}, "火警", "原始值")
	says(t, []string{"bus", "read", "-config", path, "-device", "zhang-smoke", "-json"}, `"means": "fire"`)
}

func TestBusListen(t *testing.T) {
	l := simulated(t, map[uint8]string{2: "smoke-generic@1"})
	says(t, []string{"bus", "listen", "-port", l.Path(), "-seconds", "1"}, "0 frames")
	if n := l.Stats().Requests; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestBusAdoptAndReplace(t *testing.T) {
	l := simulated(t, map[uint8]string{1: "firepost-smoke@1", 2: "smoke-generic@1"})
	path := station(t, l.Path(), "")
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"bus", "adopt", "-config", path, "-premises", "HS-7"}
	if code, _, errs := call(t, args...); code != 2 || !strings.Contains(errs, "-label-zh") {
		t.Errorf("without a label: %d, %s", code, errs)
	}
	says(t, append(args, "-label-zh", "李记", "-label-en", "Li's"), "hs-7-smoke", "address 3")
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), string(old)) || !strings.Contains(string(text), "unit: 3\n    contract: firepost-smoke@1\n    premises: HS-7\n") {
		t.Errorf("%v:\n%s", err, text)
	}
	if l.Slave(1).Address() != 3 {
		t.Errorf("the device is at %d", l.Slave(1).Address())
	}
	if code, _, errs := call(t, "bus", "replace", "-config", path, "-device", "hs-7-smoke", "-lang", "zh"); code != 1 || !strings.Contains(errs, "still answers") || !strings.Contains(errs, "已被占用") {
		t.Errorf("a living device replaced: %d, %s", code, errs)
	}
	says(t, []string{"bus", "set-address", "-config", path, "-from", "3", "-to", "1", "-contract", "firepost-smoke@1"}, "moved from address 3")
	says(t, []string{"bus", "replace", "-config", path, "-device", "hs-7-smoke"}, "replaced: hs-7-smoke is at address 3")
	if l.Slave(1).Address() != 3 {
		t.Errorf("the successor is at %d", l.Slave(1).Address())
	}
}

// The one that several contracts fit is asked for, on standard input.
func TestBusAdoptAsks(t *testing.T) {
	l := simulated(t, map[uint8]string{1: "gauge-mpd-380@1"})
	path := station(t, l.Path(), "")
	var out, errs bytes.Buffer
	args := []string{"bus", "adopt", "-config", path, "-premises", "HS-7", "-label-zh", "李记"}
	if code := dispatch(t.Context(), args, streams{strings.NewReader("9\n"), &out, &errs}); code != 1 || !strings.Contains(errs.String(), `"9" is none of`) {
		t.Errorf("%d: %s", code, errs.String())
	}
	errs.Reset()
	if code := dispatch(t.Context(), args, streams{strings.NewReader("1\n"), &out, &errs}); code != 0 || !strings.Contains(errs.String(), "pressure-qdy30a@1") {
		t.Errorf("%d: %s", code, errs.String())
	}
	if l.Slave(1).Address() != 3 { // 2 is configured
		t.Errorf("the device is at %d", l.Slave(1).Address())
	}
}

func TestBusWatchPolls(t *testing.T) {
	l := simulated(t, map[uint8]string{2: "smoke-generic@1"})
	out := says(t, []string{"bus", "watch", "-config", station(t, l.Path(), ""), "-seconds", "2"}, "rs485-1  up", "zhang-smoke", "answers", "smoke=normal")
	if strings.Contains(out, "\x1b") {
		t.Error("control characters without a terminal")
	}
}

// While the daemon holds the port, its page is asked, and the port is left alone.
func TestBusWatchAsksTheDaemon(t *testing.T) {
	l := simulated(t, map[uint8]string{2: "smoke-generic@1"})
	value := 1.0
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(httpapi.Status{
			Buses: []httpapi.Bus{{Name: "rs485-1", Up: true, Good: 77}},
			Devices: []httpapi.Device{{Name: "zhang-smoke", Bus: "rs485-1", Unit: 2, Points: []httpapi.Point{{
				Name: "smoke", State: message.Fire, Value: &value, Quality: "good", TextEN: "smoke alarm", TextZH: "火警",
			}}}},
		}); err != nil {
			t.Error(err)
		}
	}))
	defer page.Close()
	path := station(t, l.Path(), strings.TrimPrefix(page.URL, "http://"))
	port, err := serialport.Open(serialport.Spec{Name: l.Path()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := port.Close(); err != nil {
			t.Error(err)
		}
	}()
	says(t, []string{"bus", "watch", "-config", path, "-seconds", "2"}, "the daemon's figures", "good 77", "smoke=FIRE: SMOKE ALARM")
	says(t, []string{"bus", "watch", "-config", path, "-seconds", "2", "-json"}, `"daemon":true`)
	code, _, errs := call(t, "bus", "scan", "-config", path, "-lang", "zh")
	if code != 1 || !strings.Contains(errs, "systemctl stop firepost") || !strings.Contains(errs, "串口被占用") {
		t.Errorf("scan beside the daemon: %d, %s", code, errs)
	}
	page.Close()
	if code, _, errs := call(t, "bus", "watch", "-config", path, "-seconds", "5"); code != 1 || !strings.Contains(errs, "the daemon's page does not answer") {
		t.Errorf("a page that is gone: %d, %s", code, errs)
	}
	if n := l.Stats().Requests; n != 0 {
		t.Errorf("%d requests were sent beside the daemon", n)
	}
}

// An encrypted page is believed only with the certificate that the configuration names.
func TestThePageOfTheDaemon(t *testing.T) {
	page := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	cert := filepath.Join(t.TempDir(), "page.pem")
	write := func(raw []byte) {
		if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	get := func() error {
		client, url, err := pageOf(&config.HTTP{Listen: strings.TrimPrefix(page.URL, "https://"), CertFile: cert, KeyFile: "key"})
		if err != nil {
			return err
		}
		defer client.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	if err := get(); err == nil {
		t.Error("without a certificate file")
	}
	if write(page.Certificate().Raw); get() != nil {
		t.Error("the right one is refused")
	}
	if write([]byte("another")); get() == nil || !strings.Contains(get().Error(), "another certificate") {
		t.Errorf("another one: %v", get())
	}
	for listen, want := range map[string]string{
		"0.0.0.0:8470": "http://127.0.0.1:8470/api/status", ":8470": "http://127.0.0.1:8470/api/status",
		"[::]:8470": "http://127.0.0.1:8470/api/status", "10.0.0.3:80": "http://10.0.0.3:80/api/status",
	} {
		if _, url, err := pageOf(&config.HTTP{Listen: listen}); err != nil || url != want {
			t.Errorf("%s: %s, %v", listen, url, err)
		}
	}
}

func TestBusMistakes(t *testing.T) {
	path := station(t, "/dev/null-port", "")
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"bus", "scna"}, "say bus plan, bus scan"},
		{[]string{"bus", "scan", "-config", path, "-bus", "rs485-2"}, `no serial bus "rs485-2"; it has: rs485-1`},
		{[]string{"bus", "scan", "-config", path, "-bus", "rs485-1", "-port", "/dev/x"}, "not both"},
		{[]string{"bus", "scan", "-config", path, "-from", "9", "-to", "3"}, "use 1 to 255"},
		{[]string{"bus", "scan", "-config", path, "-lang", "fr"}, "en or zh"},
		{[]string{"bus", "scan", "-config", path, "-contract", "smoke-genric@1"}, "did you mean smoke-generic@1"},
		{[]string{"bus", "scan", "-port", "/dev/x", "-format", "9N1"}, `format "9N1"`},
		{[]string{"bus", "read", "-config", path}, "say -device NAME"},
		{[]string{"bus", "read", "-config", path, "-device", "li"}, "it has: zhang-smoke"},
		{[]string{"bus", "read", "-config", path, "-unit", "3"}, "-contract REF"},
		{[]string{"bus", "adopt", "-config", path}, "-premises CODE"},
		{[]string{"bus", "adopt", "-config", path, "-premises", "HS-1", "-name", "zhang-smoke"}, "there is a device"},
		{[]string{"bus", "replace", "-config", path}, "say -device NAME"},
		{[]string{"bus", "set-address", "-config", path, "-from", "1"}, "say -from and -to"},
	} {
		code, _, errs := call(t, row.args...)
		if code != 2 || !strings.Contains(errs, row.want) {
			t.Errorf("%v exits %d and says %q, want %q", row.args, code, errs, row.want)
		}
	}
	if code, _, errs := call(t, "bus", "scan", "-config", path); code != 1 || !strings.Contains(errs, "no such port") {
		t.Errorf("a port that is not there: %d, %s", code, errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	l := simulated(t, nil)
	if code := dispatch(ctx, []string{"bus", "scan", "-port", l.Path()}, streams{strings.NewReader(""), &out, &errs}); code != 1 {
		t.Errorf("interrupted: %d", code)
	}
}

func TestBusHelpNamesEveryCommand(t *testing.T) {
	for _, c := range busCommands() {
		if code, _, errs := call(t, "bus", c.name, "-help"); code != 0 || !strings.Contains(errs, "usage: firepost bus "+c.name) {
			t.Errorf("%s: %d, %s", c.name, code, errs)
		}
		if !strings.Contains(busHelp(), "  "+c.name) {
			t.Errorf("bus help does not name %s", c.name)
		}
	}
}
