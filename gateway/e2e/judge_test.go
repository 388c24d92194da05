package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"slices"

	"firepost/cloud-bridge/uplink/receiver"
	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// record is one event as the journal's export has it.
type record struct {
	message.Event
	digest receiver.Digest
}

func readAll(resp *http.Response) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", resp.Status, data)
	}
	return data, err
}

// export reads the journal by the field tool, as an installer would.
func (s *site) export() ([]record, error) {
	argv := []string{built.firepost, "journal", "export", "-format", "jsonl", "-dir", s.state}
	if s.setup.room != nil {
		argv = s.setup.room.enter(argv...)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(s.ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("export the journal: %w: %s", err, errs.Bytes())
	}
	var list []record
	sc := bufio.NewScanner(&out)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var r record
		if err := json.Unmarshal(sc.Bytes(), &r.Event); err != nil {
			return nil, fmt.Errorf("export the journal: %w", err)
		}
		var err error
		if r.digest, err = receiver.DigestOf(sc.Bytes()); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, sc.Err()
}

// verdict is what the comparison of journal and platform came to.
type verdict struct {
	journal, stored, copies, repeats, gaps, conflicts int
	// beyond are events that the platform has and the journal has not; strangers are their ids.
	beyond    int
	strangers []string
}

func (v verdict) String() string {
	return fmt.Sprintf("%d events in the journal, %d stored, %d copies, %d repeats, %d gaps, %d conflicts, %d beyond the journal %v",
		v.journal, v.stored, v.copies, v.repeats, v.gaps, v.conflicts, v.beyond, v.strangers)
}

// settled waits until the platform has stored all that the journal holds, each event once, in
// the order of its lane, with the same content; and nothing beyond that, unless excused.
func (s *site) settled(beyond bool) verdict {
	s.t.Helper()
	var v verdict
	s.look("the platform has all that the journal holds", func() error {
		list, err := s.export()
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fmt.Errorf("the journal is empty")
		}
		v = verdict{journal: len(list)}
		_ = s.platform.Wait(context.WithoutCancel(s.ctx), func(view *platform.View) bool {
			v.copies, v.repeats, v.gaps, v.conflicts = view.Counts()
			err = compare(list, view, &v)
			return true
		})
		if err == nil && v.beyond > 0 && !beyond {
			return fmt.Errorf("the platform was told what the journal does not hold: %s", v)
		}
		return err
	})
	return v
}

// compare holds the journal against what the platform has stored, lane by lane.
func compare(list []record, view *platform.View, v *verdict) error {
	stored := view.Stored()
	v.stored = len(stored)
	if w := view.Waiting(); len(w) > 0 {
		return fmt.Errorf("%d events wait for %s", len(w), w[0].Prev)
	}
	for _, lane := range []message.Lane{message.LaneAlarm, message.LaneRest} {
		if err := compareLane(lane, list, stored, view, v); err != nil {
			return err
		}
	}
	v.beyond = len(v.strangers)
	return nil
}

func compareLane(lane message.Lane, list []record, stored []message.Event, view *platform.View, v *verdict) error {
	at := make(map[string]int)
	for i, e := range stored {
		if e.Lane != lane {
			continue
		}
		if _, twice := at[e.ID]; twice {
			return fmt.Errorf("%s was stored twice", e.ID)
		}
		at[e.ID] = i
	}
	last := -1
	for i := range list {
		r := &list[i]
		if r.Lane != lane {
			continue
		}
		pos, ok := at[r.ID]
		switch {
		case !ok:
			return fmt.Errorf("lost: %s %s %s of %s in lane %s", r.ID, r.Class, r.Kind, r.Device, lane)
		case pos < last:
			return fmt.Errorf("out of order: %s in lane %s", r.ID, lane)
		}
		if d, _ := view.Digest(r.ID); d != r.digest {
			return fmt.Errorf("%s has other content in the journal", r.ID)
		}
		last = pos
		delete(at, r.ID)
	}
	v.strangers = append(v.strangers, slices.Sorted(maps.Keys(at))...)
	return nil
}

// clean is settled with nothing to excuse: no gaps, no conflicts, no stranger to the journal.
func (s *site) clean() verdict {
	s.t.Helper()
	return s.unbroken(s.settled(false))
}

// unbroken wants no gap in a lane and no id with two contents.
func (s *site) unbroken(v verdict) verdict {
	s.t.Helper()
	if v.gaps+v.conflicts > 0 {
		s.fail("%s", v)
	}
	return v
}

// latched holds the first rule of alarms against everything the platform was told: a fire
// leaves a point's state by a person's act alone.
func (s *site) latched() {
	s.t.Helper()
	bits := make(map[string]message.Event)
	for _, e := range s.platform.Events() {
		if e.Device == "" {
			continue
		}
		key := e.Device + "/" + e.Point
		was := bits[key]
		if was.State.Has(message.Fire) && !e.State.Has(message.Fire) && !slices.Contains([]message.Kind{message.KindReset, message.KindRemoved}, e.Kind) {
			s.fail("%s lost its fire by %s %s (%s), after %s [%s]", key, e.Class, e.Kind, e.ID, was.ID, was.State)
		}
		bits[key] = e
	}
}
