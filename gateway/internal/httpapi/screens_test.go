package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/kiosk/proof"
)

// booths is a desk of screens in memory.
type booths struct {
	mu    sync.Mutex
	taken []string
	// hold, where set, keeps a picture under way until it is closed; begun says that one is.
	hold, begun chan struct{}
	err         error
	half        bool
}

func (b *booths) Picture(ctx context.Context, name string, page int, out *Picture) error {
	b.mu.Lock()
	b.taken = append(b.taken, fmt.Sprint(name, " ", page))
	hold, begun, err, half := b.hold, b.begun, b.err, b.half
	b.mu.Unlock()
	if hold != nil {
		begun <- struct{}{}
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var size image.Point
	switch name {
	case "tv":
		out.Origin, out.Shows, out.Confirmed, size = Photo, "takeover", true, image.Pt(960, 540)
	case "led":
		out.Origin, out.Shows, out.Pages, size = Preview, "takeover", 2, image.Pt(128, 32)
	case "wall":
		return fmt.Errorf("%w: see the television", ErrNoPicture)
	default:
		return fmt.Errorf("%w: %s", ErrNoScreen, name)
	}
	if half {
		_, _ = out.Write([]byte("\x89PNG"))
	}
	if err != nil {
		return err
	}
	m := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			m.Set(x, y, color.RGBA{180, uint8(x * 120 / size.X), uint8(y * 120 / size.Y), 255}) //nolint:gosec // below 120
		}
	}
	return png.Encode(out, m)
}

func (b *booths) Plays(w io.Writer, from, to, form string, lang proof.Lang, begin func()) error {
	if from > to {
		return fmt.Errorf("from %s to %s: %w", from, to, proof.ErrDate)
	}
	days := func(yield func(proof.Day) bool) {
		yield(proof.Day{Date: proof.Date(from), Rows: []proof.Row{{Screen: "tv", Zone: "main", Item: "<b>call119", Programme: "starter v1", Count: 41, ShownMS: 615_000}}})
	}
	begin()
	if form == "csv" {
		return proof.WriteCSV(w, days, lang)
	}
	return proof.WriteHTML(w, proof.Heading{Station: "三号消防驿站", From: proof.Date(from), To: proof.Date(to)}, days, lang)
}

const far = "192.168.1.50:5000"

func TestPicturesOfScreens(t *testing.T) {
	desk := &booths{}
	s, _, _ := door(t, Options{Listen: "127.0.0.1:8470", Local: true, Screens: desk})
	clock := time.Unix(1_800_000_000, 0)
	s.shots.now = func() time.Time { return clock }
	for _, row := range []struct {
		path string
		want int
		says string
	}{
		{"/screens/tv.png", 200, "screenshot"},
		{"/screens/tv.png", 429, "too_many"}, // at once again
		{"/screens/led.png?page=2", 200, "preview"},
		{"/screens/wall.png", 409, "see the television"},
		{"/screens/nobody.png", 404, "no_screen"},
		{"/screens/tv", 404, "no_screen"},
		{"/screens/tv.png?page=0", 404, "no_screen"},
		{"/screens/tv.png?page=x", 404, "no_screen"},
		{"/screens", 200, "screens.js"},
	} {
		got := knock(t, s, http.MethodGet, row.path, "127.0.0.1:5000", "")
		if got.Code != row.want || !strings.Contains(got.Body.String()+got.Header().Get("Firepost-Picture"), row.says) {
			t.Errorf("%s: %d %.200s", row.path, got.Code, got.Body)
		}
		if c := got.Header().Get("Cache-Control"); c != "no-store" {
			t.Errorf("%s may be kept: %q", row.path, c)
		}
		if row.want == 200 && strings.Contains(row.path, ".png") {
			if _, err := png.Decode(got.Body); err != nil || got.Header().Get("Content-Type") != "image/png" {
				t.Errorf("%s: no picture: %v", row.path, err)
			}
		}
		if row.want == 429 && got.Header().Get("Retry-After") != "2" {
			t.Errorf("%s: try again after %q", row.path, got.Header().Get("Retry-After"))
		}
	}
	led := knock(t, s, http.MethodGet, "/screens/led.png", "127.0.0.1:5000", "")
	if led.Code != http.StatusTooManyRequests {
		t.Errorf("another page of the same screen at once: %d", led.Code)
	}
	clock = clock.Add(shotEvery)
	led = knock(t, s, http.MethodGet, "/screens/led.png", "127.0.0.1:5000", "")
	if h := led.Header(); h.Get("Firepost-Pages") != "2" || h.Get("Firepost-Confirmed") != "false" || h.Get("Firepost-Shows") != "takeover" {
		t.Errorf("%d %v", led.Code, h)
	}
	if got := strings.Join(desk.taken, ","); got != "tv 1,led 2,wall 1,nobody 1,led 1" {
		t.Errorf("taken were %s", got)
	}
}

// TestOnePictureAtATime: a second one, of whatever screen, is not begun.
func TestOnePictureAtATime(t *testing.T) {
	desk := &booths{hold: make(chan struct{}), begun: make(chan struct{})}
	s, _, _ := door(t, Options{Listen: "127.0.0.1:8470", Local: true, Screens: desk})
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- knock(t, s, http.MethodGet, "/screens/tv.png", "127.0.0.1:5000", "") }()
	<-desk.begun
	if got := knock(t, s, http.MethodGet, "/screens/led.png", "127.0.0.1:5000", ""); got.Code != http.StatusTooManyRequests {
		t.Errorf("a second one meanwhile: %d", got.Code)
	}
	close(desk.hold)
	if got := <-first; got.Code != http.StatusOK {
		t.Errorf("the first one: %d", got.Code)
	}
}

// TestHalfAPicture must not look like a whole one; trouble before it is told in words.
func TestHalfAPicture(t *testing.T) {
	desk := &booths{err: errors.New("the runner went")}
	s, _, _ := door(t, Options{Listen: "127.0.0.1:8470", Local: true, Screens: desk})
	if got := knock(t, s, http.MethodGet, "/screens/tv.png", "127.0.0.1:5000", ""); got.Code != http.StatusBadGateway || !strings.Contains(got.Body.String(), "the runner went") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	desk.half = true
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	clock := time.Now().Add(time.Hour)
	s.shots.now = func() time.Time { return clock }
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/screens/led.png", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("half a picture ends like a whole one")
	}
}

// TestScreensBeyondLoopback: nobody sees a screen, or what was played, without a login.
func TestScreensBeyondLoopback(t *testing.T) {
	s, login, _ := door(t, Options{Listen: "0.0.0.0:8470", Screens: &booths{}})
	token, err := login.LogIn(t.Context(), "zhou", password)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		path, token string
		want        int
	}{
		{"/screens", "", 303}, {"/screens.html", "", 303}, {"/screens/plays", "", 303}, {"/screens/tv.png", "", 401}, {"/screens.js", "", 401},
		{"/screens", token, 200}, {"/screens/tv.png", token, 200}, {"/screens/plays?from=2026-11-24&to=2026-11-24", token, 200},
	} {
		if got := knock(t, s, http.MethodGet, row.path, far, row.token); got.Code != row.want {
			t.Errorf("%s with %q: %d, want %d", row.path, row.token, got.Code, row.want)
		}
	}
	none, _, _ := door(t, Options{Listen: "127.0.0.1:8470", Local: true})
	for _, path := range []string{"/screens", "/screens/tv.png", "/screens/plays"} {
		if got := knock(t, none, http.MethodGet, path, "127.0.0.1:5000", ""); got.Code != http.StatusNotFound {
			t.Errorf("%s of a booth without screens: %d", path, got.Code)
		}
	}
}

func TestPlays(t *testing.T) {
	s, _, _ := door(t, Options{Listen: "127.0.0.1:8470", Local: true, Screens: &booths{}})
	get := func(query string) *httptest.ResponseRecorder {
		return knock(t, s, http.MethodGet, "/screens/plays?"+query, "127.0.0.1:5000", "")
	}
	csv := get("from=2026-11-23&to=2026-11-24&form=csv")
	if csv.Code != 200 || !bytes.HasPrefix(csv.Body.Bytes(), []byte("\ufeff日期,")) || csv.Header().Get("Content-Disposition") != `attachment; filename="plays_2026-11-23_2026-11-24.csv"` {
		t.Errorf("%d %v %s", csv.Code, csv.Header(), csv.Body)
	}
	page := get("from=2026-11-23&to=2026-11-24&lang=en")
	if b := page.Body.String(); page.Code != 200 || !strings.Contains(b, "Proof of play") || !strings.Contains(b, "&lt;b&gt;call119") {
		t.Errorf("%d %s", page.Code, b)
	}
	if p := page.Header().Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || !strings.Contains(p, "frame-ancestors 'none'") {
		t.Errorf("the report may do %q", p)
	}
	for query, code := range map[string]string{"from=2026-11-25&to=2026-11-24": "bad_days", "form=pdf": "bad_form"} {
		if got := get(query); got.Code != 400 || !strings.Contains(got.Body.String(), code) {
			t.Errorf("%s: %d %s", query, got.Code, got.Body)
		}
	}
}

// stages are screens in all their states.
func stages() *Screens {
	yes, no, bright, warm := true, false, 80, 31.5
	return &Screens{
		Takeover: &ScreenTakeover{ID: "b1-400", Kind: "real", Stage: "verifying", TitleZH: "报警核实中", TitleEN: "Alarm being verified", PlacesZH: []string{"张记面馆"}, PlacesEN: []string{"Zhang's Noodles"}},
		Televisions: []Television{
			{Name: "tv", Health: "ok", TextZH: "屏幕正常", TextEN: "screen well", Item: "call119", Painted: "painted", PaintMS: 143, BeatAgeMS: 900, Connected: true, Runner: true, BrowserUp: true, BrowserStarts: 1, Plug: "in", Mode: "1920x1080", Heap: 31 << 20, Width: 1920, Height: 1080, Set: &TelevisionSet{On: &yes, Input: "hdmi1"}},
			{Name: "tv-gate", Health: "black", TextZH: "屏幕未正常显示：播放页无响应", TextEN: "screen not showing: the page is stuck", Item: "kitchen", Painted: "unconfirmed", BeatAgeMS: 41_000, Stale: true, Connected: true, Runner: true, BrowserWhy: "exit status 139", BrowserStarts: 7, Plug: "fallback", Set: &TelevisionSet{Err: "ask: no answer"}},
			{Name: "tv-hall", Health: "ok", TextZH: "屏幕正常", TextEN: "screen well", Item: "lane", Painted: "unconfirmed", BeatAgeMS: 9_000, Stale: true, Plug: "unknown", Dark: true, Set: &TelevisionSet{On: &no}},
		},
		Boards: []Board{
			{Name: "led", Kind: "onbon-6k", Up: true, Shows: "takeover", Painted: "painted", Model: "BX-6K1 2.3", Lit: &yes, Brightness: &bright, Celsius: &warm, Smoke: &no},
			{Name: "led-street", Kind: "novastar", Shows: "", Painted: "unconfirmed", Err: "light: no answer"},
			{Name: "led-north", Kind: "onbon-5k", Up: true, Shows: "takeover", Painted: "painted", Tamper: true, Reset: "booth/screen-led-north", Smoke: &yes},
		},
		Speaker: &Speaker{Want: true, Err: "aplay: no such device"},
		Programme: Programme{
			Name: "winter v3", TitleZH: "冬季消防宣传", TitleEN: "Fire safety in winter", Version: 3, Wanted: 4, Missing: 2, MissingBytes: 180 << 20, Waiting: "hours",
			Refused: "open programme: document is not to be believed: 1 of 2 signatures are good", OutOfPlay: []string{"kitchen.mp4"},
			Faults: []MediaFault{{ZH: "媒体文件损坏，已隔离，重新下载", EN: "a media file rotted; it was put aside and is fetched again", Detail: "object 9f86d0"}},
			Bytes:  2 << 30, Budget: 4 << 30, Free: 11 << 30, Floor: 1 << 30,
		},
		Plays: Plays{Day: "2026-11-24", Count: 412, Failed: 3, Rejected: 1},
	}
}

// TestScreensInABrowser: every state in words and a sign, in both languages; nothing unknown
// looks well; pictures at a click, and a preview that is called one.
func TestScreensInABrowser(t *testing.T) {
	srv, _, _ := door(t, Options{Listen: "127.0.0.1:0", Local: true, Screens: &booths{}})
	f, ok := srv.src.(*fake)
	if !ok {
		t.Fatal("not a fake")
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	addr, err := srv.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := browser(t)
	s.do(chromedp.Navigate("http://" + addr.String() + "/"))
	s.until("all normal", `document.querySelector('#headline').innerText.includes('全部正常')`)
	if hidden := s.ask(`String(document.querySelector('#stage').hidden)`); hidden != "true" {
		t.Error("a booth without screens shows a section for them")
	}
	f.change(func(st *Status) { st.Screens = stages() })
	s.until("the screens", `document.querySelectorAll('#screens .card').length === 7`)
	s.contains("#taken", "屏幕已接管", "真实火警", "报警核实中", "张记面馆")
	s.contains("#screens .card:nth-child(1)", "✔ 屏幕正常", "画面\n应急画面", "✔ 已上屏 · 0.14 秒", "0.9 秒前", "运行中", "已接", "开 · 信号源 hdmi1", "31.0 MiB")
	s.contains("#screens .card:nth-child(2)", "✘ 屏幕未正常显示", "✘ 未确认", "⚠ 41 秒前", "最后所知 kitchen", "未运行 · exit status 139", "应急分辨率", "未知", "no answer")
	s.contains("#screens .card:nth-child(3)", "? 数据陈旧", "按计划关屏", "守护程序未连接", "✘ 未连接")
	if text := s.text("#screens .card:nth-child(3)"); strings.Contains(text, "屏幕正常") || strings.Contains(text, "✔") {
		t.Errorf("a screen that nobody has heard of looks well:\n%s", text)
	}
	s.contains("#screens .card:nth-child(4)", "✔ 控制卡已确认", "应急画面", "31.5 °C", "箱内烟雾", "无", "80 %")
	s.contains("#screens .card:nth-child(5)", "✘ 控制卡无确认", "light: no answer", "未确认")
	s.contains("#screens .card:nth-child(6)", "不是本驿站写入的", "请现场查看后复位 booth/screen-led-north", "✘ 有")
	s.contains("#screens .card:nth-child(7)", "扬声器", "✘ 故障", "no such device")
	s.contains("#programme", "winter v3", "冬季消防宣传", "新节目未被接受", "缺失已跳过", "kitchen.mp4", "媒体文件损坏", "待更新版本", "2 个文件 · 180.0 MiB", "不在下载时段", "2.0 GiB / 4.0 GiB", "412 次", "失败 3 · 不可信未计 1")
	s.shoot("stage")
	s.language()
	s.until("English", `document.querySelector('#taken').innerText.includes('REAL FIRE')`)
	s.contains("#screens .card:nth-child(2)", "screen not showing: the page is stuck", "not confirmed", "fallback resolution")
	s.contains("#screens .card:nth-child(6)", "reset booth/screen-led-north")
	s.contains("#programme", "Fire safety in winter", "for the hours of downloads", "not believed 1")
	s.shoot("stage-en")
	if undefined := s.ask(`String(document.body.innerText.includes('undefined') || document.body.innerText.includes('null'))`); undefined != "false" {
		t.Errorf("the page says undefined:\n%s", s.text("body"))
	}
	s.language()
	pictures(t, s, "http://"+addr.String())
}

func pictures(t *testing.T, s *screen, url string) {
	t.Helper()
	s.do(chromedp.Navigate(url + "/screens"))
	s.until("the list", `document.querySelectorAll('#list .screen').length === 6`)
	if n := s.ask(`String(document.querySelectorAll('canvas').length)`); n != "0" {
		t.Errorf("%s pictures were taken without a click", n)
	}
	click := func(name string) { s.do(chromedp.Click(chromedp.CSS(`[data-name="` + name + `"] button.main`))) }
	click("tv")
	s.until("a screenshot", `document.querySelector('[data-name=tv] figure.photo canvas')?.width === 960`)
	s.contains("[data-name=tv] figcaption", "实拍", "应急画面", "960×540", "取于")
	click("led")
	s.until("a preview", `document.querySelector('[data-name=led] figure.preview canvas')?.width === 128`)
	s.contains("[data-name=led] figcaption", "预览", "不是实拍", "✘ 屏幕尚未确认", "第 1 页，共 2 页")
	click("tv-gate")
	s.until("that there is no such screen", `document.querySelector('[data-name="tv-gate"] .error')?.innerText === '没有这块屏幕'`)
	s.contains("#plays", "播放记录", "查看", "下载表格")
	href := s.ask(`document.querySelector('#csv').getAttribute('href')`)
	if !strings.Contains(href, "/screens/plays?from=2") || !strings.HasSuffix(href, "&lang=zh&form=csv") {
		t.Errorf("the table is at %q", href)
	}
	s.shoot("pictures")
	s.language()
	s.until("English", `document.querySelector('#title').innerText === 'Screen pictures'`)
	s.contains("[data-name=led] figcaption", "Preview", "not a photograph")
	s.language()
	s.do(chromedp.Navigate(url + "/screens/plays?from=2026-11-23&to=2026-11-24"))
	s.contains("body", "播放记录", "call119", "615.0")
	if c := s.style("th", "backgroundColor"); c != "rgb(238, 243, 240)" {
		t.Errorf("the report has lost its look: %s", c)
	}
	s.shoot("plays")
}
