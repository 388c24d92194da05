package app

import (
	"context"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/store"
)

// uplinkFaultAfter is how long an uplink may be away before that is a fault of the booth:
// well within the 100 s of GB/T 45839-2025 5.5.1.
const uplinkFaultAfter = 30 * time.Second

// faults keeps the booth's own faults current until ctx ends.
func (g *generation) faults(ctx context.Context) error {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			g.refresh(g.app.now())
		}
	}
}

// refresh turns what is known of journal and uplinks into faults of the booth.
func (g *generation) refresh(now message.Stamp) {
	cause := ""
	switch j := g.app.store.Health(); {
	case j.Mode == store.ModeMemory:
		cause = "journal_memory_only"
	case j.SecondErr != "":
		cause = "journal_second_copy"
	}
	g.internal(journalPart(), cause, now)
	for _, l := range g.links {
		s := l.Status()
		g.internal(uplinkPart(s.Name), g.linkCause(s.Name, s.Connected, now.Mono), now)
	}
}

// linkCause is the fault of an uplink that is away for too long.
func (g *generation) linkCause(name string, connected bool, now time.Duration) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	since, down := g.linkDown[name]
	switch {
	case connected:
		delete(g.linkDown, name)
	case !down:
		g.linkDown[name] = now
	case now-since >= uplinkFaultAfter:
		return "uplink_down"
	}
	return ""
}

func (g *generation) configFault() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fault
}

func (g *generation) setConfigFault(fault string, now message.Stamp) {
	g.mu.Lock()
	g.fault = fault
	g.mu.Unlock()
	cause := ""
	if fault != "" {
		cause = "config_bad"
	}
	g.internal(configPart(), cause, now)
}
