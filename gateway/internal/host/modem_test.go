package host

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
)

// answers is what a simulated modem says to each command.
type answers map[string][]string

// startModem serves a modem on a pseudo-terminal until the test ends.
func startModem(t *testing.T, say answers) *sim.PTY {
	t.Helper()
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		var asked strings.Builder
		buf := make([]byte, 64)
		for {
			n, err := pty.Master.Read(buf)
			if err != nil {
				return
			}
			for _, c := range buf[:n] {
				if c != '\r' {
					asked.WriteByte(c)
					continue
				}
				for _, part := range say[asked.String()] {
					if _, err := io.WriteString(pty.Master, part); err != nil {
						return
					}
				}
				asked.Reset()
			}
		}
	})
	t.Cleanup(func() {
		_ = pty.HangUp()
		done.Wait()
		_ = pty.Close()
	})
	return pty
}

func modemReader(t *testing.T, path string, limit time.Duration) *Reader {
	t.Helper()
	o := newBoard(t).options()
	o.Modem = &ModemOptions{Port: serialport.Spec{Name: path, Baud: 115200}, Limit: limit}
	return newReader(t, o)
}

func TestModem(t *testing.T) {
	const home = "+CEREG: 0,1\r\n\r\nOK\r\n"
	for name, c := range map[string]struct {
		csq, cereg []string
		dbm        int // 0: unknown
		stat       Registration
		unknown    bool
	}{
		"good":                  {[]string{"\r\n+CSQ: 23,99\r\n\r\nOK\r\n"}, []string{home}, -67, 1, false},
		"weakest":               {[]string{"+CSQ: 0,99\r\nOK\r\n"}, []string{"+CEREG: 0,5\r\nOK\r\n"}, -113, 5, false},
		"strongest":             {[]string{"+CSQ: 31,0\r\nOK\r\n"}, []string{"+CEREG: 2,10,\"1A2B\",\"01234567\",7\r\nOK\r\n"}, -51, 10, false},
		"not known":             {[]string{"+CSQ: 99,99\r\nOK\r\n"}, []string{home}, 0, 1, false},
		"beyond the table":      {[]string{"+CSQ: 32,99\r\nOK\r\n"}, []string{home}, 0, 1, false},
		"of another technology": {[]string{"+CSQ: 151,99\r\nOK\r\n"}, []string{home}, 0, 1, false},
		"negative":              {[]string{"+CSQ: -1,99\r\nOK\r\n"}, []string{home}, 0, 1, false},
		"no value":              {[]string{"OK\r\n"}, []string{home}, 0, 1, false},
		"searching":             {[]string{"+CSQ: 9,99\r\nOK\r\n"}, []string{"+CEREG: 0,2\r\nOK\r\n"}, -95, 2, false},
		"denied":                {[]string{"+CSQ: 9,99\r\nOK\r\n"}, []string{"+CEREG: 0,3\r\nOK\r\n"}, -95, 3, false},
		"doesn't know":          {[]string{"+CSQ: 9,99\r\nOK\r\n"}, []string{"+CEREG: 0,4\r\nOK\r\n"}, -95, 0, false},
		"beyond the list":       {[]string{"+CSQ: 9,99\r\nOK\r\n"}, []string{"+CEREG: 0,11\r\nOK\r\n"}, -95, 0, false},
		"echo and news between": {
			[]string{"AT+CSQ\r\r\n", "^RSSI:20\r\n", "+CS", "Q: 15,99\r", "\n\r\nO", "K\r\n"},
			[]string{"AT+CEREG?\r\r\n+CEREG: 5\r\n", "+CEREG: 5,\"1A2B\",\"01234567\",7\r\n", home}, -83, 1, false,
		},
		"only news":    {[]string{"+CSQ: 9,99\r\nOK\r\n"}, []string{"+CEREG: 1\r\nOK\r\n"}, -95, 0, false},
		"refused":      {[]string{"ERROR\r\n"}, []string{home}, 0, 0, true},
		"without SIM":  {[]string{"+CME ERROR: 10\r\n"}, []string{home}, 0, 0, true},
		"endless talk": {[]string{strings.Repeat("RING\r\n", 1000)}, nil, 0, 0, true},
		"binary":       {[]string{strings.Repeat("\x00\xff\r\n", 2000)}, nil, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			pty := startModem(t, answers{"AT+CSQ": c.csq, "AT+CEREG?": c.cereg})
			m := modemReader(t, pty.Path, patient).readModem(t.Context())
			switch {
			case c.unknown:
				wantUnknown(t, "modem", m)
				return
			case c.dbm == 0:
				wantUnknown(t, "signal", m.Value.Signal)
			default:
				want(t, "signal", m.Value.Signal, c.dbm)
			}
			if c.stat == 0 {
				wantUnknown(t, "registration", m.Value.Registration)
			} else {
				want(t, "registration", m.Value.Registration, c.stat)
			}
		})
	}
}

// TestSilentModem: nothing comes, or half an answer; the reading ends by itself.
func TestSilentModem(t *testing.T) {
	for name, csq := range map[string][]string{"silent": nil, "half": {"\r\n+CSQ: 23,99\r\n\r\nO"}, "a number cut off": {"+CSQ: 2"}} {
		pty := startModem(t, answers{"AT+CSQ": csq})
		f := read(t, modemReader(t, pty.Path, 50*time.Millisecond))
		wantUnknown(t, name, f.Modem)
		want(t, "memory beside it", f.Memory, Memory{Total: 3885396 << 10, Available: 2912340 << 10})
	}
}

func TestModemIsGone(t *testing.T) {
	pty := startModem(t, nil)
	r := modemReader(t, pty.Path, patient)
	if err := pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	wantUnknown(t, "a modem that was pulled out", r.readModem(t.Context()))
	wantUnknown(t, "no modem at all", modemReader(t, "/dev/ttyUSB-none", patient).readModem(t.Context()))
}

func TestRegistered(t *testing.T) {
	for stat := range Registration(12) {
		if got, want := stat.Registered(), stat == 1 || stat == 5 || stat == 9 || stat == 10; got != want {
			t.Errorf("stat %d is registered: %v, want %v", stat, got, want)
		}
	}
}

func TestModemOptions(t *testing.T) {
	o := newBoard(t).options()
	o.Modem = &ModemOptions{Port: serialport.Spec{Name: "/dev/ttyUSB2", Format: "9X9"}}
	if _, err := NewReader(o); !errors.Is(err, ErrOptions) || !errors.Is(err, serialport.ErrInvalid) {
		t.Errorf("error %v", err)
	}
}

func FuzzModemLines(f *testing.F) {
	f.Add("+CSQ: 23,99\n+CEREG: 0,1")
	f.Add("+CSQ: 99,99\n+CEREG: 2,1,\"1A2B\"")
	f.Add("+CSQ:\n+CEREG:,")
	f.Fuzz(func(t *testing.T, said string) {
		lines := strings.Split(said, "\n")
		if s, err := parseSignal(lines); err == nil && (s.State != Known || s.Value < -113 || s.Value > -51) {
			t.Errorf("%q gives %+v", said, s)
		}
		if r, err := parseRegistration(lines); err == nil && (r.State != Known || r.Value == 4 || r.Value > 10) {
			t.Errorf("%q gives %+v", said, r)
		}
	})
}
