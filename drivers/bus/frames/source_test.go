package frames

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// line is a source under test within a bubble.
type line struct {
	*Source
	sink *fakeSink
	stop func() error
}

func run(t *testing.T, s *Source) *line {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	sink, done := newFakeSink(), make(chan error, 1)
	go func() { done <- s.Run(ctx, sink) }()
	l := &line{Source: s, sink: sink, stop: sync.OnceValue(func() error {
		cancel()
		return <-done
	})}
	t.Cleanup(func() {
		if err := l.stop(); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return l
}

func (l *line) state(t *testing.T, up bool) source.BusState {
	t.Helper()
	b := <-l.sink.states
	if b.Bus != l.Name() || b.Up != up || up != (b.Err == nil) {
		t.Fatalf("state %+v, want up %v", b, up)
	}
	return b
}

func twoDevices(t *testing.T) []Device {
	return []Device{
		{Name: "smoke-1", ID: "00:2e:e1:96", Model: smoke(t)},
		{Name: "gauge-1", ID: "SHMK19060013", Model: gauge(t)},
	}
}

func TestFramesReachTheirDevices(t *testing.T) {
	devices := twoDevices(t)
	synctest.Test(t, func(t *testing.T) {
		start, p := time.Now(), newFakePort()
		l := run(t, NewSource("radio", opens(p), devices, clock(start)))
		l.state(t, true)
		time.Sleep(3 * time.Second)
		p.in <- raw(t, gaugeHigh+"00FF"+smokeOn[:20])
		p.in <- raw(t, smokeOn[20:])
		got := <-l.sink.batches
		if got.device != "gauge-1" || len(got.samples) != 5 || got.samples[4].Value != 0.538 || got.at.Mono != 3*time.Second {
			t.Errorf("%+v", got)
		}
		got = <-l.sink.batches
		if got.device != "smoke-1" || got.samples[0].Means != contract.Fire || got.samples[0].Point != 0 || got.samples[1].Point != 1 {
			t.Errorf("%+v", got)
		}
		synctest.Wait()
		want := StreamStats{Bytes: 82, Garbage: 2, Frames: 2}
		if st := l.Stats(); st.StreamStats != want || st.Unknown+st.Duplicates+st.BadID != 0 || !st.Up || st.Opened != 1 || st.Devices[0].Frames != 1 {
			t.Errorf("%+v", st)
		}
		if len(l.Strangers()) != 0 {
			t.Errorf("strangers %+v", l.Strangers())
		}
	})
}

// A repeat is delivered, and counted; what is later, different or from another boot is none.
func TestRepeats(t *testing.T) {
	devices := twoDevices(t)
	synctest.Test(t, func(t *testing.T) {
		boot, p := "a", newFakePort()
		start := time.Now()
		now := func() message.Stamp { return message.Stamp{Boot: boot, Mono: time.Since(start)} }
		l := run(t, NewSource("radio", opens(p), devices, now))
		send := func(text string, duplicates uint64) {
			t.Helper()
			p.in <- raw(t, text)
			if got := <-l.sink.batches; got.device != "smoke-1" || len(got.samples) != 2 {
				t.Errorf("%+v", got)
			}
			synctest.Wait()
			if st := l.Stats(); st.Duplicates != duplicates || st.Devices[0].Duplicates != duplicates {
				t.Errorf("%d duplicates, want %d", st.Duplicates, duplicates)
			}
		}
		send(smokeOn, 0)
		time.Sleep(RepeatWithin)
		send(smokeOn, 1)
		time.Sleep(RepeatWithin + time.Millisecond)
		send(smokeOn, 1)
		send(smokeOff, 1)
		send(smokeOn, 1)
		boot = "b"
		send(smokeOn, 1)
		send(smokeOn, 2)
	})
}

func TestStrangers(t *testing.T) {
	devices := twoDevices(t)
	synctest.Test(t, func(t *testing.T) {
		start, p := time.Now(), newFakePort()
		l := run(t, NewSource("radio", opens(p), devices, clock(start)))
		l.state(t, true)
		p.in <- raw(t, gaugeNormal)
		time.Sleep(time.Second)
		p.in <- raw(t, gaugeNormal+smokeLow)
		synctest.Wait()
		list := l.Strangers()
		if len(list) != 2 || list[0].ID != "0086B81A" || list[0].Model != devices[0].Model || list[0].Samples[0].Means != contract.Fault {
			t.Fatalf("%+v", list)
		}
		if s := list[1]; s.ID != "SHRP25090120" || s.Frames != 2 || s.First.Mono != 0 || s.Last.Mono != time.Second || s.Samples[4].Value != 0.605 {
			t.Errorf("%+v", s)
		}
		list[1].Samples[4].Value = 9
		if l.Strangers()[1].Samples[4].Value != 0.605 {
			t.Error("the caller's copy is the list's own")
		}
		if st := l.Stats(); st.Unknown != 3 || st.Frames != 3 || len(l.sink.batches) != 0 {
			t.Errorf("%+v, %d delivered", st, len(l.sink.batches))
		}
	})
}

func TestTheListOfStrangersIsBounded(t *testing.T) {
	var list strangers
	m := smoke(t)
	for i := range 3 * MaxStrangers {
		at := message.Stamp{Mono: time.Duration(i)}
		list.heard(m, "00000000", nil, at) // the one that is always heard stays
		list.heard(m, string([]byte{'A' + byte(i/26), 'A' + byte(i%26)}), nil, at)
	}
	got := list.copied()
	if len(got) != MaxStrangers || got[0].ID != "00000000" || got[0].Frames != 3*MaxStrangers {
		t.Errorf("%d strangers, first %+v", len(got), got[0])
	}
}

// A model without a device is recognised when it is listened for, so that the first can be adopted.
func TestListen(t *testing.T) {
	devices := twoDevices(t)[:1]
	synctest.Test(t, func(t *testing.T) {
		p := newFakePort()
		s := NewSource("radio", opens(p), devices, clock(time.Now()))
		s.Listen(gauge(t), devices[0].Model)
		l := run(t, s)
		p.in <- raw(t, gaugeHigh)
		synctest.Wait()
		if list := l.Strangers(); len(list) != 1 || list[0].ID != "SHMK19060013" {
			t.Errorf("%+v", list)
		}
		if len(s.models) != 2 {
			t.Errorf("%d models", len(s.models))
		}
	})
}

// An incomplete frame ends with a silence, and Progress moves although nothing is sent.
func TestSilenceAndProgress(t *testing.T) {
	devices := twoDevices(t)
	synctest.Test(t, func(t *testing.T) {
		start, p := time.Now(), newFakePort()
		l := run(t, NewSource("radio", opens(p), devices, clock(start)))
		p.in <- raw(t, falseStart)
		time.Sleep(Silence / 2)
		p.in <- raw(t, smokeOn)
		synctest.Wait()
		if len(l.sink.batches) != 0 {
			t.Fatal("a frame within what may be one was taken")
		}
		if got := <-l.sink.batches; got.device != "smoke-1" || time.Since(start) != Silence/2+Silence {
			t.Errorf("%+v after %v", got, time.Since(start))
		}
		before := l.Progress()
		time.Sleep(10*idleRead + time.Millisecond)
		synctest.Wait()
		if got := l.Progress() - before; got != 10 {
			t.Errorf("progress moved by %d in ten seconds of silence", got)
		}
	})
}

// A pulled port is a fault of the bus, said once; it is opened again, less and less often,
// and what was left of a frame before is not joined to what comes after.
func TestAPulledPort(t *testing.T) {
	devices := twoDevices(t)
	synctest.Test(t, func(t *testing.T) {
		first, second, tries := newFakePort(), newFakePort(), 0
		var at []time.Duration
		start := time.Now()
		open := func(context.Context) (serialport.Port, error) {
			tries++
			at = append(at, time.Since(start).Round(time.Millisecond))
			switch tries {
			case 1:
				return first, nil
			case 10:
				return second, nil
			}
			return nil, serialport.ErrNotFound
		}
		l := run(t, NewSource("radio", open, devices, clock(start)))
		l.state(t, true)
		first.in <- raw(t, smokeOn[:30])
		close(first.gone)
		if b := l.state(t, false); !errors.Is(b.Err, serialport.ErrGone) {
			t.Errorf("down because of %v", b.Err)
		}
		<-first.closed
		l.state(t, true)
		second.in <- raw(t, smokeOn[30:])
		second.in <- raw(t, smokeOff)
		if got := <-l.sink.batches; got.samples[0].Means != contract.Normal {
			t.Errorf("two halves of two sessions made a frame: %+v", got)
		}
		ms := time.Millisecond
		want := []time.Duration{0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 3100 * ms, 5100 * ms, 7100 * ms, 9100 * ms, 11100 * ms}
		if !slices.Equal(at, want) {
			t.Errorf("opened at %v, want %v", at, want)
		}
		if st := l.Stats(); st.Opened != 2 || !st.Up || st.Err != nil {
			t.Errorf("%+v", st)
		}
	})
}

// A port that opens and fails at once, or gives nothing at once, doesn't spin.
func TestAPortThatIsOfNoUse(t *testing.T) {
	devices := twoDevices(t)
	for name, port := range map[string]serialport.Port{"fails": brokenPort{newFakePort(), errors.New("EIO")}, "gives nothing": brokenPort{newFakePort(), nil}} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			l := run(t, NewSource("radio", func(context.Context) (serialport.Port, error) {
				tries++
				return port, nil
			}, devices, clock(time.Now())))
			time.Sleep(time.Minute)
			synctest.Wait()
			if tries < 20 || tries > 40 {
				t.Errorf("%s: opened %d times in a minute", name, tries)
			}
			if err := l.Stats().Err; err == nil {
				t.Errorf("%s: no reason given", name)
			}
		})
	}
}

type brokenPort struct {
	*fakePort
	err error
}

func (p brokenPort) Read([]byte, time.Time) (int, error) { return 0, p.err }
func (brokenPort) Close() error                          { return nil }

// The end of the context is not waited for, in a read, in a pause or in opening.
func TestTheEndIsQuick(t *testing.T) {
	devices := twoDevices(t)
	waiting := func(ctx context.Context) (serialport.Port, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, name := range []string{"reading", "opening", "pausing"} {
		synctest.Test(t, func(t *testing.T) {
			open := map[string]func(context.Context) (serialport.Port, error){
				"reading": opens(newFakePort()), "opening": waiting, "pausing": opens(),
			}[name]
			l := run(t, NewSource("radio", open, devices, clock(time.Now())))
			synctest.Wait()
			start := time.Now()
			if err := l.stop(); err != nil || time.Since(start) != 0 {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
		})
	}
}

func TestImpossibleLines(t *testing.T) {
	g, k, short := gauge(t), smoke(t), shortModel(t)
	for name, c := range map[string]struct {
		devices []Device
		want    string
	}{
		"no frames":     {[]Device{{"a", "", model(t, "smoke-generic@1")}}, `device "a": impossible line of frames: model smoke-generic@1 describes no frames: use one with transport frames`},
		"no model":      {[]Device{{"a", "", nil}}, `device "a": impossible line of frames: model (none) describes no frames: use one with transport frames`},
		"no id":         {[]Device{{"a", "", k}}, `device "a": impossible line of frames: device id "": no id of such a device: it is 8 hexadecimal digits`},
		"an odd id":     {[]Device{{"a", "SHMK 1906", g}}, `device "a": impossible line of frames: device id "SHMK 1906": no id of such a device: it is 1 to 12 printable letters without spaces`},
		"an id at all":  {[]Device{{"a", "7", short}}, `device "a": impossible line of frames: device id "7": no id of such a device: its frames carry no id; leave it out`},
		"same id":       {[]Device{{"a", "0a0b0c0d", k}, {"b", "0A:0B:0C:0D", k}}, `device "b": impossible line of frames: id 0A0B0C0D is that of "a" already`},
		"same name":     {[]Device{{"a", "0a0b0c0d", k}, {"a", "0A0B0C0E", k}}, `device "a": impossible line of frames: device 0 has the name too`},
		"two of no id":  {[]Device{{"a", "", short}, {"b", "", short}}, `device "b": impossible line of frames: frames of short@1 carry no id, and "a" is on this line already: give it a line of its own`},
		"without names": {[]Device{{"", "", short}}, `device "": impossible line of frames: device 0 has no name`},
	} {
		err := Check(c.devices)
		if err == nil || err.Error() != c.want || !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
		if err := NewSource("radio", opens(), c.devices, clock(time.Now())).Run(t.Context(), newFakeSink()); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: run: %v", name, err)
		}
	}
	if err := NewSource("radio", opens(), nil, clock(time.Now())).Run(t.Context(), newFakeSink()); !errors.Is(err, ErrConfig) {
		t.Errorf("no devices: %v", err)
	}
	if err := Check([]Device{{"a", "", short}, {"b", "SHMK19060013", g}, {"c", "SHMK19060014", g}, {"d", "01020304", k}}); err != nil {
		t.Error(err)
	}
}
