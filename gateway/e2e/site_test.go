package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink/uplinktest"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message/messagetest"
	"firepost/gateway/e2e/booth"
	"firepost/gateway/e2e/platform"
)

// patience bounds every wait of a test; prompt bounds what must not wait for anything broken.
const (
	patience = 2 * time.Minute
	prompt   = 30 * time.Second
	lookGap  = 20 * time.Millisecond
)

// site is one booth under test: simulated lines, the daemon and the platform.
type site struct {
	t        *testing.T
	ctx      context.Context
	setup    setup
	dir      string
	state    string
	config   string
	sim      *sim.Booth
	platform *platform.Platform
	daemon   *booth.Daemon
	// memory: the journal was away for a while.
	memory bool
}

// shipped are the settings of the broker's shipped configuration that hold for these tests:
// all that decides what it keeps. Paths, certificates and who may come in are its own affair.
const shipped = " persistence autosave_interval autosave_on_changes max_queued_messages max_queued_bytes " +
	"max_inflight_messages max_packet_size max_keepalive set_tcp_nodelay "

// mosquitto starts a real broker as a booth's district should run it.
func mosquitto(t *testing.T) *uplinktest.Mosquitto {
	t.Helper()
	conf, err := os.ReadFile("../../configs/mosquitto/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{"log_type error", "log_type warning", "log_type notice", "log_type information"}
	kept := 0
	for l := range strings.SplitSeq(string(conf), "\n") {
		key, _, _ := strings.Cut(l, " ")
		if key != "" && strings.Contains(shipped, " "+key+" ") {
			lines = append(lines, l)
			kept++
		}
	}
	if kept != len(strings.Fields(shipped)) {
		t.Fatalf("the shipped configuration has %d of the settings%s", kept, shipped)
	}
	return uplinktest.StartMosquitto(t, lines...)
}

// newSite makes a booth with its platform; the daemon is not started yet. platformAt is the
// broker's address as the platform sees it; empty is the booth's own.
func newSite(t *testing.T, su setup, platformAt string) *site {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	if su.lines == nil {
		su.lines = usual()
	}
	s := &site{t: t, ctx: ctx, setup: su, dir: t.TempDir(), state: su.state}
	if s.state == "" {
		s.state = filepath.Join(s.dir, "state")
		if err := os.Mkdir(s.state, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.config = filepath.Join(s.dir, "firepost.yaml")
	s.openLines()
	s.openPlatform(platformAt)
	s.writeConfig(s.setup.yaml(s.state, s.sim.Path))
	t.Cleanup(s.stopDaemon)
	return s
}

func (s *site) openLines() {
	s.t.Helper()
	set, err := devices.Contracts()
	s.must(err)
	var buses []sim.BusSpec
	for _, l := range s.setup.lines {
		b := sim.BusSpec{Name: l.name, Baud: l.baud, Pace: !s.setup.quick, Log: 4096}
		for _, d := range l.devices {
			m, ok := set.Get(d.model)
			if !ok {
				s.t.Fatalf("no contract %s", d.model)
			}
			b.Devices = append(b.Devices, sim.DeviceSpec{Name: d.name, Unit: d.unit, Contract: m})
		}
		buses = append(buses, b)
	}
	s.sim, err = sim.NewBooth(buses...)
	s.must(err)
	s.sim.Start(context.WithoutCancel(s.t.Context()))
	s.t.Cleanup(func() {
		if err := s.sim.Stop(); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *site) openPlatform(at string) {
	s.t.Helper()
	if at == "" {
		at = "tcp://" + s.setup.broker
	}
	valid, err := messagetest.NewValidator()
	s.must(err)
	s.platform = platform.New(platform.Options{
		Broker: at, District: district, Station: station, Ack: !s.setup.silent, Hold: 20 * time.Second,
		Check: func(topic string, payload []byte) error {
			kind, ok := messagetest.KindOf(topic)
			if !ok {
				return fmt.Errorf("nobody knows this topic")
			}
			if len(payload) == 0 {
				return nil
			}
			return valid.Validate(kind, payload)
		},
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.platform.Run(ctx) })
	s.t.Cleanup(func() {
		cancel()
		wg.Wait()
		for i, err := range s.platform.Faults() {
			if i == 5 {
				break
			}
			s.t.Errorf("the platform objects: %v", err)
		}
	})
}

func (s *site) writeConfig(text string) {
	s.t.Helper()
	s.must(os.WriteFile(s.config, []byte(text), 0o600))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.fail("%v", err)
	}
}

// fail ends the test and shows what the daemon said last.
func (s *site) fail(format string, args ...any) {
	s.t.Helper()
	tail := ""
	if s.daemon != nil {
		lines := strings.Split(strings.TrimSpace(s.daemon.Log()), "\n")
		tail = "\nthe daemon's log ends:\n" + strings.Join(lines[max(0, len(lines)-25):], "\n")
	}
	s.t.Fatalf(format+"%s", append(args, tail)...)
}

// start starts the daemon; it does not wait for anything.
func (s *site) start() {
	s.t.Helper()
	argv := []string{built.firepost, "run", "-config", s.config, "-state", s.state}
	if s.setup.room != nil {
		argv = s.setup.room.enter(argv...)
	}
	var err error
	s.daemon, err = booth.StartCommand(argv, nil)
	s.must(err)
}

// open starts the daemon and waits until every device has been read.
func (s *site) open() {
	s.t.Helper()
	s.start()
	s.ready()
}

// ready waits until the booth protects all that it should.
func (s *site) ready() {
	s.t.Helper()
	s.look("every device is read", func() error {
		_, err := s.get("/readyz")
		return err
	})
}

// get asks the local page. One in a room with its own network can't be asked.
func (s *site) get(path string) ([]byte, error) {
	page, err := s.daemon.Page(s.ctx)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, page+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return readAll(resp)
}

// kill ends the daemon as a power cut would.
func (s *site) kill() {
	s.t.Helper()
	s.keepLog()
	s.daemon.Kill()
	s.forget()
	s.daemon = nil
}

// stop ends the daemon in order.
func (s *site) stop() {
	s.t.Helper()
	err := s.daemon.Stop()
	s.keepLog()
	if err != nil {
		s.fail("the daemon did not stop in order: %v", err)
	}
	s.forget()
	s.daemon = nil
}

// stopDaemon is stop for the end of a test, whatever its state.
func (s *site) stopDaemon() {
	if s.daemon == nil {
		return
	}
	if err := s.daemon.Stop(); err != nil {
		s.t.Errorf("the daemon did not stop in order: %v", err)
	}
	s.keepLog()
}

// keepLog looks for what must never stand in a log.
func (s *site) keepLog() {
	text := s.daemon.Log()
	for _, bad := range []string{"panic", "DATA RACE", "a part failed and is started again"} {
		if i := strings.Index(text, bad); i >= 0 {
			s.t.Errorf("the daemon's log says %q: %.2000s", bad, text[max(0, i-200):])
		}
	}
	if strings.Contains(text, "journal does not take records") {
		s.memory = true
	}
}

// forget frees the terminals of a daemon that was killed.
func (s *site) forget() {
	s.t.Helper()
	for _, l := range s.setup.lines {
		if sl := s.sim.Line(l.name); sl != nil {
			s.must(sl.Forget())
		}
	}
}
