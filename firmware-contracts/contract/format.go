package contract

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"firepost/firmware-contracts/strictyaml"
)

// The format as FORMAT.md describes it: what a file may hold, key by key. Load turns it into
// a Contract.

type rawContract struct {
	Name       modelName      `yaml:"name,required" help:"lower-case letters, digits and single hyphens, such as smoke-generic"`
	Version    int            `yaml:"version,required" within:"1 9999" help:"a changed meaning is a new version"`
	Title      rawText        `yaml:"title,required" help:"{zh: 烟感, en: smoke detector}"`
	Class      class          `yaml:"class,required"`
	Transport  Transport      `yaml:"transport" help:"modbus unless it says otherwise"`
	Hardware   bool           `yaml:"hardware,required" help:"true once it has been run against the real device, else false"`
	Sources    []rawSource    `yaml:"sources,required" help:"a list of where the facts come from: - {title: …, where: …, mark: S}"`
	Serial     rawSerial      `yaml:"serial" help:"the factory setting: {baud: 9600, format: 8N1}"`
	Address    rawAddress     `yaml:"address" help:"{default: 1, min: 1, max: 247}"`
	Frame      *rawFrame      `yaml:"frame" help:"{start: [0xA5, 0x5A], length: {fixed: 12}, check: {…}}"`
	Electrical *rawElectrical `yaml:"electrical" help:"{kind: current, zero: 4, full: 20, broken: 3.6, short: 21}"`
	Chip       chipName       `yaml:"chip" help:"the driver's name, such as ina219"`
	Limits     rawLimits      `yaml:"limits" help:"{max_registers: 16, reply_within: 100ms}"`
	Readable   []rawSpan      `yaml:"readable" help:"a list of spans: - {table: holding, from: 0x0000, to: 0x000F}"`
	Points     []rawPoint     `yaml:"points,required" help:"a list: - {name: smoke, role: smoke, lane: alarm, table: holding, address: 0x0010, type: u16, …}"`
	Outputs    []rawOutput    `yaml:"outputs" help:"a list: - {name: relay_1, table: coil, address: 0x0000, read_back: {…}, …}"`
	Setup      *rawSetup      `yaml:"setup" help:"how address and speed are changed: {address: {register: 0x0100}, takes: now}"`
	Identity   []rawIdentity  `yaml:"identity" help:"registers by which the model is recognised: - {table: holding, address: 0x0012, min: 1, max: 1}"`
}

type rawText struct {
	ZH line `yaml:"zh,required" help:"the text in Chinese"`
	EN line `yaml:"en,required" help:"the text in English"`
}

type rawSource struct {
	Title line `yaml:"title,required" help:"the document or repository, in words"`
	Where line `yaml:"where,required" help:"a page, address or repository"`
	Mark  mark `yaml:"mark,required" help:"verified, from the named source, from memory"`
}

type rawSerial struct {
	Baud    int          `yaml:"baud,required" within:"300 1000000" help:"the factory baud rate, such as 9600"`
	Format  portFormat   `yaml:"format,required"`
	Bauds   []int        `yaml:"bauds" within:"300 1000000" help:"a list of the other baud rates that can be set"`
	Formats []portFormat `yaml:"formats" help:"a list of the other formats that can be set"`
}

type rawAddress struct {
	Default uint8 `yaml:"default,required" within:"1 255" help:"the factory address"`
	Min     uint8 `yaml:"min,required" within:"1 255" help:"the lowest address that can be set"`
	Max     uint8 `yaml:"max,required" within:"1 255" help:"the highest address that can be set; the standard ends at 247"`
}

type rawLimits struct {
	MaxRegisters uint16              `yaml:"max_registers" within:"1 125" help:"the most registers in one read"`
	MaxBits      uint16              `yaml:"max_bits" within:"1 2000" help:"the most bits in one read"`
	MaxGap       uint16              `yaml:"max_gap" within:"0 124" help:"how many readable addresses between two points may be read along"`
	ReplyWithin  strictyaml.Duration `yaml:"reply_within" within:"5ms 10s" help:"the longest wait for a reply's first byte"`
	LateReply    strictyaml.Duration `yaml:"late_reply" within:"50ms 1m" help:"how late a reply may still arrive"`
	Turnaround   strictyaml.Duration `yaml:"turnaround" within:"0s 1s" help:"the typical time from request to reply"`
}

type rawSpan struct {
	Table Table  `yaml:"table,required"`
	From  uint16 `yaml:"from,required" help:"the first address, 0x0000 to 0xFFFF"`
	To    uint16 `yaml:"to,required" help:"the last address, 0x0000 to 0xFFFF"`
}

type rawPoint struct {
	Name      itemName             `yaml:"name,required" help:"lower-case letters, digits and single underscores, such as smoke"`
	Title     rawText              `yaml:"title,required" help:"{zh: 烟雾, en: smoke}"`
	Role      Role                 `yaml:"role,required"`
	Lane      Lane                 `yaml:"lane,required" help:"alarm for what must be seen at once"`
	Table     Table                `yaml:"table"`
	Address   uint16               `yaml:"address" help:"the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000"`
	Type      Type                 `yaml:"type"`
	Field     *rawField            `yaml:"field" help:"where the value stands in the frame: {at: 8, bytes: 2}"`
	ByteOrder byteOrder            `yaml:"byte_order" help:"little when the bytes within a register are swapped"`
	WordOrder wordOrder            `yaml:"word_order" help:"low_first when the least significant register comes first"`
	Mask      uint64               `yaml:"mask" within:"1" help:"the bits that count, such as 0x00FF"`
	Scale     *float64             `yaml:"scale" help:"what one raw step is worth, such as 0.1"`
	Offset    float64              `yaml:"offset" help:"what is added after scaling, such as -40"`
	Unit      line                 `yaml:"unit" help:"the unit of the scaled value, such as MPa"`
	Range     *rawRange            `yaml:"range" help:"the valid range of the scaled value: {min: 0, max: 2.5}"`
	Invalid   []strictyaml.Integer `yaml:"invalid" help:"a list of raw values that mean “no measurement”, such as [0xFFFF]"`
	Values    []rawValue           `yaml:"values" help:"a list: - {raw: 1, means: fire, zh: 火警, en: smoke alarm}"`
	Otherwise *rawMeaning          `yaml:"otherwise" help:"what every other raw value means: {means: fire, zh: 火警, en: smoke alarm}"`
	Bits      []rawBit             `yaml:"bits" help:"a list: - {bit: 2, means: fire, zh: 火警, en: smoke alarm}"`
}

type rawRange struct {
	Min float64 `yaml:"min,required" help:"the lowest valid value, in the point's unit"`
	Max float64 `yaml:"max,required" help:"the highest valid value, in the point's unit"`
}

type rawMeaning struct {
	Means Condition `yaml:"means,required"`
	Cause itemName  `yaml:"cause" help:"one stable word, such as battery, tamper or dirty"`
	ZH    line      `yaml:"zh,required" help:"the text in Chinese"`
	EN    line      `yaml:"en,required" help:"the text in English"`
}

type rawValue struct {
	Raw        strictyaml.Integer `yaml:"raw,required" help:"the raw value, after the mask, such as 1 or 0x00FF"`
	rawMeaning `yaml:",inline"`
}

type rawBit struct {
	Bit        uint8 `yaml:"bit,required" within:"0 63" help:"the bit's number, 0 for the lowest"`
	When       *bool `yaml:"when" help:"true when a set bit means it (the default), false when a cleared bit does"`
	rawMeaning `yaml:",inline"`
}

type rawOutput struct {
	Name     itemName    `yaml:"name,required" help:"lower-case letters, digits and single underscores, such as relay_1"`
	Title    rawText     `yaml:"title,required" help:"{zh: 继电器 1, en: relay 1}"`
	Table    Table       `yaml:"table,required" help:"only coil (FC05) and holding (FC06) can be written"`
	Address  uint16      `yaml:"address,required" help:"the 0-based address on the wire"`
	On       uint16      `yaml:"on" help:"the value written for on, such as 0x0100"`
	Off      uint16      `yaml:"off" help:"the value written for off, such as 0x0200"`
	ReadBack rawReadBack `yaml:"read_back,required" help:"where the true state is read: {table: coil, address: 0x0000, on: 1}"`
}

type rawReadBack struct {
	Table   Table  `yaml:"table,required"`
	Address uint16 `yaml:"address,required" help:"the 0-based address on the wire"`
	Mask    uint16 `yaml:"mask" within:"1 65535" help:"the bits that count, such as 0x0001"`
	On      uint16 `yaml:"on,required" help:"the raw value, after the mask, that means on"`
}

// Words that only the file knows.
type (
	class      string
	mark       string
	portFormat string
	byteOrder  uint8
	wordOrder  uint8
)

func (class) Words() []string      { return classNames[:] }
func (mark) Words() []string       { return markNames[:] }
func (portFormat) Words() []string { return formatNames[:] }
func (byteOrder) Words() []string  { return []string{"big", "little"} }
func (wordOrder) Words() []string  { return []string{"high_first", "low_first"} }

// maxText bounds a title or a source, in runes.
const maxText = 200

// line is a text for people: not empty and not long.
type line string

// UnmarshalText reads a line.
func (l *line) UnmarshalText(text []byte) error {
	switch {
	case strings.TrimSpace(string(text)) == "":
		return strictyaml.Problem{Message: "the text is empty"}
	case utf8.RuneCount(text) > maxText:
		return strictyaml.Problem{Message: fmt.Sprintf("the text is longer than %d letters", maxText)}
	}
	*l = line(text)
	return nil
}

// modelName and itemName are names that other files and messages refer to.
type (
	modelName string
	itemName  string
)

// UnmarshalText reads a contract's name.
func (n *modelName) UnmarshalText(text []byte) error {
	*n = modelName(text)
	return checkName(string(text), '-')
}

// UnmarshalText reads the name of a point, an output or a cause.
func (n *itemName) UnmarshalText(text []byte) error {
	*n = itemName(text)
	return checkName(string(text), '_')
}

func checkName(s string, joiner byte) error {
	switch {
	case len(s) > maxName:
		return strictyaml.Problem{Message: fmt.Sprintf("the name is longer than %d letters", maxName)}
	case !validName(s, joiner):
		return strictyaml.Problem{Message: fmt.Sprintf("%q is not a name", s)}
	}
	return nil
}
