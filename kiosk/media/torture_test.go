package media

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for the daemon: a process that can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FIREPOST_MEDIA_CHILD"); dir != "" {
		if err := child(dir, os.Getenv("FIREPOST_MEDIA_SERVER")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func tortureOptions(dir string) Options {
	return Options{Dir: filepath.Join(dir, "media"), MaxBytes: 3 << 20, FreeFloor: 0, Disk: &fakeDisk{size: 1 << 30}, Check: fits, DiskBytesPerSecond: 1 << 30}
}

// child fetches and publishes what manifest.json says, telling each step, and ends.
func child(dir, server string) error {
	changed := make(chan struct{}, 1)
	opts := tortureOptions(dir)
	opts.Changed = func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	s, err := OpenStore(opts)
	if err != nil {
		return err
	}
	// Each step waits for the parent's word: a kill at step n is at step n.
	tell := func(what string) {
		fmt.Println(what)
		_, _ = os.Stdin.Read(make([]byte, 1))
	}
	s.step = func(what string) error { tell(what); return nil }
	s.write = func(f *os.File, p []byte) (int, error) {
		n, err := f.Write(p)
		tell("wrote")
		return n, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return err
	}
	m, err := ParseManifest(data)
	if err != nil {
		return err
	}
	cfg := Defaults()
	cfg.Server, cfg.Insecure, cfg.BytesPerSecond, cfg.LeastPause, cfg.MostPause = server, true, 0, time.Millisecond, time.Millisecond
	v, err := NewService(s, cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	if err := v.Want(ctx, m); err != nil {
		return err
	}
	for {
		if p, ok := s.Current(); ok && p.Digest == m.Digest() {
			cancel()
			<-ended
			return nil
		}
		select {
		case <-changed:
		case err := <-ended:
			return err
		}
	}
}

// assassin kills a process after so many bytes of media, or after so many steps on the disk.
type assassin struct {
	mu     sync.Mutex
	bytes  int
	steps  int
	victim *os.Process
	killed bool
}

func (a *assassin) sent(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bytes -= n; a.bytes <= 0 {
		a.kill()
	}
}

func (a *assassin) stepped() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.steps--; a.steps <= 0 {
		a.kill()
	}
}

func (a *assassin) kill() {
	if a.victim != nil {
		a.killed = a.victim.Kill() == nil || a.killed
	}
}

func (a *assassin) aim(bytes, steps int, victim *os.Process) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bytes, a.steps, a.victim = bytes, steps, victim
}

// watched tells the assassin what was sent.
type watched struct {
	http.ResponseWriter
	a *assassin
}

func (w watched) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.ResponseWriter.(http.Flusher).Flush()
	w.a.sent(n)
	return n, err
}

// TestTortureKilledAtRandom: kill -9 at any byte and any step, again and again. Nothing half is ever
// taken for whole, what plays is one version or the next, and in the end all arrives.
func TestTortureKilledAtRandom(t *testing.T) {
	kills := 20
	if os.Getenv("FIREPOST_TORTURE") == "full" {
		kills = 200
	}
	random := rand.New(rand.NewPCG(4, uint64(kills)))
	dir := t.TempDir()
	shelf, a := newShelf(), &assassin{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shelf.ServeHTTP(watched{w, a}, r)
	}))
	defer server.Close()
	resumed, killed, version := 0, 0, uint64(0)
	var played uint64
	for killed < kills {
		if version == played {
			version++
			order(t, dir, shelf, version)
		}
		// By turns at a step, exactly, and at a byte, somewhere.
		if killed%2 == 0 {
			a.aim(1<<30, 1+random.IntN(40), nil)
		} else {
			a.aim(1+random.IntN(700_000), 1<<20, nil)
		}
		done := runChild(t, dir, server.URL, a)
		if !done {
			killed++
		}
		s, err := OpenStore(tortureOptions(dir))
		if err != nil {
			t.Fatal(err)
		}
		now := playing(t, s)
		if now != played && now != version || done && now != version {
			t.Fatalf("after kill %d version %d plays; it was %d and was to be %d", killed, now, played, version)
		}
		played = now
		if st := s.Status(); len(st.Faults) > 0 || st.Rotten+st.WrongHash > 0 {
			t.Fatalf("after kill %d: %+v", killed, st)
		}
		honest(t, s.opts.Dir)
	}
	for _, r := range shelf.asked() {
		if r != "" {
			resumed++
		}
	}
	a.aim(1<<30, 1<<20, nil)
	if version > played && !runChild(t, dir, server.URL, a) {
		t.Error("the last start was to come to its end")
	}
	t.Logf("%d kills, %d versions, %d downloads of which %d went on where they had stopped", killed, version, len(shelf.asked()), resumed)
	if resumed == 0 {
		t.Error("no download was ever resumed: the test proves little")
	}
}

// order writes the next manifest: one object stays, two are new.
func order(t *testing.T, dir string, shelf *shelf, version uint64) {
	t.Helper()
	things := []thing{newThing(100_000, 250), newThing(300_000+int(version), byte(version%100)), newThing(200_000+int(version), 100+byte(version%100))}
	shelf.mu.Lock()
	for _, x := range things {
		shelf.data[x.SHA256] = x.data
	}
	shelf.mu.Unlock()
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifestOf(version, things...).Encode(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runChild runs one daemon until it has published or was killed.
func runChild(t *testing.T, dir, server string, a *assassin) (done bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "FIREPOST_MEDIA_CHILD="+dir, "FIREPOST_MEDIA_SERVER="+server)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	a.victim, a.killed = cmd.Process, false
	a.mu.Unlock()
	last := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = lines.Text()
		a.stepped()
		_, _ = in.Write([]byte{'.'}) // to nobody after a kill
	}
	err = cmd.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.victim = nil
	if err != nil && !a.killed {
		t.Fatalf("the daemon ended by itself: %v: %s", err, last)
	}
	return err == nil
}
