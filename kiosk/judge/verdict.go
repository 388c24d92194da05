package judge

import (
	"errors"
	"strings"
	"time"
)

// Mistakes of the caller and of what was kept.
var (
	// ErrSettings: a limit that means nothing.
	ErrSettings = errors.New("must be more than zero")
	// ErrSnapshot: what was kept can't be believed.
	ErrSnapshot = errors.New("the screen's kept counts can't be believed")
)

// Health is how one screen is doing.
type Health string

// The healths.
const (
	// Unknown: not enough was seen to say. Never shown as well.
	Unknown Health = "unknown"
	// OK: everything that can be seen is as it should be.
	OK Health = "ok"
	// Degraded: something is shown, but not all is well.
	Degraded Health = "degraded"
	// Black: nothing is shown for certain, or the takeover is not.
	Black Health = "black"
	// Unplugged: no screen is connected; a fault of its own that no restart mends.
	Unplugged Health = "unplugged"
)

// Cause is one thing that is wrong.
type Cause string

// The causes, the gravest first.
const (
	NoScreen         Cause = "no_screen"
	TakeoverMissing  Cause = "takeover_missing"
	TakeoverOld      Cause = "takeover_old"
	NoBrowser        Cause = "no_browser"
	NoPage           Cause = "no_page"
	NoBeat           Cause = "no_beat"
	NoFrames         Cause = "no_frames"
	TakeoverLingers  Cause = "takeover_lingers"
	Deaf             Cause = "deaf"
	VideoStuck       Cause = "video_stuck"
	WrongItem        Cause = "wrong_item"
	WrongSize        Cause = "wrong_size"
	FallbackMode     Cause = "fallback_mode"
	HeapHigh         Cause = "heap_high"
	OldBuild         Cause = "old_build"
	PageError        Cause = "page_error"
	NoRunner         Cause = "no_runner"
	ConnectorUnknown Cause = "connector_unknown"
)

// trait is what follows from a cause.
type trait struct {
	health Health
	// from and to are the rungs that may mend it; None: none does.
	from, to Rung
	zh, en   string
}

//nolint:gochecknoglobals // lookup table
var traits = map[Cause]trait{
	NoScreen:        {Unplugged, None, None, "屏幕未连接", "no screen is connected"},
	TakeoverMissing: {Black, Page, Reboot, "应急画面未上屏", "the takeover is not on the screen"},
	TakeoverOld:     {Degraded, Page, Compositor, "应急画面不是最新内容", "the takeover on the screen is not the newest"},
	// The runner starts a browser that ended by itself; ordering it is harmless.
	NoBrowser: {Black, Browser, Reboot, "浏览器未运行", "the browser is not running"},
	NoPage:    {Black, Browser, Reboot, "播放页未连接", "no page is connected"},
	// A page that is stuck or deaf hears no order to reload.
	NoBeat:           {Black, Browser, Reboot, "播放页无响应", "the page is stuck"},
	NoFrames:         {Black, Page, Reboot, "画面停止刷新", "no pictures are drawn"},
	TakeoverLingers:  {Degraded, Page, Compositor, "已结束的应急画面仍在屏上", "a takeover that is over is still on the screen"},
	Deaf:             {Degraded, Browser, Compositor, "播放页不接收指令", "the page hears no orders"},
	VideoStuck:       {Degraded, Page, Compositor, "视频卡住", "the video stands still"},
	WrongItem:        {Degraded, Page, Browser, "播放内容与节目单不符", "something else is shown than the programme says"},
	WrongSize:        {Degraded, Page, Compositor, "画面尺寸不符", "the picture has the wrong size"},
	FallbackMode:     {Degraded, None, None, "屏幕工作在应急分辨率", "the screen runs at the fallback resolution"},
	HeapHigh:         {Degraded, Page, Browser, "播放页占用内存过大", "the page holds too much memory"},
	OldBuild:         {Degraded, Page, Browser, "播放页版本过旧", "the page is of an older version"},
	PageError:        {Degraded, None, None, "播放页报告错误", "the page reports an error"},
	NoRunner:         {Unknown, None, None, "屏幕守护程序未连接", "the screen's runner is not connected"},
	ConnectorUnknown: {Unknown, None, None, "无法确认屏幕是否连接", "whether a screen is connected can't be told"},
}

// Verdict is what the judge says at one moment.
type Verdict struct {
	Health Health `json:"health"`
	// Since is the time since boot from which the health has been so.
	Since time.Duration `json:"since"`
	// Causes are what is wrong, the gravest first.
	Causes []Cause `json:"causes,omitempty"`
	// Action is to be done now, once; it is counted already. Planned marks the daily recycle.
	Action  Rung `json:"action"`
	Planned bool `json:"planned,omitempty"`
	// GaveUp: something is wrong that a rung might mend, and its caps are used up.
	GaveUp bool `json:"gave_up,omitempty"`
	// Save: the counts have changed; keep a Snapshot before acting.
	Save bool `json:"-"`
	// TextZH and TextEN are one line for people.
	TextZH string `json:"text_zh"`
	TextEN string `json:"text_en"`
}

// describe writes the line for people.
func (v *Verdict) describe() {
	zh, en := make([]string, 0, len(v.Causes)), make([]string, 0, len(v.Causes))
	for _, c := range v.Causes {
		zh, en = append(zh, traits[c].zh), append(en, traits[c].en)
	}
	headZH, headEN := healthText(v.Health)
	v.TextZH, v.TextEN = headZH, headEN
	if len(zh) > 0 {
		v.TextZH += "：" + strings.Join(zh, "；")
		v.TextEN += ": " + strings.Join(en, "; ")
	}
	if v.GaveUp {
		v.TextZH += "（自动恢复次数已用完，需人工处理）"
		v.TextEN += " (automatic repair is used up; somebody must look)"
	}
}

func healthText(h Health) (zh, en string) {
	switch h {
	case OK:
		return "屏幕正常", "screen well"
	case Degraded:
		return "屏幕异常", "screen degraded"
	case Black:
		return "屏幕未正常显示", "screen not showing"
	case Unplugged:
		return "屏幕断开", "screen cut off"
	case Unknown:
		return "屏幕状态未知", "screen unknown"
	}
	return "屏幕状态未知", "screen unknown"
}
