package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// act is one step of the story.
type act struct {
	zh, en string
	do     func(ctx context.Context, s *scene) error
}

// actWithin bounds one act.
const actWithin = 40 * time.Second

// between is the pause for the reader in the slow telling.
const between = 6 * time.Second

func (s *scene) tellAll(ctx context.Context) error {
	fmt.Printf("\nlocal page   本地状态页   %s\ntelevision   电视画面     %s   (until it is open, the page says that the television is black)\nMQTT broker  消息代理     tcp://%s   topics firepost/v1/%s/%s/#\n\n",
		s.page, s.tv, s.broker.addr, district, station)
	for i, a := range story() {
		fmt.Printf("%d/%d  %s\n      %s\n", i+1, len(story()), a.zh, a.en)
		begin := time.Now()
		actx, cancel := context.WithTimeout(ctx, actWithin)
		err := a.do(actx, s)
		cancel()
		if err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, a.en, err)
		}
		fmt.Printf("      ✓ %v\n\n", time.Since(begin).Round(time.Millisecond))
		if s.slow {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(between):
			}
		}
	}
	if f := s.platform.Faults(); len(f) > 0 {
		return fmt.Errorf("the platform could not understand %d messages, first: %w", len(f), f[0])
	}
	return nil
}

func story() []act {
	return []act{
		{"一切正常：全部设备已读到", "All is normal: every device has been read", allNormal},
		{"张记面馆起火：警号响，LED屏显示，平台收到", "Fire at Zhang's Noodles: the siren sounds, the LED board shows it, the platform has it", fire},
		{"平台确认：警号不停", "The desk acknowledges: the siren goes on", acknowledge},
		{"烟散：探测器恢复，火警仍锁存；值班员复位", "The smoke clears, the fire stays latched; a person resets it", reset},
		{"灭火器压力缓慢下降", "An extinguisher loses pressure", pressure},
		{"李氏五金的探测器失联，随后恢复", "The detector at Li Hardware stops answering, then comes back", silent},
		{"消息代理断开：其间王家超市起火，本地照常报警；恢复后一条不少", "The broker goes away; a fire meanwhile still sounds here; when it is back nothing is missing", outage},
	}
}

// expect waits for an event that the platform has stored and that none of the earlier acts
// has used up.
func (s *scene) expect(ctx context.Context, class message.Class, kind message.Kind, device string) (message.Event, error) {
	var found message.Event
	err := s.platform.Wait(ctx, func(v *platform.View) bool {
		for i := s.seen; i < len(v.Stored()); i++ {
			e := v.Stored()[i]
			if e.Class == class && e.Kind == kind && e.Device == device {
				found, s.seen = e, i+1
				return true
			}
		}
		return false
	})
	if err != nil {
		return found, fmt.Errorf("the platform never had %s %s of %s: %w", class, kind, device, err)
	}
	fmt.Printf("        %s  %s %s %s [%s] %s\n", found.ID, found.Class, found.Kind, found.Device, found.State, found.Cause)
	return found, nil
}

func (s *scene) output(ctx context.Context, channel string, on bool) error {
	watch, err := s.sim.Outputs(relays)
	if err != nil {
		return err
	}
	for {
		now, err := s.sim.Output(relays, channel)
		if err != nil {
			return err
		}
		if now == on {
			return nil
		}
		select {
		case <-watch:
		case <-ctx.Done():
			return fmt.Errorf("relay %s did not become %v: %w", channel, on, ctx.Err())
		}
	}
}

func allNormal(ctx context.Context, s *scene) error {
	if err := ready(ctx, s.page+"/readyz"); err != nil {
		return err
	}
	return s.platform.Wait(ctx, func(v *platform.View) bool {
		st, ok := v.State(noodles)
		return ok && st.State == 0 && v.Online().Online
	})
}

// ready asks until every device has been read.
func ready(ctx context.Context, url string) error {
	last := "no answer"
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			body := make([]byte, 400)
			n, _ := resp.Body.Read(body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			last = strings.TrimSpace(string(body[:n]))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %s: %w", last, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func fire(ctx context.Context, s *scene) error {
	if err := s.sim.Smoke(noodles, true); err != nil {
		return err
	}
	if err := errors.Join(s.output(ctx, "output_1", true), s.output(ctx, "output_2", true)); err != nil {
		return err
	}
	if err := s.showsOnBoard(ctx, "张记面馆"); err != nil {
		return err
	}
	if _, err := s.expect(ctx, message.ClassFire, message.KindRaised, noodles); err != nil {
		return err
	}
	_, err := s.expect(ctx, message.ClassFire, message.KindConfirmed, noodles)
	return err
}

// showsOnBoard waits until the LED board shows a place; empty: its own programme.
func (s *scene) showsOnBoard(ctx context.Context, place string) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		lines := strings.Join(s.board.Shown().Lines, " ")
		if place == "" && !strings.Contains(lines, "119") || place != "" && strings.Contains(lines, place) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the LED board shows %q, not %q: %w", lines, place, ctx.Err())
		case <-look.C:
		}
	}
}

// last is the last event that the platform has seen: what a command names.
func (s *scene) last() string {
	events := s.platform.Events()
	return events[len(events)-1].ID
}

func (s *scene) command(ctx context.Context, cmd message.Command) error {
	cmd.Event, cmd.Author = s.last(), "李值班"
	res, err := s.platform.Command(ctx, cmd)
	if err != nil {
		return err
	}
	if !res.OK {
		return fmt.Errorf("%s was refused: %s: %s", cmd.Action, res.Code, res.Text)
	}
	return nil
}

func acknowledge(ctx context.Context, s *scene) error {
	if err := s.command(ctx, message.Command{Action: message.ActionAcknowledge, Device: noodles}); err != nil {
		return err
	}
	if _, err := s.expect(ctx, message.ClassOperation, message.KindAcknowledged, noodles); err != nil {
		return err
	}
	return s.output(ctx, "output_1", true)
}

func reset(ctx context.Context, s *scene) error {
	cmd := message.Command{Action: message.ActionReset, Device: noodles, Outcome: "real", Note: "油锅起火，已扑灭"}
	if err := s.command(ctx, cmd); err == nil {
		return errors.New("a reset was accepted while the detector still reports fire")
	}
	if err := s.sim.Smoke(noodles, false); err != nil {
		return err
	}
	cleared, err := s.expect(ctx, message.ClassFire, message.KindCleared, noodles)
	if err != nil {
		return err
	}
	if !cleared.State.Has(message.Fire | message.Latched) {
		return fmt.Errorf("the fire is gone without a reset: state %s", cleared.State)
	}
	if err := s.command(ctx, cmd); err != nil {
		return err
	}
	if _, err := s.expect(ctx, message.ClassOperation, message.KindReset, noodles); err != nil {
		return err
	}
	if err := s.showsOnBoard(ctx, ""); err != nil {
		return err
	}
	return errors.Join(s.output(ctx, "output_1", false), s.output(ctx, "output_2", false))
}

func pressure(ctx context.Context, s *scene) error {
	for _, mpa := range []float64{1.15, 1.08, 0.92} {
		if err := s.sim.Pressure(gauge, mpa); err != nil {
			return err
		}
	}
	e, err := s.expect(ctx, message.ClassSupervisory, message.KindRaised, gauge)
	if err != nil {
		return err
	}
	if e.Cause != "low_pressure" {
		return fmt.Errorf("cause is %q, want low_pressure", e.Cause)
	}
	return nil
}

func silent(ctx context.Context, s *scene) error {
	if err := s.sim.Dead(hardware, true); err != nil {
		return err
	}
	e, err := s.expect(ctx, message.ClassFault, message.KindRaised, hardware)
	if err != nil {
		return err
	}
	if e.Cause != "no_data" {
		return fmt.Errorf("cause is %q, want no_data", e.Cause)
	}
	if err := s.sim.Dead(hardware, false); err != nil {
		return err
	}
	_, err = s.expect(ctx, message.ClassFault, message.KindCleared, hardware)
	return err
}

func outage(ctx context.Context, s *scene) error {
	s.broker.stop()
	if err := s.sim.Smoke("wang-grocery-smoke", true); err != nil {
		return err
	}
	if err := s.output(ctx, "output_1", true); err != nil {
		return err
	}
	fmt.Println("        the siren sounds although nobody outside can hear of it 断网期间本地警号已响")
	if err := s.broker.start(); err != nil {
		return err
	}
	if _, err := s.expect(ctx, message.ClassFire, message.KindRaised, "wang-grocery-smoke"); err != nil {
		return err
	}
	var gaps, conflicts int
	_ = s.platform.Wait(ctx, func(v *platform.View) bool {
		_, _, gaps, conflicts = v.Counts()
		return true
	})
	if gaps+conflicts > 0 {
		return fmt.Errorf("%d gaps and %d conflicts in the platform's record", gaps, conflicts)
	}
	return nil
}

// tail is the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
