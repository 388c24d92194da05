package field

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
)

// The reasons for which this package fails.
var (
	// ErrBusy: another program, as a rule the running daemon, holds the port.
	ErrBusy = errors.New("the port is in use")
	// ErrNobody: no device was found, or none where one should be.
	ErrNobody = errors.New("no device answers")
	// ErrDoubled: two devices answer at one address.
	ErrDoubled = errors.New("two devices have the same address")
	// ErrUnsure: the model can't be told for sure; the text names those that fit.
	ErrUnsure = errors.New("the model is not certain")
	// ErrSetup: the device's address or speed can't be changed over the wire, or the change failed.
	ErrSetup = errors.New("address or speed can't be changed")
	// ErrTaken: the address, name or device is in use already.
	ErrTaken = errors.New("already in use")
	// ErrFile: the configuration file can't be extended.
	ErrFile = errors.New("the configuration can't be extended")
	// ErrOption: what was asked for makes no sense.
	ErrOption = errors.New("invalid option")
)

// Speed is a baud rate with a format such as 8N1.
type Speed struct {
	Baud   int    `json:"baud"`
	Format string `json:"format"`
}

// String is the speed as people write it.
func (s Speed) String() string { return fmt.Sprintf("%d %s", s.Baud, s.Format) }

// Open opens a line at a speed. The caller closes it.
type Open func(s Speed) (modbus.Link, error)

// Serial opens a serial port; baud and format of spec are replaced. A port that another
// program holds is ErrBusy, with the way out.
func Serial(spec serialport.Spec) Open {
	return func(s Speed) (modbus.Link, error) {
		spec.Baud, spec.Format = s.Baud, s.Format
		p, err := serialport.Open(spec)
		if errors.Is(err, serialport.ErrBusy) {
			return nil, fmt.Errorf("%w: %w; if it is the daemon: systemctl stop firepost, or use the booth's own page, which shows the bus while the daemon runs", ErrBusy, err)
		}
		if err != nil {
			return nil, err
		}
		return p, nil
	}
}

// Progress is how far a long task has come.
type Progress struct {
	// Stage is what is being done.
	Stage contract.Text `json:"stage"`
	// Done of Total steps; Total is 0 where nobody can tell.
	Done  int `json:"done"`
	Total int `json:"total"`
	// Speed is that of the line now, Unit the address that is asked, 0 for none.
	Speed Speed `json:"speed"`
	Unit  uint8 `json:"unit"`
	// Found counts devices so far.
	Found int `json:"found"`
}

// Report takes progress; nil takes none.
type Report func(Progress)

func (r Report) tell(p Progress) {
	if r != nil {
		r(p)
	}
}

// ear is a link that loses nothing: what arrives while the prober waits for silence is kept
// and read after the next request, so that a device that answers late is heard.
type ear struct {
	modbus.Link
	kept []byte
}

// Read returns what was kept first.
func (e *ear) Read(p []byte, deadline time.Time) (int, error) {
	if len(e.kept) > 0 {
		n := copy(p, e.kept)
		e.kept = e.kept[n:]
		return n, nil
	}
	return e.Link.Read(p, deadline)
}

// maxKept bounds what is kept of a line that is never silent.
const maxKept = 512

// Discard keeps what is there and says how many bytes are new.
func (e *ear) Discard() (int, error) {
	var buf [256]byte
	total := 0
	for {
		n, err := e.Link.Read(buf[:], time.Now())
		total += n
		if room := maxKept - len(e.kept); n > 0 && room > 0 {
			e.kept = append(e.kept, buf[:min(n, room)]...)
		}
		switch {
		case errors.Is(err, serialport.ErrTimeout), err == nil && n == 0, total > maxKept:
			return total, nil
		case err != nil:
			return total, err
		}
	}
}

// SleepUntil sleeps in the port where it can.
func (e *ear) SleepUntil(t time.Time) error {
	if s, ok := e.Link.(serialport.Sleeper); ok {
		return s.SleepUntil(t)
	}
	time.Sleep(time.Until(t))
	return nil
}

// line is an open line at one speed.
type line struct {
	ear    *ear
	prober *modbus.Prober
	speed  Speed
	// char is the time of one character.
	char time.Duration
}

// openLine opens the line and drops what was under way before.
func openLine(ctx context.Context, open Open, s Speed) (*line, error) {
	link, err := open(s)
	if err != nil {
		return nil, err
	}
	e := &ear{Link: link}
	l := &line{ear: e, prober: modbus.NewProber(e, nil), speed: s}
	l.char = time.Second * time.Duration(max(link.CharBits(), 9)) / time.Duration(max(link.Baud(), 300))
	if _, err := l.drain(ctx, 4*l.char); err != nil {
		return nil, errors.Join(err, link.Close())
	}
	return l, nil
}

// drain listens for a while and forgets; the answer is for those who care.
func (l *line) drain(ctx context.Context, d time.Duration) (modbus.Answer, error) {
	return l.prober.Listen(ctx, d)
}

func (l *line) close() error { return l.ear.Close() }
