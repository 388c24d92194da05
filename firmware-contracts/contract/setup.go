package contract

// Setup says how a Modbus device's address and speed are changed. A device without it can't
// be changed over the wire. The registers that it names can be read too: an address register
// holds the device's own address, by which a device is recognised and a change verified.
type Setup struct {
	// Address is the holding register that the new address is written to.
	Address *SetupRegister
	// Baud and Format are the holding registers of speed and character format.
	Baud   *SetupRegister
	Format *SetupRegister
	// Unlock and Save are writes before and after the change; nil where none are needed.
	Unlock, Save *SetupWrite
	// Confirm is a write in the new settings, without which the device goes back to the old
	// ones; nil where none is needed.
	Confirm *SetupWrite
	// Takes is when a change takes effect.
	Takes Takes
}

// SetupRegister is a holding register, written with FC06 (or FC16 where Multiple is set).
type SetupRegister struct {
	Address  uint16
	Multiple bool
	// Codes give a baud rate or a format (8N1 = 0, 8E1 = 1, 8O1 = 2, 8N2 = 3) its code. Empty
	// for an address, which is written as it is.
	Codes []SetupCode
}

// SetupCode is one value with the code that is written for it.
type SetupCode struct {
	Value int
	Code  uint16
}

// Code is what is written for a value; false when the register has no code for it.
func (r *SetupRegister) Code(value int) (uint16, bool) {
	for _, c := range r.Codes {
		if c.Value == value {
			return c.Code, true
		}
	}
	return 0, false
}

// Value is what a code stands for; false for a code that the register does not have.
func (r *SetupRegister) Value(code uint16) (int, bool) {
	for _, c := range r.Codes {
		if c.Code == code {
			return c.Value, true
		}
	}
	return 0, false
}

// SetupWrite is one fixed write with FC06 or, where With is set, with FC16.
type SetupWrite struct {
	Address, Value uint16
	// With are registers that are read beforehand and written behind Value, so that the device
	// knows itself to be meant, such as by its serial number; nil where none are needed.
	With *Span
}

// Takes is when a change of the address or the speed takes effect.
type Takes uint8

// The times.
const (
	// TakesNow: after the reply to the write, which still comes from the old address.
	TakesNow Takes = iota
	// TakesSaved: after the reply to the Save write, which still comes from the old address.
	TakesSaved
	// TakesPower: when the device is switched off and on.
	TakesPower
)

// FormatCode is a character format as SetupCode.Value holds it: 0 for 8N1, 1 for 8E1, 2 for
// 8O1, 3 for 8N2. It is false for any other text.
func FormatCode(format string) (int, bool) {
	i, err := indexOf(formatNames[:], format, "format")
	return i, err == nil
}

// Identity is a register by which a device of this model can be told from others.
type Identity struct {
	Table   Table
	Address uint16
	// Mask picks the bits that count; 0: all. The masked value lies within Min and Max.
	Mask     uint16
	Min, Max uint16
}

// Fits reports whether a register's value is one that this model has.
func (i *Identity) Fits(value uint16) bool {
	if i.Mask != 0 {
		value &= i.Mask
	}
	return value >= i.Min && value <= i.Max
}
