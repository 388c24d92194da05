package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// TestReload sends SIGHUP with a bad and with a good configuration during a fire.
func TestReload(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	names := s.setup.detectors()
	s.smoke(true, names[0])
	s.event(0, message.ClassFire, message.KindConfirmed, names[0], "")
	s.output(siren, true)
	s.output(strobe, true)
	changes, err := s.sim.Outputs(relays)
	s.must(err)
	good := s.setup.yaml(s.state, s.sim.Path)
	epoch := s.epoch()

	s.writeConfig(strings.Replace(good, "unit: 2,", "unit: 1,", 1) + "\nnonsense: true\n")
	s.must(s.daemon.Signal(syscall.SIGHUP))
	_, seen := s.event(0, message.ClassLifecycle, message.KindConfigRefused, "", "")
	s.look("the booth says that its configuration is bad", func() error { return s.item("config.bad") })
	s.polled(names...)

	s.setup.lines[0].devices = append(s.setup.lines[0].devices, device{"climate-1", 20, "climate-xy-md02@1"})
	s.writeConfig(s.setup.yaml(s.state, s.sim.Path))
	s.must(s.daemon.Signal(syscall.SIGHUP))
	_, seen = s.event(seen, message.ClassLifecycle, message.KindConfigChanged, "", "")
	s.polled(names...)
	s.wait("the new device is there", func(v *platform.View) bool { _, ok := v.State("climate-1"); return ok })
	s.look("the configuration is good again", func() error { return s.noItem("config.bad") })
	s.retained(names[0], message.Fire|message.Latched|message.Active)

	// A fire after the change finds everybody.
	s.smoke(true, names[7])
	s.event(seen, message.ClassFire, message.KindConfirmed, names[7], "")
	s.clean()
	s.latched()
	if now := s.epoch(); now != epoch {
		s.fail("the journal was touched: epoch %d, before %d", now, epoch)
	}
	for len(changes) > 0 {
		if c := <-changes; !c.On {
			s.fail("output %s went off during the change", c.Output)
		}
	}
}

func (s *site) epoch() (epoch uint64) {
	s.wait("the booth is online", func(v *platform.View) bool {
		epoch = v.Online().Epoch
		return v.Online().Online
	})
	return epoch
}

// TestStopDuringFire ends the daemon in order during a fire: the siren goes on.
func TestStopDuringFire(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	s.smoke(true, "smoke-1")
	s.event(0, message.ClassFire, message.KindConfirmed, "smoke-1", "")
	s.output(siren, true)
	s.output(strobe, true)
	changes, err := s.sim.Outputs(relays)
	s.must(err)
	s.clean()
	s.stop()
	s.wait("the booth says goodbye", func(v *platform.View) bool { return !v.Online().Online })
	if on, err := s.sim.Output(relays, siren); err != nil || !on {
		s.fail("the siren is %v after the stop, %v", on, err)
	}
	if len(changes) > 0 {
		s.fail("an output changed during the stop: %+v", <-changes)
	}
	s.open()
	s.output(siren, true)
	s.clean()
}

// TestStartWithBadConfig starts with a broken file: the last good configuration runs, with a fault.
func TestStartWithBadConfig(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	names := s.setup.detectors()
	s.look("the good configuration is kept", func() error {
		_, err := os.Stat(filepath.Join(s.state, "last-good.yaml"))
		return err
	})
	s.clean()
	s.stop()
	good, err := os.ReadFile(s.config)
	s.must(err)
	// A long list of mistakes must not become a message that nobody takes.
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, "mistake_%d: true\n", i)
	}
	s.writeConfig(string(good) + many.String())
	seen := s.stored()
	s.open()
	s.polled(names...)
	s.event(seen, message.ClassFault, message.KindRaised, "booth", "config_bad")
	s.look("the booth says that its configuration is bad", func() error { return s.item("config.bad") })
	s.smoke(true, names[0])
	s.output(siren, true)
	s.event(seen, message.ClassFire, message.KindConfirmed, names[0], "")
	s.must(s.daemon.Signal(syscall.SIGHUP))
	_, seen = s.event(seen, message.ClassLifecycle, message.KindConfigRefused, "", "")
	s.writeConfig(string(good))
	s.must(s.daemon.Signal(syscall.SIGHUP))
	s.event(seen, message.ClassFault, message.KindCleared, "booth", "config_bad")
	s.clean()
}

// TestStartWithoutAnyGoodConfig has mistakes in two devices and no configuration before it:
// all that can be watched are watched.
func TestStartWithoutAnyGoodConfig(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	text := strings.Replace(s.setup.yaml(s.state, s.sim.Path), "unit: 3,", "unit: 333,", 1)
	// What only people read costs nobody the watch.
	text = strings.Replace(text, "label: {zh: smoke-4店, en: smoke-4}, ", "", 1)
	s.writeConfig(text)
	s.open()
	s.polled("smoke-1", "smoke-2", "smoke-4", "smoke-5", "smoke-6")
	s.event(0, message.ClassFault, message.KindRaised, "booth", "config_bad")
	s.smoke(true, "smoke-2")
	s.output(siren, true)
	s.event(0, message.ClassFire, message.KindConfirmed, "smoke-2", "")
	s.clean()
}
