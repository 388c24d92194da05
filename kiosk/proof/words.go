package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Lang is the language of a report.
type Lang string

// The languages of reports.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// heads are the columns of a report.
func heads(lang Lang) []string {
	if lang == EN {
		return []string{"Day", "Screen", "Zone", "Item", "Programme", "Times shown", "Seconds shown", "Cut short", "Failed", "Last failure", "Note"}
	}
	return []string{"日期", "屏幕", "区域", "内容", "节目单", "播放次数", "播放时长（秒）", "被打断", "失败", "最近失败原因", "备注"}
}

func dayName(d Date, lang Lang) string {
	switch {
	case d != Unclocked:
		return string(d)
	case lang == EN:
		return "clock not trusted"
	default:
		return "时钟未校准"
	}
}

func zoneName(zone string, lang Lang) string {
	names := map[string]string{"main": "主画面", "ticker": "滚动字幕", "clock": "时钟", "qr": "二维码"}
	if n, ok := names[zone]; ok && lang != EN {
		return n
	}
	return zone
}

// note says what a day's rows don't.
func note(d Day, lang Lang) string {
	var parts []string
	add := func(zh, en string) {
		if lang == EN {
			zh = en
		}
		parts = append(parts, zh)
	}
	switch {
	case d.Err != nil:
		add("记录无法读取："+clip(d.Err.Error()), "the record can't be read: "+clip(d.Err.Error()))
	case d.Missing:
		add("无记录", "no record")
	}
	if len(d.Rejected) > 0 {
		var reasons []string
		total := int64(0)
		for _, why := range slices.Sorted(maps.Keys(d.Rejected)) {
			reasons = append(reasons, fmt.Sprintf("%s %d", why, d.Rejected[why]))
			total += d.Rejected[why]
		}
		list := strings.Join(reasons, ", ")
		add(fmt.Sprintf("不可信而未计入的记录 %d 条（%s）", total, list), fmt.Sprintf("%d records not believed and not counted (%s)", total, list))
	}
	return strings.Join(parts, "; ")
}

// seconds is a length in seconds as people write it.
func seconds(ms int64) string { return fmt.Sprintf("%d.%d", ms/1000, ms%1000/100) }
