package power

import (
	"time"

	"firepost/firmware-contracts/contract"
)

// The cause words of faults. They are stable.
const (
	// CauseOnBattery: the booth runs on its battery.
	CauseOnBattery = "on_battery"
	// CauseMainsUnknown: nobody can say whether the mains are there.
	CauseMainsUnknown = "mains_unknown"
	// CauseMainsUnstable: the mains came and went several times within an hour.
	CauseMainsUnstable = "mains_unstable"
	// CauseSupply: the mains are reported, and the battery feeds the booth all the same.
	CauseSupply = "supply_failed"
	// CauseBatteryLow: less than the reserve is left.
	CauseBatteryLow = "battery_low"
	// CauseBatteryUnknown: nobody can say what is left.
	CauseBatteryUnknown = "battery_unknown"
	// CauseBatteryMissing: no battery is connected.
	CauseBatteryMissing = "battery_missing"
	// CauseBatteryAged: measured, it can't serve watch and reserve any more.
	CauseBatteryAged = "battery_aged"
	// CauseRecharge: not full within the time to recharge.
	CauseRecharge = "recharge_late"
	// CauseCharging: the charger charges although it may not.
	CauseCharging = "charge_forbidden"
)

// Fault is one fault of the supply.
type Fault struct {
	Cause string
	Text  contract.Text
}

// How names what an estimate of the remaining energy rests on.
type How string

// What an estimate can rest on.
const (
	ByNothing How = ""
	ByCount   How = "count"
	ByVoltage How = "voltage"
	ByGauge   How = "gauge"
	// ByLowest: the sources contradict each other; the lowest is believed.
	ByLowest How = "lowest"
)

// Remaining is how much the battery still gives.
type Remaining struct {
	// Known is false when nothing can be said; all numbers are then zero.
	Known bool
	// LeastWh and MostWh bound the energy that can still be drawn, in watt hours, at the
	// temperature expected.
	LeastWh, MostWh float64
	// Least, Likely and Most are the times until the battery is empty at the present load
	// or, on mains, at the load of the watch. Likely is what people are shown, held
	// steady; it is never above Most nor below Least.
	Least, Likely, Most time.Duration
	// Watts is the load that they are reckoned with, MeasuredLoad whether it was measured.
	Watts        float64
	MeasuredLoad bool
	How          How
	Text         contract.Text
}

// Capacity is what is known of the battery's real capacity at 25 °C, in ampere hours.
type Capacity struct {
	LowAh, HighAh float64
	// Measured: from a discharge; otherwise it is the rating with the doubt of age.
	Measured bool
	// Age is how long ago it was measured, as far as this keeper has been running.
	Age time.Duration
	// TestDue: never measured, or too long ago; a discharge under watch is due.
	TestDue bool
}

// Decision is what is to be done now.
type Decision struct {
	// Mains is what is believed; OnBattery whether the battery feeds the booth. With
	// Mains unknown and no discharge seen OnBattery is false, and a fault stands.
	Mains     Mains
	OnBattery bool
	// Since is when Mains became what it is, Elapsed how long ago.
	Since, Elapsed time.Duration
	// Shed is what is shed, On what shall have power: everything that is not shed, and the
	// screens that a takeover has woken.
	Shed, On Loads
	// HeaterWatts is what a heater may draw; 0 on battery unless there is energy to spare.
	HeaterWatts float64
	// AllowTakeoverScreen and AllowTakeoverLED: a takeover may use television or LED board.
	AllowTakeoverScreen, AllowTakeoverLED bool
	// ChargeAllowed: the charger may run; ChargeText says why not.
	ChargeAllowed bool
	ChargeText    contract.Text
	// WantWarmth: the battery is too cold to be charged and waits for it.
	WantWarmth bool
	Remaining  Remaining
	Capacity   Capacity
	// Learned is the present belief about each load in watts, by measurement where one was
	// possible; the same as configured otherwise.
	Learned [loads]float64
	// Faults are the faults that stand, most urgent first.
	Faults []Fault
	// Text is one line for a display.
	Text contract.Text
}

// Has reports whether a fault with this cause stands.
func (d *Decision) Has(cause string) bool {
	for _, f := range d.Faults {
		if f.Cause == cause {
			return true
		}
	}
	return false
}

func (d *Decision) fault(cause, zh, en string) {
	d.Faults = append(d.Faults, Fault{Cause: cause, Text: contract.Text{ZH: zh, EN: en}})
}
