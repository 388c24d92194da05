package httpapi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/outputs"
)

// screen is one page in a real browser.
type screen struct {
	t   *testing.T
	ctx context.Context
}

func browser(t *testing.T) *screen {
	t.Helper()
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	return &screen{t, ctx}
}

func (s *screen) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func (s *screen) ask(js string) string {
	s.t.Helper()
	text, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// text is what a person reads in the element.
func (s *screen) text(selector string) string {
	s.t.Helper()
	return s.ask(`document.querySelector(` + strconv.Quote(selector) + `)?.innerText ?? ""`)
}

// until waits until a condition of the page holds.
func (s *screen) until(what, js string) {
	s.t.Helper()
	if _, err := chromedp.Run(s.ctx, chromedp.Poll[bool](js, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		s.t.Fatalf("the page never showed %s: %v\n%s", what, err, s.text("body"))
	}
}

// style is a computed property of an element.
func (s *screen) style(selector, property string) string {
	s.t.Helper()
	return s.ask(`getComputedStyle(document.querySelector(` + strconv.Quote(selector) + `)).` + property)
}

func (s *screen) language() {
	s.t.Helper()
	s.do(chromedp.Click(chromedp.CSS("#lang")))
}

// shoot keeps a picture of the whole page at two widths where the environment asks for it.
func (s *screen) shoot(name string) {
	s.t.Helper()
	dir := os.Getenv("FIREPOST_SHOTS")
	if dir == "" {
		return
	}
	for _, width := range []int64{1280, 390} {
		s.do(chromedp.EmulateViewport(width, 900))
		png, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+strconv.FormatInt(width, 10)+".png"), png, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.do(chromedp.EmulateViewport(1280, 900))
}

const red = "rgb(192, 33, 26)"

// TestInABrowser: devices in two languages, red on fire, 失联, and old news that looks old.
func TestInABrowser(t *testing.T) {
	srv, _, _ := door(t, Options{Listen: "127.0.0.1:0", Local: true})
	f, ok := srv.src.(*fake)
	if !ok {
		t.Fatal("not a fake")
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	addr, err := srv.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := browser(t)
	s.do(chromedp.Navigate("http://" + addr.String() + "/"))
	s.until("all normal", `document.querySelector('#headline').innerText.includes('全部正常')`)
	s.contains("#devices", "张记面馆", "李氏五金", "灭火器压力", "1.18 MPa", "正常")
	s.contains("header", "红山区三号消防驿站")
	s.shoot("normal")

	s.language()
	s.until("English", `document.querySelector('#headline').innerText.includes('All normal')`)
	s.contains("#devices", "Zhang's Noodles", "extinguisher pressure", "Normal")
	s.contains("header", "Hongshan fire post no. 3")
	s.shoot("normal-en")
	s.language()

	kinds(f)
	s.until("buses of other kinds", `document.querySelector('#buses').innerText.includes('GPIO')`)
	s.contains("#buses", "GPIO 接点", "I²C 芯片", "串口帧", "失败", "line 17 is in use")
	s.contains("#outputs", "器材柜锁", "锁闭", "加热器", "无法回读", "风扇")
	s.contains("#devices", "每天下降 0.002 MPa", "断线")
	s.contains("#health", "主机温度", "电池可用时间", "剩余 7 小时", "▲", "ℹ")
	s.contains("nav", "登录")
	s.shoot("kinds")

	fault(f)
	s.until("a fault", `document.querySelector('#headline').innerText.includes('李氏五金')`)
	s.contains("#headline", "有需要处理的情况")
	s.contains("#headline", "李氏五金", "张记面馆灭火器")
	s.contains(".card.fault", "失联", "陈旧")
	s.contains(".card.supervisory", "压力低", "0.92 MPa")
	s.shoot("fault")

	fire(f)
	s.until("a fire", `document.querySelector('#headline').className === 'headline fire'`)
	s.contains("#headline", "1 处火警", "张记面馆")
	s.contains("#devices .card:first-child", "张记面馆", "火警", "失联（疑似烧毁）")
	if c := s.style("#headline", "backgroundColor"); c != red {
		t.Errorf("the headline is %s on fire", c)
	}
	s.shoot("fire")

	cancel()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.until("that it hears nothing", `document.body.classList.contains('stale')`)
	s.contains("#stale", "此页已收不到数据")
	s.contains("#headline", "现状不明", "最后所知 1 处火警", "张记面馆", "最后收到")
	if c := s.style("#stale", "backgroundColor"); c != red {
		t.Errorf("the warning is %s", c)
	}
	if o := s.style(".card.fault", "opacity"); o == "1" {
		t.Error("old cards look like new ones")
	}
	s.contains(".card.fire", "火警")
	s.shoot("stale")
}

// contains fails the test unless a person can read all of that in the element.
func (s *screen) contains(selector string, words ...string) {
	s.t.Helper()
	text := s.text(selector)
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.t.Errorf("%s does not say %q:\n%s", selector, w, text)
		}
	}
}

// kinds: a booth with more than Modbus.
func kinds(f *fake) {
	f.change(func(s *Status) {
		s.Buses = append(s.Buses,
			Bus{Name: "lines", Kind: "gpio", Port: "gpiochip0", Err: "line 17 is in use by another program", Devices: 2, Dead: 1, Failed: 3},
			Bus{Name: "chips", Kind: "i2c", Port: "/dev/i2c-1", Up: true, Good: 8211, Devices: 2},
			Bus{Name: "radio", Kind: "frames", Port: "/dev/ttyUSB1", Up: true, Good: 311, Failed: 2, Devices: 6})
		s.Outputs = append(s.Outputs,
			outputs.Status{Name: "cabinet", Kind: outputs.Cabinet, Verified: true}, outputs.Status{Name: "heat", Kind: outputs.Heater, Want: true, Actual: true},
			outputs.Status{Name: "fan", Kind: outputs.Fan, Verified: true, Want: true, Err: "output fan was set on but reads back off"})
		s.Devices[3].Points[0].NotesZH, s.Devices[3].Points[0].NotesEN = []string{"每天下降 0.002 MPa，约 40 天后低于下限"}, []string{"falls 0.002 MPa a day; below the limit in about 40 days"}
		s.Devices = append(s.Devices, Device{
			Name: "call-point", LabelZH: "驿站手报", LabelEN: "Call point", Bus: "lines", Contract: "contact-supervised@1", State: message.Fault,
			Points: []Point{{Name: "contact", LabelZH: "触点", LabelEN: "contact", Role: "input", State: message.Fault, Causes: []string{"wire_open"}, Quality: message.Good, AgeMS: 20}},
		})
		s.Health = []message.HealthItem{
			{Code: "host.temperature.cpu-thermal", Severity: message.SeverityWarn, Text: "处理器 78 °C，限值 75 °C / the processor is at 78 °C, limit 75 °C"},
			{Code: "power.remaining", Severity: message.SeverityOK, Text: "剩余 7 小时 / 7 hours left"},
		}
	})
}

// fault: a detector stops answering, an extinguisher loses pressure, the uplink is away.
func fault(f *fake) {
	f.change(func(s *Status) {
		at := s.Now
		s.Devices[2].State, s.Devices[2].Unreachable = message.Fault, true
		s.Devices[2].Points = []Point{
			{Name: "smoke", LabelZH: "烟雾报警", LabelEN: "smoke alarm", Role: "smoke", Quality: message.Stale, AgeMS: 64_000},
			{Name: "link", LabelZH: "通信", LabelEN: "Link", Role: "link", State: message.Fault, Causes: []string{"no_data"}, Quality: message.Stale},
		}
		s.Devices[3].State = message.Supervisory
		s.Devices[3].Points = []Point{{
			Name: "pressure", LabelZH: "灭火器压力", LabelEN: "extinguisher pressure", Role: "pressure", State: message.Supervisory,
			Value: new(0.92), Unit: "MPa", Quality: message.Good, AgeMS: 21_000, Causes: []string{"low_pressure"},
		}}
		s.Devices[0].State = message.Fault
		s.Devices[0].Points = append(s.Devices[0].Points, Point{
			Name: "uplink-district", LabelZH: "上行 district", LabelEN: "Uplink district", Role: "internal", State: message.Fault, Causes: []string{"uplink_down"}, Quality: message.Good,
		})
		s.Uplinks[0].Connected, s.Uplinks[0].Err, s.Uplinks[0].Backlog = false, "dial tcp 10.8.0.1:8883: connect: no route to host", map[string]int64{"alarm": 3, "rest": 1}
		s.Severity, s.Health = message.SeverityFault, []message.HealthItem{{Code: "uplink.down.district", Severity: message.SeverityFault, Text: "not connected: dial tcp 10.8.0.1:8883: connect: no route to host"}}
		s.Events = append([]message.Event{
			{Class: message.ClassFault, Kind: message.KindRaised, Cause: "uplink_down", Device: "booth", Point: "uplink-district", At: at, ClockTrusted: true},
			{Class: message.ClassSupervisory, Kind: message.KindRaised, Cause: "low_pressure", Device: "zhang-noodles-gauge", Point: "pressure", At: at, ClockTrusted: true},
			{Class: message.ClassFault, Kind: message.KindRaised, Cause: "no_data", Device: "li-hardware-smoke", Point: "link", At: at, ClockTrusted: true},
		}, s.Events...)
	})
}

// fire: in a shop whose detector then burns.
func fire(f *fake) {
	f.change(func(s *Status) {
		bits := message.Fire | message.Active | message.Latched | message.Fault | message.Acknowledged
		s.Devices[1].State, s.Devices[1].Unreachable = bits, true
		s.Devices[1].Points = []Point{
			{Name: "smoke", LabelZH: "烟雾报警", LabelEN: "smoke alarm", Role: "smoke", State: bits, Causes: []string{"no_data"}, Quality: message.Stale, Unreachable: true, AgeMS: 41_000},
			{Name: "link", LabelZH: "通信", LabelEN: "Link", Role: "link", State: message.Fault, Causes: []string{"no_data"}, Quality: message.Stale},
		}
		for i := range s.Outputs {
			s.Outputs[i].Want, s.Outputs[i].Actual = true, true
		}
		s.Events = append([]message.Event{
			{Class: message.ClassOperation, Kind: message.KindAcknowledged, Device: "zhang-noodles-smoke", Point: "smoke", At: s.Now, ClockTrusted: true, Detail: []byte(`{"author":"李值班"}`)},
			{Class: message.ClassFire, Kind: message.KindRaised, Cause: "single_read", Device: "zhang-noodles-smoke", Point: "smoke", At: s.Now, ClockTrusted: false},
		}, s.Events...)
	})
}
