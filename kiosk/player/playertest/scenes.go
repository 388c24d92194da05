package playertest

import (
	"fmt"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// Scene is a takeover as the real ones are worded, with that many places; long gives labels of
// the greatest length.
func Scene(kind takeover.Kind, stage takeover.Stage, places int, long bool) *takeover.Scene {
	s := &takeover.Scene{
		ID: "hs-03-7", Rev: 1, Kind: kind, Stage: stage,
		Since: message.Time{Time: time.Date(2026, 11, 24, 6, 3, 5, 0, time.UTC)},
		Tone:  "alarm", Speech: []string{"evacuate"},
	}
	switch {
	case kind == takeover.Drill:
		s.Title = takeover.Text{ZH: "消防演练　疏散", MN: "ᠳᠠᠰᠬᠠᠯ", EN: "FIRE DRILL: LEAVE"}
		s.Banner = takeover.Text{ZH: "演练", MN: "ᠳᠠᠰᠬᠠᠯ", EN: "DRILL"}
		s.Advice = []takeover.Text{{ZH: "这是演练，不是真实火警", EN: "This is a drill, not a fire"}, {ZH: "请按现场人员指引行动", EN: "Follow the people in charge"}}
		s.Report = takeover.Text{ZH: "演练中，无需报警", EN: "Drill: no need to call"}
	case kind == takeover.Test:
		s.Title = takeover.Text{ZH: "设备测试", MN: "ᠰᠢᠯᠭᠠᠯᠲᠠ", EN: "EQUIPMENT TEST"}
		s.Banner = takeover.Text{ZH: "测试", MN: "ᠰᠢᠯᠭᠠᠯᠲᠠ", EN: "TEST"}
		s.Advice = []takeover.Text{{ZH: "正在测试屏幕，没有火情", EN: "The screen is being tested; there is no fire"}}
		s.Report = takeover.Text{ZH: "测试中，无需报警", EN: "Test: no need to call"}
	case stage == takeover.Evacuate:
		s.Title = takeover.Text{ZH: "火警　请立即疏散", MN: "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ", EN: "FIRE: LEAVE NOW"}
		s.Advice = []takeover.Text{{ZH: "远离　勿围观　让开消防通道", EN: "Keep away, do not watch, clear the fire lane"}, {ZH: "勿乘电梯　低姿捂口鼻", EN: "Use no lift; stay low, cover nose and mouth"}}
		s.Report = takeover.Text{ZH: "控制室已接警 14:03", EN: "The control room answered at 14:03"}
	default:
		s.Title = takeover.Text{ZH: "报警核实中", MN: "ᠰᠢᠯᠭᠠᠵᠤ ᠪᠠᠶᠢᠨ\u180eᠠ", EN: "ALARM: BEING VERIFIED"}
		s.Advice = []takeover.Text{{ZH: "请留意周围，准备撤离", EN: "Look around you; be ready to leave"}, {ZH: "让开消防通道", EN: "Keep the fire lane clear"}}
		s.Report = takeover.Text{ZH: "请拨打119", MN: "119", EN: "Call 119"}
	}
	for i := range places {
		label := contract.Text{ZH: []string{"张记面馆", "阳光小区 3 号楼", "李氏五金", "松州园 12 号楼", "蒙东超市"}[i%5], EN: []string{"Zhang's Noodles", "Sunshine Estate, building 3", "Li's Hardware", "Songzhou Garden, building 12", "Mengdong Supermarket"}[i%5]}
		if long {
			label = contract.Text{ZH: fmt.Sprintf("赤峰市红山区哈达街道北大街步行街商业综合体二期地下一层第%d号儿童游乐及餐饮区域东", i+1), EN: fmt.Sprintf("Hada Street shopping centre, unit %d, east", i+1)}
		} else if i >= 5 {
			label.ZH += fmt.Sprintf("%d 店", i)
			label.EN += fmt.Sprintf(" %d", i)
		}
		s.Places = append(s.Places, takeover.Place{Label: label, First: i == 0, Since: fmt.Sprintf("14:%02d", 3+i)})
	}
	return s
}

// WithWay adds a surveyed way out to every place.
func WithWay(s *takeover.Scene, arrow, zh, en string) *takeover.Scene {
	for i := range s.Places {
		s.Places[i].Direction = &takeover.Direction{Arrow: arrow, Text: takeover.Text{ZH: zh, EN: en}}
	}
	return s
}

// State shows a scene, nil for none, above these zones.
func State(scene *takeover.Scene, zones map[programme.Zone][]programme.Slot) player.State {
	return player.State{
		Showing:  programme.Showing{Programme: "test 1", On: true, Brightness: 100, Zones: zones},
		Takeover: scene,
	}
}
