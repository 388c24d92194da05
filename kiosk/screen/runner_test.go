package screen

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// roleEnv makes the test binary something else: a browser that a test can rely on, or a runner
// under a real compositor.
const roleEnv = "FIREPOST_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role, rest, _ := strings.Cut(os.Getenv(roleEnv), ":"); role {
	case "browser":
		os.Exit(fakeBrowser(rest))
	case "runner":
		os.Exit(childRunner())
	}
	os.Exit(m.Run())
}

// fakeBrowser answers on files 3 and 4 like Chromium. The kind says how it fails.
func fakeBrowser(kind string) int {
	fmt.Fprintln(os.Stderr, "fake browser:", kind)
	if kind == "refuse" {
		return 3
	}
	if kind == "family" {
		// A grandchild that outlives its parent unless the whole group is killed.
		child := exec.Command("sleep", "1000")
		if err := child.Start(); err != nil {
			return 4
		}
		fmt.Fprintf(os.Stderr, "child %d\n", child.Process.Pid)
	}
	in, out := bufio.NewReader(os.NewFile(3, "in")), os.NewFile(4, "out")
	for {
		asked, err := in.ReadBytes(0)
		if err != nil {
			return 0 // the runner is gone
		}
		var c struct {
			call
			Params struct {
				URL string `json:"url"`
			} `json:"params"`
		}
		if json.Unmarshal(asked[:len(asked)-1], &c) != nil {
			return 5
		}
		for _, s := range fakeAnswers(kind, c.call, c.Params.URL) {
			if _, err := io.WriteString(out, s+"\x00"); err != nil {
				return 6
			}
		}
	}
}

func fakeAnswers(kind string, c call, url string) []string {
	all := []string{fmt.Sprintf(`{"id":%d,"result":{}}`, c.ID)}
	switch c.Method {
	case "Target.setAutoAttach":
		all = append(all,
			`{"method":"Target.attachedToTarget","params":{"sessionId":"W","targetInfo":{"targetId":"t0","type":"service_worker"}}}`,
			`{"method":"Target.attachedToTarget","params":{"sessionId":"S","targetInfo":{"targetId":"t1","type":"page"}}}`)
	case "Page.captureScreenshot":
		all = []string{fmt.Sprintf(`{"id":%d,"result":{"data":%q}}`, c.ID, strings.Repeat("QUJD", partSize))}
	case "Page.navigate":
		if !strings.HasPrefix(url, "http") {
			break
		}
		resp, err := http.Get(url + "?loaded=" + kind)
		if err == nil {
			_ = resp.Body.Close()
		}
		switch kind {
		case "crash":
			all = append(all, `{"method":"Inspector.targetCrashed","params":{},"sessionId":"S"}`)
		case "closed":
			all = append(all, `{"method":"Target.detachedFromTarget","params":{"sessionId":"S"}}`)
		case "lost":
			all = append(all, `{"method":"Page.frameNavigated","params":{"frame":{"id":"t1","url":"chrome-error://chromewebdata/"}},"sessionId":"S"}`)
		case "iframe":
			all = append(all, `{"method":"Page.frameNavigated","params":{"frame":{"id":"t2","url":"chrome-error://chromewebdata/"}},"sessionId":"S"}`)
		}
	}
	return all
}

// stage is a runner with a fake browser, and the daemon's end.
type stage struct {
	*office
	runner   *Runner
	profiles string
	loads    chan string
	done     chan error
	stop     context.CancelFunc
}

// daemon serves the page and the desk.
func (s *stage) daemon() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /screen/{name}/runner", s.desk)
	mux.HandleFunc("GET /screen/tv", func(_ http.ResponseWriter, r *http.Request) {
		if kind := r.URL.Query().Get("loaded"); kind != "" {
			s.loads <- kind
		}
	})
	return mux
}

// newStage runs this test binary as the browser.
func newStage(t *testing.T, kind string) *stage {
	t.Helper()
	s := &stage{office: newOffice(t), profiles: t.TempDir(), loads: make(chan string, 1000), done: make(chan error, 1)}
	s.srv.Config.Handler = s.daemon()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(roleEnv, "browser:"+kind)
	s.runner, err = NewRunner(Options{Screen: "tv", Daemon: s.srv.URL, Browser: exe, Profiles: s.profiles, DRM: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() { s.done <- s.runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-s.done
	})
	return s
}

// loaded waits until the browser has asked for the page.
func (s *stage) loaded() {
	s.t.Helper()
	select {
	case <-s.loads:
	case <-time.After(later):
		s.t.Fatal("the page was never loaded")
	}
}

func (s *stage) profilesNow() []string {
	s.t.Helper()
	list, err := filepath.Glob(filepath.Join(s.profiles, "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func gone(pid int) bool {
	// A zombie that nobody has reaped yet is gone for everyone else.
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z") || strings.HasPrefix(after, "X")
}

func TestRunnerRestartsWhateverEnds(t *testing.T) {
	for _, row := range []struct{ kind, why string }{
		{"refuse", ""}, // its exit or its closed pipe, whichever is seen first
		{"crash", "the page has crashed"},
		{"closed", "its window was closed"},
	} {
		t.Run(row.kind, func(t *testing.T) {
			s := newStage(t, row.kind)
			st := s.until(func(st Status) bool { return st.Report.Browser.Starts >= 3 && st.Report.Tail != "" })
			if !strings.Contains(st.Report.Browser.Why, row.why) || st.Report.Browser.Why == "" {
				t.Errorf("ended because %q", st.Report.Browser.Why)
			}
			if st.Report.Tail != "fake browser: "+row.kind+"\n" {
				t.Errorf("said %q", st.Report.Tail)
			}
		})
	}
}

func TestRunnerWithoutABrowser(t *testing.T) {
	o := newOffice(t)
	r, err := NewRunner(Options{Screen: "tv", Daemon: o.srv.URL, Browser: "/nonexistent/chromium", Profiles: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	st := o.until(func(s Status) bool { return s.Report.Browser.Why != "" })
	if b := st.Report.Browser; b.Up || b.Starts != 0 || !strings.Contains(b.Why, "no such file") {
		t.Errorf("%+v", b)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestOrders: a new browser, a picture, and the end for the compositor's sake; each browser has
// a profile of its own, and nothing is left of any.
func TestOrders(t *testing.T) {
	s := newStage(t, "family")
	s.loaded()
	first := s.until(func(st Status) bool { return st.Report.Browser.Loaded })
	before := s.profilesNow()
	if err := s.desk.Restart("tv"); err != nil {
		t.Fatal(err)
	}
	s.loaded()
	second := s.until(func(st Status) bool { return st.Report.Browser.Starts == 2 && st.Report.Browser.Loaded })
	if second.Report.Browser.PID == first.Report.Browser.PID || !gone(first.Report.Browser.PID) {
		t.Errorf("%+v after %+v", second.Report.Browser, first.Report.Browser)
	}
	if after := s.profilesNow(); len(before) != 1 || len(after) != 1 || before[0] == after[0] {
		t.Errorf("profiles %v, then %v", before, after)
	}
	var child int
	if _, err := fmt.Sscanf(second.Report.Tail, "fake browser: family\nchild %d\n", &child); err != nil {
		t.Fatalf("%q: %v", second.Report.Tail, err)
	}
	if !gone(child) {
		t.Errorf("the browser's child %d lives on", child)
	}
	png, err := s.desk.Screenshot(t.Context(), "tv")
	if err != nil || len(png) != 3*partSize || !strings.HasPrefix(string(png), "ABCABC") {
		t.Errorf("%d bytes, %v", len(png), err)
	}
	if err := s.desk.Compositor("tv"); err != nil {
		t.Fatal(err)
	}
	if err := <-s.done; !errors.Is(err, ErrCompositor) {
		t.Error(err)
	}
	s.done <- nil
	if !gone(second.Report.Browser.PID) || len(s.profilesNow()) != 0 {
		t.Error("the browser or its profile is left behind")
	}
}

// TestTheDaemonGoes: the browser carries on, and the runner is there again when the daemon is.
func TestTheDaemonGoes(t *testing.T) {
	s := newStage(t, "fine")
	s.loaded()
	first := s.until(func(st Status) bool { return st.Report.Browser.Loaded })
	s.desk.Close()
	s.until(func(st Status) bool { return !st.Connected })
	s.desk.mu.Lock()
	s.desk.stopped = false
	s.desk.mu.Unlock()
	again := s.until(func(st Status) bool { return st.Connected && st.Report.Browser.Up })
	if again.Report.Browser != first.Report.Browser {
		t.Errorf("%+v, before %+v", again.Report.Browser, first.Report.Browser)
	}
}

// TestTheErrorPageIsNeverLeft: what the browser shows when the daemon is away is replaced by
// black and then by the page; an error in a frame of the page is the page's own matter.
func TestTheErrorPageIsNeverLeft(t *testing.T) {
	s := newStage(t, "lost")
	for range 3 {
		s.loaded()
	}
	s.until(func(st Status) bool { return st.Report.Browser.Starts == 1 })
	s.stop()
	s = newStage(t, "iframe")
	s.loaded()
	s.until(func(st Status) bool { return st.Report.Browser.Loaded })
	if _, err := s.desk.Screenshot(t.Context(), "tv"); err != nil {
		t.Fatal(err)
	}
	if len(s.loads) != 0 {
		t.Error("loaded again for a frame's sake")
	}
}

// TestServed: black until the daemon serves the page.
func TestServed(t *testing.T) {
	var mu sync.Mutex
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer srv.Close()
	if !served(t.Context(), srv.URL) || asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if served(ctx, srv.URL) {
		t.Error("served after the end")
	}
}

func TestOptions(t *testing.T) {
	for _, bad := range []Options{
		{Screen: "TV", Daemon: "http://127.0.0.1:8471", Log: quiet()},
		{Screen: "tv", Daemon: "http://192.0.2.1:8471", Log: quiet()},
		{Screen: "tv", Daemon: "https://127.0.0.1:8471", Log: quiet()},
		{Screen: "tv", Daemon: "http://127.0.0.1:8471/x", Log: quiet()},
		{Screen: "tv", Daemon: "127.0.0.1:8471", Log: quiet()},
		{Screen: "tv", Daemon: "http://127.0.0.1:8471"},
	} {
		if _, err := NewRunner(bad); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if r, err := NewRunner(Options{Screen: "tv", Daemon: "http://localhost:8471/", Log: quiet()}); err != nil || r.page != "http://localhost:8471/screen/tv" {
		t.Errorf("%v", err)
	}
}

func TestFlags(t *testing.T) {
	full, low := flagsOf("/run/p", false, []string{"--x"}), flagsOf("/run/p", true, nil)
	for _, must := range []string{"--kiosk", "--remote-debugging-pipe", "--user-data-dir=/run/p", "--x", "--autoplay-policy=no-user-gesture-required"} {
		if !slices.Contains(full, must) {
			t.Errorf("%s is missing", must)
		}
	}
	if slices.Contains(full, "--enable-low-end-device-mode") || !slices.Contains(low, "--enable-low-end-device-mode") {
		t.Error("the low-memory profile is not told apart")
	}
	for _, f := range append(full, low...) {
		if strings.HasPrefix(f, "--ozone-platform") || strings.HasPrefix(f, "--use-gl") || strings.HasPrefix(f, "--no-sandbox") || strings.HasPrefix(f, "--remote-debugging-port") {
			t.Errorf("%s is forced", f)
		}
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"PATH=/bin", "HOME=/root", "DISPLAY=:0", "WAYLAND_DISPLAY=wayland-0", "XDG_SESSION_TYPE=tty", "NOTIFY_SOCKET=/run/n"}, "/run/p")
	want := []string{"PATH=/bin", "WAYLAND_DISPLAY=wayland-0", "HOME=/run/p", "XDG_CONFIG_HOME=/run/p", "XDG_CACHE_HOME=/run/p", "XDG_SESSION_TYPE=wayland"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := environment([]string{"DISPLAY=:0"}, "/p"); got[0] != "DISPLAY=:0" || slices.Contains(got, "XDG_SESSION_TYPE=wayland") {
		t.Errorf("%q", got)
	}
}
