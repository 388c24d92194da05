package contract

import "slices"

// The keys setup and identity as FORMAT.md describes them.

type rawSetup struct {
	Address *rawAddressRegister `yaml:"address" help:"{register: 0x0100}"`
	Baud    *rawBaudRegister    `yaml:"baud" help:"{register: 0x0101, codes: [{baud: 9600, code: 3}]}"`
	Format  *rawFormatRegister  `yaml:"format" help:"{register: 0x0102, codes: [{format: 8N1, code: 0}]}"`
	Unlock  *rawSetupWrite      `yaml:"unlock" help:"a write before the change: {register: 0x0030, value: 0x554E}"`
	Save    *rawSetupWrite      `yaml:"save" help:"a write after the change: {register: 0x000F, value: 0}"`
	Confirm *rawSetupWrite      `yaml:"confirm" help:"a write in the new settings, without which the device goes back"`
	Takes   Takes               `yaml:"takes,required" help:"when a change takes effect"`
}

type rawRegister struct {
	Register uint16 `yaml:"register,required" help:"the holding register's 0-based address, such as 0x0100"`
	Multiple bool   `yaml:"multiple" help:"true when it must be written with FC16"`
}

type rawAddressRegister struct {
	rawRegister `yaml:",inline"`
}

type rawBaudRegister struct {
	rawRegister `yaml:",inline"`
	Codes       []rawBaudCode `yaml:"codes,required" help:"a list: [{baud: 4800, code: 1}, {baud: 9600, code: 2}]"`
}

type rawBaudCode struct {
	Baud int    `yaml:"baud,required" within:"300 1000000" help:"the baud rate, such as 9600"`
	Code uint16 `yaml:"code,required" help:"what is written for it"`
}

type rawFormatRegister struct {
	rawRegister `yaml:",inline"`
	Codes       []rawFormatCode `yaml:"codes,required" help:"a list: [{format: 8N1, code: 0}, {format: 8E1, code: 2}]"`
}

type rawFormatCode struct {
	Format portFormat `yaml:"format,required"`
	Code   uint16     `yaml:"code,required" help:"what is written for it"`
}

type rawSetupWrite struct {
	Register uint16   `yaml:"register,required" help:"the holding register's 0-based address, such as 0x000F"`
	Value    uint16   `yaml:"value,required" help:"what is written"`
	With     *rawSpan `yaml:"with" help:"registers that are written behind it as they were read: {table: holding, from: 0x0016, to: 0x0019}"`
}

type rawIdentity struct {
	Table   Table  `yaml:"table,required"`
	Address uint16 `yaml:"address,required" help:"the 0-based address on the wire"`
	Mask    uint16 `yaml:"mask" within:"1 65535" help:"the bits that count, such as 0xFF00"`
	Min     uint16 `yaml:"min,required" help:"the lowest value of this model, after the mask"`
	Max     uint16 `yaml:"max,required" help:"the highest value of this model, after the mask"`
}

// takesNames are the words of the YAML format, indexed by the constants.
var takesNames = [...]string{TakesNow: "now", TakesSaved: "saved", TakesPower: "power"} //nolint:gochecknoglobals // lookup table

// String is the word in the YAML format.
func (t Takes) String() string { return nameOf(takesNames[:], int(t), "takes") }

// Words lists the words of the YAML format, indexed by the constants.
func (Takes) Words() []string { return slices.Clone(takesNames[:]) }
