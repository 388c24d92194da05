package proof

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func sample() []Day {
	return []Day{
		{Date: "2026-11-10", Rows: []Row{
			{Screen: "tv", Zone: "main", Item: "film", Programme: "winter v1", Count: 3, ShownMS: 64567, Interrupted: 1},
			{Screen: "tv", Zone: "qr", Item: "code", Programme: "winter v1", Failed: 2, Why: `=cmd|"<script>alert(1)</script>`},
		}, Rejected: map[Reason]int64{TooLong: 2, Overlap: 1}},
		{Date: "2026-11-11", Missing: true},
		{Date: Unclocked, Rows: []Row{{Screen: "led", Zone: "main", Item: "poster", Programme: "winter v1", Count: 1, ShownMS: 900}}},
	}
}

func TestCSV(t *testing.T) {
	var b strings.Builder
	if err := WriteCSV(&b, slices.Values(sample()), ZH); err != nil {
		t.Fatal(err)
	}
	want := "\ufeff日期,屏幕,区域,内容,节目单,播放次数,播放时长（秒）,被打断,失败,最近失败原因,备注\r\n" +
		"2026-11-10,tv,主画面,film,winter v1,3,64.5,1,0,,\r\n" +
		"2026-11-10,tv,二维码,code,winter v1,0,0.0,0,2,\"'=cmd|\"\"<script>alert(1)</script>\",\r\n" +
		"2026-11-10,,,,,,,,,,\"不可信而未计入的记录 3 条（overlap 1, too_long 2）\"\r\n" +
		"2026-11-11,,,,,,,,,,无记录\r\n" +
		"时钟未校准,led,主画面,poster,winter v1,1,0.9,0,0,,\r\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestHTML(t *testing.T) {
	for lang, wants := range map[Lang][]string{
		ZH: {`<html lang="zh-CN">`, "播放记录", "红山区三号消防驿站 &lt;3&gt;", "2026-11-10 – 2026-11-12", "无记录", "时钟未校准", `<td class="n bad">2</td>`},
		EN: {`<html lang="en">`, "Proof of play", "no record", "clock not trusted", "3 records not believed", `<td class="n">64.5</td>`},
	} {
		var b strings.Builder
		h := Heading{Station: "红山区三号消防驿站 <3>", From: "2026-11-10", To: "2026-11-12"}
		if err := WriteHTML(&b, h, slices.Values(sample()), lang); err != nil {
			t.Fatal(err)
		}
		for _, want := range append(wants, "&lt;script&gt;") {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %s:\n%s", lang, want, b.String())
			}
		}
		if strings.Contains(b.String(), "<script") {
			t.Error("a text became markup")
		}
		for _, tag := range []string{"table", "tr", "td", "th", "p", "h2", "thead", "tbody"} {
			if opened, closed := strings.Count(b.String(), "<"+tag+">")+strings.Count(b.String(), "<"+tag+" "), strings.Count(b.String(), "</"+tag+">"); opened != closed {
				t.Errorf("%s: %d opened, %d closed", tag, opened, closed)
			}
		}
	}
}

var errFull = errors.New("full")

type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestReportsSayWhenTheyAreIncomplete(t *testing.T) {
	for _, room := range []full{0, 50, 150, 600} {
		f := room
		if err := WriteCSV(&f, slices.Values(slices.Repeat(sample(), 10)), EN); !errors.Is(err, errFull) {
			t.Errorf("CSV into %d bytes: %v", room, err)
		}
		f = room
		if err := WriteHTML(&f, Heading{}, slices.Values(slices.Repeat(sample(), 10)), EN); !errors.Is(err, errFull) {
			t.Errorf("HTML into %d bytes: %v", room, err)
		}
	}
}
