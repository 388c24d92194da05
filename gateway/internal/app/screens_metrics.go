package app

import (
	"sync/atomic"

	"firepost/kiosk/judge"
	"firepost/kiosk/player"
)

// rungs count how often one screen was helped since the daemon's start, by what was done; that
// it was ordered counts, whether or not it could be carried out.
type rungs struct {
	page, browser, compositor, board atomic.Uint64
}

// reboot asks for the board to be started anew, and counts that.
func (r *rungs) reboot() error {
	r.board.Add(1)
	return reboot()
}

// countedPlayer is a hub that counts the reloads that a screen's judge orders.
type countedPlayer struct {
	*player.Hub
	rungs *rungs
}

// Order implements screens.Player.
func (p countedPlayer) Order(name string, o player.Order) {
	if o.Reload {
		p.rungs.page.Add(1)
	}
	p.Hub.Order(name, o)
}

// countedHands are hands that count what they do.
type countedHands struct {
	hands
	rungs *rungs
}

// Restart implements screens.Hands.
func (h countedHands) Restart(name string) error {
	h.rungs.browser.Add(1)
	return h.hands.Restart(name)
}

// Compositor implements screens.Hands.
func (h countedHands) Compositor(name string) error {
	h.rungs.compositor.Add(1)
	return h.hands.Compositor(name)
}

// metrics are the screens' figures; what is not known is left out, never sent as a good value.
func (s *stage) metrics(send sender) {
	if s == nil {
		return
	}
	for i := range s.cfg.Televisions {
		s.televisionMetrics(s.cfg.Televisions[i].Name, send)
	}
	for _, set := range s.sets {
		if st := set.Status(); st.On != nil {
			send(gauge, "screen_set_on", "1 while the television set was read back as on.", boolean(*st.On), []string{"screen"}, []string{st.Name})
		}
	}
	for i := range s.cfg.Boards {
		b := s.boards[s.cfg.Boards[i].Name]
		if b == nil {
			continue
		}
		st := b.Status()
		name, values := []string{"screen"}, []string{st.Name}
		send(gauge, "board_up", "1 while the card confirms what it is told.", boolean(st.Up), name, values)
		send(gauge, "board_tamper", "1 while the card held what was not put there from here.", boolean(st.Tamper), name, values)
		if st.Card.Celsius != nil {
			send(gauge, "board_celsius", "Temperature in the board's cabinet.", *st.Card.Celsius, name, values)
		}
		if st.Card.Smoke != nil {
			send(gauge, "board_smoke", "1 while the board's cabinet reports smoke.", boolean(*st.Card.Smoke), name, values)
		}
	}
	if s.speaker != nil {
		send(gauge, "speaker_failed", "1 while the speaker is silent that should sound.", boolean(s.speaker.Status().Err != nil), nil, nil)
	}
	if scene := s.control.Level().Scene; scene != nil {
		send(gauge, "takeover_active", "1 while the screens are taken over.", 1, []string{"kind", "stage"}, []string{string(scene.Kind), string(scene.Stage)})
	}
	s.programmeMetrics(send)
}

func (s *stage) televisionMetrics(screen string, send sender) {
	t, count := s.tvs[screen], s.rungs[screen]
	if t == nil {
		return
	}
	st := t.Status()
	name, values := []string{"screen"}, []string{screen}
	send(gauge, "screen_ok", "1 while everything that can be seen of the screen is as it should be.", boolean(st.Verdict.Health == judge.OK), name, values)
	send(gauge, "screen_connected", "1 while the screen's page is there.", boolean(st.Page.Connected), name, values)
	if st.BeatAge >= 0 {
		send(gauge, "screen_beat_age_seconds", "Age of the newest beat of the screen's page.", float64(st.BeatAge)/1000, name, values)
	}
	if st.PaintMS > 0 {
		send(gauge, "screen_painted_latency_seconds", "From the order of the last takeover to the word that it is painted.", st.PaintMS/1000, name, values)
	}
	if st.Heap > 0 {
		send(gauge, "screen_heap_bytes", "Script memory of the screen's page.", float64(st.Heap), name, values)
	}
	for _, x := range []struct {
		rung judge.Rung
		n    uint64
	}{
		{judge.Page, count.page.Load()}, {judge.Browser, count.browser.Load()},
		{judge.Compositor, count.compositor.Load()}, {judge.Reboot, count.board.Load()},
	} {
		send(counter, "screen_restarts_total", "How often the screen was helped, by what was started anew; planned ones too.", float64(x.n), []string{"screen", "rung"}, []string{screen, x.rung.String()})
	}
}

func (s *stage) programmeMetrics(send sender) {
	if p := s.library.Programme(); p != nil {
		send(gauge, "programme_info", "1 for the programme that plays.", 1, []string{"name"}, []string{p.Name()})
	}
	trouble, refused := s.library.Trouble()
	send(gauge, "programme_refused", "1 while the newest programme can't be taken.", boolean(trouble != "" || refused != ""), nil, nil)
	if m, ok := s.library.Media(); ok {
		send(gauge, "media_bytes", "What the media take on the disk.", float64(m.Bytes), nil, nil)
		send(gauge, "media_budget_bytes", "What the media may take.", float64(m.Budget), nil, nil)
		send(gauge, "media_missing", "Files that the wanted programme still lacks.", float64(m.Missing), nil, nil)
		send(gauge, "media_faults", "Kinds of faults that the media have now.", float64(len(m.Faults)), nil, nil)
	}
	if s.proof != nil {
		_, totals := s.proof.Today()
		send(gauge, "plays_today", "Items shown today.", float64(totals.Count), nil, nil)
		send(gauge, "plays_failed_today", "Items that failed today.", float64(totals.Failed), nil, nil)
	}
}
