package media

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestFetch(t *testing.T) {
	for _, size := range []int{1, readStep - 1, readStep, readStep + 1, 3<<20 + 17} {
		x := newThing(size, 1)
		s := newStore(t)
		v := fetcherFrom(t, s, newShelf(x), nil)
		if err := fetchOne(t, v, x); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		publish(t, s, manifestOf(1, x))
		honest(t, s.opts.Dir)
	}
}

// breakAfter gives n bytes of a body and then breaks the connection.
func breakAfter(n int) func(http.ResponseWriter, *http.Request, []byte) bool {
	return func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		from := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		}
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(data[from:min(len(data), from+n)])
		if from+n < len(data) {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		return true
	}
}

func TestFetchGoesOnWhereItStopped(t *testing.T) {
	x := newThing(100_000, 1)
	shelf := newShelf(x)
	shelf.wrap = breakAfter(30_000)
	dir := t.TempDir()
	attempts := 0
	for {
		// Every attempt is another start of the daemon.
		s := openStore(t, dir, nil)
		if attempts == 0 {
			if err := s.Want(t.Context(), manifestOf(1, x)); err != nil {
				t.Fatal(err)
			}
		}
		attempts++
		err := fetchOne(t, fetcherFrom(t, s, shelf, nil), x)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrTemporary) || attempts > 4 {
			t.Fatalf("attempt %d: %v", attempts, err)
		}
	}
	want := []string{"", "bytes=30000-", "bytes=60000-", "bytes=90000-"}
	if got := shelf.asked(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
	honest(t, dir)
}

// TestServersThatLie: whatever a server does, nothing wrong counts, and nothing is asked for
// without end.
func TestServersThatLie(t *testing.T) {
	x, other := newThing(100_000, 1), newThing(100_000, 2)
	ranged := func(header string, body []byte) func(http.ResponseWriter, *http.Request, []byte) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.Header().Set("Content-Range", header)
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(body)
			return true
		}
	}
	status := func(code int) func(http.ResponseWriter, *http.Request, []byte) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(code)
			return true
		}
	}
	for name, c := range map[string]struct {
		half bool // begin with a part of 40 000 bytes
		wrap func(http.ResponseWriter, *http.Request, []byte) bool
		want error
	}{
		"another content": {false, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { _, _ = w.Write(other.data); return true }, ErrContent},
		"shorter, announced": {false, func(w http.ResponseWriter, _ *http.Request, d []byte) bool {
			w.Header().Set("Content-Length", "99999")
			_, _ = w.Write(d[1:])
			return true
		}, ErrSource},
		"longer, announced": {false, func(w http.ResponseWriter, _ *http.Request, d []byte) bool {
			w.Header().Set("Content-Length", "100001")
			_, _ = w.Write(append(d, 1))
			return true
		}, ErrSource},
		"longer, not announced": {false, func(w http.ResponseWriter, _ *http.Request, d []byte) bool {
			_, _ = w.Write(d)
			w.(http.Flusher).Flush()
			_, _ = w.Write([]byte("more"))
			return true
		}, ErrContent},
		"shorter, not announced": {false, func(w http.ResponseWriter, _ *http.Request, d []byte) bool {
			_, _ = w.Write(d[:5])
			w.(http.Flusher).Flush()
			_, _ = w.Write(d[5:500])
			return true
		}, ErrTemporary},
		"no body": {false, status(http.StatusOK), ErrSource},
		"packed": {false, func(w http.ResponseWriter, _ *http.Request, d []byte) bool {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(d)
			return true
		}, ErrSource},
		"a range nobody wanted":  {false, ranged("bytes 0-99999/100000", x.data), ErrSource},
		"range from elsewhere":   {true, ranged("bytes 0-99999/100000", x.data), ErrSource},
		"range of another size":  {true, ranged("bytes 40000-99999/100001", x.data[40_000:]), ErrSource},
		"range of unknown size":  {true, ranged("bytes 40000-99999/*", x.data[40_000:]), ErrSource},
		"range beyond the end":   {true, ranged("bytes 40000-100000/100000", x.data[40_000:]), ErrSource},
		"range is not one":       {true, ranged("lines 40000-99999/100000", x.data[40_000:]), ErrSource},
		"range with other bytes": {true, ranged("bytes 40000-99999/100000", other.data[40_000:]), ErrContent},
		"range empty":            {true, ranged("bytes 40000-39999/100000", nil), ErrSource},
		"not satisfiable":        {true, status(http.StatusRequestedRangeNotSatisfiable), ErrSource},
		"not there":              {false, status(http.StatusNotFound), ErrTemporary},
		"not this booth":         {false, status(http.StatusForbidden), ErrRefused},
		"broken":                 {true, status(http.StatusInternalServerError), ErrTemporary},
		"says nothing":           {true, status(http.StatusNoContent), ErrTemporary},
		"many parts":             {true, ranged("", []byte("--x\r\n")), ErrSource},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			shelf := newShelf(x)
			v := fetcherFrom(t, s, shelf, nil)
			if c.half {
				shelf.wrap = breakAfter(40_000)
				if err := fetchOne(t, v, x); !errors.Is(err, ErrTemporary) {
					t.Fatal(err)
				}
			}
			shelf.wrap = c.wrap
			if err := fetchOne(t, v, x); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if s.missing([]Item{x.Item}) == nil {
				t.Error("it counts as whole")
			}
			honest(t, s.opts.Dir)
			// The server comes to its senses.
			shelf.wrap = nil
			if err := fetchOne(t, v, x); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			honest(t, s.opts.Dir)
		})
	}
}

func TestServerWithoutRanges(t *testing.T) {
	x := newThing(200_000, 1)
	s := newStore(t)
	shelf := newShelf(x)
	v := fetcherFrom(t, s, shelf, nil)
	shelf.wrap = breakAfter(70_000)
	if err := fetchOne(t, v, x); !errors.Is(err, ErrTemporary) {
		t.Fatal(err)
	}
	shelf.wrap = func(w http.ResponseWriter, _ *http.Request, data []byte) bool {
		_, _ = w.Write(data)
		return true
	}
	if err := fetchOne(t, v, x); err != nil {
		t.Fatal(err)
	}
	honest(t, s.opts.Dir)
}

// TestContentThatChangedIsFetchedAnew: If-Range makes a server with another file send all of it.
func TestContentThatChangedIsFetchedAnew(t *testing.T) {
	x := newThing(100_000, 1)
	s := newStore(t)
	shelf := newShelf(x)
	v := fetcherFrom(t, s, shelf, nil)
	shelf.wrap = breakAfter(40_000) // calls it "one"
	_ = fetchOne(t, v, x)
	var asked string
	shelf.wrap = func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		asked = r.Header.Get("If-Range")
		return false
	}
	if err := fetchOne(t, v, x); err != nil || asked != `"one"` {
		t.Errorf("asked with %q: %v", asked, err)
	}
}

// TestAnswersInPieces: a server may send less of a range than was asked for.
func TestAnswersInPieces(t *testing.T) {
	x := newThing(100_000, 1)
	s := newStore(t)
	shelf := newShelf(x)
	shelf.wrap = func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		var from int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err != nil {
			return breakAfter(1000)(w, r, data)
		}
		to := min(len(data), from+33_000)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(data)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(data[from:to])
		return true
	}
	v := fetcherFrom(t, s, shelf, nil)
	_ = fetchOne(t, v, x)
	if err := fetchOne(t, v, x); err != nil || len(shelf.asked()) != 4 {
		t.Errorf("asked %q: %v", shelf.asked(), err)
	}
}

func TestWrongHashIsLeftAloneAfterThree(t *testing.T) {
	good, bad := newThing(5000, 1), newThing(5000, 2)
	dir := t.TempDir()
	s := openStore(t, dir, nil)
	if err := s.Want(t.Context(), manifestOf(1, good)); err != nil {
		t.Fatal(err)
	}
	shelf := newShelf()
	shelf.data[good.SHA256] = bad.data
	for i := range maxWrong {
		if s.tooWrong(good.SHA256) {
			t.Fatalf("left alone after %d", i)
		}
		if err := fetchOne(t, fetcherFrom(t, s, shelf, nil), good); !errors.Is(err, ErrContent) {
			t.Fatal(err)
		}
		// A restart does not begin to count again.
		s = openStore(t, dir, nil)
	}
	if st := s.Status(); !s.tooWrong(good.SHA256) || len(st.LeftAlone) != 1 {
		t.Errorf("not left alone: %+v", st)
	}
	// A new manifest is a new chance.
	if err := s.Want(t.Context(), manifestOf(2, good)); err != nil || s.tooWrong(good.SHA256) {
		t.Errorf("still left alone: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	x := newThing(5000, 1)
	mirror := httptest.NewServer(newShelf(x))
	defer mirror.Close()
	host := strings.TrimPrefix(mirror.URL, "http://")
	loops := 0
	shelf := newShelf(x)
	to := func(url string) func(http.ResponseWriter, *http.Request, []byte) bool {
		return func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			loops++
			http.Redirect(w, r, url+r.URL.Path, http.StatusFound)
			return true
		}
	}
	shelf.wrap = to(mirror.URL)
	s := newStore(t)
	if err := fetchOne(t, fetcherFrom(t, s, shelf, nil), x); !errors.Is(err, ErrSource) {
		t.Errorf("to a host that nobody named: %v", err)
	}
	loops = 0
	shelf.wrap = to("")
	if err := fetchOne(t, fetcherFrom(t, s, shelf, nil), x); !errors.Is(err, ErrSource) || loops != maxRedirects+1 {
		t.Errorf("round and round %d times: %v", loops, err)
	}
	shelf.wrap = to("ftp://example.org")
	if err := fetchOne(t, fetcherFrom(t, s, shelf, nil), x); !errors.Is(err, ErrSource) {
		t.Errorf("to another scheme: %v", err)
	}
	shelf.wrap = to(mirror.URL)
	if err := fetchOne(t, fetcherFrom(t, s, shelf, func(c *Config) { c.Hosts = []string{host} }), x); err != nil {
		t.Errorf("to a host that was named: %v", err)
	}
}

// TestDiskFull: the part is dropped, the fault is told, what plays plays on.
func TestDiskFull(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want error
		code string
	}{
		"full":      {unix.ENOSPC, ErrNoRoom, "media.room"},
		"quota":     {unix.EDQUOT, ErrNoRoom, "media.room"},
		"card dies": {unix.EIO, ErrStorage, "media.storage"},
		"read-only": {unix.EROFS, ErrStorage, "media.storage"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			a, x := newThing(1000, 1), newThing(500_000, 2)
			add(t, s, a)
			publish(t, s, manifestOf(1, a))
			left := 200_000
			s.write = func(f *os.File, p []byte) (int, error) {
				n := min(left, len(p))
				left -= n
				if _, err := f.Write(p[:n]); err != nil {
					return 0, err
				}
				if n < len(p) {
					return n, c.err
				}
				return n, nil
			}
			v := fetcherFrom(t, s, newShelf(x), nil)
			if err := fetchOne(t, v, x); !errors.Is(err, c.want) || !errors.Is(err, c.err) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if _, err := os.Stat(s.partPath(x.SHA256)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the part is still there: %v", err)
			}
			st := s.Status()
			if len(st.Faults) != 1 || st.Faults[0].Code != c.code || playing(t, s) != 1 || st.Bytes != 1000 {
				t.Errorf("status %+v", st)
			}
			// A manifest can't be taken either, and nothing changes.
			if err := s.Want(t.Context(), manifestOf(2, x)); !errors.Is(err, ErrStorage) {
				t.Errorf("want: %v", err)
			}
			left = 1 << 30
			if err := fetchOne(t, v, x); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestFloorIsKeptWhileFetching: somebody else fills the disk meanwhile.
func TestFloorIsKeptWhileFetching(t *testing.T) {
	disk := &fakeDisk{size: 1 << 30}
	s := openStore(t, t.TempDir(), func(o *Options) { o.Disk = disk })
	x := newThing(floorStep+2<<20, 1)
	v := fetcherFrom(t, s, newShelf(x), nil)
	step := v.fetch.progress
	v.fetch.progress = func(it Item, at int64) {
		step(it, at)
		disk.mu.Lock()
		defer disk.mu.Unlock()
		disk.size = s.opts.FreeFloor
	}
	if err := fetchOne(t, v, x); !errors.Is(err, ErrNoRoom) {
		t.Errorf("got %v", err)
	}
	if got := s.Status(); got.Bytes != 0 || got.DiskFull != 1 {
		t.Errorf("status %+v", got)
	}
}

func TestContentRange(t *testing.T) {
	for in, want := range map[string][4]int64{
		"bytes 5-9/10": {5, 9, 10, 1}, "bytes 0-0/1": {0, 0, 1, 1},
		"": {}, "bytes */10": {}, "bytes 5-/10": {}, "bytes -9/10": {}, "bytes 5-9": {}, "bytes +5-9/10": {},
		"bytes 5-9/99999999999999999999": {}, "Bytes 5-9/10": {5, 9, 10, 0},
	} {
		from, to, size, ok := contentRange(in)
		if ok != (want[3] == 1) || ok && [3]int64{from, to, size} != [3]int64(want[:3]) {
			t.Errorf("%q: %d %d %d %v", in, from, to, size, ok)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for in, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "99999999": time.Hour, "tomorrow": 0} {
		if got := retryAfter(http.Header{"Retry-After": {in}}); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
	if strongTag(`W/"x"`) || strongTag("\"a\r\nX: y\"") || strongTag(`"`) || !strongTag(`"abc"`) {
		t.Error("entity tags")
	}
	if !bytes.Equal([]byte(quote("it's")), []byte(`'it'\''s'`)) {
		t.Error(quote("it's"))
	}
}
