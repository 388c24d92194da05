package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/firmware-contracts/message"
)

// phone is a page in a real browser, as large as a phone.
type phone struct {
	t   *testing.T
	ctx context.Context
	n   int
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(390, 844),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	p := &phone{t: t, ctx: ctx}
	p.do(chromedp.EmulateViewport(390, 844))
	return p
}

func (p *phone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func (p *phone) ask(js string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// until waits until a condition of the page holds. A page that is just being left answers
// with an error; the next one is asked then.
func (p *phone) until(what, js string) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](js))
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-limit.C:
			p.t.Fatalf("the page never showed %s: %v\n%s", what, err, p.ask(`document.body.innerText`))
		}
	}
}

// shows waits until a person can read this in the element.
func (p *phone) shows(selector string, words ...string) {
	p.t.Helper()
	for _, w := range words {
		p.until(w, `(document.querySelector(`+strconv.Quote(selector)+`)?.innerText ?? '').includes(`+strconv.Quote(w)+`)`)
	}
}

// press touches what can be touched: it must be there, enabled and large enough for a thumb.
func (p *phone) press(selector string) {
	p.t.Helper()
	q := strconv.Quote(selector)
	p.until(selector, `(() => { const e = document.querySelector(`+q+`); return e !== null && !e.disabled })()`)
	covered := p.ask(`(() => {
		const e = document.querySelector(` + q + `); e.scrollIntoView({block: 'center', behavior: 'instant'});
		const r = e.getBoundingClientRect(), at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return e.contains(at) ? "" : at?.outerHTML ?? "outside" })()`)
	if covered != "" {
		p.t.Errorf("%s is covered by %s", selector, covered)
	}
	size := p.ask(`(() => { const r = document.querySelector(` + q + `).getBoundingClientRect(); return Math.min(r.width, r.height) >= 44 ? "" : r.width + " x " + r.height })()`)
	if size != "" {
		p.t.Errorf("%s is only %s large", selector, size)
	}
	// In one step: news may redraw the page between finding a button and pressing it.
	p.ask(`(() => { document.querySelector(` + q + `).click(); return "" })()`)
}

// on is the selector of something in a device's card.
func on(device, what string) string { return `.card[data-device="` + device + `"] ` + what }

// do presses the button of a device's card.
func do(device, act string) string { return on(device, `[data-do="`+act+`"]`) }

// shoot checks that nothing runs out of the screen, and keeps a picture where the environment
// asks for it.
func (p *phone) shoot(name string) {
	p.t.Helper()
	if out := p.ask(`document.documentElement.scrollWidth > window.innerWidth ? document.documentElement.scrollWidth + " wide" : ""`); out != "" {
		p.t.Errorf("%s scrolls sideways: %s", name, out)
	}
	dir := os.Getenv("FIREPOST_SHOTS")
	if dir == "" {
		return
	}
	p.n++
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	file := "walk-" + strconv.Itoa(100 + p.n)[1:] + "-" + name + ".png"
	if err := os.WriteFile(filepath.Join(dir, file), png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) logIn(name, password string) {
	p.t.Helper()
	p.until("the login page", `document.querySelector('#password') !== null`)
	p.do(chromedp.SendKeys(chromedp.CSS("#name"), name), chromedp.SendKeys(chromedp.CSS("#password"), password))
	p.press("#go")
}

// TestAWalkTestOnAPhone: what an installer sees and does, from the login to the printed report.
func TestAWalkTestOnAPhone(t *testing.T) {
	h := walkHouse(t)
	h.startWalk(localPage)
	p := newPhone(t)
	p.do(chromedp.Navigate(h.base() + "/walk.html"))
	p.logIn("wang", "not this one, surely")
	p.shows("#error", "姓名或密码不对")
	p.shoot("login")
	p.logIn("", walkPassword) // the name stands there still
	p.shows("#body", "选择要测试的场所", "张记面馆", "李氏五金", "还没有报告")
	p.shoot("choose")
	p.press(`label.pick:has(input[value="HS-1"])`)
	p.press(`[data-do="start"]`)
	p.shows("#body", "张记面馆后厨", "待测", "读数 1.18 MPa")
	p.shows("#top", "测试方式剩余", "0 / 4")
	p.shoot("started")
	id := p.ask(`sessionStorage.getItem('walk')`)

	h.wrongDevice(p)
	h.smoke("a", false)
	p.shows(on("a", ""), "已恢复")
	p.press(do("b", "now"))
	p.shows(on("b", ""), "请吹烟")
	p.shoot("waiting")
	h.smoke("b", true)
	p.shows(on("b", ""), "合格", "仍在报警")
	h.smoke("b", false)
	p.shows(on("b", ""), "已恢复")
	p.press(do("gauge", "mark"))
	p.press(`#ask [data-do="failed"]`)
	p.shoot("reason")
	p.press(`#ask .choices button:nth-child(1)`)
	p.press(`#ask [data-do="save"]`)
	p.shows(on("gauge", ""), "不合格", "读数与表盘不符")
	p.press(do("gauge", "undo"))
	p.press(do("gauge", "yes"))
	p.shows(on("gauge", ""), "合格")
	p.press(do("", "yes"))
	p.shows("#top", "4 / 4")
	p.shoot("done")

	h.realFire(p)
	p.press(`[data-do="finish"]`)
	p.shows("#body", "测试已结束，报告已生成", "全部合格")
	p.shoot("finished")
	h.print(p, id)
}

// wrongDevice: he stands in front of a, and b answers.
func (h *house) wrongDevice(p *phone) {
	h.t.Helper()
	p.press(do("a", "now"))
	p.shows(on("a", ""), "请吹烟，等待报警")
	h.smoke("b", true)
	p.shows("#alerts", "答错了", "您在“张记面馆”前，应答的却是“张记面馆后厨”")
	p.shoot("wrong-device")
	h.smoke("b", false)
	p.press(`#alerts [data-do="drifted"]`)
	p.until("the question is settled", `document.querySelector('#alerts').children.length === 0`)
	p.shows(on("b", ""), "待测")
	h.smoke("a", true)
	p.shows(on("a", ""), "合格", "响应", "仍在报警")
	p.shows("#top", "1 / 4")
	p.shoot("answered")
}

// realFire: elsewhere, in the middle of it all. It stands over everything until it is seen,
// and is in sight until it is over.
func (h *house) realFire(p *phone) {
	h.t.Helper()
	p.press(`[data-do="abandon"]`) // a question stands open, and makes room
	p.until("a question", `document.querySelector('#ask').open`)
	h.smoke("c", true)
	p.shows("#fire", "真实火警", "李氏五金", "这不是测试")
	covers := `(() => { const e = document.elementFromPoint(195, 800); return document.querySelector('#fire').contains(e) ? "" : e.outerHTML })()`
	if over := p.ask(covers); over != "" {
		h.t.Errorf("the fire does not cover %s", over)
	}
	p.shoot("real-fire")
	p.press(`#fire [data-do="seen"]`)
	p.until("it is small", `document.querySelector('#fire').classList.contains('small')`)
	p.shows("#fire", "真实火警", "李氏五金")
	p.shoot("real-fire-small")
	h.smoke("c", false)
	h.eventually("the fire can be reset", func() bool {
		recent := h.gen().engine.Recent()
		return h.gen().engine.Command(h.t.Context(), message.Command{
			Action: message.ActionReset, Device: "c", Event: recent[0].ID, Author: "李值班", Outcome: "test", Note: "测试",
		}).OK
	})
	p.until("the fire is gone", `document.querySelector('#fire').hidden`)
}

// print looks at the report, on the phone and on paper.
func (h *house) print(p *phone, id string) {
	h.t.Helper()
	p.press("a.button.main")
	p.shows("body", "验收报告", "全部合格", "张记面馆", "签字", id, "不替代经认证")
	p.shoot("report-phone")
	p.do(chromedp.EmulateViewport(794, 1700))
	p.shoot("report-a4")
	p.do(chromedp.EmulateViewport(390, 844))
	var r struct{ Outcome string }
	data, err := os.ReadFile(filepath.Join(h.state, reportsDir, id+".json"))
	if err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil || r.Outcome != "passed" {
		h.t.Errorf("%+v %v", r, err)
	}
}

// TestAViewerOnAPhone: looks, and finds nothing to press.
func TestAViewerOnAPhone(t *testing.T) {
	h := walkHouse(t)
	h.startWalk(localPage)
	wang := h.logIn("wang")
	id := wang.begin("HS-1")
	p := newPhone(t)
	p.do(chromedp.Navigate(h.base() + "/walk.html"))
	p.logIn(viewer, walkPassword)
	p.shows("header", "只能查看")
	p.shows("#body", "未结束的测试", "wang")
	p.press(`[data-do="takeup"]`) // for a viewer it only shows
	p.shows("#body", "张记面馆后厨", "待测")
	if n := p.ask(`String(document.querySelectorAll('#body button, #alerts button, #foot:not([hidden]) button').length)`); n != "0" {
		t.Errorf("a viewer finds %s buttons", n)
	}
	p.shoot("viewer")
	p.press("#lang")
	p.shows("#body", "Zhang's Noodles, kitchen", "to test")
	p.shoot("viewer-en")
	if !strings.HasPrefix(id, "wt-hs-03-") {
		t.Errorf("id %q", id)
	}
}
