package app

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/host"
)

// boardWatch is the health of the board itself, as last reported.
type boardWatch struct {
	watcher *host.Watcher

	mu     sync.Mutex
	report host.Report
	// faulty are the codes that are a fault of the booth now.
	faulty map[string]bool
}

// undervoltageFile remembers an undervoltage for as long as this boot lasts.
const undervoltageFile = "undervoltage.json"

// boardPart is the booth's own point for one kind of finding.
func boardPart(code string) engine.Part {
	name := strings.TrimPrefix(code, "host.")
	return engine.Part{Name: "host-" + strings.ReplaceAll(name, "_", "-"), Title: engine.Text{ZH: "主机 " + boardTitleZH(code), EN: "Board: " + name}}
}

func boardTitleZH(code string) string {
	titles := map[string]string{
		host.CodeTemperature: "温度", host.CodeUndervoltage: "欠压", host.CodeDisk: "磁盘", host.CodeInodes: "索引节点",
		host.CodeWear: "闪存寿命", host.CodeMount: "挂载", host.CodeFSErrors: "文件系统", host.CodeMemory: "内存",
		host.CodeLoad: "负载", host.CodeOOM: "内存耗尽", host.CodeNetwork: "网络", host.CodeModem: "移动网络",
		host.CodeClock: "时钟", host.CodeRTC: "硬件时钟", host.CodeUPS: "不间断电源",
	}
	return titles[code]
}

// boardCodes are the findings that become faults of the booth. What the clock is not trusted
// for stands in its health already.
func boardCodes() []string {
	return []string{
		host.CodeTemperature, host.CodeUndervoltage, host.CodeDisk, host.CodeInodes, host.CodeWear, host.CodeMount,
		host.CodeFSErrors, host.CodeMemory, host.CodeLoad, host.CodeOOM, host.CodeNetwork, host.CodeModem, host.CodeRTC, host.CodeUPS,
	}
}

// addBoard prepares the watch over the board.
func (g *generation) addBoard(c *config.Host) error {
	if c.Every == 0 {
		return nil
	}
	o := host.Options{
		JournalDir: g.cfg.Journal.Dir, LatchFile: filepath.Join(g.cfg.Journal.Dir, undervoltageFile), Now: g.app.now,
	}
	if c.Modem != "" {
		o.Modem = &host.ModemOptions{Port: serialport.Spec{Name: c.Modem, Baud: 115200}}
	}
	if name, address, ok := strings.Cut(c.UPS, "@"); ok {
		o.UPS = &host.UPSOptions{Name: name, Address: address}
	}
	r, err := host.NewReader(o)
	if err != nil {
		return fmt.Errorf("watch the board: %w", err)
	}
	limits := host.DefaultLimits()
	limits.Interfaces, limits.RTCRequired = c.Interfaces, c.RTCRequired
	g.board.faulty = make(map[string]bool)
	g.board.watcher, err = host.NewWatcher(host.WatcherOptions{Reader: r, Limits: limits, Every: c.Every.D(), Tell: g.boardReport})
	if err != nil {
		return fmt.Errorf("watch the board: %w", err)
	}
	return nil
}

// boardReport takes one look at the board: faults become faults of the booth.
func (g *generation) boardReport(r host.Report) {
	faulty := make(map[string]bool)
	for _, f := range r.Findings {
		if f.Severity == message.SeverityFault {
			faulty[f.Code] = true
		}
	}
	b := &g.board
	b.mu.Lock()
	b.report, b.faulty = r, faulty
	b.mu.Unlock()
	now := g.app.now()
	for _, code := range boardCodes() {
		cause := ""
		if faulty[code] {
			cause = strings.ReplaceAll(code, ".", "_")
		}
		g.internal(boardPart(code), cause, now)
	}
	g.engine.Touch(engine.Booth)
}

// boardItems are the findings as items of the booth's health.
func (g *generation) boardItems(add func(code string, sev message.Severity, text string)) {
	g.board.mu.Lock()
	defer g.board.mu.Unlock()
	for _, f := range g.board.report.Findings {
		code := f.Code
		if f.Subject != "" {
			code += "." + strings.Map(codeRune, f.Subject)
		}
		add(code, f.Severity, f.ZH+" / "+f.EN)
	}
}

// codeRune keeps of a subject what may stand in the code of a health item.
func codeRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '/', r == ':', r == '-':
		return r
	}
	return '_'
}

// boardReadings are the board's figures as readings of the booth.
func (g *generation) boardReadings(now message.Stamp) []message.Reading {
	g.board.mu.Lock()
	defer g.board.mu.Unlock()
	f := &g.board.report.Facts
	if f.At.Boot == "" || now.Sub(f.At) > 3*time.Minute {
		return nil
	}
	var out []message.Reading
	for _, v := range f.Values() {
		value := v.Value
		out = append(out, message.Reading{
			Device: engine.Booth, Point: v.Name, Value: &value, Unit: v.Unit, Quality: message.Good, At: message.Time{Time: f.At.Wall},
		})
	}
	return out
}
