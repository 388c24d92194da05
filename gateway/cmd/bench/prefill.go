package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/clock"
	"firepost/gateway/internal/store"
)

// prefillCommand is the hidden subcommand that fills a journal before the daemon starts.
const prefillCommand = "prefill"

// prefill writes a backlog of rest-lane events that no uplink has had, as a booth would
// have after a long outage.
func prefill(ctx context.Context, args []string) (err error) {
	fs := flag.NewFlagSet(prefillCommand, flag.ContinueOnError)
	dir := fs.String("dir", "", "journal folder")
	n := fs.Int("n", 0, "how many events")
	if err := fs.Parse(args); err != nil {
		return err
	}
	c, err := clock.New(clock.TrustAlways)
	if err != nil {
		return err
	}
	s, rep, err := store.Open(ctx, store.Options{
		Dir: *dir, Station: station, District: district, Now: c.Now, Uplinks: []string{uplinkName},
		Quota: store.Quota{MaxBytes: 512 << 20, AlarmReserve: 64 << 20, TelemetryBytes: 128 << 20},
	})
	if err != nil {
		return err
	}
	if rep.MemoryOnly != "" {
		return fmt.Errorf("fill the journal in %s: %s", *dir, rep.MemoryOnly)
	}
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(run) }()
	err = fill(s, c, *n)
	stop()
	<-done
	return errors.Join(err, s.Close())
}

// fill appends in groups, each durable before the next.
func fill(s *store.Store, c *clock.Clock, n int) error {
	const group = 500
	for n > 0 {
		recs := make([]store.Record, min(group, n))
		for i := range recs {
			now := c.Now()
			detail, err := json.Marshal(map[string]string{"note": fmt.Sprintf("one of the events of an outage, %d to go", n-i)})
			if err != nil {
				return err
			}
			recs[i].Event = &message.Event{
				At: message.Time{Time: now.Wall}, ReceivedAt: message.Time{Time: now.Wall}, ClockTrusted: true,
				Boot: now.Boot, MonoMS: now.Mono.Milliseconds(), Lane: message.LaneRest,
				Class: message.ClassLifecycle, Kind: message.KindConfigChanged, Detail: detail,
			}
		}
		if err := s.Append(recs).Err(); err != nil {
			return fmt.Errorf("fill the journal: %w", err)
		}
		n -= len(recs)
	}
	return nil
}

// prefilled makes a journal with n waiting events once and returns its folder.
func (s *settings) prefilled(ctx context.Context, n int) (string, error) {
	dir := filepath.Join(s.dir, fmt.Sprintf("backlog-%d", n))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tmp := dir + ".new"
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, s.exe, prefillCommand, "-dir", tmp, "-n", fmt.Sprint(n))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fill a journal: %w\n%s", err, out)
	}
	return dir, os.Rename(tmp, dir)
}
