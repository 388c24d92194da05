package screens

import (
	"cmp"
	"errors"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

// Refusal is why a command for the screens is not carried out: a stable word, and what to do
// about it.
type Refusal struct{ Code, EN, ZH string }

// Error implements error.
func (r *Refusal) Error() string { return r.EN }

func refuse(code, en, zh string) error { return &Refusal{code, en, zh} }

// ordered is what the journal keeps of a person's word.
type ordered struct {
	Author   string `json:"author"`
	Issuer   string `json:"issuer"`
	Note     string `json:"note,omitempty"`
	Takeover string `json:"takeover,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Stage    string `json:"stage,omitempty"`
	Seconds  int64  `json:"seconds,omitempty"`
	Template string `json:"template,omitempty"`
	Words    *Words `json:"words,omitempty"`
}

// Command carries out a verified command for the screens. The error is a *Refusal.
func (c *Control) Command(cmd message.Command) error {
	if cmd.Author == "" {
		return refuse("needs_author", "what the public reads needs the name of who orders it", "发布到屏幕须注明下令人姓名")
	}
	var err error
	switch cmd.Action { //nolint:exhaustive // the others are not the screens'
	case message.ActionTakeover:
		err = c.take(&cmd)
	case message.ActionTakeoverEnd:
		err = c.giveBack(&cmd)
	case message.ActionEvacuate:
		err = c.evacuate(&cmd)
	case message.ActionNotice:
		err = c.announce(&cmd)
	default:
		return refuse("unknown_action", "the screens know no such command", "屏幕不认识该命令")
	}
	if err == nil {
		c.Wake()
	}
	return err
}

// take takes the screens over on the district's word.
func (c *Control) take(cmd *message.Command) error {
	t := cmd.Takeover
	o := takeover.Order{
		ID: t.ID, Kind: takeover.Kind(t.Kind), Stage: takeover.Stage(t.Stage), At: message.Time{Time: c.o.Now().Wall},
	}
	if !c.o.Now().Trusted {
		o.At = message.Time{}
	}
	for _, p := range t.Places {
		o.Places = append(o.Places, takeover.Place{Label: contract.Text{ZH: p.ZH, EN: p.EN}})
	}
	c.mu.Lock()
	err := c.book.Give(o, time.Duration(cmd.Seconds)*time.Second, c.o.Now())
	c.mu.Unlock()
	if err != nil {
		return refuse("bad_takeover", err.Error(), "接管命令有误："+err.Error())
	}
	c.o.Act(message.KindTakeover, "ordered", ordered{
		Author: cmd.Author, Issuer: cmd.Issuer, Note: cmd.Note, Takeover: t.ID, Kind: t.Kind, Stage: t.Stage, Seconds: cmd.Seconds,
	})
	return nil
}

// giveBack ends what the district ordered. A fire that the booth knows of stays on the screens.
func (c *Control) giveBack(cmd *message.Command) error {
	c.mu.Lock()
	err := c.book.End(cmd.Takeover.ID)
	c.mu.Unlock()
	if err != nil {
		return refuse("unknown_takeover", "no takeover of this id is in force; the booth's own fires end by reset", "没有该编号的接管；本站火警须复位结束")
	}
	c.o.Act(message.KindTakeover, "withdrawn", ordered{Author: cmd.Author, Issuer: cmd.Issuer, Note: cmd.Note, Takeover: cmd.Takeover.ID})
	return nil
}

// evacuate is the desk's word that people must leave.
func (c *Control) evacuate(cmd *message.Command) error {
	c.mu.Lock()
	c.decide()
	id := ""
	if c.level.Scene != nil {
		id = c.level.Scene.ID
	}
	err := c.book.Word()
	c.mu.Unlock()
	if errors.Is(err, takeover.ErrNoTakeover) {
		return refuse("no_takeover", "nothing is on the screens that people could be told to leave; order a takeover", "屏幕未被接管，请先下达接管命令")
	}
	c.o.Act(message.KindTakeover, "evacuate_ordered", ordered{Author: cmd.Author, Issuer: cmd.Issuer, Note: cmd.Note, Takeover: id})
	return nil
}

// announce puts a notice on the screens, or takes it off.
func (c *Control) announce(cmd *message.Command) error {
	n := cmd.Notice
	words := Words{ZH: n.ZH, MN: n.MN, EN: n.EN}
	long := time.Duration(cmd.Seconds) * time.Second
	switch {
	case n.Template != "":
		known, ok := c.o.Templates[n.Template]
		if !ok {
			return refuse("unknown_template", "this booth has no notice template "+n.Template, "本站没有通知模板 "+n.Template)
		}
		words = known
	case n.Free() && n.ZH == "":
		return refuse("no_chinese", "a notice needs Chinese words", "通知须有中文")
	}
	if long > LongestNotice {
		return refuse("too_long", "a notice stays for at most 14 days", "通知最长显示14天")
	}
	detail := ordered{Author: cmd.Author, Issuer: cmd.Issuer, Note: cmd.Note, Seconds: cmd.Seconds, Template: n.Template}
	cause := "withdrawn"
	c.mu.Lock()
	c.notice = nil
	if words.ZH != "" {
		c.notice = &Notice{Words: words, ID: cmd.ID, Author: cmd.Author, ends: c.o.Now().Mono + cmp.Or(long, NoticeFor)}
		detail.Words, cause = &words, "shown"
	}
	c.mu.Unlock()
	c.o.Act(message.KindNotice, cause, detail)
	return nil
}
