package takeover

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// beijing is what people read everywhere in China.
func beijing() *time.Location { return time.FixedZone("UTC+8", 8*3600) }

// clockOf is a time of day for people, empty where no clock is to be believed.
func clockOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(beijing()).Format("15:04")
}

// compose puts a scene together from what is known; its number and beginning come later.
func compose(k Kind, stage Stage, fires []Fire, orders []Order) *Scene {
	s := &Scene{Kind: k, Stage: stage, Places: places(fires, orders)}
	w := wordsOf(k, stage)
	s.Title, s.Banner, s.Advice = w.title, w.banner, w.advice
	if s.moves() {
		s.Advice = append([]Text{keepAway()}, s.Advice...)
	}
	var spoken string
	s.Report, spoken = report(k, fires, orders)
	s.Line = line(s)
	if !silenced(fires, orders) {
		s.Tone, s.Speech = w.tone, []string{w.speech}
		if spoken != "" {
			s.Speech = append(s.Speech, spoken)
		}
	}
	return s
}

// moves reports whether people are told to go, and so where to.
func (s *Scene) moves() bool { return s.Kind == Real && s.Stage == Evacuate }

// places are where it burns, each once.
func places(fires []Fire, orders []Order) []Place {
	var list []Place
	add := func(p Place) {
		p.First = len(list) == 0
		i := slices.IndexFunc(list, func(q Place) bool { return q.Label == p.Label })
		if i < 0 {
			list = append(list, p)
			return
		}
		if list[i].premises != p.premises {
			list[i].premises = "" // two places of one name: no arrow is right for both
		}
	}
	for i := range fires {
		f := &fires[i]
		add(Place{Label: publicLabel(f.Label), Since: clockOf(f.Since), premises: f.Premises})
	}
	for i := range orders {
		for _, p := range orders[i].Places {
			add(Place{Label: publicLabel(p.Label), Since: p.Since})
		}
	}
	if len(list) == 0 {
		add(Place{Label: publicLabel(contract.Text{})})
	}
	return list
}

// Before returns the scene as it stands on one screen, whose surveyed ways out are by premises
// code. Arrows appear only while every place has one and all point the same way: the way out of
// one fire may lead into another.
func (s *Scene) Before(surveyed map[string]Direction) *Scene {
	out := *s
	out.Places = slices.Clone(s.Places)
	if !s.moves() {
		return &out
	}
	for i := range out.Places {
		p := &out.Places[i]
		d, ok := surveyed[p.premises]
		if !ok || p.premises == "" || out.Places[0].Direction != nil && out.Places[0].Direction.Arrow != d.Arrow {
			return s
		}
		p.Direction = &d
	}
	out.Advice = append([]Text{followArrow()}, s.Advice[1:]...)
	out.Line = line(&out)
	return &out
}

// report is what is true of every one of the fires, never of some: and what is spoken of it.
func report(k Kind, fires []Fire, orders []Order) (Text, string) {
	if k != Real {
		return noNeed(k), ""
	}
	reported, answered := true, true
	at, timed := time.Time{}, true
	take := func(t time.Time) {
		timed = timed && !t.IsZero()
		if t.After(at) {
			at = t
		}
	}
	for i := range fires {
		reported = reported && fires[i].Reported
		if answered = answered && fires[i].Answered; answered {
			take(fires[i].AnsweredAt)
		}
	}
	for i := range orders {
		// Who orders a takeover has the fire before him.
		take(orders[i].At.Time)
	}
	switch {
	case answered && timed:
		return answeredAt(clockOf(at)), "answered"
	case answered:
		return answeredText(), "answered"
	case reported:
		return reportedText(), "reported"
	}
	return call119(), ""
}

// silenced reports whether the sound on site was stopped for every fire (停现场声).
func silenced(fires []Fire, orders []Order) bool {
	for i := range fires {
		if !fires[i].Bits.Has(message.Silenced) {
			return false
		}
	}
	return len(orders) == 0
}

// line is the scene in one line, further places counted.
func line(s *Scene) Text {
	zh, en := s.Places[0].Label.ZH, s.Places[0].Label.EN
	if more := len(s.Places) - 1; more > 0 {
		zh += fmt.Sprintf("等%d处", more+1)
		en += fmt.Sprintf(" and %d more", more)
	}
	return Text{
		ZH: strings.Join([]string{s.Title.ZH, zh, s.Advice[0].ZH, s.Report.ZH}, "　"),
		EN: strings.Join([]string{s.Title.EN, en, s.Advice[0].EN, s.Report.EN}, ". "),
	}
}

// content is a word for everything that the scene shows.
func (s *Scene) content() uint64 {
	c := *s
	c.Rev = 0
	data, err := json.Marshal(&c)
	if err != nil {
		panic(err) // a struct of texts and numbers always encodes
	}
	h := fnv.New64a()
	_, _ = h.Write(data)
	return h.Sum64()
}

// publicLabel is a label in both languages; where one is missing the other stands for it, and
// where both are, a word that gives nothing away: a code or a device name would.
func publicLabel(l contract.Text) contract.Text {
	zh, en := publicText(l.ZH), publicText(l.EN)
	switch {
	case zh == "" && en == "":
		return contract.Text{ZH: "附近场所", EN: "premises nearby"}
	case zh == "":
		zh = en
	case en == "":
		en = zh
	}
	return contract.Text{ZH: zh, EN: en}
}

// longestLabel is the most characters of a label that a screen is asked to show.
const longestLabel = 40

// publicText keeps a label to one line of visible characters.
func publicText(label string) string {
	label = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, label)
	label = strings.Join(strings.Fields(label), " ")
	if r := []rune(label); len(r) > longestLabel {
		return string(r[:longestLabel-1]) + "…"
	}
	return label
}
