package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// exampleScreens is the screens' section of the example, with its comment marks taken off.
func exampleScreens(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../../configs/firepost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	from := strings.Index(text, "# screens:\n")
	if from < 0 {
		t.Fatal("the example has no screens")
	}
	text = text[from:]
	text = text[:strings.Index(text, "\n\n")+1]
	text = regexp.MustCompile(`(?m)^# ?`).ReplaceAllString(text, "")
	return strings.ReplaceAll(text, `"base64 of 32 bytes"`, strings.Repeat("A", 43)+"=")
}

// withScreens is a small file with one premises and the example's screens.
func withScreens(t *testing.T) string {
	t.Helper()
	return minimal + exampleScreens(t)
}

func TestTheExamplesScreens(t *testing.T) {
	c, err := Parse("f.yaml", []byte(withScreens(t)), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Screens
	if s == nil || len(s.Televisions) != 1 || len(s.Boards) != 1 || len(s.Templates) != 1 || s.Programme == nil || len(s.Programme.Keys) != 2 {
		t.Fatalf("screens %+v", s)
	}
	if s.Radius != defaultRadius || s.Unanswered.D() != defaultUnanswered || s.Listen != defaultScreensListen || len(s.Fonts) == 0 {
		t.Errorf("the example differs from the defaults: %+v", s)
	}
	bare, err := Parse("f.yaml", []byte(minimal+"screens:\n  televisions: [{name: tv}]\n"), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	tv := bare.Screens.Televisions[0]
	if tv.Backend != "browser" || tv.Width != 1920 || tv.Height != 1080 || tv.Volume != defaultVolume || bare.Screens.Dir != defaultScreensDir {
		t.Errorf("what is left out: %+v", bare.Screens)
	}
}

func TestMistakesInScreens(t *testing.T) {
	text := withScreens(t)
	for _, m := range []mistake{
		{"reachable from outside", "listen: 127.0.0.1:8471", "listen: 0.0.0.0:8471", `screens.listen: "0.0.0.0:8471" could be reached from outside`},
		{"relative folder", "dir: /var/lib/firepost/screens", "dir: screens", `screens.dir: "screens" is not an absolute path`},
		{"a radius of a whole town", "radius: 300", "radius: 30000", `screens.radius: 30000 is out of range`},
		{"nobody waits so long", "unanswered: 60s", "unanswered: 1h", `screens.unanswered: 1h0m0s is not between`},
		{"template without words", "zh: 今日停水检修, ", "", `screens.templates[0].zh: is missing`},
		{"programmes without encryption", "url: https://district", "url: http://district", `screens.programme.url: "http://district.example.cn:8443" is not an HTTPS address`},
		{"hours", `window: 01:00-05:00`, `window: 1-5`, `screens.programme.window: "1-5" is not a span of the day`},
		{"one person alone", "roles: [approver]", "roles: [author]", `screens.programme.keys: an author and an approver sign every programme`},
		{"role", "roles: [approver]", "roles: [approves]", `"approves" is not known here (did you mean approver?`},
		{"backend", "backend: browser", "backend: vlc", `screens.televisions[0].backend: "vlc" is not known here`},
		{"profile", "profile: pi4", "profile: pi400", `screens.televisions[0].profile: "pi400" is not known here (one of pi3, pi4,`},
		{"two ways to one set", `address: "192.168.9.20:1515", id`, `address: "192.168.9.20:1515", port: /dev/ttyUSB5, id`, `screens.televisions[0].control: one of address, port and device`},
		{"adapter of a serial set", `kind: mdc, address: "192.168.9.20:1515"`, "kind: mdc, device: /dev/cec0", `mdc is not reached through a CEC adapter`},
		{"arrow", "arrow: left", "arrow: down", `arrow: "down" is not known here`},
		{"direction to nobody", "HS-0301-0012: {arrow", "HS-9999-9999: {arrow", `no device belongs to "HS-9999-9999"`},
		{"card", "kind: onbon-6k", "kind: onbon", `screens.boards[0].kind: "onbon" is not known here`},
		{"a card on the way out", "interface: eth1 ", "# ", `screens.boards[0].interface: is missing (the card's own network interface`},
		{"an address without a port", "address: 192.168.9.10:5005", "address: 192.168.9.10", `screens.boards[0].address: "192.168.9.10" is not host:port`},
		{"no pixels", "width: 256", "width: 0", `screens.boards[0].width: 0 is out of range`},
		{"colours", "colours: red ", "colours: pink ", `screens.boards[0].colours: "pink" is not known here`},
		{"two of one name", "name: led\n", "name: tv\n", `screens.boards[0].name: "tv" is already the name of screens.televisions[0]`},
	} {
		t.Run(m.name, func(t *testing.T) {
			bad := strings.Replace(text, m.old, m.new, 1)
			if bad == text {
				t.Fatalf("%q does not stand in the file", m.old)
			}
			_, err := Parse("f.yaml", []byte(bad), builtin(t))
			if err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("got %v\nwant %s", err, m.want)
			}
		})
	}
}

// TestSalvageKeepsTheScreens: a mistake in one of them leaves the others, and what it shows of a
// fire is kept whatever else is wrong.
func TestSalvageKeepsTheScreens(t *testing.T) {
	text := withScreens(t)
	for name, c := range map[string]struct {
		old, new    string
		tvs, boards int
		programme   bool
	}{
		"a bad board":      {"kind: onbon-6k", "kind: onbon", 1, 0, true},
		"a bad television": {"backend: browser", "backend: vlc", 0, 1, true},
		"a bad radius":     {"radius: 300", "radius: 9", 1, 1, true},
		"bad keys":         {"roles: [approver]", "roles: [author]", 1, 1, false},
		"a bad listener":   {"listen: 127.0.0.1:8471", "listen: 0.0.0.0:1", 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := Salvage("f.yaml", []byte(strings.Replace(text, c.old, c.new, 1)), builtin(t), "/var/lib/firepost").Screens
			if got == nil {
				t.Fatal("no screens at all")
			}
			if len(got.Televisions) != c.tvs || len(got.Boards) != c.boards || (got.Programme != nil) != c.programme || got.Radius != defaultRadius || got.Listen != defaultScreensListen {
				t.Errorf("kept %+v", got)
			}
		})
	}
}
