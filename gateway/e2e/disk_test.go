package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// diskRoom is a room whose state folder is a small disk of its own.
func diskRoom(t *testing.T, megabytes int) (r *room, state string) {
	t.Helper()
	state = filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	return newRoom(t, false, fmt.Sprintf("mount -t tmpfs -o size=%dm,mode=0700 tmpfs %s", megabytes, state)), state
}

// fill takes all the room that the disk has left, down to the last page.
func (s *site) fill() {
	s.t.Helper()
	s.must(s.setup.room.sh(fmt.Sprintf("cat /dev/zero >> %s/fill 2>/dev/null || true", s.state)))
}

// exhaust fills the disk, and what the journal gives up to go on, until it goes on in memory
// alone and says so. A detector makes the events that the journal has to write.
func (s *site) exhaust(detector string, seen int) {
	s.t.Helper()
	on := false
	s.look("the journal goes on in memory", func() error {
		s.fill()
		on = !on
		s.smoke(on, detector)
		s.polled(detector)
		for _, e := range s.platform.Events()[seen:] {
			if e.Device == "booth" && e.Cause == "journal_memory_only" {
				return nil
			}
		}
		return errors.New("it still writes")
	})
}

func (s *site) free() {
	s.t.Helper()
	s.must(s.setup.room.sh(fmt.Sprintf("rm -f %s/fill", s.state)))
}

// diskFault waits for the fault that tells of a journal without a disk.
func (s *site) diskFault(seen int, kind message.Kind) int {
	s.t.Helper()
	_, seen = s.event(seen, message.ClassFault, kind, "booth", "journal_memory_only")
	return seen
}

// TestDiskFull fills the disk under a running booth: sirens sound, a fault is raised, events
// go out all the same, and everything is written once there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	r, state := diskRoom(t, 20)
	s := newSite(t, setup{broker: m.Addr, room: r, state: state}, "")
	s.open()
	names := s.setup.detectors()
	s.smoke(true, names[1])
	s.event(0, message.ClassFire, message.KindConfirmed, names[1], "")
	before := s.clean()
	seen := s.stored()

	s.exhaust(names[2], seen)
	s.smoke(true, names[0])
	s.output(siren, true)
	s.protects(2)
	s.event(seen, message.ClassFire, message.KindRaised, names[0], "")
	s.look("the booth says so", func() error { return s.item("journal.memory") })

	s.free()
	s.diskFault(seen, message.KindCleared)
	after := s.clean()
	s.latched()
	t.Logf("before: %s; after: %s", before, after)
}

// TestDiskFullAndPowerCut adds a power cut to the full disk: a latch that stood in memory
// alone comes back from the district, and what was on the disk is all there.
func TestDiskFullAndPowerCut(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	r, state := diskRoom(t, 20)
	s := newSite(t, setup{broker: m.Addr, room: r, state: state}, "")
	s.open()
	names := s.setup.detectors()
	onDisk, inMemory := names[1], names[2]
	s.smoke(true, onDisk)
	s.event(0, message.ClassFire, message.KindConfirmed, onDisk, "")
	s.smoke(false, onDisk)
	s.event(0, message.ClassFire, message.KindCleared, onDisk, "")
	s.clean()
	seen := s.stored()
	s.exhaust(names[3], seen)
	s.fill()
	s.smoke(true, inMemory)
	s.event(seen, message.ClassFire, message.KindRaised, inMemory, "")
	s.smoke(false, inMemory)
	s.event(seen, message.ClassFire, message.KindCleared, inMemory, "")
	s.retained(inMemory, message.Fire|message.Latched)
	s.kill()
	seen = s.stored()
	s.start()
	s.output(siren, true)
	s.diskFault(seen, message.KindRaised)
	s.retained(onDisk, message.Fire|message.Latched)
	s.retained(inMemory, message.Fire|message.Latched)
	s.free()
	s.diskFault(seen, message.KindCleared)
	s.kill()
	s.open()
	s.retained(onDisk, message.Fire|message.Latched)
	s.retained(inMemory, message.Fire|message.Latched)
	t.Log(s.settled(true))
	s.latched()
}

// TestDiskReadOnly starts a booth whose disk comes up read-only.
func TestDiskReadOnly(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	r, state := diskRoom(t, 64)
	s := newSite(t, setup{broker: m.Addr, room: r, state: state}, "")
	s.open()
	names := s.setup.detectors()
	s.smoke(true, names[1])
	s.event(0, message.ClassFire, message.KindConfirmed, names[1], "")
	s.smoke(false, names[1])
	s.event(0, message.ClassFire, message.KindCleared, names[1], "")
	s.clean()
	s.kill()
	s.must(r.sh("mount -o remount,ro " + state))
	s.sim.Slave(relays).PowerCycle()
	seen := s.stored()
	s.open()
	s.output(siren, true)
	s.diskFault(seen, message.KindRaised)
	s.retained(names[1], message.Fire|message.Latched)
	s.protects(2)
	_, _ = s.event(seen, message.ClassFire, message.KindRaised, names[0], "")
	s.must(r.sh("mount -o remount,rw " + state))
	s.diskFault(seen, message.KindCleared)
	v := s.clean()
	s.latched()
	t.Log(v)
}

// retained waits until the district's retained state of a device has these bits.
func (s *site) retained(dev string, bits message.Bits) {
	s.t.Helper()
	last := message.DeviceState{}
	s.wait(fmt.Sprintf("%s is %s at the district", dev, bits), func(v *platform.View) bool {
		last, _ = v.State(dev)
		return last.State.Has(bits)
	})
}
