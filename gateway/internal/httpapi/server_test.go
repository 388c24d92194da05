package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/outputs"
)

// fake is a booth as the page sees it.
type fake struct {
	mu           sync.Mutex
	status       Status
	watchers     map[chan string]bool
	watched      chan struct{} // one value for every new watcher
	alive, ready error
}

func newFake() *fake {
	return &fake{status: normal(), watchers: make(map[chan string]bool), watched: make(chan struct{}, 100)}
}

func (f *fake) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *fake) Watch() (<-chan string, func()) {
	ch := make(chan string, 16)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers[ch] = true
	f.watched <- struct{}{}
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, ch)
	}
}

func (f *fake) Alive() error { return f.alive }
func (f *fake) Ready() error { return f.ready }

// change changes what is shown and tells the watchers.
func (f *fake) change(edit func(s *Status)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	edit(&f.status)
	for ch := range f.watchers {
		select {
		case ch <- "a":
		default:
		}
	}
}

func (f *fake) open() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watchers)
}

// normal is a booth in which all is well.
func normal() Status {
	at := message.Time{Time: time.Date(2026, 11, 20, 0, 30, 0, 0, time.UTC)}
	smoke := func(name, zh, en string) Device {
		return Device{
			Name: name, LabelZH: zh, LabelEN: en, Premises: "HS-0301-0012", Bus: "rs485-1", Unit: 1, Contract: "smoke-generic@1",
			Points: []Point{
				{Name: "smoke", LabelZH: "烟雾报警", LabelEN: "smoke alarm", Role: "smoke", Value: new(0.0), Quality: message.Good, AgeMS: 300, TextZH: "正常", TextEN: "normal"},
				{Name: "link", LabelZH: "通信", LabelEN: "Link", Role: "link", Quality: message.Good},
			},
		}
	}
	return Status{
		Station: "hs-03", District: "hongshan", LabelZH: "红山区三号消防驿站", LabelEN: "Hongshan fire post no. 3", Version: "test",
		Now: at, Trusted: true, UptimeS: 3600, Severity: message.SeverityOK, Health: []message.HealthItem{},
		Devices: []Device{
			{Name: "booth", LabelZH: "驿站", LabelEN: "Booth", Points: []Point{{Name: "bus-rs485-1", LabelZH: "总线 rs485-1", LabelEN: "Bus rs485-1", Role: "internal", Quality: message.Good}}},
			smoke("zhang-noodles-smoke", "张记面馆", "Zhang's Noodles"),
			smoke("li-hardware-smoke", "李氏五金", "Li Hardware"),
			{
				Name: "zhang-noodles-gauge", LabelZH: "张记面馆灭火器", LabelEN: "Zhang's Noodles, extinguisher", Premises: "HS-0301-0012", Bus: "rs485-1", Unit: 11, Contract: "gauge-mpd-380@1",
				Points: []Point{{Name: "pressure", LabelZH: "灭火器压力", LabelEN: "extinguisher pressure", Role: "pressure", Value: new(1.18), Unit: "MPa", Quality: message.Good, AgeMS: 21_000}},
			},
		},
		Buses: []Bus{{
			Name: "rs485-1", Port: "/dev/ttyUSB0", Baud: 9600, Up: true, Use: map[string]float64{"alarm": 0.62, "slow": 0.08, "probe": 0.01, "command": 0.02, "confirm": 0},
			SweepMS: 530, Good: 412_334, Timeouts: 12, Devices: 3,
		}},
		Outputs: []outputs.Status{{Name: "siren", Kind: outputs.Sounder, Verified: true}, {Name: "strobe", Kind: outputs.Strobe, Verified: true}},
		Journal: Journal{Mode: "disk", Epoch: 17, Seq: 4711, Events: 4711, Bytes: 3 << 20, MaxBytes: 512 << 20, CommitMS: 4.2, Dir: "/var/lib/firepost"},
		Uplinks: []uplink.Status{{Name: "district", Kind: "mqtt", Connected: true, Sent: 4711, Stored: 4711, Backlog: map[string]int64{"alarm": 0, "rest": 0}, Confirm: "platform"}},
		Events: []message.Event{{
			ID: "hs-03-17-4711", Class: message.ClassLifecycle, Kind: message.KindStarted, At: at, ClockTrusted: true,
		}},
	}
}

func serve(t *testing.T, f *fake) (*Server, string) {
	t.Helper()
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "firepost_up 1\n") })
	s := New(Options{Listen: "127.0.0.1:0", Local: true, Source: f, Metrics: metrics, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	addr, err := s.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, "http://" + addr.String()
}

// answer is a response whose body has been read.
type answer struct {
	StatusCode int
	Header     http.Header
}

// get fetches a page; host, if not empty, is the name that the browser was told.
func get(t *testing.T, url, host string) (answer, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header}, string(body)
}

func TestStatus(t *testing.T) {
	f := newFake()
	_, base := serve(t, f)
	resp, body := get(t, base+"/api/status", "")
	var s Status
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") ||
		s.Station != "hs-03" || len(s.Devices) != 4 || *s.Devices[3].Points[0].Value != 1.18 {
		t.Errorf("%d %+v", resp.StatusCode, s)
	}
	if _, body := get(t, base+"/metrics", ""); body != "firepost_up 1\n" {
		t.Errorf("/metrics: %s", body)
	}
}

func TestProbes(t *testing.T) {
	f := newFake()
	s := New(Options{Local: true, Source: f, Metrics: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+path, nil))
		return w.Code, w.Body.String()
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := ask(path); code != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	f.alive, f.ready = errors.New("bus rs485-1 is stuck"), errors.New("device a has not been read yet")
	if code, body := ask("/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "rs485-1") {
		t.Errorf("/healthz: %d %q", code, body)
	}
	if code, body := ask("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "device a") {
		t.Errorf("/readyz: %d %q", code, body)
	}
}

func TestGuard(t *testing.T) {
	f := newFake()
	_, base := serve(t, f)
	port := base[strings.LastIndexByte(base, ':'):]
	for host, want := range map[string]int{
		"": http.StatusOK, "localhost" + port: http.StatusOK, "localhost": http.StatusOK, "127.0.0.1" + port: http.StatusOK,
		"192.168.1.7": http.StatusOK, "[::1]" + port: http.StatusOK, "[::1]": http.StatusOK,
		"evil.example" + port: http.StatusMisdirectedRequest, "evil.example": http.StatusMisdirectedRequest,
		"localhost.evil.example" + port: http.StatusMisdirectedRequest, "127.0.0.1.evil.example": http.StatusMisdirectedRequest,
	} {
		for _, path := range []string{"/", "/api/status", "/api/watch", "/metrics"} {
			if path == "/api/watch" && want == http.StatusOK {
				continue // it does not end
			}
			resp, body := get(t, base+path, host)
			if resp.StatusCode != want {
				t.Errorf("%s by the name %q: %d, want %d", path, host, resp.StatusCode, want)
			}
			if want != http.StatusOK && strings.Contains(body, "hs-03") {
				t.Errorf("a foreign name reads %s", body)
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			} {
				if got := resp.Header.Get(header); !strings.HasPrefix(got, want) {
					t.Errorf("%s of %s: %q", header, path, got)
				}
			}
		}
	}
	for _, path := range []string{"/nothing", "/page/index.html"} {
		if resp, _ := get(t, base+path, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	// It shows; it never acts.
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		req, err := http.NewRequestWithContext(t.Context(), method, base+"/api/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, resp.StatusCode)
		}
	}
}

// feed is an open event stream.
type feed struct {
	answer
	*bufio.Reader
	close func()
}

// stream opens the event stream.
func stream(t *testing.T, base string) *feed {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/watch", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req) //nolint:bodyclose // closed by feed.close
	if err != nil {
		t.Fatal(err)
	}
	f := &feed{answer{resp.StatusCode, resp.Header}, bufio.NewReader(resp.Body), func() { _ = resp.Body.Close() }}
	t.Cleanup(f.close)
	return f
}

func next(t *testing.T, r *feed) Status {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var s Status
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
}

// TestStreamPushesChanges: the first push at once, then what has changed.
func TestStreamPushesChanges(t *testing.T) {
	f := newFake()
	_, base := serve(t, f)
	r := stream(t, base)
	if r.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("content type %q", r.Header.Get("Content-Type"))
	}
	if s := next(t, r); len(s.Devices[1].State.Names()) != 0 {
		t.Errorf("first push: %+v", s.Devices[1])
	}
	f.change(func(s *Status) { s.Devices[1].State = message.Fire })
	for {
		if s := next(t, r); s.Devices[1].State.Has(message.Fire) {
			break
		}
	}
	r.close()
	for f.open() > 0 {
		f.change(func(*Status) {}) // the server notices at its next push
	}
}

// TestWatchersAreBounded: and a place is free again when a page is closed.
func TestWatchersAreBounded(t *testing.T) {
	f := newFake()
	_, base := serve(t, f)
	var open []*feed
	for range maxWatchers {
		r := stream(t, base)
		_ = next(t, r)
		open = append(open, r)
	}
	if resp, body := get(t, base+"/api/watch", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("page %d: %d %s", maxWatchers+1, resp.StatusCode, body)
	}
	if resp, _ := get(t, base+"/api/status", ""); resp.StatusCode != http.StatusOK {
		t.Error("nobody can look any more")
	}
	open[0].close()
	for f.open() == maxWatchers {
		f.change(func(*Status) {})
	}
	for {
		r := stream(t, base)
		if r.StatusCode == http.StatusOK {
			_ = next(t, r)
			break
		}
		r.close()
	}
}

// TestAnAddressThatIsTaken is an error for the supervisor, which tries again.
func TestAnAddressThatIsTaken(t *testing.T) {
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	s := New(Options{Listen: ln.Addr().String(), Local: true, Source: newFake(), Metrics: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Addr(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("its address: %v", err)
	}
}
