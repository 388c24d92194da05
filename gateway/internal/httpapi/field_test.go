package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/field"
)

// line is a bus that finds what the test puts on it, when the test says so.
type line struct {
	reports chan field.Progress
	scanned chan error
}

func newLine() *line { return &line{make(chan field.Progress), make(chan error)} }

func (l *line) Buses() []FieldBus {
	return []FieldBus{{Name: "rs485-1", Port: "/dev/ttyUSB0", Speed: "9600 8N1", Devices: 12, Watched: 10, Outputs: 2}}
}

func (l *line) Scan(ctx context.Context, _ string, _ bool, report field.Report) (*field.ScanResult, error) {
	res := &field.ScanResult{Found: []field.Found{
		{Unit: 1, Speed: field.Speed{Baud: 9600, Format: "8N1"}, State: field.Single, Device: "a", Contract: "smoke-generic@1"},
		{Unit: 7, Speed: field.Speed{Baud: 4800, Format: "8N1"}, State: field.Doubled},
	}}
	for {
		select {
		case p := <-l.reports:
			report(p)
		case err := <-l.scanned:
			return res, err
		case <-ctx.Done():
			return res, ctx.Err()
		}
	}
}

func (l *line) Adopt(ctx context.Context, o FieldOrder, ask FieldAsk, _ field.Report) (*FieldAdopted, error) {
	if o.Premises == "panic" {
		panic("a mistake")
	}
	model, err := ask(ctx, FieldQuestion{Text: contract.Text{ZH: "是哪一种？", EN: "which one?"}, Options: []FieldOption{{Value: "x@1"}, {Value: "y@1"}}})
	if err != nil {
		return nil, err
	}
	if _, err := ask(ctx, FieldQuestion{Text: contract.Text{ZH: "请断电再上电", EN: "switch it off and on"}}); err != nil {
		return nil, err
	}
	s := field.Speed{Baud: 9600, Format: "8N1"}
	return &FieldAdopted{
		Adopted: &field.Adopted{From: field.Settings{Unit: 1, Speed: s}, To: field.Settings{Unit: 13, Speed: s}, Ref: model, Took: 9 * time.Second},
		Entry:   field.Entry{Name: "hs-1-smoke", Premises: o.Premises}, Written: true,
	}, nil
}

// bench is a desk at work.
func bench(t *testing.T) (*line, *FieldDesk) {
	t.Helper()
	l := newLine()
	d := NewFieldDesk(l, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l, d
}

// until waits for a state of the desk.
func (d *FieldDesk) until(t *testing.T, cond func(j *FieldJob) bool) *FieldJob {
	t.Helper()
	changed, cancel := d.Watch()
	defer cancel()
	for {
		if j := d.State().Job; j != nil && cond(j) {
			return j
		}
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("never: %+v", d.State().Job)
		}
	}
}

func over(j *FieldJob) bool { return !j.Running }

func TestFieldWork(t *testing.T) {
	l, d := bench(t)
	if err := d.Scan("wang", "rs485-1", false); err != nil {
		t.Fatal(err)
	}
	if err := d.Adopt("li", FieldOrder{Bus: "rs485-1"}); !errors.Is(err, ErrFieldBusy) {
		t.Errorf("two at once: %v", err)
	}
	l.reports <- field.Progress{Done: 12, Total: 247, Found: 1}
	d.until(t, func(j *FieldJob) bool { return j.Progress.Done == 12 })
	l.scanned <- nil
	if j := d.until(t, over); len(j.Scan.Found) != 2 || len(j.Notes) == 0 || j.Error != "" {
		t.Errorf("%+v", j)
	}
	if err := d.Scan("wang", "rs485-1", false); err != nil {
		t.Fatal(err)
	}
	l.reports <- field.Progress{}
	d.Stop()
	if j := d.until(t, over); j.Error != errStopped.Error() || j.Scan == nil {
		t.Errorf("%+v", j)
	}
	if err := d.Adopt("li", FieldOrder{Premises: "panic"}); err != nil {
		t.Fatal(err)
	}
	if j := d.until(t, over); !strings.Contains(j.Error, "mistake of the program") {
		t.Errorf("%+v", j)
	}
}

func TestFieldQuestions(t *testing.T) {
	_, d := bench(t)
	if err := d.Answer(1, ""); !errors.Is(err, ErrFieldAnswer) {
		t.Error(err)
	}
	if err := d.Adopt("wang", FieldOrder{Premises: "HS-1"}); err != nil {
		t.Fatal(err)
	}
	j := d.until(t, func(j *FieldJob) bool { return j.Question != nil })
	for _, bad := range []error{d.Answer(j.AskedID+1, "x@1"), d.Answer(j.AskedID, "z@1"), d.Answer(j.AskedID, "")} {
		if !errors.Is(bad, ErrFieldAnswer) {
			t.Error(bad)
		}
	}
	if err := d.Answer(j.AskedID, "y@1"); err != nil {
		t.Fatal(err)
	}
	j = d.until(t, func(k *FieldJob) bool { return k.Question != nil && k.AskedID > j.AskedID })
	if err := d.Answer(j.AskedID, ""); err != nil {
		t.Fatal(err)
	}
	if j := d.until(t, over); j.Adopted == nil || j.Adopted.Ref != "y@1" || j.Error != "" {
		t.Errorf("%+v", j)
	}
}

// TestFieldRoutes: installers only, and only who says that he knows what is not watched.
func TestFieldRoutes(t *testing.T) {
	_, d := bench(t)
	s, login, _ := door(t, Options{Local: true, Field: d})
	tokens := make(map[string]string)
	for _, name := range []string{"wang", "zhou"} {
		var err error
		if tokens[name], err = login.LogIn(t.Context(), name, password); err != nil {
			t.Fatal(err)
		}
	}
	post := func(who, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(body))
		r.Header.Set("X-Firepost", "1")
		r.AddCookie(&http.Cookie{Name: "firepost_session", Value: tokens[who]})
		s.Handler().ServeHTTP(w, r)
		return w
	}
	for _, row := range []struct {
		who, path, body string
		want            int
	}{
		{"", "/api/field/scan", `{"bus":"rs485-1","unwatched":true}`, http.StatusUnauthorized},
		{"zhou", "/api/field/scan", `{"bus":"rs485-1","unwatched":true}`, http.StatusForbidden},
		{"wang", "/api/field/scan", `{"bus":"rs485-1"}`, http.StatusConflict},
		{"wang", "/api/field/adopt", `{"bus":"rs485-1","unwatched":true}`, http.StatusConflict},
		{"wang", "/api/field/dance", `{}`, http.StatusNotFound},
		{"wang", "/api/field/scan", `{"buss":"x"}`, http.StatusBadRequest},
		{"wang", "/api/field/answer", `{"asked":3}`, http.StatusConflict},
		{"wang", "/api/field/scan", `{"bus":"rs485-1","unwatched":true}`, http.StatusOK},
		{"wang", "/api/field/stop", ``, http.StatusOK},
	} {
		if got := post(row.who, row.path, row.body); got.Code != row.want {
			t.Errorf("%s %s %s: %d %s, want %d", row.who, row.path, row.body, got.Code, got.Body, row.want)
		}
	}
	for who, want := range map[string]int{"": http.StatusUnauthorized, "zhou": http.StatusForbidden, "wang": http.StatusOK} {
		if got := knock(t, s, http.MethodGet, "/api/field", "127.0.0.1:5000", tokens[who]); got.Code != want {
			t.Errorf("%q looks: %d, want %d", who, got.Code, want)
		}
	}
}

// TestFieldInABrowser: the warning, the progress, the result, on a phone.
func TestFieldInABrowser(t *testing.T) {
	l, d := bench(t)
	srv, _, _ := door(t, Options{Listen: "127.0.0.1:0", Local: true, Field: d})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	addr, err := srv.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := browser(t)
	s.do(chromedp.EmulateViewport(390, 844), chromedp.Navigate("http://"+addr.String()+"/login.html#bus"))
	s.do(chromedp.SendKeys(chromedp.CSS("#name"), "wang"), chromedp.SendKeys(chromedp.CSS("#password"), password), chromedp.Click(chromedp.CSS("#go")))
	s.do(chromedp.Click(chromedp.CSS(`[data-do="scan"]`)))
	s.contains("#ask", "10 台报警设备无人监视", "2 路输出")
	if s.ask(`String(document.querySelector('[data-do="go"]').disabled)`) != "true" {
		t.Error("it begins without a word")
	}
	s.shoot("bus-confirm")
	s.do(chromedp.Click(chromedp.CSS("#agree")), chromedp.Click(chromedp.CSS(`[data-do="go"]`)))
	l.reports <- field.Progress{Stage: contract.Text{ZH: "逐个询问地址", EN: "asking every address"}, Done: 120, Total: 247, Found: 1, Unit: 120, Speed: field.Speed{Baud: 9600, Format: "8N1"}}
	s.until("progress", `document.querySelector('#job').innerText.includes('120 / 247')`)
	s.contains("#job", "无人监视", "逐个询问地址", "停止")
	s.shoot("bus-scan")
	l.scanned <- nil
	s.until("the result", `document.querySelector('#job').innerText.includes('交还轮询')`)
	s.contains("#job", "#1", "a · 已配置", "地址冲突", "未知型号")
	s.shoot("bus-found")
	s.do(chromedp.Click(chromedp.CSS(`[data-do="adopt"]`)), chromedp.SendKeys(chromedp.CSS("#premises"), "HS-1"), chromedp.SendKeys(chromedp.CSS("#label-zh"), "张记面馆"))
	s.do(chromedp.Click(chromedp.CSS("#agree")), chromedp.Click(chromedp.CSS(`[data-do="go"]`)))
	s.until("a question", `document.querySelector('#job').innerText.includes('是哪一种')`)
	s.shoot("bus-question")
	s.do(chromedp.Click(chromedp.CSS(`[data-do="answer"]`)))
	s.until("an order", `document.querySelector('#job').innerText.includes('断电再上电')`)
	s.do(chromedp.Click(chromedp.CSS(`[data-do="answer"]`)))
	s.until("the device", `document.querySelector('#job').innerText.includes('新设备已接入')`)
	s.contains("#job", "x@1", "#1 9600 8N1", "#13 9600 8N1", "已写入配置")
	s.shoot("bus-adopted")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
