package app

import (
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/store"
)

// commandCounters is where the journal keeps the last counter of each issuer.
const commandCounters = "command_counters"

// admission decides, across restarts and uplinks, whether a command is new.
type admission struct {
	mu    sync.Mutex
	guard message.Guard
}

// admitWithin is how long a command waits until its counter is durable.
const admitWithin = 2 * time.Second

// admit refuses a command that is not for this station, not in time or not new, and makes
// the counter of any other durable before it is carried out. A disk that does not take the
// counter does not keep a fire from being acknowledged.
func (a *App) admit(cmd message.Command) error {
	m := &a.admission
	m.mu.Lock()
	defer m.mu.Unlock()
	m.guard.Station = a.opts.Config.Station
	a.loadCounters(&m.guard)
	if err := m.guard.Check(cmd, a.now(), a.nonce); err != nil {
		return err
	}
	m.guard.Take(cmd)
	data, err := json.Marshal(m.guard.Counters)
	if err != nil {
		return err
	}
	timer := time.NewTimer(admitWithin)
	defer timer.Stop()
	select {
	case <-a.store.PutMeta(commandCounters, data).Done():
	case <-timer.C:
	}
	return nil
}

// loadCounters takes in the kept counters, every time: a disk may have come late. Unreadable
// ones don't lock everybody out; commands then are new as on a replaced board.
func (a *App) loadCounters(g *message.Guard) {
	if g.Counters == nil {
		g.Counters = make(map[string]uint64)
	}
	data, ok := a.store.GetMeta(commandCounters)
	if !ok {
		return
	}
	kept := make(map[string]uint64)
	if err := json.Unmarshal(data, &kept); err != nil {
		a.log.Error("the command counters can't be read", "error", err)
		return
	}
	for issuer, n := range kept {
		g.Counters[issuer] = max(g.Counters[issuer], n)
	}
}

// adoptionKey is where the journal keeps what a board still has to take over.
const adoptionKey = "adoption"

// adoption remembers, over restarts, that this board knows nothing of its station's past and
// takes it over from the platform: once from each uplink, whenever it first answers.
type adoption struct {
	mu      sync.Mutex
	store   *store.Store
	log     *slog.Logger
	Pending bool     `json:"pending"`
	Done    []string `json:"done,omitempty"`
}

func (m *adoption) open(s *store.Store, rep *store.Report, log *slog.Logger) {
	m.store, m.log = s, log
	if data, ok := s.GetMeta(adoptionKey); ok {
		if err := json.Unmarshal(data, m); err != nil {
			m.Pending = true
		}
	}
	if rep.Fresh || rep.Quarantined != "" || rep.MemoryOnly != "" {
		m.Pending, m.Done = true, nil
		m.keep()
	}
}

// due reports whether this uplink's answer is still to be taken over.
func (m *adoption) due(uplink string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Pending && !slices.Contains(m.Done, uplink)
}

func (m *adoption) done(uplink string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Done = append(m.Done, uplink)
	m.keep()
}

func (m *adoption) keep() {
	data, err := json.Marshal(m)
	if err != nil {
		m.log.Error("what is still to be taken over can't be kept", "error", err)
		return
	}
	m.store.PutMeta(adoptionKey, data)
}
