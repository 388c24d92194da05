package scene

import (
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"firepost/drivers/camera"
)

// leastRetention is what Decree 799 asks for: pictures are kept for 30 days at least.
const leastRetention = 30 * 24 * time.Hour

// mostRetention: what has served its purpose is deleted (the same decree; PIPL article 19).
const mostRetention = 366 * 24 * time.Hour

// Options are what an operator declares about the camera. The zero value is off.
type Options struct {
	// On switches the camera on.
	On bool
	// SignPhoto is the path of a photo of the sign that tells passers-by of the camera.
	SignPhoto string
	// Purpose says why pictures are taken.
	Purpose string
	// Responsible is the person who answers for the pictures, by name.
	Responsible string
	// FilingNumber is the number under which the system is filed with the public security organ.
	FilingNumber string
	// Masks cover what must not be seen: doors, windows, neighbours.
	Masks []camera.Area
	// NoMasksReason says why there are no masks; required where Masks is empty.
	NoMasksReason string
	// Retain is how long pictures are kept; the bounds of the album may end that earlier.
	Retain time.Duration
}

// Problem is one thing that is missing before the camera may be switched on.
type Problem struct {
	// Field is the name of the field of Options.
	Field string
	// ZH and EN say what is missing and what to do.
	ZH, EN string
}

// Validate names everything that is missing; nothing when the camera is off. It looks whether
// the photo of the sign is there and opens nothing else.
func (o Options) Validate() []Problem {
	if !o.On {
		return nil
	}
	var out []Problem
	add := func(field, zh, en string) { out = append(out, Problem{field, zh, en}) }
	if zh, en := checkSign(o.SignPhoto); zh != "" {
		add("SignPhoto", zh, en)
	}
	if runes(o.Purpose) < 4 {
		add("Purpose", "请写明采集目的，例如“火警现场确认”（个人信息保护法第二十六条）",
			"state the purpose, such as “confirming a fire on site” (PIPL article 26)")
	}
	if runes(o.Responsible) < 2 {
		add("Responsible", "请写明负责人姓名", "name the responsible person")
	}
	if runes(o.FilingNumber) < 4 {
		add("FilingNumber", "请填写公安机关备案编号（国务院令第799号）",
			"give the number of the filing with the public security organ (Decree 799)")
	}
	switch {
	case len(o.Masks) == 0 && runes(o.NoMasksReason) < 4:
		add("Masks", "请设置隐私遮挡区域；确实不需要时写明理由",
			"set privacy masks, or give the reason why none are needed")
	case len(o.Masks) > 0 && o.NoMasksReason != "":
		add("NoMasksReason", "已设置遮挡区域，请删除“无需遮挡”的理由", "masks are set: remove the reason for having none")
	}
	for i, m := range o.Masks {
		if m.X < 0 || m.Y < 0 || m.W <= 0 || m.H <= 0 || m.X > 1000-m.W || m.Y > 1000-m.H {
			add("Masks", fmt.Sprintf("第 %d 个遮挡区域超出画面（千分比 0–1000）", i+1),
				fmt.Sprintf("mask %d lies outside the picture (thousandths, 0 to 1000)", i+1))
		}
	}
	if o.Retain < leastRetention || o.Retain > mostRetention {
		add("Retain", "保存期限应为 30 天至 366 天（国务院令第799号：不少于 30 日）",
			"keep pictures for 30 to 366 days (Decree 799 asks for 30 days at least)")
	}
	return out
}

func checkSign(path string) (zh, en string) {
	if path == "" {
		return "请提供现场提示标识的照片（个人信息保护法第二十六条）", "give a photo of the sign at the place (PIPL article 26)"
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "找不到提示标识的照片：" + path, "the photo of the sign can't be found: " + path
	case !info.Mode().IsRegular() || info.Size() == 0:
		return "提示标识的照片不是文件或为空：" + path, "the photo of the sign is no file, or empty: " + path
	}
	return "", ""
}

func runes(s string) int { return utf8.RuneCountInString(strings.TrimSpace(s)) }
