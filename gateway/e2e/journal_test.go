package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// damage is something that happens to the files of a booth that is off.
type damage struct {
	name string
	do   func(s *site, r *rand.Rand) error
	// amnesia: nothing on the board remembers anything; only the district does.
	amnesia bool
	// orderly: the daemon was stopped, not killed.
	orderly bool
}

func (s *site) journalFile() string { return filepath.Join(s.state, "journal", "journal.db") }
func (s *site) secondFile() string  { return filepath.Join(s.state, "state.json") }

// flip turns bits at random places of a file.
func flip(path string, r *rand.Rand, bits int) error {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) || len(data) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	for range bits {
		data[r.IntN(len(data))] ^= 1 << r.IntN(8)
	}
	return os.WriteFile(path, data, 0o600)
}

func halve(path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, st.Size()/2)
}

// behead overwrites the beginning of the journal, without which no database opens.
func behead(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, 100), 0)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

var damages = []damage{ //nolint:gochecknoglobals // a table of cases
	{name: "power cut", do: func(*site, *rand.Rand) error { return nil }},
	{name: "flipped bits", do: func(s *site, r *rand.Rand) error { return flip(s.journalFile(), r, 8) }},
	{name: "flipped bits in the log", do: func(s *site, r *rand.Rand) error { return flip(s.journalFile()+"-wal", r, 8) }},
	{name: "header overwritten", do: func(s *site, _ *rand.Rand) error { return behead(s.journalFile()) }},
	{name: "truncated", orderly: true, do: func(s *site, _ *rand.Rand) error { return halve(s.journalFile()) }},
	{name: "emptied", orderly: true, do: func(s *site, _ *rand.Rand) error { return os.Truncate(s.journalFile(), 0) }},
	{name: "journal deleted", orderly: true, do: func(s *site, _ *rand.Rand) error { return os.RemoveAll(filepath.Dir(s.journalFile())) }},
	{name: "second copy deleted", do: func(s *site, _ *rand.Rand) error { return os.Remove(s.secondFile()) }},
	{name: "second copy garbled", do: func(s *site, r *rand.Rand) error { return flip(s.secondFile(), r, 20) }},
	{name: "both garbled", amnesia: true, do: func(s *site, r *rand.Rand) error {
		if err := os.WriteFile(s.journalFile(), []byte("no database"), 0o600); err != nil {
			return err
		}
		if err := os.RemoveAll(s.journalFile() + "-wal"); err != nil {
			return err
		}
		return flip(s.secondFile(), r, 20)
	}},
	{name: "board replaced", amnesia: true, do: func(s *site, _ *rand.Rand) error {
		if err := os.RemoveAll(s.state); err != nil {
			return err
		}
		return os.Mkdir(s.state, 0o700)
	}},
}

// TestMemoryOfFires damages a booth's files in every way, one after the other: every time the
// siren is on again before anything else, no latch and no disablement is lost, and no event
// number ever comes back.
func TestMemoryOfFires(t *testing.T) {
	t.Parallel()
	r := dice(t)
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	s.memorable()
	epochs := map[uint64]string{s.epoch(): "first start"}
	for _, d := range damages {
		t.Log(d.name)
		s.suffer(d, r)
		e := s.newEpoch(epochs)
		epochs[e] = d.name
		s.goesOn()
	}
	s.latched()
}

// memorable gives the booth something that it must not forget.
func (s *site) memorable() {
	s.t.Helper()
	s.smoke(true, "smoke-1", "smoke-2")
	s.event(0, message.ClassFire, message.KindConfirmed, "smoke-1", "")
	s.event(0, message.ClassFire, message.KindConfirmed, "smoke-2", "")
	s.smoke(false, "smoke-2")
	s.event(0, message.ClassFire, message.KindCleared, "smoke-2", "")
	s.command(message.Command{Action: message.ActionDisable, Device: "smoke-6", Point: "smoke", Author: "李值班", Note: "装修", Seconds: 36000})
	s.event(0, message.ClassOperation, message.KindDisabled, "smoke-6", "")
	s.output(siren, true)
	s.clean()
}

// suffer ends the daemon, lets the damage happen and the relays lose their power, and starts
// again.
func (s *site) suffer(d damage, r *rand.Rand) {
	s.t.Helper()
	if d.orderly {
		s.stop()
	} else {
		s.kill()
	}
	s.must(d.do(s, r))
	s.sim.Slave(relays).PowerCycle()
	from := sim.Now()
	s.start()
	s.output(siren, true)
	if !d.amnesia {
		s.sirenFirst(from)
	}
	s.ready()
	want := map[string]message.Bits{
		"smoke-1": message.Fire | message.Latched | message.Active, "smoke-2": message.Fire | message.Latched, "smoke-6": message.Disabled,
	}
	s.look(d.name+": fires and disablements are remembered", func() error {
		got, err := s.states()
		if err != nil {
			return err
		}
		for dev, bits := range want {
			if !got[dev].Has(bits) {
				return fmt.Errorf("%s is %s, not %s", dev, got[dev], bits)
			}
		}
		return nil
	})
	s.output(siren, true)
}

// sirenFirst looks at the wire: the first request of a new start switches an output.
func (s *site) sirenFirst(from int64) {
	s.t.Helper()
	const writeCoil = 5
	var later []sim.Transaction
	for _, tr := range s.sim.Line("north").Transactions() {
		if tr.Arrived >= from {
			later = append(later, tr)
		}
	}
	for i, tr := range later {
		if tr.Unit == 30 && tr.Function == writeCoil && i == 0 {
			return
		}
		s.fail("the first request after the start is function %d to unit %d: %v", tr.Function, tr.Unit, later[:min(12, len(later))])
	}
	s.fail("no request after the start")
}

// states are the devices' states on the local page.
func (s *site) states() (map[string]message.Bits, error) {
	data, err := s.get("/api/status")
	if err != nil {
		return nil, err
	}
	var st struct {
		Devices []struct {
			Name  string       `json:"name"`
			State message.Bits `json:"state"`
		} `json:"devices"`
	}
	if err := json.Unmarshal(data, &st); err != nil {
		return nil, err
	}
	out := make(map[string]message.Bits)
	for _, d := range st.Devices {
		out[d.Name] = d.State
	}
	return out, nil
}

// newEpoch waits for the birth of this start; its epoch must be a new one.
func (s *site) newEpoch(old map[uint64]string) (epoch uint64) {
	s.t.Helper()
	s.wait("a new epoch", func(v *platform.View) bool {
		epoch = v.Online().Epoch
		_, known := old[epoch]
		return v.Online().Online && !known
	})
	return epoch
}

// goesOn makes a booth prove that it still takes in, sends and is told.
func (s *site) goesOn() {
	s.t.Helper()
	seen := s.stored()
	s.smoke(true, "smoke-3")
	s.event(seen, message.ClassFire, message.KindConfirmed, "smoke-3", "")
	s.smoke(false, "smoke-3")
	cleared, _ := s.event(seen, message.ClassFire, message.KindCleared, "smoke-3", "")
	s.command(message.Command{Action: message.ActionReset, Device: "smoke-3", Event: cleared.ID, Author: "李值班", Outcome: "test", Note: "试验"})
	s.event(seen, message.ClassOperation, message.KindReset, "smoke-3", "")
	if v := s.settled(true); v.conflicts > 0 {
		s.fail("%s", v)
	}
}

// TestUnsentEventsSurviveDamage makes events that nobody could be told, kills the daemon and
// destroys the journal's beginning: they arrive all the same, in order.
func TestUnsentEventsSurviveDamage(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	s.clean()
	m.Kill()
	names := s.setup.detectors()
	s.storm(2, names...)
	var unsent []record
	s.look("the events are on the disk", func() (err error) {
		unsent, err = s.export()
		if err == nil && len(unsent) < 3*len(names) {
			err = fmt.Errorf("%d events", len(unsent))
		}
		return err
	})
	s.kill()
	s.must(behead(s.journalFile()))
	m.Start()
	s.open()
	s.wait("every event arrives", func(v *platform.View) bool {
		for i := range unsent {
			if _, ok := v.Digest(unsent[i].ID); !ok {
				return false
			}
		}
		return true
	})
	var v verdict
	_ = s.platform.Wait(s.ctx, func(view *platform.View) bool {
		v.copies, v.repeats, v.gaps, v.conflicts = view.Counts()
		if err := compare(unsent, view, &v); err != nil {
			t.Error(err)
		}
		return true
	})
	s.unbroken(v)
	s.event(0, message.ClassLifecycle, message.KindJournalSetAside, "", "")
	s.latched()
	t.Log(s.unbroken(s.settled(true)))
}
