package scene

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/camera"
)

func TestFireGetsItsBurst(t *testing.T) {
	play(t, nil, func(s *stage) {
		if !s.Fire(Trigger{Event: "f1", Device: "det-1", Premises: "P0001"}) {
			t.Fatal("refused")
		}
		after(500 * time.Millisecond)
		if got := s.album.List(); len(got) != 1 || !got[0].First || got[0].Device != "det-1" {
			t.Fatalf("%+v", got)
		}
		after(time.Minute)
		list := s.album.List()
		if len(list) != 3 || list[2].Shot != 2 || list[2].First || len(s.taken) != 3 {
			t.Fatalf("%+v", list)
		}
		for i, want := range []time.Duration{0, 3 * time.Second, 10 * time.Second} {
			if got := s.cam.at[i].Sub(s.cam.at[0]); got != want {
				t.Errorf("picture %d after %s, want %s", i, got, want)
			}
		}
		if c := s.Status().Counts; c.Taken != 3 || c.Waiting != 0 || c.Dropped+c.Late+c.Failed != 0 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestNothingIsAnnouncedAheadOfItsEvent(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.Fire(Trigger{Event: "f1"})
		s.Fire(Trigger{Event: "f2"})
		after(time.Minute)
		if got := s.platform.list(); got != "" {
			t.Fatalf("announced %s", got)
		}
		s.platform.store("f2")
		s.Notify()
		synctest.Wait()
		if got := s.platform.list(); got != "f2/0 f2/1 f2/2" {
			t.Fatalf("announced %q", got)
		}
		s.platform.store("f1")
		after(10 * time.Second) // without a word, by asking
		if got := s.platform.list(); got != "f2/0 f2/1 f2/2 f1/0 f1/1 f1/2" {
			t.Fatalf("announced %q", got)
		}
		if got := len(s.album.Pending()); got != 0 || s.Status().Counts.Announced != 6 {
			t.Fatalf("%d pending, %+v", got, s.Status().Counts)
		}
	})
}

func TestPicturesOfAnEarlierRunAreAnnounced(t *testing.T) {
	play(t, func(o *DirectorOptions, _ *fakeCamera) {
		if _, err := o.Album.Add(New{Event: "old", Kind: KindFire, At: o.Clock()}, scenery(t, 0)); err != nil {
			t.Fatal(err)
		}
	}, func(s *stage) {
		s.platform.store("old")
		after(10 * time.Second)
		if got := s.platform.list(); got != "old/0" {
			t.Fatalf("announced %q", got)
		}
	})
}

func TestLineThatIsDownLosesNothing(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.platform.fails = 4
		s.platform.store("f1")
		s.Fire(Trigger{Event: "f1"})
		after(3 * time.Second)
		if st := s.Status(); st.AnnounceErr == "" {
			t.Fatal("nobody is told that the line is down")
		}
		after(15 * time.Minute)
		if got := s.platform.list(); got != "f1/0 f1/1 f1/2" || s.Status().AnnounceErr != "" {
			t.Fatalf("announced %q, %q", got, s.Status().AnnounceErr)
		}
	})
}

func TestManyFiresGetTheirFirstPicturesWithinTheBound(t *testing.T) {
	play(t, nil, func(s *stage) {
		for i := range 30 {
			s.Fire(Trigger{Event: fmt.Sprintf("f%02d", i)})
		}
		after(4 * time.Minute)
		for i, at := range s.cam.at {
			if i >= 12 && at.Sub(s.cam.at[i-12]) < time.Minute {
				t.Fatalf("13 pictures within %s", at.Sub(s.cam.at[i-12]))
			}
		}
		firsts := 0
		for i, p := range s.album.List() {
			if p.First {
				firsts++
			}
			if i < 12 && !p.First {
				t.Fatalf("picture %d is %s/%d: first pictures go first", i, p.Event, p.Shot)
			}
		}
		c := s.Status().Counts
		if firsts < 24 || c.Taken+c.Late == 0 || c.Waiting != 0 {
			t.Fatalf("%d first pictures, %+v", firsts, c)
		}
	})
}

func TestFullQueueGivesUpTheLeast(t *testing.T) {
	play(t, func(o *DirectorOptions, cam *fakeCamera) {
		o.Queue, cam.takes = 4, time.Minute
	}, func(s *stage) {
		s.Fire(Trigger{Event: "f0"}) // in the camera's hands
		synctest.Wait()
		for i := range 3 {
			if !s.Command(Trigger{Event: fmt.Sprintf("c%d", i)}) {
				t.Fatal("refused with room in the queue")
			}
		}
		for i := range 3 {
			if !s.Fire(Trigger{Event: fmt.Sprintf("f%d", i+1)}) {
				t.Fatal("a fire was refused while commands wait")
			}
		}
		if s.Command(Trigger{Event: "c9"}) {
			t.Fatal("a command was taken into a full queue")
		}
		if c := s.Status().Counts; c.Dropped != 3 || c.Waiting != 4 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestRepeatedAndNamelessTriggers(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.Fire(Trigger{Event: "f1"})
		if s.Fire(Trigger{Event: "f1"}) || s.Fire(Trigger{}) || s.Command(Trigger{}) {
			t.Fatal("taken twice, or without an event")
		}
		after(time.Minute)
		if c := s.Status().Counts; c.Taken != 3 || c.Repeated != 1 || c.Dropped != 2 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestFailedPictureIsTriedAgain(t *testing.T) {
	play(t, func(_ *DirectorOptions, cam *fakeCamera) {
		cam.fails = func(n int) error {
			if n <= 2 {
				return fmt.Errorf("take still: %w", camera.ErrTimeout)
			}
			return nil
		}
	}, func(s *stage) {
		s.Fire(Trigger{Event: "f1"})
		after(time.Second)
		if st := s.Status(); st.Err == "" || st.HintZH == "" || st.HintEN == "" {
			t.Fatalf("%+v", st)
		}
		after(time.Minute)
		if st := s.Status(); st.Counts.Taken != 3 || st.Counts.Failed != 0 || st.Err != "" {
			t.Fatalf("%+v", st)
		}
	})
}

func TestDeadCameraIsGivenUpAndIsAFault(t *testing.T) {
	play(t, func(o *DirectorOptions, cam *fakeCamera) {
		o.CheckEvery = 5 * time.Minute
		cam.fails = func(int) error { return camera.ErrUnreachable }
	}, func(s *stage) {
		s.Fire(Trigger{Event: "f1"})
		after(20 * time.Minute)
		st := s.Status()
		if st.Counts.Failed != 3 || st.Counts.Taken != 0 || st.Counts.Waiting != 0 {
			t.Fatalf("%+v", st.Counts)
		}
		if f := st.Health.Faults(); len(f) != 1 || f[0].Cause != "camera_away" || len(s.judged) == 0 {
			t.Fatalf("%+v, judged %d times", f, len(s.judged))
		}
	})
}

func TestCameraIsJudgedWithoutKeepingPictures(t *testing.T) {
	play(t, func(o *DirectorOptions, _ *fakeCamera) { o.CheckEvery = 5 * time.Minute }, func(s *stage) {
		after(time.Hour)
		if s.cam.n < 12 || len(s.album.List()) != 0 {
			t.Fatalf("%d looks, %d pictures kept", s.cam.n, len(s.album.List()))
		}
		if !s.Status().Health.Good() {
			t.Fatalf("%+v", s.Status().Health)
		}
	})
}

func TestShedCameraTakesNothingAndIsNotGood(t *testing.T) {
	play(t, func(o *DirectorOptions, _ *fakeCamera) { o.CheckEvery = 5 * time.Minute }, func(s *stage) {
		after(time.Hour)
		s.Fire(Trigger{Event: "f1"})
		after(time.Second)
		s.SetShed(true)
		looks := s.cam.n
		if s.Fire(Trigger{Event: "f2"}) {
			t.Fatal("taken while shed")
		}
		after(time.Hour)
		st := s.Status()
		if s.cam.n != looks || !st.Shed || st.Health.Good() || st.Counts.Shed != 2 || st.Counts.Taken != 1 {
			t.Fatalf("%d looks while shed, %+v", s.cam.n-looks, st)
		}
		s.SetShed(false)
		s.Fire(Trigger{Event: "f3"})
		after(time.Minute)
		if c := s.Status().Counts; c.Taken != 4 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestLatePicturesAreOfNoUse(t *testing.T) {
	play(t, func(o *DirectorOptions, cam *fakeCamera) { o.Retries, cam.takes = 0, 3*time.Minute }, func(s *stage) {
		s.Fire(Trigger{Event: "f1"})
		s.Fire(Trigger{Event: "f2"})
		after(10 * time.Minute)
		if c := s.Status().Counts; c.Taken != 1 || c.Late != 2 {
			t.Fatalf("%+v", c)
		}
	})
}

// TestAlarmPathNeverWaits: the camera and the announcement hang; what the alarm path calls
// returns at once, within one instant of fake time.
func TestAlarmPathNeverWaits(t *testing.T) {
	hang := func(ctx context.Context, _ Picture) error {
		<-ctx.Done()
		return ctx.Err()
	}
	play(t, func(o *DirectorOptions, cam *fakeCamera) { o.Announce, cam.takes = hang, 24*time.Hour }, func(s *stage) {
		s.platform.store("f0")
		before := time.Now()
		for i := range 1000 {
			s.Fire(Trigger{Event: fmt.Sprintf("f%d", i)})
			s.Command(Trigger{Event: fmt.Sprintf("c%d", i)})
			s.Notify()
			_ = s.Status()
		}
		if d := time.Since(before); d != 0 {
			t.Fatalf("waited %s", d)
		}
		if c := s.Status().Counts; c.Waiting > 64 || c.Dropped < 1900 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestPanicInAnnounceEndsTheRunWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		o := albumOptions(t, c)
		d := DefaultDirector()
		d.Album, d.Clock, d.Camera = mustOpen(t, o), c.now, &fakeCamera{t: t}
		mustAdd(t, d.Album, c, "f1", KindFire, 0)
		p := &platform{has: map[string]bool{"f1": true}}
		d.Confirmed, d.Announce = p, func(context.Context, Picture) error { panic("boom") }
		dir, err := NewDirector(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := dir.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "boom") {
			t.Fatalf("%v", err)
		}
	})
}

func TestDirectorNeedsItsWiring(t *testing.T) {
	if _, err := NewDirector(DirectorOptions{}); !errors.Is(err, ErrOptions) {
		t.Fatalf("%v, want %v", err, ErrOptions)
	}
}
