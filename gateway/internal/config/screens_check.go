package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	y "firepost/firmware-contracts/strictyaml"
)

// screens checks the screens.
func (k *checker) screens() {
	s := k.c.Screens
	if s == nil {
		return
	}
	if !(HTTP{Listen: s.Listen}).Local() {
		k.addf("screens.listen", "an address of this machine alone, such as "+defaultScreensListen,
			"%q could be reached from outside: whoever reaches it writes on the screens", s.Listen)
	}
	for key, path := range map[string]string{"dir": s.Dir, "starter": s.Starter} {
		if !filepath.IsAbs(path) {
			k.addf("screens."+key, "such as "+defaultScreensDir, "%q is not an absolute path", path)
		}
	}
	k.between("screens.radius", s.Radius, 10, 5000)
	k.times("screens.unanswered", s.Unanswered, 10*time.Second, 5*time.Minute, "60s is usual: people wait for nobody longer")
	for i := range s.Templates {
		t, at := &s.Templates[i], fmt.Sprintf("screens.templates[%d]", i)
		if k.wireName(at+".name", t.Name, "such as water-off") {
			k.unique("template", at+".name", t.Name)
		}
		if t.ZH == "" {
			k.add(at+".zh", "is missing", "the words that people read")
		}
	}
	k.programme()
	for i := range s.Televisions {
		k.television(i)
	}
	for i := range s.Boards {
		k.board(i)
	}
}

// clockSpan is a time of day and another.
var clockSpan = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$`) //nolint:gochecknoglobals // a compiled constant

func (k *checker) programme() {
	p := k.c.Screens.Programme
	if p == nil {
		return
	}
	const at = "screens.programme"
	if u, err := url.Parse(p.URL); p.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		k.addf(at+".url", "such as https://district.example.cn:8443", "%q is not an HTTPS address", p.URL)
	}
	for key, path := range map[string]string{"ca_file": p.CAFile, "cert_file": p.CertFile, "key_file": p.KeyFile} {
		if path != "" && !filepath.IsAbs(path) {
			k.addf(at+"."+key, "", "%q is not an absolute path", path)
		}
	}
	if (p.CertFile == "") != (p.KeyFile == "") {
		k.add(at+".cert_file", "a certificate and its key belong together", "give both, or neither")
	}
	k.times(at+".every", p.Every, time.Minute, 24*time.Hour, "15m is usual")
	if p.Window != "" && !clockSpan.MatchString(p.Window) {
		k.addf(at+".window", "such as 01:00-05:00", "%q is not a span of the day", p.Window)
	}
	if p.FreeFloor < 64<<20 {
		k.addf(at+".free_floor", "at least 64MiB: the journal and the system need room", "%d bytes are too few", p.FreeFloor)
	}
	roles := map[string]bool{}
	for i := range p.Keys {
		key, kat := &p.Keys[i], fmt.Sprintf("%s.keys[%d]", at, i)
		k.unique("programme key", kat+".kid", key.KID)
		if raw, err := base64.StdEncoding.DecodeString(key.Public); err != nil || len(raw) != 32 {
			k.add(kat+".public", "is not base64 of 32 bytes", "the public half of an Ed25519 key")
		}
		if key.KID == "" || key.Issuer == "" {
			k.add(kat, "a key needs a kid and an issuer, the person it belongs to", "")
		}
		for _, r := range key.Roles {
			k.oneOf(kat+".roles", r, "author", "approver")
			roles[r] = true
		}
	}
	if !roles["author"] || !roles["approver"] {
		k.add(at+".keys", "an author and an approver sign every programme", "give a key for each of two people")
	}
}

func (k *checker) television(i int) {
	t, at := &k.c.Screens.Televisions[i], fmt.Sprintf("screens.televisions[%d]", i)
	if k.wireName(at+".name", t.Name, "such as tv") {
		k.unique("screen", at+".name", t.Name)
	}
	k.oneOf(at+".backend", t.Backend, "browser", "mpv")
	if t.Backend == "mpv" && k.c.Screens.Speaker == "" {
		k.doc.Warn(at+".backend", "mpv plays no tone and no speech, and there is no speaker", "give screens.speaker, such as default")
	}
	k.between(at+".width", t.Width, 64, 7680)
	k.between(at+".height", t.Height, 32, 7680)
	k.between(at+".volume", t.Volume, 0, 100)
	k.oneOf(at+".profile", t.Profile, "pi3", "pi4", "pi5", "rk3588", "x86")
	if c := t.Control; c != nil {
		k.control(c, at+".control")
	}
	for code, d := range t.Directions {
		k.oneOf(at+".directions."+code+".arrow", d.Arrow, "left", "right", "up", "back")
		if d.Text.ZH == "" {
			k.add(at+".directions."+code+".text", "zh is missing", "where to go, such as 沿向左方向，到广场集合")
		}
		if !slices.ContainsFunc(k.c.Devices, func(d Device) bool { return d.Premises == code }) {
			k.addf(at+".directions."+code, "the code of premises that this booth watches", "no device belongs to %q", code)
		}
	}
}

func (k *checker) control(c *Control, at string) {
	k.oneOf(at+".kind", c.Kind, "mdc", "lg", "cec")
	k.between(at+".id", c.ID, 0, 254)
	given := 0
	for _, s := range [...]string{c.Address, c.Port, c.Device} {
		if s != "" {
			given++
		}
	}
	switch {
	case given != 1:
		k.add(at, "one of address, port and device says where the set is", "such as address: 192.168.9.20:1515")
	case c.Kind == "cec" && c.Device == "":
		k.add(at+".device", "is missing", "the CEC adapter, such as /dev/cec0")
	case c.Kind != "cec" && c.Device != "":
		k.addf(at+".device", "use address: or port:", "%s is not reached through a CEC adapter", c.Kind)
	case c.Address != "":
		k.hostPort(at+".address", c.Address)
	}
}

func (k *checker) hostPort(path, s string) {
	if host, port, err := net.SplitHostPort(s); err != nil || host == "" || port == "" {
		k.addf(path, "such as 192.168.9.20:5005", "%q is not host:port", s)
	}
}

func (k *checker) board(i int) {
	b, at := &k.c.Screens.Boards[i], fmt.Sprintf("screens.boards[%d]", i)
	if k.wireName(at+".name", b.Name, "such as led") {
		k.unique("screen", at+".name", b.Name)
	}
	k.oneOf(at+".kind", b.Kind, "onbon-5k", "onbon-6k", "huidu", "novastar")
	switch {
	case (b.Address == "") == (b.Port == ""):
		k.add(at+".address", "one of address and port says where the card is", "such as address: 192.168.9.10:5005")
	case b.Address != "":
		k.hostPort(at+".address", b.Address)
	case b.Kind == "huidu":
		k.add(at+".port", "this card is reached over the network", "give its address:")
	}
	host, _, _ := net.SplitHostPort(b.Address)
	switch ip := net.ParseIP(host); {
	case b.Address == "":
	case b.Interface != "" && (strings.ContainsAny(b.Interface, "/ ") || len(b.Interface) > 15):
		k.addf(at+".interface", "such as eth1", "%q is not the name of a network interface", b.Interface)
	case b.Interface == "" && !ip.IsLoopback():
		k.add(at+".interface", "is missing", "the card's own network interface, such as eth1: whoever reaches a card writes on the board")
	case slices.Contains(k.c.Host.Interfaces, b.Interface):
		k.addf(at+".interface", "give the card an interface to itself", "%s is the booth's way out (host.interfaces)", b.Interface)
	}
	if b.Kind != "novastar" {
		k.between(at+".width", b.Width, 32, 4096)
		k.between(at+".height", b.Height, 16, 4096)
	}
	k.oneOf(at+".colours", b.Colours, "red", "red-green", "full")
	k.between(at+".brightness", b.Brightness, 1, 100)
}

// mend does without what the problems name: settings get their defaults, a screen that
// can't be understood is left out, and the others show what they should.
func (s *Screens) mend(path string) bool {
	switch {
	case strings.HasPrefix(path, "screens.televisions["), strings.HasPrefix(path, "screens.boards["), strings.HasPrefix(path, "screens.templates["):
		return false // left out as a whole
	case strings.HasPrefix(path, "screens.programme"):
		had := s.Programme != nil
		s.Programme = nil
		return had
	}
	changed := reset(&s.Listen, defaultScreensListen)
	changed = reset(&s.Dir, defaultScreensDir) || changed
	changed = reset(&s.Starter, defaultStarter) || changed
	changed = reset(&s.Radius, defaultRadius) || changed
	return reset(&s.Unanswered, y.Duration(defaultUnanswered)) || changed
}

// screenEntry is one entry of the screens' lists in a problem's path.
var screenEntry = regexp.MustCompile(`^screens\.(televisions|boards|templates)\[(\d+)\]`) //nolint:gochecknoglobals // a compiled constant

// leaveOut drops the entries that the problems name.
func (s *Screens) leaveOut(problems y.Problems) {
	bad := map[string][]int{}
	for _, p := range problems {
		if m := screenEntry.FindStringSubmatch(p.Path); m != nil {
			n := 0
			if _, err := fmt.Sscan(m[2], &n); err == nil {
				bad[m[1]] = append(bad[m[1]], n)
			}
		}
	}
	s.Televisions = without(s.Televisions, bad["televisions"])
	s.Boards = without(s.Boards, bad["boards"])
	s.Templates = without(s.Templates, bad["templates"])
}
