package takeover

// The words of takeovers. The Chinese is what people read; the English says the same. The
// Mongolian has been read by no native reader yet: see Unchecked.

// Unchecked reports that the Mongolian wording has not been checked by a native reader.
const Unchecked = true

// words are those of one kind and stage.
type words struct {
	title, banner Text
	advice        []Text
	speech, tone  string
}

func wordsOf(k Kind, stage Stage) words {
	switch k {
	case Drill:
		w := words{
			title:  Text{"消防演练", "ᠳᠠᠰᠬᠠᠯ", "FIRE DRILL"},
			banner: Text{"演练", "ᠳᠠᠰᠬᠠᠯ", "DRILL"},
			advice: []Text{
				{ZH: "这是演练，不是真实火警", EN: "This is a drill, not a fire"},
				{ZH: "请按现场人员指引行动", EN: "Follow the people in charge"},
			},
			speech: "drill", tone: "tone-drill",
		}
		if stage == Evacuate {
			w.title = Text{"消防演练　疏散", "ᠳᠠᠰᠬᠠᠯ", "FIRE DRILL: LEAVE"}
		}
		return w
	case Test:
		return words{
			title:  Text{"设备测试", "ᠰᠢᠯᠭᠠᠯᠲᠠ", "EQUIPMENT TEST"},
			banner: Text{"测试", "ᠰᠢᠯᠭᠠᠯᠲᠠ", "TEST"},
			advice: []Text{{ZH: "正在测试屏幕，没有火情", EN: "The screen is being tested; there is no fire"}},
			speech: "test",
		}
	case Real:
	}
	if stage == Evacuate {
		return words{
			title: Text{"火警　请立即疏散", "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ", "FIRE: LEAVE NOW"},
			advice: []Text{
				{ZH: "勿乘电梯　低姿捂口鼻", EN: "Use no lift; stay low, cover nose and mouth"},
			},
			speech: "evacuate", tone: "tone-alarm",
		}
	}
	return words{
		title: Text{"报警核实中", "ᠰᠢᠯᠭᠠᠵᠤ ᠪᠠᠶᠢᠨ\u180eᠠ", "ALARM: BEING VERIFIED"},
		advice: []Text{
			{ZH: "请留意周围，准备撤离", EN: "Look around you; be ready to leave"},
			{ZH: "让开消防通道", EN: "Keep the fire lane clear"},
		},
		speech: "verify", tone: "tone-attention",
	}
}

func followArrow() Text {
	return Text{ZH: "请按箭头方向撤离", EN: "Leave in the direction of the arrow"}
}

func keepAway() Text {
	return Text{ZH: "远离　勿围观　让开消防通道", EN: "Keep away, do not watch, clear the fire lane"}
}

func call119() Text { return Text{"请拨打119", "119", "Call 119"} }

func reportedText() Text { return Text{ZH: "已报警", EN: "The alarm has been reported"} }

func answeredText() Text { return Text{ZH: "控制室已接警", EN: "The control room has answered"} }

func answeredAt(clock string) Text {
	return Text{ZH: "控制室已接警 " + clock, EN: "The control room answered at " + clock}
}

func noNeed(k Kind) Text {
	if k == Drill {
		return Text{ZH: "演练中，无需报警", EN: "Drill: no need to call"}
	}
	return Text{ZH: "测试中，无需报警", EN: "Test: no need to call"}
}
