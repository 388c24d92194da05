package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	errUPSSaid = errors.New("upsd refused")
	errUPSCut  = errors.New("upsd's list is cut off")
)

// UPSOptions says which UPS of which upsd to ask.
type UPSOptions struct {
	// Address is upsd's, such as 127.0.0.1:3493.
	Address string
	// Name is the UPS's name in upsd's ups.conf.
	Name string
	// Limit bounds one reading; zero means 3 s.
	Limit time.Duration
}

func (u *UPSOptions) limit() time.Duration {
	if u == nil || u.Limit <= 0 {
		return defaultUPS
	}
	return u.Limit
}

func (u *UPSOptions) validate() error {
	if _, _, err := net.SplitHostPort(u.Address); err != nil {
		return fmt.Errorf("%w: ups address %q, want host:3493: %w", ErrOptions, u.Address, err)
	}
	bad := func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }
	if u.Name == "" || strings.IndexFunc(u.Name, bad) >= 0 {
		return fmt.Errorf("%w: ups name %q, want the name in ups.conf", ErrOptions, u.Name)
	}
	return nil
}

// maxUPSList bounds what upsd may send; a real list is some 4 KiB.
const maxUPSList = 64 << 10

func (r *Reader) readUPS(ctx context.Context) Fact[UPS] {
	o := r.o.UPS
	if o == nil {
		return absent[UPS]()
	}
	vars, err := askUPS(ctx, o)
	if err != nil {
		return unknown[UPS](fmt.Errorf("ask ups %s at %s: %w", o.Name, o.Address, err))
	}
	u, err := upsOf(o.Name, vars)
	if err != nil {
		return unknown[UPS](fmt.Errorf("ask ups %s at %s: %w", o.Name, o.Address, err))
	}
	return known(u)
}

func askUPS(ctx context.Context, o *UPSOptions) (map[string]string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return nil, err
	}
	// Closing wakes a blocked read or write.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	vars, err := listVars(conn, o.Name)
	if err == nil {
		// A courtesy: the list is whole.
		_, _ = io.WriteString(conn, "LOGOUT\n")
	}
	if cerr := conn.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
		err = errors.Join(err, cerr)
	}
	return vars, err
}

// listVars sends LIST VAR and reads the list to its end.
func listVars(conn io.ReadWriter, name string) (map[string]string, error) {
	if _, err := io.WriteString(conn, "LIST VAR "+name+"\n"); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(io.LimitReader(conn, maxUPSList))
	vars, begun := map[string]string{}, false
	for lines.Scan() {
		words, err := splitWords(lines.Text())
		switch {
		case err != nil:
			return nil, err
		case len(words) > 0 && words[0] == "ERR":
			return nil, fmt.Errorf("%w: %s", errUPSSaid, strings.Join(words[1:], " "))
		case slices.Equal(words, []string{"BEGIN", "LIST", "VAR", name}):
			begun = true
		case slices.Equal(words, []string{"END", "LIST", "VAR", name}) && begun:
			return vars, nil
		case begun && len(words) == 4 && words[0] == "VAR" && words[1] == name:
			vars[words[2]] = words[3]
		default:
			return nil, fmt.Errorf("%w: upsd said %q", errUnbelievable, lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return nil, errUPSCut
}

// splitWords splits a line of the protocol: words, or "quoted words" in which a backslash
// takes the next character as it is.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quoted, escaped := false, false, false
	for _, c := range strings.TrimRight(line, "\r") {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted, in = !quoted, true
		case c == ' ' && !quoted:
			if in {
				words = append(words, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteRune(c)
			in = true
		}
	}
	if quoted || escaped {
		return nil, fmt.Errorf("%w: %q has an open quote", errUnbelievable, line)
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

// upsOf understands the variables. Without ups.status nothing is known of a UPS.
func upsOf(name string, vars map[string]string) (UPS, error) {
	u := UPS{Name: name, Flags: strings.Fields(vars["ups.status"])}
	if !slices.Contains(u.Flags, "OL") && !slices.Contains(u.Flags, "OB") && !slices.Contains(u.Flags, "OFF") && !slices.Contains(u.Flags, "BYPASS") {
		return u, fmt.Errorf("%w: ups.status %q says neither mains nor battery", errUnbelievable, vars["ups.status"])
	}
	u.Charge = number(vars, "battery.charge", 0, 100)
	u.Load = number(vars, "ups.load", 0, 1000)
	u.Volts = number(vars, "battery.voltage", 0, 1000)
	switch s := number(vars, "battery.runtime", 0, 1e7); s.State {
	case Known:
		u.Runtime = known(time.Duration(s.Value * float64(time.Second)))
	case Absent:
		u.Runtime = absent[time.Duration]()
	default:
		u.Runtime = Fact[time.Duration]{Err: s.Err}
	}
	return u, nil
}

func number(vars map[string]string, name string, low, high float64) Fact[float64] {
	text, ok := vars[name]
	if !ok {
		return absent[float64]()
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < low || v > high {
		return unknown[float64](fmt.Errorf("%w: %s is %q, want %v to %v", errUnbelievable, name, text, low, high))
	}
	return known(v)
}
