package config

import (
	"fmt"
	"time"

	y "firepost/firmware-contracts/strictyaml"
)

// Screens are the booth's televisions and LED boards, and what plays on them. Nil: none.
type Screens struct {
	// Listen is where the players' browsers find their pages: this machine alone.
	Listen string `yaml:"listen"`
	// Dir holds programmes and media, Starter the programme that came with the booth.
	Dir     string `yaml:"dir"`
	Starter string `yaml:"starter"`
	// Fonts draw text for boards that take pictures, the first that has a character.
	Fonts []string `yaml:"fonts"`
	// Radius is how far away, in metres, a fire may be to take the screens over; Unanswered how
	// long a fire may stay unanswered before people are told to leave.
	Radius     int        `yaml:"radius"`
	Unanswered y.Duration `yaml:"unanswered"`
	// Speaker is the sound card's name for ALSA, such as default; empty: no speaker.
	Speaker string `yaml:"speaker"`
	// Templates are the notices that one person may put on the screens.
	Templates []Template `yaml:"templates"`
	// Programme is where programmes come from; nil: only from this machine.
	Programme *Programme `yaml:"programme"`

	Televisions []Television `yaml:"televisions"`
	Boards      []Board      `yaml:"boards"`
}

// Template is an approved notice.
type Template struct {
	Name string `yaml:"name"`
	ZH   string `yaml:"zh"`
	MN   string `yaml:"mn"`
	EN   string `yaml:"en"`
}

// Programme is the district's server of programmes and media, by HTTPS.
type Programme struct {
	// URL is https://host[:port]; empty: programmes are brought by hand (firepost programme put).
	URL      string `yaml:"url"`
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// Every is how often it is asked for something new.
	Every y.Duration `yaml:"every"`
	// Window is when media may be fetched, such as 01:00-05:00; empty: always. BytesPerSecond
	// is the most that they take of the line.
	Window         string `yaml:"window"`
	BytesPerSecond y.Size `yaml:"bytes_per_second"`
	// MaxBytes is the most room that media take, FreeFloor what they leave free on the disk.
	MaxBytes  y.Size `yaml:"max_bytes"`
	FreeFloor y.Size `yaml:"free_floor"`
	// Keys are those of authors and approvers: one of each signs every programme.
	Keys []Key `yaml:"keys"`
}

// Television is a screen that shows the player's page.
type Television struct {
	Name string `yaml:"name"`
	// Backend is browser, or mpv for boards whose browser can't decode.
	Backend string `yaml:"backend"`
	// Unmanaged: its browser is started and looked after by somebody else; the booth serves it
	// the page and judges it, and restarts nothing.
	Unmanaged bool `yaml:"unmanaged"`
	// Width and Height are its pixels, as it hangs. An LED wall behind HDMI is one of these too.
	Width  int `yaml:"width"`
	Height int `yaml:"height"`
	// Volume is how loud the page may be, 0–100.
	Volume int `yaml:"volume"`
	// Connector is the board's own name for the plug, such as HDMI-A-1; empty: any.
	Connector string `yaml:"connector"`
	// Profile is the type of computer, which decides what media it can decode: pi3, pi4, pi5,
	// rk3588 or x86.
	Profile string `yaml:"profile"`
	// Control switches the set itself on and to this booth's input; nil: nobody does.
	Control *Control `yaml:"control"`
	// Directions are surveyed ways out, by premises code.
	Directions map[string]Direction `yaml:"directions"`
}

// Control is how a television is told what to do.
type Control struct {
	// Kind is mdc (Samsung), lg or cec.
	Kind string `yaml:"kind"`
	// Address is host:port, Port a serial port, Device the CEC adapter: one of them.
	Address string `yaml:"address"`
	Port    string `yaml:"port"`
	Device  string `yaml:"device"`
	// ID is the set's number, 1 unless set. Input is the booth's plug on the set, such as hdmi1.
	ID    int    `yaml:"id"`
	Input string `yaml:"input"`
}

// Direction is a surveyed way out of one place, seen by who stands before the screen.
type Direction struct {
	// Arrow is left, right, up or back.
	Arrow string `yaml:"arrow"`
	Text  Text   `yaml:"text"`
}

// Board is an LED board behind a control card.
type Board struct {
	Name string `yaml:"name"`
	// Kind is onbon-5k, onbon-6k, huidu or novastar.
	Kind string `yaml:"kind"`
	// Address is host:port, or Port with Baud a serial port.
	Address string `yaml:"address"`
	Port    string `yaml:"port"`
	Baud    int    `yaml:"baud"`
	// Interface is the network interface that the card has to itself.
	Interface string `yaml:"interface"`
	// Width and Height are the board's pixels; Colours is red, red-green or full.
	Width   int    `yaml:"width"`
	Height  int    `yaml:"height"`
	Colours string `yaml:"colours"`
	// Brightness is that of the day in percent.
	Brightness int `yaml:"brightness"`
	// Speaks: the card has a voice module.
	Speaks bool `yaml:"speaks"`
}

// Names lists every screen and board.
func (s *Screens) Names() []string {
	var names []string
	for i := range s.Televisions {
		names = append(names, s.Televisions[i].Name)
	}
	for i := range s.Boards {
		names = append(names, s.Boards[i].Name)
	}
	return names
}

// Weakest is the profile of the weakest computer among the televisions: what it decodes, all do.
func (s *Screens) Weakest() string {
	for _, profile := range [...]string{"pi3", "pi4", "pi5", "rk3588"} {
		for i := range s.Televisions {
			if s.Televisions[i].Profile == profile {
				return profile
			}
		}
	}
	return "x86"
}

// MediaBytes and FreeFloor are the room that media take, and leave, where nothing is said.
const (
	MediaBytes = 4 << 30
	FreeFloor  = 1 << 30
)

// The defaults of the screens.
const (
	defaultScreensListen = "127.0.0.1:8471"
	defaultScreensDir    = "/var/lib/firepost/screens"
	defaultStarter       = "/usr/share/firepost/starter"
	defaultRadius        = 300
	defaultUnanswered    = 60 * time.Second
	defaultProgramme     = 15 * time.Minute
	defaultMediaRate     = 256 << 10
	defaultWidth         = 1920
	defaultHeight        = 1080
	defaultVolume        = 40
	defaultBrightness    = 80
)

func defaultFonts() []string {
	return []string{
		"/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
		"/usr/share/fonts/truetype/noto/NotoSansMongolian-Regular.ttf",
	}
}

// screenDefaults fills what the screens leave out.
func (k *checker) screenDefaults() {
	s := k.c.Screens
	if s == nil {
		return
	}
	fill(k.doc, "screens.listen", &s.Listen, defaultScreensListen)
	fill(k.doc, "screens.dir", &s.Dir, defaultScreensDir)
	fill(k.doc, "screens.starter", &s.Starter, defaultStarter)
	fill(k.doc, "screens.radius", &s.Radius, defaultRadius)
	fill(k.doc, "screens.unanswered", &s.Unanswered, y.Duration(defaultUnanswered))
	if !k.doc.Has("screens.fonts") {
		s.Fonts = defaultFonts()
	}
	if p := s.Programme; p != nil {
		fill(k.doc, "screens.programme.every", &p.Every, y.Duration(defaultProgramme))
		fill(k.doc, "screens.programme.bytes_per_second", &p.BytesPerSecond, defaultMediaRate)
		fill(k.doc, "screens.programme.max_bytes", &p.MaxBytes, MediaBytes)
		fill(k.doc, "screens.programme.free_floor", &p.FreeFloor, FreeFloor)
	}
	for i := range s.Televisions {
		t, at := &s.Televisions[i], fmt.Sprintf("screens.televisions[%d].", i)
		fill(k.doc, at+"backend", &t.Backend, "browser")
		fill(k.doc, at+"width", &t.Width, defaultWidth)
		fill(k.doc, at+"height", &t.Height, defaultHeight)
		fill(k.doc, at+"volume", &t.Volume, defaultVolume)
		fill(k.doc, at+"profile", &t.Profile, "x86")
		if t.Control != nil {
			fill(k.doc, at+"control.id", &t.Control.ID, 1)
			fill(k.doc, at+"control.input", &t.Control.Input, "hdmi1")
		}
	}
	for i := range s.Boards {
		b, at := &s.Boards[i], fmt.Sprintf("screens.boards[%d].", i)
		fill(k.doc, at+"baud", &b.Baud, 57600)
		fill(k.doc, at+"colours", &b.Colours, "red")
		fill(k.doc, at+"brightness", &b.Brightness, defaultBrightness)
	}
}
