package contract

import (
	"fmt"
	"slices"
)

// maxWith is how many registers one write with FC16 takes behind its value
// (MODBUS Application Protocol V1.1b3, section 6.12: 123 in all).
const maxWith = 122

// commissioning takes over how the device is changed and recognised.
func (o place) commissioning(c *Contract, raw *rawContract) {
	if o.failed("transport") {
		return // which keys are wanted is not known
	}
	for _, key := range [...]string{"setup", "identity"} {
		if c.Transport != Modbus && o.has(key) {
			o.problem(key, "leave it out", "means nothing for transport %s", c.Transport)
		}
	}
	if c.Transport != Modbus {
		return
	}
	if raw.Setup != nil && o.good("setup") {
		c.Setup = o.in("setup").setup(raw.Setup, &c.Serial)
	}
	for i := range raw.Identity {
		c.Identity = append(c.Identity, o.at("identity", i).identity(&raw.Identity[i]))
	}
}

func (o place) setup(raw *rawSetup, serial *Serial) *Setup {
	s := &Setup{Takes: raw.Takes}
	if r := raw.Address; r != nil {
		s.Address = r.register()
	}
	if r := raw.Baud; r != nil {
		s.Baud = r.register()
		o.in("baud").baudCodes(s.Baud, r.Codes, serial)
	}
	if r := raw.Format; r != nil {
		s.Format = r.register()
		o.in("format").formatCodes(s.Format, r.Codes, serial)
	}
	s.Unlock, s.Save, s.Confirm = o.in("unlock").write(raw.Unlock), o.in("save").write(raw.Save), o.in("confirm").write(raw.Confirm)
	if !o.has("address") && !o.has("baud") && !o.has("format") {
		o.doc.AddValue(o.path, "changes nothing", "add address:, baud: or format:")
	}
	if o.good("takes") && s.Takes == TakesSaved && !o.has("save") {
		o.problem("takes", "add save:, or write takes: now", "takes effect when saved, but nothing is written to save it")
	}
	if o.good("takes") && s.Takes == TakesPower && o.has("confirm") {
		o.problem("confirm", "leave it out", "what takes effect after a power cycle can't be confirmed at once")
	}
	o.apart(s)
	return s
}

// apart makes sure that one register does not stand for two things.
func (o place) apart(s *Setup) {
	seen := map[uint16]string{}
	for _, r := range [...]struct {
		key string
		at  *SetupRegister
	}{{"address", s.Address}, {"baud", s.Baud}, {"format", s.Format}} {
		if r.at == nil || !o.in(r.key).good("register") {
			continue
		}
		if first, taken := seen[r.at.Address]; taken {
			o.in(r.key).problem("register", "", "0x%04X is the register of %s too", r.at.Address, first)
		}
		seen[r.at.Address] = r.key
	}
}

func (r *rawRegister) register() *SetupRegister {
	return &SetupRegister{Address: r.Register, Multiple: r.Multiple}
}

func (o place) baudCodes(r *SetupRegister, raw []rawBaudCode, serial *Serial) {
	for i, c := range raw {
		at := o.at("codes", i)
		if at.good("baud") && c.Baud != serial.Baud && !slices.Contains(serial.Bauds, c.Baud) {
			at.problem("baud", "add it to serial.bauds, or leave it out", "%d is not among the device's baud rates", c.Baud)
		}
		at.code(r, "baud", c.Baud, c.Code)
	}
	o.anyCodes(len(raw))
}

func (o place) formatCodes(r *SetupRegister, raw []rawFormatCode, serial *Serial) {
	for i, c := range raw {
		at := o.at("codes", i)
		format := string(c.Format)
		if at.good("format") && format != serial.Format && !slices.Contains(serial.Formats, format) {
			at.problem("format", "add it to serial.formats, or leave it out", "%s is not among the device's formats", format)
		}
		value, _ := FormatCode(format)
		at.code(r, "format", value, c.Code)
	}
	o.anyCodes(len(raw))
}

func (o place) anyCodes(n int) {
	if n == 0 && o.good("codes") {
		o.problem("codes", "name the code of each setting", "is empty")
	}
}

// code adds one code; a value or a code that stands there twice can't be chosen.
func (o place) code(r *SetupRegister, key string, value int, code uint16) {
	if o.good(key) && o.good("code") {
		for _, c := range r.Codes {
			switch {
			case c.Value == value:
				o.problem(key, "", "is listed twice")
			case c.Code == code:
				o.problem("code", "", "code %d is listed twice", code)
			}
		}
	}
	r.Codes = append(r.Codes, SetupCode{Value: value, Code: code})
}

func (o place) write(raw *rawSetupWrite) *SetupWrite {
	if raw == nil {
		return nil
	}
	w := &SetupWrite{Address: raw.Register, Value: raw.Value}
	if raw.With == nil {
		return w
	}
	span, at := Span(*raw.With), o.in("with")
	w.With = &span
	if !at.good("table") || !at.good("from") || !at.good("to") {
		return w
	}
	switch n := int(span.To) - int(span.From) + 1; {
	case span.Table.Bits():
		at.problem("table", "holding or input", "a %s is no register", span.Table)
	case n < 1:
		at.problem("from", "swap the two", "from 0x%04X is above to 0x%04X", span.From, span.To)
	case n > maxWith:
		at.problem("to", "", "%d registers don't fit one write, at most %d", n, maxWith)
	case int(w.Address)+n > 0xFFFF:
		at.problem("to", "", "the write from 0x%04X would end after the last address 0xFFFF", w.Address)
	}
	return w
}

func (o place) identity(raw *rawIdentity) Identity {
	id := Identity(*raw)
	if !o.good("min") || !o.good("max") || !o.good("table") {
		return id
	}
	switch {
	case id.Min > id.Max:
		o.problem("min", "swap the two", "min %s is above max %s", hexWord(id.Min), hexWord(id.Max))
	case id.Table.Bits() && (id.Max > 1 || id.Mask != 0):
		o.problem("table", "holding or input", "a %s is a single bit", id.Table)
	case id.Mask != 0 && id.Max&^id.Mask != 0:
		o.problem("max", "", "%s can't occur under mask %s", hexWord(id.Max), hexWord(id.Mask))
	case id.Min == 0:
		o.problem("min", "a device that answers 0 for every register would be taken for this one", "0 tells nothing apart")
	}
	return id
}

func hexWord(v uint16) string { return fmt.Sprintf("0x%04X", v) }
