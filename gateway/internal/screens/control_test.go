package screens

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

// desk is a control with everything around it.
type desk struct {
	t *testing.T

	mu     sync.Mutex
	fires  []takeover.Fire
	events []string
	kept   map[string][]byte
	boot   string
	began  time.Time
	c      *Control
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, kept: map[string][]byte{}, boot: "b1", began: time.Now()}
	d.c = NewControl(d.options())
	return d
}

func (d *desk) options() Options {
	return Options{
		Now: d.now, Log: slog.New(slog.DiscardHandler),
		Fires: func() []takeover.Fire { d.mu.Lock(); defer d.mu.Unlock(); return slices.Clone(d.fires) },
		Act: func(kind message.Kind, cause string, _ any) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.events = append(d.events, string(kind)+" "+cause)
		},
		Load:      func(key string) []byte { return d.kept[key] },
		Save:      func(key string, data []byte) { d.mu.Lock(); defer d.mu.Unlock(); d.kept[key] = data },
		Templates: map[string]Words{"water-off": {ZH: "今日停水"}},
	}
}

func (d *desk) now() message.Stamp {
	return message.Stamp{Boot: d.boot, Mono: time.Since(d.began), Wall: time.Now(), Trusted: true}
}

func (d *desk) burn(n int) {
	now := d.now()
	d.mu.Lock()
	d.fires = append(d.fires, takeover.Fire{
		ID: fmt.Sprint("f", n), Order: uint64(n), Latest: uint64(n), Device: fmt.Sprint("smoke-", n), Point: "smoke",
		Label: contract.Text{ZH: fmt.Sprintf("第%d号店", n)}, Bits: message.Fire | message.Active | message.Latched, Raised: now, Metres: -1,
	})
	d.mu.Unlock()
	d.c.Wake()
}

func (d *desk) said() []string { d.mu.Lock(); defer d.mu.Unlock(); return slices.Clone(d.events) }

func (d *desk) command(cmd message.Command) string {
	err := d.c.Command(cmd)
	var r *Refusal
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &r) && r.EN != "" && r.ZH != "":
		return r.Code
	}
	d.t.Fatalf("not a refusal in two languages: %v", err)
	return ""
}

// run runs the control for the length of f.
func (d *desk) run(f func(follow <-chan struct{})) {
	follow := d.c.Follow()
	done := make(chan error)
	ctx, cancel := context.WithCancel(d.t.Context())
	go func() { done <- d.c.Run(ctx) }()
	synctest.Wait()
	f(follow)
	cancel()
	if err := <-done; err != nil {
		d.t.Error(err)
	}
}

func (d *desk) scene() *takeover.Scene { synctest.Wait(); return d.c.Level().Scene }

func TestAFireGoesUpAndOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.run(func(follow <-chan struct{}) {
			<-follow
			if s := d.scene(); s != nil {
				t.Fatalf("taken over by %+v", s)
			}
			d.burn(1)
			<-follow
			if s := d.scene(); s == nil || s.Stage != takeover.Verifying {
				t.Fatalf("shows %+v", s)
			}
			<-follow // nobody answered for a minute
			if s := d.scene(); s.Stage != takeover.Evacuate {
				t.Fatalf("shows %+v", s)
			}
			d.mu.Lock()
			d.fires = nil
			d.mu.Unlock()
			d.c.Wake()
			<-follow
			if s := d.scene(); s != nil {
				t.Fatalf("after the reset: %+v", s)
			}
		})
		if got, want := d.said(), []string{"takeover verifying", "takeover evacuate", "takeover ended"}; !slices.Equal(got, want) {
			t.Errorf("the journal says %q; want %q", got, want)
		}
	})
}

func TestTheAnswerIsReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.run(func(<-chan struct{}) {
			d.burn(1)
			synctest.Wait()
			d.mu.Lock()
			d.fires[0].Answered = true
			d.mu.Unlock()
			at := message.Time{Time: time.Date(2026, 11, 24, 6, 3, 0, 0, time.UTC)}
			d.c.Saw(&message.Event{Kind: message.KindAcknowledged, Device: "smoke-1", Point: "smoke", At: at, ClockTrusted: true})
			if s := d.scene(); s.Report.ZH != "控制室已接警 14:03" {
				t.Errorf("reads %q", s.Report.ZH)
			}
		})
	})
}

func TestOrdersOfTheDistrict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		order := func(stage string) message.Command {
			return message.Command{
				ID: "c", Action: message.ActionTakeover, Author: "王", Seconds: 600,
				Takeover: &message.TakeoverOrder{ID: "o1", Kind: "real", Stage: stage, Places: []message.PublicLabel{{ZH: "隔壁市场"}}},
			}
		}
		d.run(func(<-chan struct{}) {
			nameless := order("verifying")
			nameless.Author = ""
			for _, c := range []struct {
				cmd  message.Command
				want string
			}{
				{nameless, "needs_author"},
				{order("panic"), "bad_takeover"},
				{message.Command{Action: message.ActionEvacuate, Author: "王"}, "no_takeover"},
				{message.Command{Action: message.ActionTakeoverEnd, Author: "王", Takeover: &message.TakeoverOrder{ID: "o1"}}, "unknown_takeover"},
				{order("verifying"), "ok"},
				{message.Command{Action: message.ActionEvacuate, Author: "王"}, "ok"},
			} {
				if got := d.command(c.cmd); got != c.want {
					t.Errorf("%s: %s; want %s", c.cmd.Action, got, c.want)
				}
				synctest.Wait()
			}
			if s := d.scene(); s == nil || s.Stage != takeover.Evacuate || s.Places[0].Label.ZH != "隔壁市场" {
				t.Fatalf("shows %+v", s)
			}
		})
		// The daemon restarts on a board without a clock; the lease goes on where it was kept.
		d.boot, d.began = "b2", time.Now()
		d.c = NewControl(d.options())
		d.run(func(<-chan struct{}) {
			if s := d.scene(); s == nil || s.Stage != takeover.Evacuate {
				t.Fatalf("after the restart: %+v", s)
			}
			time.Sleep(11 * time.Minute)
			if s := d.scene(); s != nil {
				t.Fatalf("after the lease: %+v", s)
			}
		})
		want := []string{"takeover ordered", "takeover verifying", "takeover evacuate_ordered", "takeover evacuate", "takeover evacuate", "takeover lease_ended", "takeover ended"}
		if got := d.said(); !slices.Equal(got, want) {
			t.Errorf("the journal says\n%q; want\n%q", got, want)
		}
	})
}

func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.run(func(<-chan struct{}) {
			put := func(n message.Notice, seconds int64) string {
				return d.command(message.Command{ID: "c", Action: message.ActionNotice, Author: "李", Notice: &n, Seconds: seconds})
			}
			read := func() string {
				synctest.Wait()
				if n := d.c.Level().Notice; n != nil {
					return n.ZH
				}
				return ""
			}
			if got := put(message.Notice{Template: "no-such"}, 0); got != "unknown_template" {
				t.Error(got)
			}
			if got := put(message.Notice{EN: "only English"}, 0); got != "no_chinese" {
				t.Error(got)
			}
			if got := put(message.Notice{Template: "water-off"}, 15*24*3600); got != "too_long" {
				t.Error(got)
			}
			if got := put(message.Notice{Template: "water-off"}, 60); got != "ok" || read() != "今日停水" {
				t.Errorf("%s, reads %q", got, read())
			}
			time.Sleep(61 * time.Second)
			if got := read(); got != "" {
				t.Errorf("still reads %q", got)
			}
			if got := put(message.Notice{ZH: "自来水检修"}, 0); got != "ok" || read() != "自来水检修" {
				t.Errorf("%s, reads %q", got, read())
			}
		})
		d.began = time.Now()
		d.c = NewControl(d.options())
		if n := d.c.Level().Notice; n == nil || n.ZH != "自来水检修" {
			t.Errorf("after the restart: %+v", n)
		}
	})
}

func TestWhatWasKeptIsGarbage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.kept[takeoverKey], d.kept[noticeKey] = []byte("{"), []byte("[]")
		d.c = NewControl(d.options())
		d.burn(1)
		if s := d.c.Level().Scene; s == nil {
			t.Error("garbage on the disk kept a fire off the screens")
		}
	})
}
