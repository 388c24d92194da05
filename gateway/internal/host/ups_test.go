package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// startUPSD serves one answer to every LIST VAR, on a socket, until the test ends. With
// hang the connection stays open afterwards; otherwise it is closed.
func startUPSD(t *testing.T, answer string, hang bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer c.Close()
				lines := bufio.NewScanner(c)
				for lines.Scan() {
					if lines.Text() != "LIST VAR booth" {
						return
					}
					if _, err := io.WriteString(c, answer); err != nil || !hang {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		done.Wait()
	})
	return l.Addr().String()
}

func upsReader(t *testing.T, address string, limit time.Duration) *Reader {
	t.Helper()
	o := newBoard(t).options()
	o.UPS = &UPSOptions{Address: address, Name: "booth", Limit: limit}
	return newReader(t, o)
}

// A list in the form of "Network protocol information", 10.4 (NUT developer guide).
const upsList = "BEGIN LIST VAR booth\n" +
	"VAR booth battery.charge \"100\"\n" +
	"VAR booth battery.runtime \"1830\"\n" +
	"VAR booth battery.voltage \"27.3\"\n" +
	"VAR booth device.model \"Smart \\\"X\\\" 1000 \\\\ rack\"\n" +
	"VAR booth ups.load \"17\"\n" +
	"VAR booth ups.status \"OL CHRG\"\n" +
	"END LIST VAR booth\n"

func TestUPS(t *testing.T) {
	u := upsReader(t, startUPSD(t, upsList, true), patient).readUPS(t.Context())
	if u.State != Known || u.Value.Name != "booth" || !slices.Equal(u.Value.Flags, []string{"OL", "CHRG"}) {
		t.Fatalf("ups %+v", u)
	}
	want(t, "charge", u.Value.Charge, 100)
	want(t, "load", u.Value.Load, 17)
	want(t, "voltage", u.Value.Volts, 27.3)
	want(t, "runtime", u.Value.Runtime, 30*time.Minute+30*time.Second)

	u = upsReader(t, startUPSD(t, "BEGIN LIST VAR booth\r\nVAR booth ups.status \"OB DISCHRG LB\"\r\nVAR booth battery.charge \"104\"\r\nVAR booth battery.runtime \"soon\"\r\nEND LIST VAR booth\r\n", true), patient).readUPS(t.Context())
	if u.State != Known || !slices.Equal(u.Value.Flags, []string{"OB", "DISCHRG", "LB"}) {
		t.Fatalf("ups %+v", u)
	}
	wantUnknown(t, "an impossible charge", u.Value.Charge)
	wantUnknown(t, "a runtime that is no number", u.Value.Runtime)
	wantAbsent(t, "load", u.Value.Load)
}

func TestUPSUnknown(t *testing.T) {
	for name, answer := range map[string]string{
		"stale data":        "ERR DATA-STALE\n",
		"no such ups":       "ERR UNKNOWN-UPS\n",
		"no driver":         "ERR DRIVER-NOT-CONNECTED\n",
		"denied":            "ERR ACCESS-DENIED\n",
		"cut off":           upsList[:len(upsList)-30],
		"cut within a line": upsList[:60],
		"nothing":           "",
		"no status":         "BEGIN LIST VAR booth\nVAR booth battery.charge \"100\"\nEND LIST VAR booth\n",
		"empty status":      "BEGIN LIST VAR booth\nVAR booth ups.status \"\"\nEND LIST VAR booth\n",
		"starting":          "BEGIN LIST VAR booth\nVAR booth ups.status \"WAIT\"\nEND LIST VAR booth\n",
		"another ups":       strings.ReplaceAll(upsList, "booth", "attic"),
		"no beginning":      upsList[strings.Index(upsList, "\n")+1:],
		"open quote":        "BEGIN LIST VAR booth\nVAR booth ups.status \"OL\nEND LIST VAR booth\n",
		"binary":            "\x00\x01\x02\xff\xfe\n",
		"a web server":      "HTTP/1.1 400 Bad Request\r\n\r\n",
		"without end":       "BEGIN LIST VAR booth\n" + strings.Repeat("VAR booth a \"b\"\n", 10_000),
		"one endless line":  strings.Repeat("A", 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			wantUnknown(t, "ups", upsReader(t, startUPSD(t, answer, false), patient).readUPS(t.Context()))
		})
	}
}

// TestUPSThatHangs: upsd takes the question and says nothing more.
func TestUPSThatHangs(t *testing.T) {
	r := upsReader(t, startUPSD(t, "BEGIN LIST VAR booth\n", true), 50*time.Millisecond)
	f := read(t, r)
	wantUnknown(t, "ups", f.UPS)
	want(t, "boot beside it", f.Boot, bootA)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := askUPS(ctx, r.o.UPS); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestUPSIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wantUnknown(t, "ups", upsReader(t, address, patient).readUPS(t.Context()))
}

func FuzzUPSList(f *testing.F) {
	f.Add(upsList)
	f.Add("ERR DATA-STALE\n")
	f.Add("BEGIN LIST VAR booth\nVAR booth ups.status \"\\\"\nEND LIST VAR booth\n")
	f.Fuzz(func(t *testing.T, answer string) {
		vars, err := listVars(struct {
			io.Reader
			io.Writer
		}{strings.NewReader(answer), io.Discard}, "booth")
		if err != nil {
			return
		}
		if !strings.Contains(answer, "END") {
			t.Errorf("%q is a whole list", answer)
		}
		if u, err := upsOf("booth", vars); err == nil && len(u.Flags) == 0 {
			t.Errorf("%q gives a ups without a state", answer)
		}
	})
}
