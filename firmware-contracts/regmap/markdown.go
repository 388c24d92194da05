package regmap

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firepost/firmware-contracts/contract"
)

// Markdown writes the register map of a loaded contract.
func Markdown(c *contract.Contract) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", escape(c.Ref()), both(c.Title))
	fmt.Fprintf(&b, "Class %s. ", escape(c.Class))
	if c.Hardware {
		b.WriteString("Run against the real device · 已在真实设备上验证。\n\n")
	} else {
		b.WriteString("**Not yet run against the real device · 尚未在真实设备上验证。**\n\n")
	}
	sources(&b, c)
	connection(&b, c)
	setup(&b, c)
	points(&b, c)
	meanings(&b, c)
	outputs(&b, c)
	warnings(&b, c)
	return []byte(strings.TrimRight(b.String(), "\n") + "\n")
}

func sources(b *strings.Builder, c *contract.Contract) {
	marks := map[string]string{"V": "verified · 已核实", "S": "from this source, not tested again · 引自来源", "M": "from memory: check on hardware · 凭记忆，需核对"}
	rows := make([][]string, 0, len(c.Sources))
	for _, s := range c.Sources {
		rows = append(rows, []string{escape(s.Mark), marks[s.Mark], escape(s.Title), escape(s.Where)})
	}
	b.WriteString("## Sources · 来源\n\n")
	table(b, []string{"mark", "meaning", "source", "where"}, rows)
}

// connection tells how the device is connected: by registers, frames, an output or a chip.
func connection(b *strings.Builder, c *contract.Contract) {
	b.WriteString("## Connection · 连接\n\n")
	var rows [][]string
	add := func(what, format string, args ...any) {
		rows = append(rows, []string{what, escape(fmt.Sprintf(format, args...))})
	}
	if c.Serial.Baud != 0 {
		add("factory port · 出厂串口", "%d Bd, %s", c.Serial.Baud, c.Serial.Format)
	}
	if len(c.Serial.Bauds) > 0 {
		add("other speeds · 其他波特率", "%s", strings.Trim(fmt.Sprint(c.Serial.Bauds), "[]"))
	}
	if len(c.Serial.Formats) > 0 {
		add("other formats · 其他格式", "%s", strings.Join(c.Serial.Formats, " "))
	}
	switch c.Transport {
	case contract.Frames:
		frame(add, c.Frame)
	case contract.Analog:
		electrical(add, c.Electrical)
	case contract.Chips:
		add("chip · 芯片", "%s", c.Chip)
	case contract.Pins:
		add("wire · 接线", "a contact on a pin")
	case contract.Modbus:
		registers(add, c)
	default:
		add("transport · 传输", "%s", c.Transport)
	}
	table(b, []string{"what", "value"}, rows)
}

func registers(add func(string, string, ...any), c *contract.Contract) {
	l := c.Limits
	add("unit address · 地址", "%d; %d to %d", c.Address.Default, c.Address.Min, c.Address.Max)
	add("registers, bits in one read · 一次可读", "%d, %d", l.MaxRegisters, l.MaxBits)
	add("reply within · 应答时限", "%s", l.ReplyWithin)
	add("late replies until · 迟到应答上限", "%s", l.LateReply)
	for _, s := range c.Readable {
		add("readable · 可读范围", "%s %s to %s", s.Table, hex(uint64(s.From), 16), hex(uint64(s.To), 16))
	}
}

func frame(add func(string, string, ...any), f *contract.Frame) {
	if f == nil {
		return
	}
	add("frame begins · 帧头", "% X", f.Start)
	if len(f.End) > 0 {
		add("frame ends · 帧尾", "% X", f.End)
	}
	if f.Length.Fixed > 0 {
		add("length · 长度", "%d bytes", f.Length.Fixed)
	} else {
		add("length · 长度", "%d bytes at %d%s, plus %d; %d to %d", f.Length.Bytes, f.Length.At, low(f.Length.LittleEndian), f.Length.Add, f.Length.Min, f.Length.Max)
	}
	if f.Check.Kind != contract.CheckNone {
		add("check sum · 校验", "%s over bytes %d to %d, at %d%s", f.Check.Kind, f.Check.From, f.Check.To, f.Check.At, low(f.Check.LittleEndian))
	}
	if f.ID.Bytes > 0 {
		add("sender · 发送者", "%d bytes at %d", f.ID.Bytes, f.ID.At)
	}
	for _, m := range f.Match {
		add("fixed · 固定", "byte %d & 0x%02X = 0x%02X", m.At, m.Mask, m.Value)
	}
	if f.Heartbeat > 0 {
		add("heartbeat · 心跳", "%s at the latest", f.Heartbeat)
	}
}

func low(little bool) string {
	if little {
		return ", low byte first"
	}
	return ""
}

func electrical(add func(string, string, ...any), e *contract.Electrical) {
	if e == nil {
		return
	}
	unit := "V"
	if e.Kind == contract.Current {
		unit = "mA"
	}
	add("output · 输出", "%s, %s to %s %s", e.Kind, number(e.Zero), number(e.Full), unit)
	add("cut wire below · 断线", "%s %s", number(e.Broken), unit)
	add("short circuit above · 短路", "%s %s", number(e.Short), unit)
	if e.Supply != 0 {
		add("supply · 供电", "%s V", number(e.Supply))
	}
}

// sorted are the points in the order of table and address; without registers, as they stand.
func sorted(c *contract.Contract) []int {
	order := make([]int, len(c.Points))
	for i := range order {
		order[i] = i
	}
	if c.Transport == contract.Modbus {
		slices.SortStableFunc(order, func(i, j int) int {
			p, q := &c.Points[i], &c.Points[j]
			return cmp.Or(cmp.Compare(p.Table, q.Table), cmp.Compare(p.Address, q.Address))
		})
	}
	return order
}

func points(b *strings.Builder, c *contract.Contract) {
	rows := make([][]string, 0, len(c.Points))
	for _, i := range sorted(c) {
		p := &c.Points[i]
		rows = append(rows, []string{
			place(c, i), "`" + p.Name + "`", both(p.Title), layout(p), value(p), limits(p),
			escape(string(p.Role)), p.Lane.String(),
		})
	}
	b.WriteString("## Points · 测点\n\n")
	table(b, []string{"where", "name", "meaning · 含义", "layout", "value", "valid · 有效", "role", "lane"}, rows)
}

// place is where a point stands.
func place(c *contract.Contract, i int) string {
	p := &c.Points[i]
	switch {
	case c.Transport == contract.Modbus:
		at := hex(uint64(p.Address), 16)
		if p.Registers() > 1 {
			at += "–" + hex(uint64(p.Last()), 16)
		}
		return p.Table.String() + " " + at
	case c.Transport == contract.Frames && c.Frame != nil && i < len(c.Frame.Fields):
		f := c.Frame.Fields[i]
		return fmt.Sprintf("byte %d, %d long%s", f.At, f.Bytes, low(f.LittleEndian))
	default:
		return c.Transport.String()
	}
}

func layout(p *contract.Point) string {
	parts := []string{p.Type.String()}
	if p.LittleBytes {
		parts = append(parts, "low byte first")
	}
	if p.LowWordFirst {
		parts = append(parts, "low register first")
	}
	if p.Mask != 0 {
		parts = append(parts, "mask "+hex(p.Mask, max(16, p.Type.Width())))
	}
	return strings.Join(parts, ", ")
}

// value is how the raw value becomes the value.
func value(p *contract.Point) string {
	s := "raw"
	if p.Scale != 1 && p.Scale != 0 {
		s += " × " + number(p.Scale)
	}
	switch {
	case p.Offset > 0:
		s += " + " + number(p.Offset)
	case p.Offset < 0:
		s += " − " + number(-p.Offset)
	}
	if p.Unit != "" {
		s += " " + escape(p.Unit)
	}
	return s
}

func limits(p *contract.Point) string {
	var parts []string
	if p.Range != nil {
		parts = append(parts, number(p.Range.Min)+" to "+number(p.Range.Max))
	}
	for _, raw := range p.Invalid {
		parts = append(parts, "not "+hex(raw, p.Type.Width()))
	}
	return strings.Join(parts, ", ")
}

// meanings lists the values and bits of every point that has any.
func meanings(b *strings.Builder, c *contract.Contract) {
	first := true
	for _, i := range sorted(c) {
		p := &c.Points[i]
		rows := meaningRows(p)
		if len(rows) == 0 {
			continue
		}
		if first {
			b.WriteString("## Values and bits · 取值与位\n\n")
			first = false
		}
		fmt.Fprintf(b, "### `%s` %s\n\n", p.Name, both(p.Title))
		table(b, []string{"raw", "means", "cause", "中文", "English"}, rows)
	}
}

func meaningRows(p *contract.Point) [][]string {
	var rows [][]string
	add := func(raw string, means contract.Condition, cause string, t contract.Text) {
		m := means.String()
		if means == contract.Fire {
			m = "**" + m + "**"
		}
		rows = append(rows, []string{raw, m, escape(cause), escape(t.ZH), escape(t.EN)})
	}
	for _, v := range p.Values {
		add(hex(v.Raw, p.Type.Width()), v.Means, v.Cause, v.Title)
	}
	if v := p.Otherwise; v != nil {
		add("any other · 其他", v.Means, v.Cause, v.Title)
	} else if len(p.Values) > 0 && (p.Type != contract.Bool || len(p.Values) < 2) {
		add("any other · 其他", contract.Fault, "unknown", contract.Text{ZH: "未知值，按故障显示", EN: "unknown, shown as a fault"})
	}
	for _, bit := range p.Bits {
		name := "bit " + strconv.Itoa(int(bit.Bit)) + " set · 置位"
		if !bit.When {
			name = "bit " + strconv.Itoa(int(bit.Bit)) + " cleared · 清零"
		}
		add(name, bit.Means, bit.Cause, bit.Title)
	}
	return rows
}

func outputs(b *strings.Builder, c *contract.Contract) {
	rows := make([][]string, 0, len(c.Outputs))
	for i := range c.Outputs {
		o := &c.Outputs[i]
		back := o.ReadBack.Table.String() + " " + hex(uint64(o.ReadBack.Address), 16)
		if o.ReadBack.Mask != 0 {
			back += " & " + hex(uint64(o.ReadBack.Mask), 16)
		}
		rows = append(rows, []string{
			o.Table.String() + " " + hex(uint64(o.Address), 16), "`" + o.Name + "`", both(o.Title),
			hex(uint64(o.On), 16), hex(uint64(o.Off), 16), back + " = " + hex(uint64(o.ReadBack.On), 16),
		})
	}
	if len(rows) > 0 {
		b.WriteString("## Outputs · 输出\n\n")
	}
	table(b, []string{"written", "name", "meaning · 含义", "on", "off", "on when read back · 回读为开"}, rows)
}

func warnings(b *strings.Builder, c *contract.Contract) {
	if len(c.Warnings) == 0 {
		return
	}
	b.WriteString("## Doubts · 存疑\n\n")
	for _, w := range c.Warnings {
		fmt.Fprintf(b, "- %s: %s (%s)\n", escape(w.Path), escape(w.Message), escape(w.Hint))
	}
}
