package climate

import "firepost/firmware-contracts/contract"

// The cause words of faults and supervisory conditions. They are stable.
const (
	// CauseSensor: the air's temperature is not known; a substitute is in use.
	CauseSensor = "climate_sensor"
	// CauseHumidity: the air's humidity is not known; condensation can't be judged.
	CauseHumidity = "humidity_unknown"
	// CauseHeaterDead: the heater is on and nothing gets warmer.
	CauseHeaterDead = "heater_no_effect"
	// CauseHeaterOn: the heater is off and heats.
	CauseHeaterOn = "heater_stuck_on"
	// CauseCutout: the hardware cut-out has opened.
	CauseCutout = "heater_cutout"
	// CauseFan: the fan is on and does not turn or cool, or turns although it is off.
	CauseFan = "fan_stuck"
	// CauseHot and CauseCold: the booth is outside what its parts stand.
	CauseHot  = "over_temperature"
	CauseCold = "low_temperature"
	// CauseWet (supervisory): a surface is at or below the dew point.
	CauseWet = "condensation"
	// CauseFilter (supervisory): the fan's filter is due.
	CauseFilter = "filter_due"
)

// Why is what the heater is on for, the most urgent first.
type Why string

// What a heater can be on for.
const (
	WhyNot       Why = ""
	WhySurvival  Why = "cold"
	WhyBattery   Why = "battery"
	WhyDew       Why = "condensation"
	WhyPreheat   Why = "preheat"
	WhyDuty      Why = "duty"
	WhyNoEnergy  Why = "no_energy"
	WhyForbidden Why = "too_warm"
)

// Condition is a fault or a supervisory condition with its words.
type Condition struct {
	Cause string
	Text  contract.Text
}

// Decision is what is to be done now.
type Decision struct {
	// Heater and Fan are the commands. Why says what the heater is on for or, with Heater
	// false, why it is not although it should be.
	Heater, Fan bool
	Why         Why
	// Screens: the screens may have power. TakeoverScreens: a takeover may switch them on.
	Screens, TakeoverScreens bool
	ScreenText               contract.Text
	// DewPoint in °C and Margin, the distance of the coldest surface from it in kelvin, if
	// DewKnown.
	DewPoint, Margin float64
	DewKnown         bool
	// Control is the temperature that decides, in °C, if ControlKnown; Substitute: it is
	// not that of the air.
	Control                  float64
	ControlKnown, Substitute bool
	// FanHours are the hours since the filter was changed, dusty ones fivefold.
	FanHours float64
	// Faults and Supervisory are what stands, most urgent first.
	Faults, Supervisory []Condition
}

// Has reports whether a fault or supervisory condition with this cause stands.
func (d *Decision) Has(cause string) bool {
	for _, list := range [][]Condition{d.Faults, d.Supervisory} {
		for _, f := range list {
			if f.Cause == cause {
				return true
			}
		}
	}
	return false
}

func (d *Decision) fault(on bool, cause, zh, en string) {
	if on {
		d.Faults = append(d.Faults, Condition{cause, contract.Text{ZH: zh, EN: en}})
	}
}

func (d *Decision) supervisory(on bool, cause, zh, en string) {
	if on {
		d.Supervisory = append(d.Supervisory, Condition{cause, contract.Text{ZH: zh, EN: en}})
	}
}
