package screen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DRM is where the kernel shows its video connectors.
const DRM = "/sys/class/drm"

// Plug is how one connector is plugged.
type Plug string

// The plugs.
const (
	// PlugUnknown: it can't be told.
	PlugUnknown Plug = "unknown"
	// PlugIn: a screen is there, has modes and says what it is.
	PlugIn Plug = "in"
	// PlugOut: no screen, or one without any mode.
	PlugOut Plug = "out"
	// PlugFallback: a screen is there but did not say what it is; the kernel offers it
	// 1024x768 and less.
	PlugFallback Plug = "fallback"
)

// Connector is one video connector of the board.
type Connector struct {
	// Name is the kernel's without the card: HDMI-A-1. Card is the card's: card0.
	Name string `json:"name"`
	Card string `json:"card"`
	Plug Plug   `json:"plug"`
	// Mode is the first of its modes, which the kernel prefers: "1920x1080"; empty: none.
	Mode string `json:"mode,omitempty"`
	// Enabled: a picture is sent to it. EDID: the screen has said what it is.
	Enabled bool `json:"enabled"`
	EDID    bool `json:"edid"`
	// Why says what could not be read.
	Why string `json:"why,omitempty"`
}

const (
	// maxFile is more than any of these files ever is; maxConnectors than any board has.
	maxFile       = 16 << 10
	maxConnectors = 64
	// A screen that does not say what it is is given modes up to this size
	// (drm_add_modes_noedid(connector, 1024, 768)).
	fallbackWidth, fallbackHeight = 1024, 768
)

var (
	connectorName = regexp.MustCompile(`^(card\d+)-([A-Za-z]+(?:-[A-Z])?-\d+)$`)
	modeName      = regexp.MustCompile(`^(\d{1,5})x(\d{1,5})i?$`)
)

// Connectors reads the video connectors below root, usually DRM, by name. A connector that
// can't be read, or vanishes meanwhile, is unknown or left out, never plugged in; an error is
// returned only where there is nothing to read at all.
func Connectors(root string) ([]Connector, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("read video connectors: %w", err)
	}
	var list []Connector
	for _, e := range entries {
		m := connectorName.FindStringSubmatch(e.Name())
		if m == nil || strings.HasPrefix(m[2], "Writeback") || len(list) == maxConnectors {
			continue
		}
		if c, there := readConnector(filepath.Join(root, e.Name()), m[1], m[2]); there {
			list = append(list, c)
		}
	}
	return list, nil
}

// readConnector reads one connector; false: it vanished.
func readConnector(dir, card, name string) (Connector, bool) {
	c := Connector{Name: name, Card: card, Plug: PlugUnknown}
	status, err := readSmall(filepath.Join(dir, "status"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return c, false
		}
	}
	if err != nil {
		c.Why = reason(err)
		return c, true
	}
	if b, err := readSmall(filepath.Join(dir, "enabled")); err == nil {
		c.Enabled = strings.TrimSpace(string(b)) == "enabled"
	}
	if b, err := readSmall(filepath.Join(dir, "edid")); err == nil {
		// An EDID block has 128 bytes; fewer say nothing.
		c.EDID = len(b) >= 128
	}
	switch s := strings.TrimSpace(string(status)); s {
	case "connected":
		c.modes(dir)
	case "disconnected":
		c.Plug = PlugOut
	default:
		c.Why = fmt.Sprintf("the status is %.32q", s)
	}
	return c, true
}

// modes reads what a connected screen can show, and judges by it.
func (c *Connector) modes(dir string) {
	data, err := readSmall(filepath.Join(dir, "modes"))
	if err != nil {
		c.Why = reason(err)
		return
	}
	small, n := true, 0
	for line := range bytes.Lines(data) {
		line, whole := bytes.CutSuffix(line, []byte("\n"))
		m := modeName.FindSubmatch(line)
		if !whole || m == nil {
			c.Why = fmt.Sprintf("a mode is %.32q", line)
			return
		}
		if n == 0 {
			c.Mode = string(line)
		}
		n++
		w, h := number(m[1]), number(m[2])
		small = small && w <= fallbackWidth && h <= fallbackHeight
	}
	switch {
	case n == 0:
		c.Plug, c.Why = PlugOut, "connected, but without any mode"
	case small && !c.EDID:
		c.Plug = PlugFallback
	default:
		c.Plug = PlugIn
	}
}

func number(b []byte) int {
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return 0
	}
	return n
}

func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return filepath.Base(p.Path) + ": " + p.Err.Error()
	}
	return err.Error()
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// PlugOf is how a screen is plugged: by the connector of that name, HDMI-A-1 or with its card
// card0-HDMI-A-1, or with an empty name by the best of all connectors.
func PlugOf(list []Connector, name string) Plug {
	var seen [4]bool
	order := [4]Plug{PlugIn, PlugFallback, PlugUnknown, PlugOut}
	for _, c := range list {
		if name == "" || name == c.Name || name == c.Card+"-"+c.Name {
			seen[slices.Index(order[:], c.Plug)] = true
		}
	}
	// One that can't be read may be the one that has the screen: unknown before out.
	if i := slices.Index(seen[:], true); i >= 0 {
		return order[i]
	}
	return PlugUnknown
}

// Watch reads the connectors every so often and calls changed at first and at each change,
// until ctx ends. It needs neither udev nor a netlink socket, which a container has not.
func Watch(ctx context.Context, root string, every time.Duration, changed func([]Connector, error)) {
	var last []Connector
	var lastErr string
	first := true
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		list, err := Connectors(root)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if first || said != lastErr || !slices.Equal(list, last) {
			changed(list, err)
		}
		first, last, lastErr = false, list, said
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
