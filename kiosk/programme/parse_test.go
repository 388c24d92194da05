package programme

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func winter(t testing.TB) *Programme {
	t.Helper()
	data, err := os.ReadFile("testdata/winter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse("winter.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	p := winter(t)
	if p.Name() != "winter v3" || p.Title.ZH != "冬季消防宣传" || len(p.Warnings) != 0 {
		t.Errorf("%s %+v %v", p.Name(), p.Title, p.Warnings)
	}
	if got := p.Media(); len(got) != 4 || got[0][0] != 'a' || !slices.IsSorted(got) {
		t.Errorf("media %v", got)
	}
	if got := p.Screens(); !slices.Equal(got, []string{"led", "night"}) {
		t.Errorf("screens %v", got)
	}
	items := p.Items()
	if len(items) != 9 || items[4].Colour != Leaf || items[5].Colour != Paper || items[8].Kind != Dial {
		t.Errorf("items %+v", items)
	}
}

const small = `id: a
version: 1
title: {zh: 标题}
items:
  - {id: x, kind: text, for: 10s, text: {zh: 你好}}
playlists: {p: [x]}
fallback: {main: p}
`

func TestParseJSON(t *testing.T) {
	p, err := Parse("a.json", []byte(`{
  "id": "a", "version": 1, "title": {"zh": "标题"},
  "items": [
    {"id": "x", "kind": "text", "for": "10s", "text": {"zh": "你好"}}
  ],
  "playlists": {"p": ["x"]},
  "schedule": [{"name": "全天", "zones": {"main": "p"}, "daily": "07:00-22:00", "days": ["11-09"], "weekdays": ["mon"]}],
  "fallback": {"main": "p"}
}`))
	if err != nil || p.items[0].weight != 1 || p.plain[0].ZH != "你好" {
		t.Errorf("%+v %v", p, err)
	}
}

// Every mistake is found at its place, with a way out; one replaced line of a good file each.
func TestMistakes(t *testing.T) {
	for _, m := range []struct{ old, with, want string }{
		{"id: a\n", "id: A b\n", `1:5: id: "A b" is no name`},
		{"version: 1", "version: 0", `2:10: version: 0 is out of range`},
		{"version: 1", "version: 1\nzones: [ticker]", `3:8: zones: a screen has at least the zone main`},
		{"version: 1", "version: 1\nzones: [main, main]", `3:15: zones[1]: main is named twice`},
		{"version: 1", "version: 1\nsound_hours: 05:30-20:00", `3:14: sound_hours: 05:30-20:00 reaches into the night`},
		{"version: 1", "version: 1\nsound_hours: 08:00-22:01", `3:14: sound_hours: 08:00-22:01 reaches into the night`},
		{"version: 1", "version: 1\nsound_hours: 20:00-08:00", `3:14: sound_hours: 20:00-08:00 reaches into the night`},
		{"version: 1", "version: 1\nscreens: {tv: {sound_hours: 06:00-23:00}}", `3:29: screens.tv.sound_hours: 06:00-23:00 reaches`},
		{"version: 1", "version: 1\nscreens: {tv: {zones: [qr]}}", `3:23: screens.tv.zones: a screen has at least`},
		{"version: 1", "version: 1\nscreens: {TV: {brightness: 0}}", `3:11: screens.TV: "TV" is no name`},
		{"version: 1", "version: 1\nscreens: {tv: {brightness: 0}}", `3:28: screens.tv.brightness: 0 is out of range`},
		{"version: 1", "version: 1\nhours: [25:00-26:00]", `3:9: hours[0]: "25:00-26:00" is not a part of the day`},
		{"version: 1", "version: 1\nhours: [07:00-07:00]", `3:9: hours[0]: "07:00-07:00" has no length`},
		{"version: 1", "version: 1\nhours: [24:00-07:00]", `3:9: hours[0]: "24:00-07:00" is not a part`},
		{"zh: 标题", "en: Title", `3:9: title.zh: is missing`},
		{"zh: 你好", "zh: ''", `items[0].text.zh: the text is empty`},
		{"zh: 你好", "zh: 请立即疏散", `"请立即疏散" is what a real alarm says`},
		{"zh: 你好", "zh: 火警！ 请 立 即 疏　散", `"请立即疏散" is what a real alarm says`},
		{"zh: 你好", "zh: 你好, en: Alarm being verified", `items[0].text.en: "beingverified" is what`},
		{"zh: 你好", "zh: 你好, mn: Гал", `items[0].text.mn: 'Г' is not of the Mongolian script`},
		{"zh: 你好", "zh: 到3单元402领取", `"3单元4" looks like a door within a unit`},
		{"zh: 你好", "zh: 到４０２室领取", `"402室" looks like a door`},
		{"zh: 你好", "zh: 身份证 11010519491231002X", `looks like an identity number`},
		{"zh: 你好", `zh: "a\u202eb"`, `the invisible character U+202E`},
		{"zh: 你好", `zh: "a\ue000b"`, `U+E000, which no font can draw`},
		{"zh: 你好", "zh: " + strings.Repeat("字", 201), `has 201 characters, at most 200`},
		{"kind: text", "kind: text, case: true, from: 2026-02-30", `"2026-02-30" is no day of the calendar`},
		{"kind: text", "kind: text, from: 11-09", `items[0].from: the day has no year`},
		{"kind: text", "kind: text, from: 2026-11-09, until: 2026-11-08", `items[0].until: the item ends before it begins`},
		{"kind: text", "kind: text, until: 2026-11-08", `7:18: fallback.main: the item x of the playlist p has dates`},
		{"kind: text", "kind: text, sound: siren", `items[0].sound: "siren": sirens and alarm tones belong to real alarms alone`},
		{"kind: text", "kind: text, sound: loud", `items[0].sound: "loud" is no sound of a programme`},
		{"kind: text", "kind: text, sound: speech", `items[0].sound: kind text has no sound`},
		{"kind: text", "kind: text, colour: red", `items[0].colour: "red" is not known here`},
		{"kind: text", "kind: text, media: x", `items[0].media: kind text has no media`},
		{"kind: text", "kind: image", `items[0].media: is missing: kind image needs it`},
		{"kind: text", "kind: image, media: ABC", `items[0].media: "ABC" is no sha256`},
		{"kind: text", "kind: code, payload: 'http://a.b'", `"http://a.b" does not begin with https://`},
		{"kind: text", "kind: code, payload: 'https://a.b@c.d/'", `"a.b@c.d" is no host name`},
		{"kind: text", "kind: code, payload: 'https://a.b/扫'", `the code says more than plain ASCII`},
		{"for: 10s", "for: 2s", `items[0].for: 2s is out of range`},
		{"for: 10s", "for: 10s, weight: 11", `items[0].weight: 11 is out of range`},
		{"id: x", "id: clock", `"clock" is the name of the time of day`},
		{"playlists: {p: [x]}", "playlists: {p: [y]}", `playlists.p[0]: no item is called "y"`},
		{"playlists: {p: [x]}", "playlists: {p: [x, x]}", `playlists.p[1]: x is in the playlist twice`},
		{"playlists: {p: [x]}", "playlists: {p: []}", `playlists.p: the playlist is empty`},
		{"playlists: {p: [x]}", "playlists: {P: [x]}", `playlists.P: "P" is no name`},
		{"fallback: {main: p}", "fallback: {ticker: p}", `fallback.main: is missing`},
		{"fallback: {main: p}", "fallback: {main: q}", `fallback.main: no playlist is called "q"`},
		{"fallback: {main: p}", "fallback: {main: p, qr: p}", `fallback.qr: x of the playlist p is of kind text`},
		{"fallback: {main: p}", "", `fallback: is missing`},
		{"fallback:", "schedule: [{name: n, zones: {}}]\nfallback:", `schedule[0].zones: the entry shows nothing`},
		{"fallback:", "schedule: [{name: n, zones: {main: q}}]\nfallback:", `schedule[0].zones.main: no playlist is called "q"`},
		{"fallback:", "schedule: [{name: n, zones: {main: p}, days: [02-30]}]\nfallback:", `"02-30" is no day of the calendar`},
		{"fallback:", "schedule: [{name: n, zones: {main: p}, days: [11-09..2026-11-10]}]\nfallback:", `has a year on one side only`},
		{"fallback:", "schedule: [{name: n, zones: {main: p}, days: [2026-11-10..2026-11-09]}]\nfallback:", `ends before it begins`},
		{"fallback:", "schedule: [{name: n, zones: {main: p}, days: []}]\nfallback:", `schedule[0].days: names none`},
		{"fallback:", "schedule: [{name: n, zones: {main: p}, weekdays: [fire]}]\nfallback:", `"fire" is not known here`},
		{"fallback:", "schedule: [{name: n, zones: {main: p}, screens: [A]}]\nfallback:", `schedule[0].screens[0]: "A" is no name`},
	} {
		in := strings.Replace(small, m.old, m.with, 1)
		if in == small {
			t.Fatalf("%q is not in the file", m.old)
		}
		p, err := Parse("f.yaml", []byte(in))
		if p != nil || err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: got\n%v\nwant %s", m.with, err, m.want)
			continue
		}
		for line := range strings.Lines(err.Error()) {
			if !strings.HasPrefix(line, "f.yaml:") || !strings.HasSuffix(strings.TrimSpace(line), ")") {
				t.Errorf("%s: no place or no way out: %s", m.with, line)
			}
		}
	}
}

func TestMistakesComeAtOnce(t *testing.T) {
	_, err := Parse("f.yaml", []byte("id: A\nversion: x\nitems:\n  - {id: y, kind: film, for: 1s}\nplaylists: {p: [z]}\nfallback: {}\n"))
	if n := strings.Count(err.Error(), "\n") + 1; n != 8 {
		t.Errorf("%d problems:\n%v", n, err)
	}
}

func TestCases(t *testing.T) {
	for text, want := range map[string]string{
		"某居民在室内给电动车充电":     "",
		"一名住户卧床吸烟，造成2户受灾":  "",
		"消防员10分钟到场":        "",
		"某商铺店主因线路老化损失12万元": "",
		"店主王建国因线路老化受伤":     "a name",
		"户主：张三":            "a name",
		"当事人王某某":           "",
		"李先生在家中吸烟":         "a name",
		"联系 138-0013-8000": "a mobile telephone number",
		"联系 １３８００１３８０００":   "a mobile telephone number",
		"电话 0476-8222333":  "a telephone number",
		"阳光小区5号楼":          "an address",
		"车牌蒙D12345":        "a number plate",
		"abc@example.org":  "a mail address",
		"损失约 138000 元":     "",
		"2026年11月9日零时":     "",
	} {
		f := checkCase(text)
		if (f == nil) != (want == "") || f != nil && !strings.Contains(f.message, want) {
			t.Errorf("%s: %v, want %q", text, f, want)
		}
	}
	for _, text := range []string{"辖区共有5621户商铺", "发现火情，立即疏散并拨打119", "使用年限：10年", "400平方米以上室内", "单元楼道禁止停放电动车"} {
		if f := checkText(text); f != nil {
			t.Errorf("%s: %v", text, f)
		}
	}
}

func TestUnusedItemIsADoubt(t *testing.T) {
	p, err := Parse("f.yaml", []byte(strings.Replace(small, "playlists:", "  - {id: y, kind: text, for: 10s, text: {zh: 再见}}\nplaylists:", 1)))
	if err != nil || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "y is in no playlist") {
		t.Errorf("%v %v", p, err)
	}
}
