package regmap

import (
	"fmt"
	"strings"

	"firepost/firmware-contracts/contract"
)

// formats are the character formats in the order of their numbers in a contract's setup.
var formats = [...]string{"8N1", "8E1", "8O1", "8N2"} //nolint:gochecknoglobals // lookup table

// setup tells how address and speed are changed, and how the model is recognised.
func setup(b *strings.Builder, c *contract.Contract) {
	var rows [][]string
	add := func(what, format string, args ...any) {
		rows = append(rows, []string{what, escape(fmt.Sprintf(format, args...))})
	}
	if s := c.Setup; s != nil {
		write(add, "unlock first · 先解锁", s.Unlock)
		register(add, "address · 地址", s.Address, fmt.Sprint)
		register(add, "speed · 波特率", s.Baud, fmt.Sprint)
		register(add, "format · 格式", s.Format, func(v ...any) string {
			if n, ok := v[0].(int); ok && n >= 0 && n < len(formats) {
				return formats[n]
			}
			return fmt.Sprint(v...)
		})
		write(add, "then save · 再保存", s.Save)
		switch s.Takes {
		case contract.TakesNow:
			add("takes effect · 生效", "after the reply")
		case contract.TakesSaved:
			add("takes effect · 生效", "once saved")
		case contract.TakesPower:
			add("takes effect · 生效", "when switched off and on")
		}
	}
	for _, i := range c.Identity {
		mask := ""
		if i.Mask != 0 {
			mask = " & " + hex(uint64(i.Mask), 16)
		}
		add("recognised by · 识别", "%s %s%s from %s to %s", i.Table, hex(uint64(i.Address), 16), mask, hex(uint64(i.Min), 16), hex(uint64(i.Max), 16))
	}
	if len(rows) > 0 {
		b.WriteString("## Set-up · 设置\n\n")
	}
	table(b, []string{"what", "value"}, rows)
}

func write(add func(string, string, ...any), what string, w *contract.SetupWrite) {
	if w != nil {
		add(what, "write %s to holding %s", hex(uint64(w.Value), 16), hex(uint64(w.Address), 16))
	}
}

func register(add func(string, string, ...any), what string, r *contract.SetupRegister, name func(...any) string) {
	if r == nil {
		return
	}
	function := "FC06"
	if r.Multiple {
		function = "FC16"
	}
	codes := make([]string, 0, len(r.Codes))
	for _, c := range r.Codes {
		codes = append(codes, fmt.Sprintf("%s = %d", name(c.Value), c.Code))
	}
	text := fmt.Sprintf("holding %s by %s", hex(uint64(r.Address), 16), function)
	if len(codes) > 0 {
		text += ": " + strings.Join(codes, ", ")
	}
	add(what, "%s", text)
}
