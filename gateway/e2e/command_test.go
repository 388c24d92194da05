package e2e

import (
	"crypto/ed25519"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// TestSignedCommands carries out what is signed, and refuses what is not, what is a
// stranger's, and what has been heard before, also after a restart.
func TestSignedCommands(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr, keys: map[string][]byte{"desk-1": public}}, "")
	s.open()
	s.smoke(true, "smoke-1")
	fire, _ := s.event(0, message.ClassFire, message.KindConfirmed, "smoke-1", "")
	desk := message.Signer{KID: "desk-1", Key: private}
	counter := uint64(0)
	order := func(id string) message.Command {
		counter++
		return message.Command{
			ID: id, Station: station, Issuer: "district", Role: "desk", Counter: counter,
			Expires: message.Time{Time: time.Now().Add(time.Hour)}, Action: message.ActionAcknowledge,
			Device: "smoke-1", Event: fire.ID, Author: "李值班",
		}
	}
	send := func(cmd message.Command, want string, signers ...message.Signer) []byte {
		t.Helper()
		env, err := message.Seal(cmd, signers...)
		s.must(err)
		s.expectResult(cmd.ID, env, want)
		return env
	}
	seen := s.stored()
	send(order("unsigned"), "unsigned")
	send(order("stranger"), "unknown_key", message.Signer{KID: "desk-9", Key: stranger})
	send(order("forged"), "bad_signature", message.Signer{KID: "desk-1", Key: stranger})
	boss := order("boss")
	boss.Role = "chief"
	send(boss, "wrong_role", desk)
	elsewhere := order("elsewhere")
	elsewhere.Station = "hs-04"
	send(elsewhere, "wrong_station", desk)
	late := order("late")
	late.Expires = message.Time{Time: time.Now().Add(-time.Second)}
	send(late, "expired", desk)
	s.polled("smoke-1")
	for _, e := range s.platform.Events()[seen:] {
		if e.Class == message.ClassOperation {
			s.fail("a refused command did something: %s %s", e.Kind, e.ID)
		}
	}

	heard := send(order("heard"), "ok", desk)
	_, seen = s.event(seen, message.ClassOperation, message.KindAcknowledged, "smoke-1", "")
	s.clean()
	s.kill()
	s.open()
	s.expectResult("heard", heard, "replayed")
	s.clean()
	for _, e := range s.platform.Events()[seen:] {
		if e.Class == message.ClassOperation {
			s.fail("a replayed command did something: %s %s", e.Kind, e.ID)
		}
	}
	send(order("next"), "ok", desk)

	// A reset needs the air to be clear.
	reset := order("too-early")
	reset.Action, reset.Outcome, reset.Note = message.ActionReset, "real", "已扑灭"
	send(reset, "still_in_fire", desk)
	s.smoke(false, "smoke-1")
	cleared, _ := s.event(seen, message.ClassFire, message.KindCleared, "smoke-1", "")
	reset = order("reset")
	reset.Action, reset.Outcome, reset.Note, reset.Event = message.ActionReset, "real", "已扑灭", cleared.ID
	send(reset, "ok", desk)
	s.output(siren, false)
	s.clean()
	s.latched()
}

// expectResult sends an envelope and wants one answer. While the booth subscribes again after
// a restart the broker has nobody to give it to.
func (s *site) expectResult(id string, envelope []byte, want string) {
	s.t.Helper()
	s.wait("the booth is online", func(v *platform.View) bool { return v.Online().Online })
	res, err := s.platform.Send(s.ctx, id, envelope)
	s.must(err)
	if res.Code != want || res.OK != (want == "ok") {
		s.fail("%s: the answer is %v %q (%s), want %q", id, res.OK, res.Code, res.Text, want)
	}
}
