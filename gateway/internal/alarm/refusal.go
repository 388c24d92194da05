package alarm

// Code is the stable word of a refusal, as it stands in a command's result.
type Code string

// The codes of refusals.
const (
	// NeedsAuthor: no name given.
	NeedsAuthor Code = "needs_author"
	// NeedsEvent: the command names no event that its author has seen.
	NeedsEvent Code = "needs_event"
	// NeedsOutcome: a reset without one of the six outcomes.
	NeedsOutcome Code = "needs_outcome"
	// NeedsReason: a reset, removal or disablement without a note.
	NeedsReason Code = "needs_reason"
	// NeedsExpiry: a disablement without a positive length, or a test with a negative one.
	NeedsExpiry Code = "needs_expiry"
	// ExpiryTooLong: longer than MaxDisablement or MaxTest.
	ExpiryTooLong Code = "expiry_too_long"
	// NotInAlarm: there is no fire to act on.
	NotInAlarm Code = "not_in_alarm"
	// LaterEvent: a later fire exists than the one that the author has seen.
	LaterEvent Code = "later_event"
	// StillInFire: the point still reports the fire, or did when last heard.
	StillInFire Code = "still_in_fire"
	// NeedsGoodReads: fewer than two good readings in a row since the fire, gap or start.
	NeedsGoodReads Code = "needs_good_reads"
	// Unreachable: the point does not answer, so nothing proves that the fire is over.
	Unreachable Code = "unreachable"
	// StillReachable: the point answers, so it can't be closed as destroyed.
	StillReachable Code = "still_reachable"
	// AlreadyRemoved: the point was closed before.
	AlreadyRemoved Code = "already_removed"
	// NotDisabled and NotInTest: there is nothing to end.
	NotDisabled Code = "not_disabled"
	NotInTest   Code = "not_in_test"
	// UnknownAction: the action is none of a point's.
	UnknownAction Code = "unknown_action"
)

// Refusal is why a command was not carried out, and the way out, for people.
type Refusal struct {
	Code   Code
	EN, ZH string
}

// Error is the English text.
func (r *Refusal) Error() string { return r.EN }

func refuse(c Code) *Refusal {
	en, zh := c.text()
	return &Refusal{Code: c, EN: en, ZH: zh}
}

func (c Code) text() (en, zh string) {
	switch c {
	case NeedsAuthor:
		return "no author given; repeat the command with the name of the person", "未填写操作人；请填写姓名后重试"
	case NeedsEvent:
		return "no event named; repeat the command with the last event that you have seen", "未指明所见的最后一条事件；请刷新后重试"
	case NeedsOutcome:
		return "no outcome given; choose real, false, test, drill, fault or unknown", "未选择处理结果；请选择：真实火警、误报、测试、演练、故障或不明"
	case NeedsReason:
		return "no reason given; write down what was found", "未填写原因；请填写现场查明的情况"
	case NeedsExpiry:
		return "no valid length given; say for how many seconds", "未填写有效时长；请填写持续时间（秒）"
	case ExpiryTooLong:
		return "too long: a test lasts at most 8 hours, a disablement 90 days; choose less and renew it when needed", "时间过长：测试最长8小时，屏蔽最长90天；请缩短时间，到期可续"
	case NotInAlarm:
		return "the point is not in alarm; nothing to do", "该点当前没有火警；无需操作"
	case LaterEvent:
		return "a later fire exists that you have not seen; look at it and repeat the command", "之后又有新的火警；请查看最新火警后重试"
	case StillInFire:
		return "the point still reports fire; deal with the fire, reset a self-latching detector at the device, and wait for two good readings", "该点仍在报火警；请先处置火情，自锁型探测器须先在现场复位，待两次正常读数后再复位"
	case NeedsGoodReads:
		return "the point has not yet given two good readings in a row; wait a moment and repeat the command, or close a detector that only answers nonsense with remove", "尚未连续读到两次正常数据；请稍候重试，若探测器已损坏只回错误数据，请以“已损毁/拆除”关闭"
	case Unreachable:
		return "the point does not answer, so nothing proves that the fire is over; restore the link, or close it as destroyed with remove", "该点失联，无法证明火情已消除；请恢复通信，或以“已损毁/拆除”关闭"
	case StillReachable:
		return "the point answers; use reset, or disable it", "该点仍在线；请使用复位或屏蔽"
	case AlreadyRemoved:
		return "the point was removed before; take it out of the configuration or install a new device", "该点已按拆除关闭；请从配置中删除或安装新设备"
	case NotDisabled:
		return "the point is not disabled; nothing to enable", "该点未被屏蔽；无需解除"
	case NotInTest:
		return "the point is not in test; nothing to end", "该点不在测试中；无需结束"
	case UnknownAction:
		return "unknown action for a point; use acknowledge, silence, reset, remove, disable, enable, test_start or test_end", "未知操作；可用操作：确认、消音、复位、拆除、屏蔽、解除屏蔽、开始测试、结束测试"
	}
	return "refused", "已拒绝"
}
