package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func objectFile(s *Store, x thing) string { return s.objectPath(x.SHA256) }

func TestVerifyPutsRotAside(t *testing.T) {
	changes := 0
	s := openStore(t, t.TempDir(), func(o *Options) { o.Changed = func() { changes++ } })
	a, b, spare := newThing(3_000_000, 1), newThing(1000, 2), newThing(500, 3)
	add(t, s, a, b, spare)
	publish(t, s, manifestOf(1, a, b))
	if got, err := s.Verify(t.Context()); err != nil || got != (Verified{Objects: 3, Bytes: 3_001_500}) {
		t.Errorf("all is well: %+v, %v", got, err)
	}
	flip(t, objectFile(s, a))
	// Its size is right: another start plays it until the walk comes by.
	s = openStore(t, s.opts.Dir, func(o *Options) { o.Changed = func() { changes++ } })
	changes = 0
	got, err := s.Verify(t.Context())
	if err != nil || got.Rotten != 1 || changes != 1 {
		t.Errorf("%+v, %d changes, %v", got, changes, err)
	}
	p, _ := s.Current()
	if s.Playable(a.SHA256) || !s.Playable(b.SHA256) || len(p.OutOfPlay) != 1 || p.OutOfPlay[0] != a.Item {
		t.Errorf("out of play: %v", names(p.OutOfPlay))
	}
	if _, err := s.Open(a.SHA256); !errors.Is(err, ErrNotHere) {
		t.Errorf("it is given out: %v", err)
	}
	st := s.Status()
	if st.Rotten != 1 || len(st.OutOfPlay) != 1 || len(st.Faults) != 2 || st.Faults[0].Code != "media.degraded" || st.Faults[1].Code != "media.rotten" {
		t.Errorf("status %+v", st)
	}
	if lacking := s.lacking(); len(lacking) != 1 || lacking[0] != a.Item {
		t.Errorf("asked for again: %v", lacking)
	}
	if list, _ := os.ReadDir(filepath.Join(s.opts.Dir, "quarantine")); len(list) != 1 || !strings.HasPrefix(list[0].Name(), a.SHA256) {
		t.Errorf("quarantine: %v", list)
	}
	add(t, s, a)
	if st := s.Status(); playing(t, s) != 1 || len(st.Faults) > 0 {
		t.Errorf("repaired: %+v", st)
	}
}

func TestVerifyToleratesTrouble(t *testing.T) {
	s := newStore(t)
	a := newThing(1000, 1)
	add(t, s, a)
	publish(t, s, manifestOf(1, a))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Verify(ctx); !errors.Is(err, context.Canceled) || playing(t, s) != 1 {
		t.Errorf("ended: %v", err)
	}
	// Gone behind our back.
	if err := os.Remove(objectFile(s, a)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Verify(t.Context()); err != nil || got.Rotten != 1 || s.Playable(a.SHA256) {
		t.Errorf("gone: %+v, %v", got, err)
	}
	for err, want := range map[error]bool{unix.EIO: true, unix.EBADMSG: true, os.ErrNotExist: true, unix.EMFILE: false, os.ErrPermission: false, io.ErrShortWrite: false} {
		if rotten(err) != want {
			t.Errorf("%v: %v", err, !want)
		}
	}
}

func TestWrongSizeIsFoundAtTheStart(t *testing.T) {
	for name, size := range map[string]int64{"cut": 999, "empty": 0, "grown": 1001} {
		s := newStore(t)
		a, b := newThing(1000, 1), newThing(1000, 2)
		add(t, s, a, b)
		publish(t, s, manifestOf(1, a, b))
		if err := os.Truncate(objectFile(s, a), size); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, s.opts.Dir, nil)
		if s.Playable(a.SHA256) || !s.Playable(b.SHA256) || s.Status().Rotten != 1 {
			t.Errorf("%s: %+v", name, s.Status())
		}
	}
}

func TestPublishReadsWhatLayThere(t *testing.T) {
	s := newStore(t)
	a := newThing(1000, 1)
	add(t, s, a)
	if err := s.Want(t.Context(), manifestOf(1, a)); err != nil {
		t.Fatal(err)
	}
	flip(t, objectFile(s, a))
	s = openStore(t, s.opts.Dir, nil)
	var missing *Missing
	if err := s.Publish(t.Context(), manifestOf(1, a)); !errors.As(err, &missing) || len(missing.Items) != 1 || playing(t, s) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestQuarantineIsBounded(t *testing.T) {
	s := newStore(t)
	a := newThing(1000, 1)
	for range 3 * keepQuarantined {
		add(t, s, a)
		flip(t, objectFile(s, a))
		if _, err := s.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if list, _ := os.ReadDir(filepath.Join(s.opts.Dir, "quarantine")); len(list) != keepQuarantined || s.Status().Bytes != keepQuarantined*1000 {
		t.Errorf("%d in quarantine, %d bytes", len(list), s.Status().Bytes)
	}
}

func TestBudget(t *testing.T) {
	s := openStore(t, t.TempDir(), func(o *Options) { o.MaxBytes = 10_000 })
	things := make([]thing, 8)
	for i := range things {
		things[i] = newThing(2000, byte(i+1))
	}
	add(t, s, things[0], things[1])
	publish(t, s, manifestOf(1, things[0], things[1]))
	add(t, s, things[2])
	publish(t, s, manifestOf(2, things[2]))
	add(t, s, things[3])
	publish(t, s, manifestOf(3, things[3])) // 0 and 1 belong to nothing now
	add(t, s, things[4])                    // the fifth, 10 000 bytes
	if st := s.Status(); st.Bytes != 10_000 {
		t.Fatalf("%d bytes", st.Bytes)
	}
	if freed, err := s.Collect(t.Context()); err != nil || freed != 0 {
		t.Errorf("nothing had to go: %d, %v", freed, err)
	}
	held := func(i int) bool {
		_, err := os.Stat(objectFile(s, things[i]))
		return err == nil
	}
	// One of the oldest publication's goes, after a restart with clocks anywhere, too.
	s = openStore(t, s.opts.Dir, func(o *Options) { o.MaxBytes = 10_000 })
	if err := s.Want(t.Context(), manifestOf(4, things[4], things[5])); err != nil {
		t.Fatal(err)
	}
	add(t, s, things[5])
	if held(0) == held(1) || !held(2) || !held(3) || !held(4) {
		t.Error("something else went")
	}
	add(t, s, things[6])
	if held(0) || held(1) || !held(2) || !held(3) || !held(4) || !held(5) {
		t.Error("something else went")
	}
	publish(t, s, manifestOf(4, things[4], things[5]))
	// What plays, the way back and what is wanted are never dropped: 3, 4, 5, and 7.
	err := s.Want(t.Context(), manifestOf(5, things[6], things[7], things[0]))
	if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "12000") || !strings.Contains(err.Error(), "10000") {
		t.Errorf("more than there is room for: %v", err)
	}
	if err := s.Want(t.Context(), manifestOf(5, things[6], things[7])); err != nil {
		t.Fatal(err)
	}
	add(t, s, things[7])
	if err := s.Add(t.Context(), things[1].Item, reader(things[1])); !errors.Is(err, ErrNoRoom) {
		t.Errorf("one too many: %v", err)
	}
	if st := s.Status(); st.Bytes != 10_000 || len(st.Faults) != 1 || st.Faults[0].Code != "media.room" {
		t.Errorf("status %+v", st)
	}
	if playing(t, s) != 4 {
		t.Error("it does not play on")
	}
	// A smaller budget, and another start: what is needed stays all the same.
	s = openStore(t, s.opts.Dir, func(o *Options) { o.MaxBytes = 100 })
	if _, err := s.Collect(t.Context()); !errors.Is(err, ErrNoRoom) || playing(t, s) != 4 {
		t.Errorf("budget below what plays: %v", err)
	}
}

func TestFloor(t *testing.T) {
	disk := &fakeDisk{size: 50_000}
	s := openStore(t, t.TempDir(), func(o *Options) { o.Disk, o.FreeFloor = disk, 30_000 })
	a, b, c := newThing(5000, 1), newThing(5000, 2), newThing(12_000, 3)
	add(t, s, a, b)
	publish(t, s, manifestOf(1, b))
	// 12 000 more would leave less than the floor, unless a goes.
	if err := s.Want(t.Context(), manifestOf(2, c)); err != nil {
		t.Fatal(err)
	}
	add(t, s, c)
	if _, err := os.Stat(objectFile(s, a)); !errors.Is(err, os.ErrNotExist) {
		t.Error("it went below the floor")
	}
	err := s.Want(t.Context(), manifestOf(3, newThing(9000, 4)))
	if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "30000") {
		t.Errorf("below the floor: %v", err)
	}
	// The journal needs more: what is spare goes by itself.
	add(t, s, newThing(10, 5))
	disk.mu.Lock()
	disk.size = 47_200
	disk.mu.Unlock()
	if freed, _ := s.Collect(t.Context()); freed != 10 {
		t.Errorf("%d bytes given back", freed)
	}
	disk.mu.Lock()
	disk.err = errors.New("no such disk")
	disk.mu.Unlock()
	if st := s.Status(); st.Free != -1 || playing(t, s) != 1 {
		t.Errorf("a disk that says nothing: %+v", st)
	}
}

func TestOpenReadsWhatPlays(t *testing.T) {
	s := newStore(t)
	a, old, spare := newThing(100_000, 1), newThing(100, 2), newThing(100, 3)
	add(t, s, a, old, spare)
	publish(t, s, manifestOf(1, old))
	publish(t, s, manifestOf(2, a))
	o, err := s.Open(a.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if _, err := o.Seek(5000, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(o)
	if err != nil || !bytes.Equal(got, a.data[5000:]) || o.Item != a.Item {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if o, err := s.Open(old.SHA256); err != nil {
		t.Errorf("of the previous publication: %v", err)
	} else {
		o.Close()
	}
	for _, hash := range []string{spare.SHA256, "", "../../etc/passwd", strings.Repeat("0", 64)} {
		if _, err := s.Open(hash); !errors.Is(err, ErrNotHere) {
			t.Errorf("%q: %v", hash, err)
		}
	}
	// Cut short while it plays: an error, and out of play.
	if _, err := o.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(objectFile(s, a), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(o); !errors.Is(err, io.ErrUnexpectedEOF) || s.Playable(a.SHA256) {
		t.Errorf("cut short: %v", err)
	}
	add(t, s, a)
	if err := os.Truncate(objectFile(s, a), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(a.SHA256); !errors.Is(err, ErrNotHere) || s.Playable(a.SHA256) || s.Status().Rotten != 2 {
		t.Errorf("cut short before: %v", err)
	}
}

func TestHandler(t *testing.T) {
	s := newStore(t)
	a, page := newThing(100_000, 1), newThing(300, 2)
	page.Type, page.Width, page.Height, page.Name = TypeHTML, 0, 0, "page.html"
	add(t, s, a, page)
	publish(t, s, manifestOf(1, a, page))
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	do := func(method, path string, header ...string) (*http.Response, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(header) > 0 {
			req.Header.Set(header[0], header[1])
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, body
	}
	resp, body := do("GET", ServePath+a.SHA256)
	for key, want := range map[string]string{
		"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		"Etag": `"` + a.SHA256 + `"`, "Content-Length": "100000", "Accept-Ranges": "bytes",
	} {
		if got := resp.Header.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if resp.StatusCode != 200 || !bytes.Equal(body, a.data) {
		t.Errorf("%s with %d bytes", resp.Status, len(body))
	}
	if resp, body := do("GET", ServePath+a.SHA256, "Range", "bytes=99990-"); resp.StatusCode != 206 || !bytes.Equal(body, a.data[99_990:]) {
		t.Errorf("range: %s with %d bytes", resp.Status, len(body))
	}
	if resp, _ := do("GET", ServePath+a.SHA256, "Range", "bytes=100000-"); resp.StatusCode != 416 {
		t.Errorf("range beyond: %s", resp.Status)
	}
	if resp, body := do("GET", ServePath+a.SHA256, "If-None-Match", `"`+a.SHA256+`"`); resp.StatusCode != 304 || len(body) > 0 {
		t.Errorf("known already: %s", resp.Status)
	}
	if resp, body := do("HEAD", ServePath+a.SHA256); resp.StatusCode != 200 || len(body) > 0 || resp.ContentLength != 100_000 {
		t.Errorf("head: %s", resp.Status)
	}
	resp, _ = do("GET", ServePath+page.SHA256)
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox allow-scripts; default-src 'none'") || strings.Contains(policy, "same-origin") {
		t.Errorf("a page's policy: %q", policy)
	}
	for _, path := range []string{ServePath, ServePath + "../../current", "/media/" + strings.Repeat("0", 64), "/" + a.SHA256, ServePath + a.SHA256 + "/", ServePath + strings.ToUpper(a.SHA256)} {
		if resp, _ := do("GET", path); resp.StatusCode != 404 || strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s, %v", path, resp.Status, resp.Header)
		}
	}
	if resp, _ := do("POST", ServePath+a.SHA256); resp.StatusCode != 405 || resp.Header.Get("Allow") == "" {
		t.Errorf("post: %s", resp.Status)
	}
}

// TestTimesOnTheDiskAreNoClock: an object's time is the number of a publication.
func TestTimesOnTheDiskAreNoClock(t *testing.T) {
	s := newStore(t)
	a, b := newThing(10, 1), newThing(10, 2)
	add(t, s, a)
	publish(t, s, manifestOf(1, a))
	add(t, s, b)
	publish(t, s, manifestOf(2, b))
	for x, want := range map[string]int64{objectFile(s, a): 1, objectFile(s, b): 2} {
		if info, err := os.Stat(x); err != nil || info.ModTime().Unix() != want {
			t.Errorf("%v, %v", info.ModTime(), err)
		}
	}
	if s.lastSeen(time.Now()) != 0 || s.lastSeen(time.Unix(-5, 0)) != 0 || s.lastSeen(time.Unix(1, 0)) != 1 {
		t.Error("a real time counts as a publication")
	}
}

func TestStatfs(t *testing.T) {
	if free, err := (statfs{}).Free(t.TempDir()); err != nil || free <= 0 {
		t.Errorf("%d, %v", free, err)
	}
	if _, err := (statfs{}).Free(filepath.Join(t.TempDir(), "gone")); !errors.Is(err, ErrStorage) {
		t.Error(err)
	}
}
