package app

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	wire "firepost/drivers/bus/line"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/led"
	"firepost/drivers/led/huidu"
	"firepost/drivers/led/novastar"
	"firepost/drivers/led/onbon"
	"firepost/drivers/tv"
	"firepost/drivers/tv/cec"
	"firepost/drivers/tv/lg"
	"firepost/drivers/tv/mdc"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/judge"
	"firepost/kiosk/media"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/raster"
	"firepost/kiosk/screen"
	"firepost/kiosk/starter"
	"firepost/kiosk/takeover"
)

// openLibrary prepares programmes and media.
func (s *stage) openLibrary() (*screens.Library, error) {
	o := screens.LibraryOptions{
		Dir: filepath.Join(s.cfg.Dir, "media"), Starter: s.cfg.Starter, MaxBytes: config.MediaBytes, FreeFloor: config.FreeFloor,
		Config: media.Defaults(), Log: s.log, Path: "/v1/programmes/" + s.g.cfg.Station,
	}
	o.Config.Clock = func() (time.Time, bool) { now := s.g.app.now(); return now.Wall, now.Trusted }
	var err error
	if o.Profile, err = media.ProfileNamed(s.cfg.Weakest()); err != nil {
		return nil, fmt.Errorf("wire the media: %w", err)
	}
	if p := s.cfg.Programme; p != nil {
		c := &o.Config
		c.Server, c.CAFile, c.CertFile, c.KeyFile = p.URL, p.CAFile, p.CertFile, p.KeyFile
		c.BytesPerSecond = int(min(p.BytesPerSecond, 1<<30))
		o.MaxBytes, o.FreeFloor, o.Every = int64(p.MaxBytes), int64(p.FreeFloor), p.Every.D()
		if p.Window != "" {
			hours, err := media.ParseHours(p.Window)
			if err != nil {
				return nil, fmt.Errorf("wire the media: %w", err)
			}
			c.Hours = []media.Hours{hours}
		}
		if o.Keys, err = keyring(p.Keys); err != nil {
			return nil, fmt.Errorf("wire the programme: %w", err)
		}
	}
	return screens.NewLibrary(o), nil
}

// addTelevisions prepares the screens that show the player's page, and their sets.
func (s *stage) addTelevisions() error {
	var names []string
	for i := range s.cfg.Televisions {
		names = append(names, s.cfg.Televisions[i].Name)
	}
	if len(names) == 0 {
		return nil
	}
	var err error
	s.desk, err = screen.NewDesk(screen.DeskOptions{Screens: names, Log: s.log})
	if err != nil {
		return fmt.Errorf("wire the screens: %w", err)
	}
	s.hub, err = player.New(player.Options{
		Screens: names, StationZH: s.g.cfg.Label.ZH, StationEN: s.g.cfg.Label.EN, Now: s.g.app.now, Media: s.library,
		Speech: os.DirFS(filepath.Join(s.cfg.Starter, starter.Speech)), Log: s.log,
		OnBeat: func(name string, b player.Beat, at message.Stamp) {
			if t := s.tvs[name]; t != nil {
				t.Beat(b, at)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("wire the screens: %w", err)
	}
	var bad []error
	for i := range s.cfg.Televisions {
		bad = append(bad, s.addTelevision(&s.cfg.Televisions[i]))
	}
	return errors.Join(bad...)
}

func (s *stage) addTelevision(c *config.Television) error {
	count := &rungs{}
	s.rungs[c.Name] = count
	var helpers screens.Hands = countedHands{hands{s.desk, c.Connector}, count}
	if c.Unmanaged {
		helpers = nil
	}
	t, err := screens.NewTelevision(screens.TelevisionOptions{
		Name: c.Name, Width: c.Width, Height: c.Height, AnyItem: c.Backend == "mpv", Volume: c.Volume, Directions: directionsOf(c), Now: s.g.app.now,
		Control: s.control, Library: s.library, Player: countedPlayer{s.hub, count}, Hands: helpers, Reboot: count.reboot,
		Dark: s.dark(outputs.Screen), Proof: s.proof,
		Painted: func(p player.Painted, scene *takeover.Scene, after time.Duration) {
			s.tellPainted(c.Name, p.Rev, scene, after, p.AfterMS)
		},
		Fault: s.fault(screenPart(c.Name)), Load: s.g.app.histories.Load, Save: s.g.app.histories.Save, Log: s.log,
	})
	if err != nil {
		return fmt.Errorf("wire the screens: %w", err)
	}
	s.tvs[c.Name] = t
	s.parts = append(s.parts, service{"screen " + c.Name, t.Run})
	if c.Control == nil {
		return nil
	}
	input := c.Control.Input
	if c.Control.Kind == "cec" {
		input = cec.Own // a CEC adapter speaks for its own plug and no other
	}
	set := screens.NewSet(screens.SetOptions{
		Name: c.Name, Input: input, Open: func() (tv.Set, error) { return openSet(c.Control) },
		Want: func() (bool, bool) {
			urgent := s.control.Taken()
			return (urgent || t.Lit()) && !s.dark(outputs.Screen)(), urgent
		},
		Follow: s.control.Follow(), Fault: s.fault(setPart(c.Name)), Log: s.log,
	})
	s.sets = append(s.sets, set)
	s.parts = append(s.parts, service{"set " + c.Name, set.Run})
	return nil
}

// directionsOf are the surveyed ways out, as one television shows them.
func directionsOf(c *config.Television) map[string]takeover.Direction {
	directions := make(map[string]takeover.Direction, len(c.Directions))
	for code, d := range c.Directions {
		directions[code] = takeover.Direction{Arrow: d.Arrow, Text: takeover.Text{ZH: d.Text.ZH, EN: d.Text.EN}}
	}
	return directions
}

// hands are the desk as the hands of one screen's judge.
type hands struct {
	*screen.Desk
	connector string
}

// Runner implements screens.Hands.
func (h hands) Runner(name string) judge.Runner {
	st, _ := h.Status(name)
	r := judge.Runner{Connected: st.Connected, Up: st.Report.Browser.Up, Starts: st.Report.Browser.Starts}
	switch screen.PlugOf(st.Report.Connectors, h.connector) {
	case screen.PlugIn:
		r.Plug = judge.PlugIn
	case screen.PlugOut:
		r.Plug = judge.PlugOut
	case screen.PlugFallback:
		r.Plug = judge.PlugFallback
	case screen.PlugUnknown:
		r.Plug = judge.PlugUnknown
	}
	return r
}

// openSet connects to a television set.
func openSet(c *config.Control) (tv.Set, error) {
	dial := wire.TCP(c.Address)
	if c.Port != "" {
		dial = wire.Serial(serialport.Spec{Name: c.Port, Baud: 9600, Format: "8N1"})
	}
	switch c.Kind {
	case "mdc":
		return mdc.New(mdc.Options{Dial: dial, ID: byte(c.ID)})
	case "lg":
		return lg.New(lg.Options{Dial: dial, ID: c.ID})
	default:
		return cec.New(cec.Options{Open: func() (cec.Kernel, error) { return cec.Open(c.Device) }})
	}
}

// cardTimeout bounds a connection to a card.
const cardTimeout = 5 * time.Second

// addBoard prepares one LED board.
func (s *stage) addBoard(c *config.Board) error {
	b := screens.NewBoard(screens.BoardOptions{
		Name: c.Name, Now: s.g.app.now, Open: func() (led.Sign, error) { return openBoard(c, s.restingPicture(c)) },
		Level: s.control.Level, Follow: s.control.Follow(), Plan: s.boardPlan(c),
		Draw: s.drawBoard(c), Bare: func(k takeover.Kind, stage takeover.Stage) (image.Image, error) {
			page, err := raster.Bare(k, stage, boardPanel(c))
			if err != nil {
				return nil, err
			}
			return page.Image, nil
		},
		Painted: func(scene *takeover.Scene, after time.Duration) { s.tellPainted(c.Name, scene.Rev, scene, after, 0) },
		Fault:   s.fault(screenPart(c.Name)), Log: s.log,
	})
	s.boards[c.Name] = b
	s.parts = append(s.parts, service{"board " + c.Name, b.Run})
	return nil
}

// restingPicture is what a board that takes pictures shows while nothing burns: the booth's name.
func (s *stage) restingPicture(c *config.Board) image.Image {
	if c.Kind != "huidu" {
		return nil
	}
	pages, err := s.draw(boardPanel(c), nil, []string{s.g.cfg.Label.ZH})
	if err != nil || len(pages) == 0 {
		s.log.Error("a board's resting picture can't be drawn; it stays dark", "board", c.Name, "error", err)
		return nil
	}
	return pages[0].Image
}

// openBoard makes a board's driver; it connects at its first call. base is what a card that
// takes pictures shows while nothing burns.
func openBoard(c *config.Board, base image.Image) (led.Sign, error) {
	spec := serialport.Spec{Name: c.Port, Baud: c.Baud, Format: "8N1"}
	switch c.Kind {
	case "onbon-5k", "onbon-6k":
		o := onbon.Options{Dial: dialBoard(c), Width: c.Width, Height: c.Height, Speaks: c.Speaks, Kind: onbon.BX6K}
		if c.Kind == "onbon-5k" {
			o.Kind = onbon.BX5K
		}
		if c.Port != "" {
			o.Dial, o.LateReply = onbon.Serial(spec), onbon.DefaultSerialLateReply
		}
		return onbon.New(o)
	case "huidu":
		dial := func(ctx context.Context) (wire.Conn, error) { return dialCard(ctx, c) }
		return huidu.New(huidu.Options{Dial: dial, Size: image.Pt(c.Width, c.Height), Base: base})
	default:
		dial := func(ctx context.Context) (wire.Conn, error) { return dialCard(ctx, c) }
		if c.Port != "" {
			dial = wire.Serial(spec)
		}
		return novastar.New(novastar.Options{Dial: dial})
	}
}

func dialBoard(c *config.Board) func(context.Context) (io.ReadWriteCloser, error) {
	return func(ctx context.Context) (io.ReadWriteCloser, error) { return dialCard(ctx, c) }
}

// dialCard connects through the network interface that the card has to itself, and through no
// other: the way out to the world is not one on which a card listens.
func dialCard(ctx context.Context, c *config.Board) (net.Conn, error) {
	d := net.Dialer{Timeout: cardTimeout}
	if c.Interface != "" {
		d.Control = func(_, _ string, raw syscall.RawConn) error {
			var err error
			if cerr := raw.Control(func(fd uintptr) { err = unix.BindToDevice(int(fd), c.Interface) }); cerr != nil {
				return cerr
			}
			if err != nil {
				return fmt.Errorf("use network interface %s: %w", c.Interface, err)
			}
			return nil
		}
	}
	return d.DialContext(ctx, "tcp", c.Address)
}

// boardPlan is what the programme wants of a board.
func (s *stage) boardPlan(c *config.Board) func(now message.Stamp) screens.Plan {
	return func(now message.Stamp) screens.Plan {
		plan := screens.Plan{On: true, Brightness: c.Brightness, Until: now.Mono + time.Minute}
		if s.dark(outputs.LED)() {
			plan.On = false
			return plan
		}
		p := s.library.Programme()
		if p == nil {
			return plan
		}
		show := p.At(c.Name, screens.MomentOf(now), programme.Quiet)
		plan.On, plan.Brightness = show.On, max(1, c.Brightness*show.Brightness/100)
		for _, zone := range []programme.Zone{programme.Ticker, programme.Main} {
			for _, slot := range show.Zones[zone] {
				if slot.Item.Kind == programme.Text && slot.From <= now.Mono && now.Mono < slot.Until {
					plan.Lines, plan.Until = []string{slot.Item.ZH}, slot.Until
					return plan
				}
			}
		}
		return plan
	}
}

// boardPanel is a board's panel for the drawing of pictures.
func boardPanel(c *config.Board) raster.Panel {
	// A character that no font has becomes a box: a scene with a box is better than none.
	panel := raster.Panel{Width: c.Width, Height: c.Height, Boxes: true}
	switch c.Colours {
	case "red":
		panel.Colours = raster.Red
	case "red-green":
		panel.Colours = raster.RedGreen
	}
	return panel
}

// drawBoard draws for a board that takes pictures. The fonts are opened for each picture: kept
// open they would take a megabyte of the booth's memory.
func (s *stage) drawBoard(c *config.Board) func(*takeover.Scene, []string) ([]screens.BoardPage, error) {
	panel := boardPanel(c)
	return func(scene *takeover.Scene, lines []string) ([]screens.BoardPage, error) {
		pages, err := s.draw(panel, scene, lines)
		out := make([]screens.BoardPage, len(pages))
		for i := range pages {
			out[i] = screens.BoardPage{Image: pages[i].Image, For: pages[i].For}
		}
		return out, err
	}
}

// draw makes the pages of a takeover, or else of lines, for a panel. Without any font a takeover
// is still drawn, as colour and sign.
func (s *stage) draw(panel raster.Panel, scene *takeover.Scene, lines []string) ([]raster.Page, error) {
	fonts, err := raster.OpenFonts(s.cfg.Fonts...)
	if fonts == nil {
		if scene == nil {
			return nil, err
		}
		page, berr := raster.Bare(scene.Kind, scene.Stage, panel)
		if berr != nil {
			return nil, errors.Join(err, berr)
		}
		return []raster.Page{page}, err
	}
	defer func() { _ = fonts.Close() }()
	if scene != nil {
		return fonts.Scene(scene, panel)
	}
	return fonts.Text(lines, panel)
}

// rebootFile is what the unit firepost-reboot.path waits for.
const rebootFile = "/run/firepost/reboot"

// reboot asks for the board to be started anew.
func reboot() error {
	if err := os.WriteFile(rebootFile, []byte("screen\n"), 0o644); err != nil { //nolint:gosec // it says nothing secret
		return fmt.Errorf("ask for a reboot: %w; install firepost-reboot.path", err)
	}
	return nil
}
