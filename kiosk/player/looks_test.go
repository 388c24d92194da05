package player_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/kiosk/player"
	"firepost/kiosk/player/playertest"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// size is a screen's pixels.
type size struct{ w, h int64 }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.w, s.h) }

func sizes() []size { return []size{{1920, 1080}, {1080, 1920}, {256, 64}} }

// scenes are takeovers that look different or are hard to fit.
func scenes() map[string]*takeover.Scene {
	way := func(s *takeover.Scene) *takeover.Scene {
		return playertest.WithWay(s, "left", "沿和平路向西，到步行街广场集合", "Go west along Heping Road to the square")
	}
	mixed := playertest.Scene(takeover.Real, takeover.Evacuate, 3, false)
	mixed.Places[0].Direction = &takeover.Direction{Arrow: "back", Text: takeover.Text{ZH: "转身，沿和平路走", EN: "Turn round, along Heping Road"}}
	mixed.Places[1].Direction = &takeover.Direction{Arrow: "right", Text: takeover.Text{ZH: "向右，到广场", EN: "Right, to the square"}}
	return map[string]*takeover.Scene{
		"verifying":    playertest.Scene(takeover.Real, takeover.Verifying, 1, false),
		"evacuate":     playertest.Scene(takeover.Real, takeover.Evacuate, 1, false),
		"evacuate-way": way(playertest.Scene(takeover.Real, takeover.Evacuate, 2, false)),
		"evacuate-8":   way(playertest.Scene(takeover.Real, takeover.Evacuate, 8, true)),
		"many":         playertest.Scene(takeover.Real, takeover.Evacuate, 11, false),
		"mixed":        mixed,
		"drill":        playertest.Scene(takeover.Drill, takeover.Evacuate, 1, false),
		"drill-8":      playertest.Scene(takeover.Drill, takeover.Evacuate, 8, true),
		"test":         playertest.Scene(takeover.Test, "", 1, false),
	}
}

// measure returns what of a takeover is cut off, too small, or off the screen.
const measure = `(() => {
  const wrong = [];
  const shown = [...document.querySelectorAll('#alarm .box:not(.empty)')].filter(b => getComputedStyle(b).display !== 'none' && b.clientWidth);
  for (const b of shown) {
    const box = b.getBoundingClientRect();
    for (const e of b.querySelectorAll('p, b, span, svg')) {
      const r = e.getBoundingClientRect();
      if (r.left < box.left - 1 || r.top < box.top - 1 || r.right > box.right + 1 || r.bottom > box.bottom + 1) wrong.push(b.className + ' cuts off ' + e.textContent);
      if (r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1) wrong.push('off the screen: ' + e.textContent);
      const px = parseFloat(getComputedStyle(e).fontSize);
      if (e.matches('p.zh') && px < LEAST) wrong.push(b.className + ' is only ' + px + ' px high: ' + e.textContent);
    }
  }
  return wrong.join('\n');
})()`

// TestTakeoversAreWhole: at each size every text of every takeover is inside its box, large
// enough, and the kinds differ in colour and symbol.
func TestTakeoversAreWhole(t *testing.T) {
	t.Parallel() // it waits for the page's own pace most of the time
	for _, sz := range sizes() {
		t.Run(sz.String(), func(t *testing.T) {
			r := rig(t, sz.w, sz.h)
			least := map[int64]string{1920: "24", 1080: "22", 256: "14"}[sz.w]
			grounds := map[string]string{}
			for name, scene := range scenes() {
				scene.ID = name
				await(t, r, func() { r.Set(playertest.State(scene, nil)) }, func(b player.Beat) bool { return b.Takeover == name })
				if bad := ask[string](t, r, strings.ReplaceAll(measure, "LEAST", least)); bad != "" {
					t.Errorf("%s: %s", name, bad)
				}
				look := ask[string](t, r, `document.querySelector('#alarm').dataset.look`)
				grounds[look] = ask[string](t, r, `getComputedStyle(document.querySelector('#alarm')).backgroundColor + document.querySelector('#alarm .sign').innerHTML`)
				shoot(t, r, sz.String()+"-"+name)
			}
			seen := map[string]string{}
			for look, g := range grounds {
				if other, ok := seen[g]; ok {
					t.Errorf("%s looks like %s", look, other)
				}
				seen[g] = look
			}
			if len(seen) != 4 {
				t.Errorf("%d looks, want real, verifying, drill and test", len(seen))
			}
		})
	}
}

// TestProgrammeLooks: zones, the starting picture and brightness, at each size.
func TestProgrammeLooks(t *testing.T) {
	for _, sz := range sizes() {
		t.Run(sz.String(), func(t *testing.T) {
			r := rig(t, sz.w, sz.h)
			until(t, r, "the booth's name", `document.querySelector('#calm').innerText.includes('红山区三号消防驿站')`)
			shoot(t, r, sz.String()+"-starting")
			poster := must(r.Media.Poster("安全出口要畅通", "#7a3b12"))(t)
			now := r.Now().Mono
			zones := map[programme.Zone][]programme.Slot{
				programme.Main:   playertest.Slots(now, programme.Item{ID: "poster", Kind: programme.Image, Media: poster, For: time.Hour}),
				programme.Ticker: playertest.Slots(now, programme.Item{ID: "line", Kind: programme.Text, ZH: "电动车不进楼道，不在室内充电；出门前关火、关电、关气。", EN: "No e-bikes in stairwells.", MN: "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ", For: time.Hour}),
				programme.Clock:  playertest.Slots(now, programme.Item{ID: "clock", Kind: programme.Text, For: time.Hour}),
				programme.QR:     playertest.Slots(now, programme.Item{ID: "qr", Kind: programme.Code, Payload: "https://example.org/hs-03", ZH: "随手拍隐患", For: time.Hour}),
			}
			await(t, r, func() { r.Set(playertest.State(nil, zones)) }, func(b player.Beat) bool { return b.Item == "poster" })
			until(t, r, "its time of day", `/^\d\d:\d\d$/.test(document.querySelector('#clock .time').textContent)`)
			shoot(t, r, sz.String()+"-zones")
			slide := programme.Item{ID: "slide", Kind: programme.Text, ZH: "出门三关：关火、关电、关气", EN: "Before you leave: fire, power, gas off", MN: "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ", For: time.Hour}
			zones[programme.Main] = playertest.Slots(now, slide)
			await(t, r, func() { r.Set(playertest.State(nil, zones)) }, func(b player.Beat) bool { return b.Item == "slide" })
			shoot(t, r, sz.String()+"-slide")
			if cut := ask[bool](t, r, `(() => { const b = document.querySelector('.item.front'), w = b.querySelector('.words'); return w.scrollHeight > b.clientHeight + 1 || w.scrollWidth > b.clientWidth + 1 })()`); cut {
				t.Error("the slide's text is cut off")
			}
			if err := r.Do(chromedp.EmulateViewport(sz.w, sz.h)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAWallTurnsItsPages: what does not fit an LED wall at once takes turns, each page whole, and
// together they say everything.
func TestAWallTurnsItsPages(t *testing.T) {
	t.Parallel() // it waits for the page's own pace most of the time
	for _, sz := range []size{{256, 64}, {128, 32}} {
		t.Run(sz.String(), func(t *testing.T) { wallPages(t, sz) })
	}
}

func wallPages(t *testing.T, sz size) {
	t.Helper()
	r := rig(t, sz.w, sz.h)
	for name, scene := range scenes() {
		scene.ID = name
		await(t, r, func() { r.Set(playertest.State(scene, nil)) }, func(b player.Beat) bool { return b.Takeover == name })
		before := ask[string](t, r, `document.querySelector('#alarm .turn').innerText`)
		data, err := json.Marshal(scene)
		if err != nil {
			t.Fatal(err)
		}
		n := ask[int](t, r, `import('/player/wall.js').then(w => {
				window.show = w.show;
				window.list = w.pages(`+string(data)+`, document.querySelector('#alarm').classList.contains('tiny'), document.querySelector('#alarm .turn'));
				return list.length })`)
		said := ""
		for i := range n {
			said += ask[string](t, r, fmt.Sprintf(`show(document.querySelector('#alarm .turn'), list[%d]), list[%d].text`, i, i))
			least := "14"
			if sz.h < 64 {
				least = "11"
			}
			if bad := ask[string](t, r, strings.ReplaceAll(measure, "LEAST", least)); bad != "" {
				t.Errorf("%s %s: %s", sz, name, bad)
			}
			shoot(t, r, fmt.Sprintf("wall-%s-%s-%02d", sz, name, i))
		}
		bare := strings.NewReplacer(" ", "", "　", "")
		for _, p := range scene.Places {
			if !strings.Contains(bare.Replace(said), bare.Replace(p.Label.ZH)) {
				t.Errorf("%s %s: %s is never said: %s", sz, name, p.Label.ZH, said)
			}
		}
		if !strings.Contains(bare.Replace(said), bare.Replace(scene.Report.ZH)) {
			t.Errorf("%s %s: the report is never said: %s", sz, name, said)
		}
		if name == "verifying" && sz.w == 256 {
			until(t, r, "another page by itself", `document.querySelector('#alarm .turn').innerText !== `+strconv.Quote(before))
		}
	}
}
