package app

import (
	"errors"
	"fmt"
	"strings"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/judge"
)

// screenCommand carries out a command for the screens.
func (g *generation) screenCommand(cmd message.Command) message.Result {
	res := message.Result{ID: cmd.ID, Station: g.cfg.Station, At: message.Time{Time: g.app.now().Wall}}
	if g.stage == nil {
		res.Code, res.Text, res.TextZH = "no_screens", "this booth has no screens, or they are not configured", "本驿站没有配置屏幕"
		return res
	}
	err := g.stage.control.Command(cmd)
	if refusal, ok := errors.AsType[*screens.Refusal](err); ok {
		res.Code, res.Text, res.TextZH = refusal.Code, refusal.EN, refusal.ZH
		return res
	}
	res.OK, res.Code = true, "ok"
	return res
}

// trustBoard ends a board's tamper on a person's word: a reset of the booth's own point of that
// board. It is false for every other reset.
func (g *generation) trustBoard(cmd message.Command) (message.Result, bool) {
	name, ok := strings.CutPrefix(cmd.Point, "screen-")
	if g.stage == nil || !ok || cmd.Device != engine.Booth || cmd.Action != message.ActionReset {
		return message.Result{}, false
	}
	board := g.stage.boards[name]
	if board == nil || !board.Trust() {
		return message.Result{}, false
	}
	g.engine.Act(message.KindReset, screens.CauseTamper, struct {
		Author string `json:"author"`
		Note   string `json:"note,omitempty"`
		Screen string `json:"screen"`
	}{cmd.Author, cmd.Note, name})
	return message.Result{ID: cmd.ID, Station: g.cfg.Station, At: message.Time{Time: g.app.now().Wall}, OK: true, Code: "ok"}, true
}

// stageItems is what ops must know of the screens.
func (g *generation) stageItems(add func(code string, sev message.Severity, text string)) {
	s := g.stage
	if s == nil {
		return
	}
	for i := range s.cfg.Televisions {
		t := s.tvs[s.cfg.Televisions[i].Name]
		if t == nil {
			continue
		}
		switch st := t.Status(); st.Verdict.Health {
		case judge.OK:
		case judge.Black, judge.Unplugged:
			add("screen.black."+st.Name, message.SeverityFault, st.Verdict.TextEN)
		case judge.Degraded, judge.Unknown:
			add("screen.degraded."+st.Name, message.SeverityWarn, st.Verdict.TextEN)
		}
	}
	for i := range s.cfg.Boards {
		b := s.boards[s.cfg.Boards[i].Name]
		if b == nil {
			continue
		}
		switch st := b.Status(); {
		case st.Tamper:
			add("screen.tamper."+st.Name, message.SeverityFault, "the board holds something that was not put there from here; it is dark until a reset of booth/screen-"+st.Name)
		case !st.Up:
			add("screen.board."+st.Name, message.SeverityFault, st.Err)
		}
	}
	for _, set := range s.sets {
		if st := set.Status(); st.Err != "" {
			add("screen.set."+st.Name, message.SeverityWarn, st.Err)
		}
	}
	if s.speaker != nil {
		if err := s.speaker.Status().Err; err != nil {
			add("speaker.failed", message.SeverityFault, err.Error())
		}
	}
	trouble, refused := s.library.Trouble()
	if trouble != "" {
		add("programme.folder", message.SeverityFault, trouble)
	}
	if refused != "" {
		add("programme.refused", message.SeverityWarn, refused)
	}
	if m, ok := s.library.Media(); ok {
		for _, f := range m.Faults {
			add(f.Code, message.SeverityWarn, f.EN+": "+f.Detail)
		}
	}
}

// ownReadings are the booth's own figures for the telemetry: its board's, and what its screens
// have shown.
func (g *generation) ownReadings(now message.Stamp) []message.Reading {
	list := g.boardReadings(now)
	if g.stage == nil {
		return list
	}
	reading := func(point, unit string, v float64) {
		list = append(list, message.Reading{
			Device: engine.Booth, Point: point, Value: &v, Unit: unit, Quality: message.Good, At: message.Time{Time: now.Wall},
		})
	}
	for i := range g.stage.cfg.Televisions {
		t := g.stage.tvs[g.stage.cfg.Televisions[i].Name]
		if t == nil {
			continue
		}
		st := t.Status()
		reading(fmt.Sprintf("screen-%s-ok", st.Name), "", boolean(st.Verdict.Health == judge.OK))
		if st.PaintMS > 0 {
			reading(fmt.Sprintf("screen-%s-paint", st.Name), "ms", st.PaintMS)
		}
	}
	if g.stage.proof != nil {
		list = append(list, g.stage.proof.Readings()...)
	}
	return list
}
