package modbus_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/bus/modbus"
)

// tcpReply wraps unit, function and data as the standard's header asks.
func tcpReply(id uint16, body ...byte) []byte {
	p := binary.BigEndian.AppendUint16(nil, id)
	p = append(p, 0, 0)
	p = binary.BigEndian.AppendUint16(p, uint16(len(body)))
	return append(p, body...)
}

// serve answers each request on conn with what answer writes.
func serve(conn net.Conn, answer func(conn net.Conn, id uint16, body []byte)) {
	defer func() { _ = conn.Close() }()
	for {
		var head [6]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint16(head[4:]))
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		answer(conn, binary.BigEndian.Uint16(head[:]), body)
	}
}

// pipeTCP is a client whose every connection is a pipe to answer; dials counts them.
func pipeTCP(opts modbus.TCPOptions, answer func(net.Conn, uint16, []byte)) (*modbus.TCP, *atomic.Int32) {
	var dials atomic.Int32
	opts.Dial = func(context.Context, string) (net.Conn, error) {
		dials.Add(1)
		ours, theirs := net.Pipe()
		go serve(theirs, answer)
		return ours, nil
	}
	return modbus.NewTCP("tcp-1", "device:502", opts), &dials
}

func closeAll(t *testing.T, m modbus.Master) {
	t.Helper()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// registerBody is the reply of a device whose registers hold their addresses.
func registerBody(body []byte) []byte {
	p := registers(append(bytes.Clone(body), 0, 0))
	return p[:len(p)-2]
}

func TestTCPGoldenExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// MODBUS Messaging on TCP/IP, example of the header; parameters of the protocol's 6.3.
		want := hx(t, "0001"+"0000"+"0006"+"11"+"03006B0003")
		var got []byte
		m, _ := pipeTCP(modbus.TCPOptions{}, func(c net.Conn, id uint16, body []byte) {
			got = tcpReply(id, body...)
			_, _ = c.Write(hx(t, "000100000009"+"11"+"0306022B00000064"))
		})
		defer closeAll(t, m)
		data := mustDo(t, m, holding(17, 0x6B, 3))
		if !bytes.Equal(data, hx(t, "022B00000064")) || !bytes.Equal(got, want) {
			t.Errorf("sent % X, read % X", got, data)
		}
		if s := m.Stats(); s.Good != 1 || s.TxBytes != 12 || s.RxBytes != 15 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestTCPLateReplyIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, dials := pipeTCP(modbus.TCPOptions{}, func(c net.Conn, id uint16, body []byte) {
			send := func() { _, _ = c.Write(tcpReply(id, registerBody(body)...)) }
			if id == 1 {
				time.AfterFunc(150*time.Millisecond, send)
				return
			}
			send()
		})
		defer closeAll(t, m)
		if _, err := do(t, m, holding(7, 100, 1)); !errors.Is(err, modbus.ErrTimeout) {
			t.Fatal(err)
		}
		for i, addr := range []uint16{200, 300, 400} {
			if i == 1 {
				time.Sleep(100 * time.Millisecond)
			}
			if got := mustDo(t, m, holding(7, addr, 1)); !bytes.Equal(got, []byte{byte(addr >> 8), byte(addr)}) {
				t.Errorf("register %d reads % X", addr, got)
			}
		}
		if s := m.Stats(); s.LateBytes != 11 || s.Timeouts != 1 || s.Good != 3 || dials.Load() != 1 {
			t.Errorf("stats %+v, %d dials", s, dials.Load())
		}
	})
}

func TestTCPRepliesThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply func(id uint16) []byte
		want  error
		dials int32
	}{
		{"other unit", func(id uint16) []byte { return tcpReply(id, 8, 3, 2, 0, 1) }, modbus.ErrTimeout, 1},
		{"other length", func(id uint16) []byte { return tcpReply(id, 7, 3, 4, 0, 1, 0, 2) }, modbus.ErrTimeout, 1},
		{"count that lies", func(id uint16) []byte { return tcpReply(id, 7, 3, 4, 0, 1) }, modbus.ErrTimeout, 1},
		{"half", func(id uint16) []byte { return tcpReply(id, 7, 3, 2, 0, 1)[:9] }, modbus.ErrTimeout, 1},
		{"exception", func(id uint16) []byte { return tcpReply(id, 7, 0x83, 0x0B) }, modbus.GatewayTargetFailed, 1},
		{"not Modbus", func(uint16) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n") }, modbus.ErrGone, 2},
		{"too long", func(id uint16) []byte { return []byte{byte(id >> 8), byte(id), 0, 0, 0xFF, 0xFF, 7, 3} }, modbus.ErrGone, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := true
				m, dials := pipeTCP(modbus.TCPOptions{}, func(conn net.Conn, id uint16, body []byte) {
					if bad {
						bad = false
						_, _ = conn.Write(c.reply(id))
						return
					}
					_, _ = conn.Write(tcpReply(id, registerBody(body)...))
				})
				defer closeAll(t, m)
				if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, c.want) {
					t.Fatalf("error %v, want %v", err, c.want)
				}
				if c.name == "half" {
					return // the stream is out of step until the connection is dialled anew
				}
				mustDo(t, m, holding(7, 2, 1))
				if dials.Load() != c.dials {
					t.Errorf("%d dials, want %d", dials.Load(), c.dials)
				}
			})
		})
	}
}

func TestTCPDialsAnewWhenAConnectionIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := true
		m, dials := pipeTCP(modbus.TCPOptions{}, func(c net.Conn, id uint16, body []byte) {
			if !silent {
				_, _ = c.Write(tcpReply(id, registerBody(body)...))
			}
		})
		defer closeAll(t, m)
		for range 3 {
			if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, modbus.ErrTimeout) {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		silent = false
		mustDo(t, m, holding(7, 1, 1))
		if dials.Load() != 2 {
			t.Errorf("%d dials", dials.Load())
		}
	})
}

func TestTCPDialFailsAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, dials := false, 0
		m := modbus.NewTCP("tcp-1", "device:502", modbus.TCPOptions{
			Dial: func(context.Context, string) (net.Conn, error) {
				dials++
				if !up {
					return nil, errors.New("connection refused")
				}
				ours, theirs := net.Pipe()
				go serve(theirs, func(c net.Conn, id uint16, body []byte) {
					_, _ = c.Write(tcpReply(id, registerBody(body)...))
				})
				return ours, nil
			},
		})
		for range 5 {
			if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, modbus.ErrGone) {
				t.Fatal(err)
			}
		}
		if dials != 1 {
			t.Errorf("%d dials at once", dials)
		}
		up = true
		time.Sleep(500 * time.Millisecond)
		mustDo(t, m, holding(7, 1, 1))
		closeAll(t, m)
		if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestTCPDialThatNeverReturnsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := modbus.NewTCP("tcp-1", "device:502", modbus.TCPOptions{
			Dial: func(ctx context.Context, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
		})
		defer closeAll(t, m)
		begin := time.Now()
		if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, modbus.ErrGone) {
			t.Fatal(err)
		}
		if waited := time.Since(begin); waited != 3*time.Second {
			t.Errorf("waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.Sleep(time.Second)
		req := holding(7, 1, 1)
		if _, err := m.Do(ctx, &req, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled dial: %v", err)
		}
	})
}

func TestTCPIsCancelledAndClosedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := pipeTCP(modbus.TCPOptions{}, func(net.Conn, uint16, []byte) {})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		req := holding(7, 1, 1)
		req.ReplyWithin = time.Hour
		begin := time.Now()
		if _, err := m.Do(ctx, &req, nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if waited := time.Since(begin); waited > 1030*time.Millisecond {
			t.Errorf("cancelled after %v", waited)
		}
		time.AfterFunc(time.Second, func() { closeAll(t, m) })
		if _, err := do(t, m, req); !errors.Is(err, modbus.ErrGone) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestTCPGatewayKeepsTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := pipeTCP(modbus.TCPOptions{Gateway: true}, func(c net.Conn, id uint16, body []byte) {
			if body[0] == 7 {
				_, _ = c.Write(tcpReply(id, registerBody(body)...))
			}
		})
		defer closeAll(t, m)
		mustDo(t, m, holding(7, 1, 1))
		mustDo(t, m, holding(7, 1, 1))
		if _, err := do(t, m, holding(7, 2, 1)); !errors.Is(err, modbus.ErrHeld) {
			t.Errorf("same shape: %v", err)
		}
		if _, err := do(t, m, holding(8, 1, 1)); !errors.Is(err, modbus.ErrTimeout) {
			t.Fatal(err)
		}
		req := holding(8, 1, 1)
		if m.ReadyAt(&req).IsZero() {
			t.Error("an unanswered unit is ready")
		}
		time.Sleep(2 * time.Second)
		mustDo(t, m, holding(7, 2, 1))
	})
}
