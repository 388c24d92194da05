package walktest

// Refusal is why something was not done, and the way out, for people.
type Refusal struct {
	// Code is a stable word.
	Code   string `json:"code"`
	EN     string `json:"text"`
	ZH     string `json:"text_zh"`
	Detail string `json:"detail,omitempty"`
}

// Error is the English text.
func (r *Refusal) Error() string {
	if r.Detail == "" {
		return r.EN
	}
	return r.EN + ": " + r.Detail
}

func refuse(code, detail string) *Refusal {
	t := refusals[code]
	return &Refusal{Code: code, EN: t.EN, ZH: t.ZH, Detail: detail}
}

var refusals = map[string]Text{ //nolint:gochecknoglobals // lookup table
	"no_devices":     {"没有可测试的设备；请选择场所", "there is nothing to test; choose premises"},
	"unknown_device": {"本驿站没有此设备；请刷新页面", "this booth has no such device; load the page anew"},
	"taken":          {"设备正由他人测试；请接手那次测试或等其结束", "the device is in another test; take that one up, or wait for its end"},
	"in_alarm":       {"设备正在报火警；请先处置并复位", "the device is in alarm; deal with the fire and reset it first"},
	"not_running":    {"测试未在进行；请先继续测试", "the test is not running; take it up first"},
	"not_yours":      {"这次测试由他人进行；请先接手", "somebody else runs this test; take it over first"},
	"no_session":     {"没有这次测试；请刷新页面", "there is no such test; load the page anew"},
	"unknown_item":   {"这次测试没有此项；请刷新页面", "this test has no such item; load the page anew"},
	"no_now":         {"此项不需要按“开始”；请直接确认", "this item needs no “now”; confirm it directly"},
	"still_active":   {"仍在报警；请等其恢复正常", "it still reports; wait until it is back to normal"},
	"no_contact":     {"设备失联；可记为“未测到”并写明原因", "the device does not answer; mark it as not reached, with a reason"},
	"must_answer":    {"只有探测器自己的报警才算通过", "only its own answer makes this one pass"},
	"needs_reason":   {"请写明原因", "give a reason"},
	"too_long":       {"原因过长（最多200字）", "the reason is too long (200 letters at most)"},
	"bad_result":     {"没有这种结果", "there is no such result"},
	"no_value":       {"没有可信的读数，不能确认", "there is no reading to be confirmed"},
	"bad_choice":     {"此情形不能这样处理", "this can't be settled in that way"},
	"open_items":     {"还有未测的项目；请逐一测试或写明原因", "not everything has been tested; test it, or mark it with a reason"},
	"open_crosses":   {"有答错的设备尚未处理", "an answer from the wrong device has not been settled"},
	"still_fire":     {"仍有探测器在报警：此时结束测试将成为真实火警；请等烟散去", "a detector still reports: ending the test now would make it a real fire; wait until the smoke is gone"},
	"refused":        {"引擎拒绝了命令", "the booth refused the command"},
	"too_many":       {"同时进行的测试太多", "there are too many tests at once"},
	"not_kept":       {"测试记录无法写盘；请检查磁盘", "the test can't be kept on disk; look at the disk"},
	"bad_id":         {"报告编号无效", "not a report's id"},
}
