package pressure

import (
	"fmt"
	"math"
	"time"

	"firepost/firmware-contracts/contract"
)

// Text is the finding for people, with its figures. Days are Beijing's.
func (f Finding) Text() contract.Text {
	switch f.Cause {
	case CausePressureLow:
		return text("20 ℃ 时压力 %.2f MPa,低于 %.2f MPa,需重新充装", "%.2f MPa at 20 °C is below %.2f MPa; refill", f.Value, f.Limit)
	case CausePressureHigh:
		return text("20 ℃ 时压力 %.2f MPa,高于 %.2f MPa,需泄压检查", "%.2f MPa at 20 °C is above %.2f MPa; have it relieved", f.Value, f.Limit)
	case CauseSensorInvalid:
		return text("压力表无有效读数", "the gauge gives no measurement")
	case CauseSensorRange:
		return text("压力表读数超出可能范围", "the gauge shows a value that no such vessel can have")
	case CauseSensorStuck:
		return text("压力表停在 %.2f MPa,不随温度变化(卡滞,或温度测点不在旁边)",
			"the gauge stays at %.2f MPa while the temperature changes: stuck, or the climate point is not where the vessel is", f.Value)
	case CauseSensorNoisy:
		return text("压力表读数不稳,波动 ±%.3f MPa(应低于 %.3f)", "the gauge scatters by ±%.3f MPa (limit %.3f)", f.Value, f.Limit)
	case CauseSensorJump:
		return f.jumpText()
	case CauseSensorDrift:
		return text("压力表示值上漂,每月约 %.3f MPa;密闭容器不会升压", "the gauge drifts upwards by %.3f MPa per month; a closed vessel can't", f.Value)
	case CauseSensorOffset:
		return text("20 ℃ 时压力 %.2f MPa,从未接近额定 %.2f MPa:检查单位、量程或零点",
			"%.2f MPa at 20 °C was never near the rated %.2f MPa: check unit, rating and zero", f.Value, f.Limit)
	case CauseRules:
		return text("灭火器压力限值无法使用,请检查配置", "the vessel's limits can't be applied; check the configuration")
	case CauseLeakSlow:
		return f.leakText()
	case CauseExpired, CauseExpirySoon:
		return f.expiryText()
	case CauseTemperatureOutsideRating:
		if f.Condition != contract.Normal {
			return text("筒体温度 %.0f ℃,低于允许的 %.0f ℃,药剂可能冻结", "the vessel is at %.0f °C, below its %.0f °C; the filling may be frozen", f.Value, f.Limit)
		}
		return text("筒体温度 %.0f ℃,超出额定(%.0f ℃)", "the vessel is at %.0f °C, outside its rating (%.0f °C)", f.Value, f.Limit)
	case CauseTemperatureUnknown:
		if f.Condition == contract.Fault {
			return text("温度未知,无法判断压力是否低于 %.2f MPa", "the temperature is unknown; whether the pressure is below %.2f MPa can't be told", f.Limit)
		}
		return text("温度未知,压力无法换算到 20 ℃", "the temperature is unknown; the pressure can't be brought to 20 °C")
	}
	return contract.Text{ZH: f.Cause, EN: f.Cause}
}

func text(zh, en string, figures ...any) contract.Text {
	return contract.Text{ZH: fmt.Sprintf(zh, figures...), EN: fmt.Sprintf(en, figures...)}
}

func (f Finding) jumpText() contract.Text {
	switch {
	case math.Abs(f.Value) <= f.Limit:
		return text("压力表读数反复跳变", "the gauge's readings jump and come back")
	case f.Value < 0:
		return text("压力突降 %.2f MPa:可能已被使用,或压力表故障", "the pressure fell by %.2f MPa at once: used, or a fault of the gauge", -f.Value)
	}
	return text("压力突升 %.2f MPa:已充装或更换,或压力表故障", "the pressure rose by %.2f MPa at once: refilled, replaced, or a fault of the gauge", f.Value)
}

func date(t time.Time) string { return t.In(beijing()).Format(time.DateOnly) }

// leakText names the day, and how sure it is: "2027-02-11 ± 6 days".
func (f Finding) leakText() contract.Text {
	t := text("缓慢泄漏,每月约 %.3f MPa", "slow leak of %.3f MPa per month", -f.Value)
	add := func(zh, en string, figures ...any) {
		more := text(zh, en, figures...)
		t.ZH += more.ZH
		t.EN += more.EN
	}
	const clear = 45 * day
	switch early, late := f.Day.Sub(f.Early), f.Late.Sub(f.Day); {
	case f.Days <= 0 && f.Day.IsZero():
	case f.Day.IsZero():
		add(";预计约 %.0[1]f 天后低于 %.2[2]f MPa", "; will fall below %.2[2]f MPa in about %.0[1]f days", f.Days, f.Limit)
	case early <= clear && late <= clear:
		add(";预计 %[1]s(± %[2]d 天)低于 %.2[3]f MPa", "; will fall below %.2[3]f MPa on %[1]s ± %[2]d days",
			date(f.Day), int(math.Ceil(max(early, late).Hours()/24)), f.Limit)
	default:
		add(";预计 %[1]s 至 %[2]s 之间低于 %.2[3]f MPa", "; will fall below %.2[3]f MPa between %[1]s and %[2]s",
			date(f.Early), date(f.Late), f.Limit)
	}
	return t
}

func (f Finding) expiryText() contract.Text {
	zh, en := "应送修", "due for service"
	if f.Scrap {
		zh, en = "应报废", "due to be scrapped"
	}
	if f.Cause == CauseExpirySoon {
		return text("灭火器将于 %[1]s "+zh+"(还有 %[2]d 天)", en+" on %[1]s, in %[2]d days", date(f.Day), int(math.Ceil(f.Days)))
	}
	return text("灭火器已于 %[1]s "+zh+"(已过 %[2]d 天)", en+" since %[1]s, for %[2]d days", date(f.Day), int(-f.Days))
}
