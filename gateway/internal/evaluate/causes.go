package evaluate

import "firepost/firmware-contracts/contract"

// The cause words that this package gives by itself. Contracts name further ones.
const (
	// CauseInvalid: the raw value is one that means "no measurement".
	CauseInvalid = "invalid"
	// CauseOutOfRange: the value is outside the contract's valid range.
	CauseOutOfRange = "out_of_range"
	// CauseUnknown: the raw value is one that the contract does not list.
	CauseUnknown = "unknown"
	// CauseFire: a fire meaning for which the contract names no cause.
	CauseFire = "fire"
	// CausePrealarm: a pre-alarm meaning or limit without a cause of its own.
	CausePrealarm = "prealarm"
	// CauseSupervisory: a supervisory meaning without a cause of its own.
	CauseSupervisory = "supervisory"
	// CauseDevice: the device's own fault report without a cause of its own.
	CauseDevice = "device"
	// CauseTamper: the head is removed or the cover is open.
	CauseTamper = "tamper"
	// CauseBattery: the battery is at or below its low limit.
	CauseBattery = "battery"
	// CauseBatteryHigh: the battery reads above its high limit (charger fault).
	CauseBatteryHigh = "battery_high"
	// CauseLowPressure and CauseHighPressure: outside the band at 20 °C.
	CauseLowPressure  = "low_pressure"
	CauseHighPressure = "high_pressure"
	// CauseLowTemperature and CauseHighTemperature: outside the configured limits.
	CauseLowTemperature  = "low_temperature"
	CauseHighTemperature = "high_temperature"
	// CauseLowHumidity and CauseHighHumidity: outside the configured limits.
	CauseLowHumidity  = "low_humidity"
	CauseHighHumidity = "high_humidity"
	// CauseLow and CauseHigh: outside the configured limits, for every other role.
	CauseLow  = "low"
	CauseHigh = "high"
	// CauseTemperatureOutOfRating is for information only (Condition Normal): the vessel is
	// outside the temperatures that it is rated for.
	CauseTemperatureOutOfRating = "temperature_out_of_rating"
	// CauseSilenceKey: a key switch for silence on site (停现场声) is turned.
	CauseSilenceKey = "silence_key"
	// CauseCallPoint: a person pressed a manual call point.
	CauseCallPoint = "call_point"
	// CauseRules: the point's limits can't be applied, see Rules.Check.
	CauseRules = "rules"
)

// MaxCauses is how many causes one reading can carry. Further ones are dropped, fires and
// faults of quality never (they are added first).
const MaxCauses = 8

// Cause is one reason with the condition that it stands for; Normal marks information.
type Cause struct {
	Condition contract.Condition
	Word      string
}

// Causes is a small set of causes in the order in which they were found. It is a value:
// copying it copies the set, comparing it compares the sets, and it never allocates.
type Causes struct {
	n    uint8
	list [MaxCauses]Cause
}

// Len is the number of causes.
func (c *Causes) Len() int { return int(c.n) }

// At returns cause i, 0 ≤ i < Len.
func (c *Causes) At(i int) Cause { return c.list[:c.n][i] }

// Has reports whether the set holds this word for this condition.
func (c *Causes) Has(cond contract.Condition, word string) bool {
	for i := range c.list[:c.n] {
		if c.list[i].Condition == cond && c.list[i].Word == word {
			return true
		}
	}
	return false
}

// Words returns the words, for display.
func (c *Causes) Words() []string {
	words := make([]string, 0, c.n)
	for _, k := range c.list[:c.n] {
		words = append(words, k.Word)
	}
	return words
}

func (c *Causes) add(cond contract.Condition, word string) {
	if c.Has(cond, word) || int(c.n) == len(c.list) {
		return
	}
	c.list[c.n] = Cause{Condition: cond, Word: word}
	c.n++
}

// defaultCause is the word for a meaning whose contract names none.
func defaultCause(cond contract.Condition, role contract.Role) string {
	switch cond {
	case contract.Fire:
		return CauseFire
	case contract.Prealarm:
		return CausePrealarm
	case contract.Supervisory, contract.Fault:
		switch role {
		case contract.RoleTamper:
			return CauseTamper
		case contract.RoleBattery:
			return CauseBattery
		default:
		}
		if cond == contract.Fault {
			return CauseDevice
		}
		return CauseSupervisory
	case contract.Normal:
		return ""
	}
	return CauseUnknown
}
