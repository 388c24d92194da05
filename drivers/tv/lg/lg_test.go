package lg

import (
	"testing"

	"firepost/drivers/bus/line"
)

// TestReplies reads replies as the manuals and other people's programs print them.
func TestReplies(t *testing.T) {
	for _, c := range []struct {
		what, in string
		want     reply
		used     int
		found    bool
	}{
		{"power on", "a 01 OK01x", reply{'a', 1, 1, true}, 10, true},
		{"power off", "a 01 OK00x", reply{'a', 1, 0, true}, 10, true},
		{"HDMI 1", "b 01 OK90x", reply{'b', 1, 0x90, true}, 10, true},
		{"small letters", "b 0a OKffx", reply{'b', 10, 0xFF, true}, 10, true},
		{"refused", "b 01 NG00x", reply{'b', 1, 0, false}, 10, true},
		{"behind noise", "\x00\xffa 0a 01 OK01x", reply{'a', 1, 1, true}, 15, true},
		{"line ends between", "\r\na 01 OK01x\r\n", reply{'a', 1, 1, true}, 12, true},
		{"another verdict", "a 01 KO01x", reply{}, 1, false},
		{"no number", "a 01 OK0gx", reply{}, 1, false},
		{"no end", "a 01 OK01y", reply{}, 1, false},
		{"begun", "a 01 OK0", reply{}, 0, false},
		{"nothing", "", reply{}, 0, false},
	} {
		if got, used, found := next([]byte(c.in)); got != c.want || used != c.used || found != c.found {
			t.Errorf("%s: %+v, %d, %v; want %+v, %d, %v", c.what, got, used, found, c.want, c.used, c.found)
		}
	}
}

func TestOptions(t *testing.T) {
	if _, err := New(Options{ID: 1}); err == nil {
		t.Error("a set without a line is accepted")
	}
	for id, want := range map[int]bool{-1: false, 0: false, 1: true, 99: true, 100: false, 257: false} {
		if _, err := New(Options{Dial: line.TCP("127.0.0.1:1"), ID: id}); (err == nil) != want {
			t.Errorf("id %d: %v", id, err)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte("a 01 OK01x"))
	f.Add([]byte("a 01 OK01a 01 NG02x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, used, found := next(b)
		if used < 0 || used > len(b) || found && used < replyLen {
			t.Fatalf("used %d of %d", used, len(b))
		}
		if !found {
			return
		}
		if again, ok := parse(b[used-replyLen : used]); !ok || again != r {
			t.Fatalf("%+v is not at the end of %q", r, b[:used])
		}
	})
}
