package screen

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/kiosk/player"
	"firepost/kiosk/screen/child"
)

// childRunner is a runner under a compositor: the options come by the environment.
func childRunner() int {
	var o Options
	if err := json.Unmarshal([]byte(os.Getenv("FIREPOST_TEST_OPTIONS")), &o); err != nil {
		return 9
	}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	r, err := NewRunner(o)
	if err != nil {
		return 8
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if r.Run(ctx) != nil {
		return 1
	}
	return 0
}

// stageFolder is a folder that another user can use too: cage refuses to run as root.
func stageFolder(t *testing.T, uid uint32) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runner"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"run", "profiles"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(dir, sub), int(uid), int(uid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// cage starts the real compositor without a screen and the runner in it, for the booth.
func (o *office) cage(backend, program string, extra ...string) (words *child.Ring, ended <-chan struct{}) {
	o.t.Helper()
	uid := uint32(os.Getuid())
	if uid == 0 {
		uid = 65534
	}
	dir := stageFolder(o.t, uid)
	opts, err := json.Marshal(map[string]any{
		"Screen": "tv", "Daemon": o.srv.URL, "Backend": backend, "Browser": program, "Extra": extra,
		"Profiles": filepath.Join(dir, "profiles"), "DRM": dir,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	cmd := exec.Command("cage", "--", filepath.Join(dir, "runner"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid, NoSetGroups: true}
	}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "profiles"), "XDG_RUNTIME_DIR=" + filepath.Join(dir, "run"), "LC_ALL=C.UTF-8",
		"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1",
		// Debian's cage insists on Xwayland, which is only started for a client that wants it.
		"WLR_XWAYLAND=/bin/true",
		roleEnv + "=runner", "FIREPOST_TEST_OPTIONS=" + string(opts),
	}
	words = &child.Ring{}
	cmd.Stdout, cmd.Stderr = words, words
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ends is cage's own matter
		close(done)
	}()
	o.t.Cleanup(func() {
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		<-done
	})
	return words, done
}

// TestUnderCage: the real compositor without a screen, the runner, Chromium through Wayland,
// a screenshot, and the order that ends all three.
func TestUnderCage(t *testing.T) {
	b := newRealBooth(t)
	b.take("t1")
	words, ended := b.cage(Browser, chromium, "--no-sandbox", "--disable-gpu")
	b.painted("t1")
	t.Logf("first picture after %v", b.mono().Round(10*time.Millisecond))
	shot, err := b.desk.Screenshot(t.Context(), "tv")
	if err != nil {
		t.Fatalf("%v\n%s", err, words.Tail(maxTail))
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	// cage's headless output has 1280x720: the window fills it.
	if size := img.Bounds().Size(); size.X != 1280 || size.Y != 720 {
		t.Errorf("the picture has %v", size)
	}
	b.until(func(s Status) bool { return s.Report.Browser.Loaded })
	pid, _ := b.pid()
	if err := b.desk.Compositor("tv"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(later):
		t.Fatalf("cage runs on\n%s", words.Tail(maxTail))
	}
	if !gone(pid) {
		t.Errorf("browser %d lives on", pid)
	}
	if said := words.Tail(child.RingSize); !strings.Contains(said, "the daemon orders the compositor") {
		t.Errorf("the runner said %s", said)
	}
}

// TestMPVUnderCage: mpv with a window of the real compositor, the takeover drawn for its size.
func TestMPVUnderCage(t *testing.T) {
	th := newTheatre(t, nil)
	th.take(player.State{}, "请立即疏散")
	words, ended := th.cage(MPV, "mpv", "--vo=wlshm", "--ao=null")
	b := th.until("takeover at the window's size", func(b player.Beat) bool {
		return b.Takeover == "fire-1" && b.Width == 1280 && b.Height == 720 && b.Frames > 0
	})
	if b.Error != "" {
		t.Errorf("%+v\n%s", b, words.Tail(maxTail))
	}
	// This output gives out the picture, not the window: it was drawn for it dot by dot.
	if c, size := th.ground(); c.R < 150 || c.G > 60 || size != image.Pt(1280, 720) {
		t.Errorf("%v on %v", c, size)
	}
	if err := th.desk.Compositor("tv"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(later):
		t.Fatalf("cage runs on\n%s", words.Tail(maxTail))
	}
}
