package contract

// Setup says how a Modbus device's address and speed are changed. A device without it can't
// be changed over the wire.
type Setup struct {
	// Address is the holding register that the new address is written to.
	Address *SetupRegister
	// Baud and Format are the holding registers of speed and character format.
	Baud   *SetupRegister
	Format *SetupRegister
	// Unlock and Save are writes before and after the change; nil where none are needed.
	Unlock, Save *SetupWrite
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

// SetupWrite is one fixed write with FC06.
type SetupWrite struct {
	Address, Value uint16
}

// Takes is when a change of the address or the speed takes effect.
type Takes uint8

// The times.
const (
	// TakesNow: after the reply to the write, which still comes from the old address.
	TakesNow Takes = iota
	// TakesSaved: after the Save write.
	TakesSaved
	// TakesPower: when the device is switched off and on.
	TakesPower
)

// Identity is a register by which a device of this model can be told from others.
type Identity struct {
	Table   Table
	Address uint16
	// Mask picks the bits that count; 0: all. The masked value lies within Min and Max.
	Mask     uint16
	Min, Max uint16
}
