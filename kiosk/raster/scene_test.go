package raster

import (
	"fmt"
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/kiosk/takeover"
)

// open opens Debian's fonts.
func open(t testing.TB) *Fonts {
	t.Helper()
	f, err := OpenFonts(DebianBold, DebianRegular)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// scene is one as the public sees it, with so many places.
func scene(k takeover.Kind, st takeover.Stage, places int) *takeover.Scene {
	s := &takeover.Scene{
		ID: "t-1", Rev: 1, Kind: k, Stage: st,
		Title:  takeover.Text{ZH: "火警　请立即疏散", EN: "FIRE: LEAVE NOW", MN: "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ"},
		Advice: []takeover.Text{{ZH: "远离　勿围观　让开消防通道"}, {ZH: "勿乘电梯　低姿捂口鼻"}},
		Report: takeover.Text{ZH: "控制室已接警 14:03"},
	}
	if st == takeover.Verifying {
		s.Title = takeover.Text{ZH: "报警核实中", EN: "Alarm being verified", MN: "ᠬᠢᠨᠠᠨ"}
		s.Report = takeover.Text{ZH: "请拨打119"}
	}
	switch k {
	case takeover.Drill:
		s.Banner = takeover.Text{ZH: "演练"}
	case takeover.Test:
		s.Banner = takeover.Text{ZH: "测试"}
	case takeover.Real:
	}
	labels := []string{"红山区步行街18号 老王羊汤馆", "钢铁西街 华联超市", "永业小区 3号楼", "长青市场 阿古拉烧烤（东门店）"}
	for i := range places {
		p := takeover.Place{Label: contract.Text{ZH: labels[i%len(labels)]}, First: i == 0, Since: fmt.Sprintf("14:%02d", 3+i)}
		if i == 0 {
			p.Direction = &takeover.Direction{Arrow: "left", Text: takeover.Text{ZH: "向左，往文化广场方向走"}}
		}
		s.Places = append(s.Places, p)
	}
	return s
}

// TestUsualScenes: the scenes that are met most; their pictures are the ones to look at.
func TestUsualScenes(t *testing.T) {
	f := open(t)
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}, {256, 64}, {128, 32}, {64, 32}, {128, 64}, {64, 16}} {
		for _, k := range []takeover.Kind{takeover.Real, takeover.Drill, takeover.Test} {
			for _, st := range []takeover.Stage{takeover.Verifying, takeover.Evacuate} {
				for _, n := range []int{1, 3} {
					if n > 1 && k == takeover.Test {
						continue
					}
					p := Panel{Width: size[0], Height: size[1]}
					name := fmt.Sprintf("%dx%d-%s-%s-%d", size[0], size[1], k, st, n)
					s := scene(k, st, n)
					pages, err := f.Scene(s, p)
					if err != nil {
						t.Fatal(err)
					}
					checkPages(t, name, s, p, pages)
					shoot(t, name, pages)
				}
			}
		}
	}
}
