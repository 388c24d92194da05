package screen

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tree is a made-up /sys/class/drm.
type tree struct {
	t    *testing.T
	root string
}

func newTree(t *testing.T) *tree {
	t.Helper()
	return &tree{t, t.TempDir()}
}

// put writes the files of one connector; a name that ends in / becomes a folder, which can be
// opened and not read, as a file of a dying driver.
func (tr *tree) put(connector string, files map[string]string) {
	tr.t.Helper()
	dir := filepath.Join(tr.root, connector)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tr.t.Fatal(err)
	}
	for name, text := range files {
		var err error
		if folder, is := strings.CutSuffix(name, "/"); is {
			err = os.Mkdir(filepath.Join(dir, folder), 0o755)
		} else {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
		}
		if err != nil {
			tr.t.Fatal(err)
		}
	}
}

func (tr *tree) drop(connector string) {
	tr.t.Helper()
	if err := os.RemoveAll(filepath.Join(tr.root, connector)); err != nil {
		tr.t.Fatal(err)
	}
}

// edid is long enough for one block.
var edid = "\x00\xff\xff\xff\xff\xff\xff\x00" + strings.Repeat("x", 120)

func plugged() map[string]string {
	return map[string]string{"status": "connected\n", "enabled": "enabled\n", "modes": "1920x1080\n1280x720\n1920x1080i\n", "edid": edid}
}

func TestConnectors(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  Connector
	}{
		{"plugged in", plugged(), Connector{Plug: PlugIn, Mode: "1920x1080", Enabled: true, EDID: true}},
		{"out", map[string]string{"status": "disconnected\n", "enabled": "disabled\n", "modes": "", "edid": ""}, Connector{Plug: PlugOut}},
		{"no modes", map[string]string{"status": "connected\n", "enabled": "disabled\n", "modes": "", "edid": edid}, Connector{Plug: PlugOut, EDID: true, Why: "connected, but without any mode"}},
		{"no EDID", map[string]string{"status": "connected\n", "enabled": "enabled\n", "modes": "1024x768\n800x600\n800x600\n848x480\n640x480\n", "edid": ""}, Connector{Plug: PlugFallback, Mode: "1024x768", Enabled: true}},
		{"half an EDID", map[string]string{"status": "connected\n", "modes": "1024x768\n", "edid": edid[:64]}, Connector{Plug: PlugFallback, Mode: "1024x768"}},
		{"a small screen that says so", map[string]string{"status": "connected\n", "modes": "800x480\n", "edid": edid}, Connector{Plug: PlugIn, Mode: "800x480", EDID: true}},
		{"large modes without EDID, by the kernel's command line", map[string]string{"status": "connected\n", "modes": "1920x1080\n", "edid": ""}, Connector{Plug: PlugIn, Mode: "1920x1080"}},
		{"kernel's own unknown", map[string]string{"status": "unknown\n", "modes": "1920x1080\n"}, Connector{Plug: PlugUnknown, Why: `the status is "unknown"`}},
		{"half-written status", map[string]string{"status": "connec", "modes": "1920x1080\n"}, Connector{Plug: PlugUnknown, Why: `the status is "connec"`}},
		{"half-written modes", map[string]string{"status": "connected\n", "modes": "1920x1080\n1280x7", "edid": edid}, Connector{Plug: PlugUnknown, Mode: "1920x1080", EDID: true, Why: `a mode is "1280x7"`}},
		{"garbage for modes", map[string]string{"status": "connected\n", "modes": "wide\n", "edid": edid}, Connector{Plug: PlugUnknown, EDID: true, Why: `a mode is "wide"`}},
		{"empty status", map[string]string{"status": ""}, Connector{Plug: PlugUnknown, Why: `the status is ""`}},
		{"unreadable status", map[string]string{"status/": ""}, Connector{Plug: PlugUnknown, Why: "status: is a directory"}},
		{"unreadable modes", map[string]string{"status": "connected\n", "modes/": ""}, Connector{Plug: PlugUnknown, Why: "modes: is a directory"}},
		{"no status file", map[string]string{"enabled": "enabled\n"}, Connector{Plug: PlugUnknown, Why: "status: no such file or directory"}},
		{"no modes file", map[string]string{"status": "connected\n"}, Connector{Plug: PlugUnknown, Why: "modes: no such file or directory"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr := newTree(t)
			tr.put("card1-HDMI-A-1", row.files)
			list, err := Connectors(tr.root)
			row.want.Name, row.want.Card = "HDMI-A-1", "card1"
			if err != nil || len(list) != 1 || list[0] != row.want {
				t.Errorf("%+v, %v\nwant %+v", list, err, row.want)
			}
		})
	}
}

func TestWhatIsNoConnector(t *testing.T) {
	tr := newTree(t)
	for _, name := range []string{"card0", "renderD128", "version", "card0-Writeback-1", "card0-HDMI-A-x", "..card0-HDMI-A-1"} {
		tr.put(name, plugged())
	}
	for _, name := range []string{"card0-HDMI-A-2", "card0-DP-1", "card0-eDP-1", "card0-Composite-1", "card10-DSI-1", "card0-VGA-1"} {
		tr.put(name, plugged())
	}
	// The kernel's entries are symbolic links; one points nowhere by now.
	if err := os.Symlink(filepath.Join(tr.root, "gone"), filepath.Join(tr.root, "card0-HDMI-A-1")); err != nil {
		t.Fatal(err)
	}
	list, err := Connectors(tr.root)
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); err != nil || got != "Composite-1 DP-1 HDMI-A-2 VGA-1 eDP-1 DSI-1" {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Connectors(filepath.Join(tr.root, "nothing")); err == nil {
		t.Error("a tree that is not there reads as no connectors")
	}
}

func TestPlugOf(t *testing.T) {
	list := func(plugs ...Plug) []Connector {
		var l []Connector
		for i, p := range plugs {
			l = append(l, Connector{Name: []string{"HDMI-A-1", "HDMI-A-2", "DP-1"}[i], Card: "card0", Plug: p})
		}
		return l
	}
	for _, row := range []struct {
		list []Connector
		name string
		want Plug
	}{
		{nil, "", PlugUnknown},
		{list(PlugOut, PlugIn), "", PlugIn},
		{list(PlugOut, PlugIn), "HDMI-A-1", PlugOut},
		{list(PlugOut, PlugIn), "card0-HDMI-A-2", PlugIn},
		{list(PlugOut, PlugIn), "HDMI-A-3", PlugUnknown},
		{list(PlugOut, PlugOut), "", PlugOut},
		{list(PlugOut, PlugUnknown), "", PlugUnknown},
		{list(PlugUnknown, PlugOut), "", PlugUnknown},
		{list(PlugOut, PlugFallback, PlugUnknown), "", PlugFallback},
	} {
		if got := PlugOf(row.list, row.name); got != row.want {
			t.Errorf("%v %q: %s, want %s", row.list, row.name, got, row.want)
		}
	}
}

// TestWatch: unplugged, vanished and plugged in again, each told once.
func TestWatch(t *testing.T) {
	tr := newTree(t)
	tr.put("card0-HDMI-A-1", plugged())
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var told []Plug
		done := make(chan struct{})
		go func() {
			defer close(done)
			Watch(ctx, tr.root, time.Second, func(l []Connector, _ error) { told = append(told, PlugOf(l, "HDMI-A-1")) })
		}()
		next := func(change func()) {
			change()
			time.Sleep(3 * time.Second) // the bubble's clock
			synctest.Wait()
		}
		next(func() {})
		next(func() { tr.put("card0-HDMI-A-1", map[string]string{"status": "disconnected\n"}) })
		next(func() { tr.drop("card0-HDMI-A-1") })
		next(func() { tr.put("card0-HDMI-A-1", plugged()) })
		next(func() { tr.drop("") })
		cancel()
		<-done
		want := []Plug{PlugIn, PlugOut, PlugUnknown, PlugIn, PlugUnknown}
		if len(told) != len(want) {
			t.Fatalf("told %v, want %v", told, want)
		}
		for i := range want {
			if told[i] != want[i] {
				t.Errorf("told %v, want %v", told, want)
			}
		}
	})
}
