package screen

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakePipe is a browser's end of the pipes, for a test to answer by hand.
type fakePipe struct {
	dev  *devtools
	asks *bufio.Reader
	say  *io.PipeWriter
	done chan struct{}
}

func newFakePipe(t *testing.T, wanted ...string) *fakePipe {
	t.Helper()
	asks, out := io.Pipe()
	in, say := io.Pipe()
	f := &fakePipe{dev: newDevtools(out, wanted...), asks: bufio.NewReader(asks), say: say, done: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		f.dev.read(ctx, in)
		close(f.done)
	}()
	t.Cleanup(func() {
		cancel()
		_ = say.Close()
		_ = asks.Close()
		<-f.done
	})
	return f
}

func (f *fakePipe) answer(t *testing.T, texts ...string) string {
	t.Helper()
	asked, err := f.asks.ReadString(0)
	if err != nil {
		t.Error(err)
	}
	for _, text := range texts {
		if _, err := io.WriteString(f.say, text); err != nil {
			t.Error(err)
		}
	}
	return strings.TrimSuffix(asked, "\x00")
}

func TestDevtoolsCall(t *testing.T) {
	f := newFakePipe(t)
	asked := make(chan string, 1)
	go func() {
		// Another's answer, an unwanted event, then ours in three pieces.
		asked <- f.answer(t, `{"id":77,"result":{}}`+"\x00", `{"method":"Page.loadEventFired","params":{}}`+"\x00", `{"id":1,"re`, `sult":{"product":`, `"x"}}`+"\x00")
	}()
	var got struct{ Product string }
	err := f.dev.call(t.Context(), time.Minute, "S1", "Browser.getVersion", map[string]int{"a": 1}, &got)
	if err != nil || got.Product != "x" {
		t.Fatalf("%+v, %v", got, err)
	}
	if a := <-asked; a != `{"id":1,"method":"Browser.getVersion","params":{"a":1},"sessionId":"S1"}` {
		t.Error(a)
	}
	go f.answer(t, `{"id":2,"error":{"code":-32000,"message":"no such thing"}}`+"\x00")
	if err := f.dev.call(t.Context(), time.Minute, "", "X.y", nil, nil); err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Error(err)
	}
}

func TestDevtoolsEnds(t *testing.T) {
	for _, row := range []struct {
		name, say, want string
		close           bool
	}{
		{"closed", "", "closed its pipe", true},
		{"cut off in a message", `{"id":1,"res`, "closed its pipe", true},
		{"no JSON", "hello\x00", "read the browser's message", false},
		{"endless", strings.Repeat("x", maxMessage+(128<<10)), "more than", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFakePipe(t)
			go func() {
				_, _ = f.asks.ReadString(0)
				_, _ = io.WriteString(f.say, row.say) // the reader may give up before the end
				if row.close {
					_ = f.say.Close()
				}
			}()
			err := f.dev.call(t.Context(), time.Minute, "", "X.y", nil, nil)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatal(err)
			}
			_ = f.say.Close()
		})
	}
}

// TestAHungBrowserIsNoticed: it answers, misses one, answers, misses two.
func TestAHungBrowserIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakePipe(t)
		b := &browser{dev: f.dev}
		go func() {
			for id := 1; id <= 3; id++ {
				if id == 2 {
					f.answer(t)
					continue
				}
				f.answer(t, fmt.Sprintf(`{"id":%d,"result":{}}`+"\x00", id))
			}
			_, _ = io.Copy(io.Discard, f.asks)
		}()
		began := time.Now()
		err := b.ask(t.Context())
		if err == nil || !strings.Contains(err.Error(), "hangs") {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 20*time.Second || took > 40*time.Second {
			t.Errorf("noticed after %v", took)
		}
	})
}

func TestShoot(t *testing.T) {
	f := newFakePipe(t)
	b := &browser{dev: f.dev}
	if _, err := b.shoot(t.Context()); !errors.Is(err, ErrScreenshot) {
		t.Errorf("before there is a page: %v", err)
	}
	b.session = "S"
	go f.answer(t, `{"id":1,"result":{"data":"iVBORw0KGgo="}}`+"\x00")
	if png, err := b.shoot(t.Context()); err != nil || string(png) != "\x89PNG\r\n\x1a\n" {
		t.Errorf("%q, %v", png, err)
	}
	go f.answer(t, `{"id":2,"result":{"data":"?"}}`+"\x00")
	if _, err := b.shoot(t.Context()); !errors.Is(err, ErrScreenshot) {
		t.Errorf("no base64: %v", err)
	}
}
