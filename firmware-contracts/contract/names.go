package contract

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Sentinels that errors of this package wrap.
var (
	// ErrName is wrapped by every ParseX for a word that it does not know.
	ErrName = errors.New("unknown name")
	// ErrOutsideBlock is wrapped by Decode when the block does not hold the whole point.
	ErrOutsideBlock = errors.New("outside the block that was read")
	// ErrNoPoint is wrapped by Decode for an index that the contract does not have.
	ErrNoPoint = errors.New("no such point")
	// ErrDuplicate is wrapped by NewSet and LoadFS when two contracts have one reference.
	ErrDuplicate = errors.New("contract given twice")
)

// The words of the YAML format, indexed by the constants that they stand for.
var (
	laneNames      = [...]string{Slow: "slow", Alarm: "alarm"}                                                                     //nolint:gochecknoglobals // lookup table
	tableNames     = [...]string{Holding: "holding", Input: "input", Coil: "coil", Discrete: "discrete"}                           //nolint:gochecknoglobals // lookup table
	typeNames      = [...]string{Bool: "bool", U16: "u16", I16: "i16", U32: "u32", I32: "i32", F32: "f32", U64: "u64"}             //nolint:gochecknoglobals // lookup table
	conditionNames = [...]string{Normal: "normal", Fault: "fault", Supervisory: "supervisory", Prealarm: "prealarm", Fire: "fire"} //nolint:gochecknoglobals // lookup table
	qualityNames   = [...]string{Good: "good", Invalid: "invalid", OutOfRange: "out_of_range", Unknown: "unknown"}                 //nolint:gochecknoglobals // lookup table
	classNames     = [...]string{"detector", "pressure", "input", "relay", "climate", "meter"}                                     //nolint:gochecknoglobals // lookup table
	formatNames    = [...]string{"8N1", "8E1", "8O1", "8N2"}                                                                       //nolint:gochecknoglobals // lookup table
	markNames      = [...]string{"V", "S", "M"}                                                                                    //nolint:gochecknoglobals // lookup table
	roleNames      = [...]string{                                                                                                  //nolint:gochecknoglobals // lookup table
		string(RoleSmoke), string(RoleFault), string(RoleTamper), string(RoleBattery), string(RoleDensity),
		string(RolePressure), string(RoleTemperature), string(RoleHumidity), string(RolePower),
		string(RoleInput), string(RoleRelay), string(RoleInfo),
	}
)

// String is the lane's word in the YAML format.
func (l Lane) String() string { return nameOf(laneNames[:], int(l), "lane") }

// String is the table's word in the YAML format.
func (t Table) String() string { return nameOf(tableNames[:], int(t), "table") }

// String is the type's word in the YAML format.
func (t Type) String() string { return nameOf(typeNames[:], int(t), "type") }

// String is the condition's word in the YAML format; the same words class events.
func (c Condition) String() string { return nameOf(conditionNames[:], int(c), "condition") }

// String is the quality's word; it equals the message.Quality of the same meaning.
func (q Quality) String() string { return nameOf(qualityNames[:], int(q), "quality") }

// Words lists the lanes of the YAML format, indexed by the constants; so do the others.
func (Lane) Words() []string { return slices.Clone(laneNames[:]) }

// Words lists the tables of the YAML format.
func (Table) Words() []string { return slices.Clone(tableNames[:]) }

// Words lists the types of the YAML format.
func (Type) Words() []string { return slices.Clone(typeNames[:]) }

// Words lists the conditions of the YAML format.
func (Condition) Words() []string { return slices.Clone(conditionNames[:]) }

// Words lists the roles of the YAML format.
func (Role) Words() []string { return slices.Clone(roleNames[:]) }

// ParseLane reads a word that Lane.String writes. The error wraps ErrName.
func ParseLane(s string) (Lane, error) {
	i, err := indexOf(laneNames[:], s, "lane")
	return Lane(i), err
}

// ParseTable reads a word that Table.String writes. The error wraps ErrName.
func ParseTable(s string) (Table, error) {
	i, err := indexOf(tableNames[:], s, "table")
	return Table(i), err
}

// ParseType reads a word that Type.String writes. The error wraps ErrName.
func ParseType(s string) (Type, error) {
	i, err := indexOf(typeNames[:], s, "type")
	return Type(i), err
}

// ParseCondition reads a word that Condition.String writes. The error wraps ErrName.
func ParseCondition(s string) (Condition, error) {
	i, err := indexOf(conditionNames[:], s, "condition")
	return Condition(i), err
}

// ParseQuality reads a word that Quality.String writes. The error wraps ErrName.
func ParseQuality(s string) (Quality, error) {
	i, err := indexOf(qualityNames[:], s, "quality")
	return Quality(i), err
}

// ParseRole reads a role. The error wraps ErrName.
func ParseRole(s string) (Role, error) {
	i, err := indexOf(roleNames[:], s, "role")
	if err != nil {
		return "", err
	}
	return Role(roleNames[i]), nil
}

// article is the type with its article, for messages.
func (t Type) article() string {
	switch t {
	case I16, I32, F32:
		return "an " + t.String()
	case Bool, U16, U32, U64:
		return "a " + t.String()
	default:
		return t.String()
	}
}

func nameOf(names []string, i int, kind string) string {
	if i < len(names) {
		return names[i]
	}
	return kind + " " + strconv.Itoa(i)
}

func indexOf(names []string, s, kind string) (int, error) {
	for i, n := range names {
		if n == s {
			return i, nil
		}
	}
	return 0, fmt.Errorf("parse %s %q: %w: it is one of %s", kind, s, ErrName, strings.Join(names, ", "))
}

// ref writes the reference "name@version".
func ref(name string, version int) string { return name + "@" + strconv.Itoa(version) }

// ParseRef splits a reference "name@version" such as "smoke-generic@1". The name is lower-case
// letters and digits in parts joined by single hyphens; the version is 1 or more, without
// leading zeros. The error wraps ErrName.
func ParseRef(s string) (name string, version int, err error) {
	name, v, ok := strings.Cut(s, "@")
	if !ok || !validName(name, '-') {
		return "", 0, fmt.Errorf("parse contract reference %q: %w: write name@version, such as smoke-generic@1", s, ErrName)
	}
	version, err = strconv.Atoi(v)
	if err != nil || version < 1 || version > maxVersion || strconv.Itoa(version) != v {
		return "", 0, fmt.Errorf("parse contract reference %q: %w: the version after @ is a whole number from 1 to %d", s, ErrName, maxVersion)
	}
	return name, version, nil
}

// maxVersion keeps a reference printable and a typing error visible.
const maxVersion = 9999

// maxName is the longest contract, point or output name.
const maxName = 40

// validName reports whether s is lower-case letters and digits in parts joined by single
// joiners, beginning with a letter.
func validName(s string, joiner byte) bool {
	if s == "" || len(s) > maxName || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == joiner {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == joiner && s[i-1] != joiner:
		default:
			return false
		}
	}
	return true
}
