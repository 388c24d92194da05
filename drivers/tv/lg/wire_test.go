package lg

import (
	"bufio"
	"net"
	"testing"
	"time"

	"firepost/drivers/bus/line"
)

// TestGoldenRequests holds what goes over the line to the manuals' words, byte for byte.
func TestGoldenRequests(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	replies := map[string]string{
		"ka 01 01\r": "a 01 OK01x", "ka 01 00\r": "a 01 OK00x", "xb 01 90\r": "b 01 OK90x", "kf 01 64\r": "f 01 OK64x",
		"ka 01 ff\r": "b 01 OK00xa 02 OK00xa 01 OK01x", "xb 01 ff\r": "b 01 OKb0x", "kf 01 ff\r": "f 01 OK0ax", "ke 01 ff\r": "e 01 OK00x",
	}
	done := make(chan []string)
	go func() {
		var heard []string
		defer func() { done <- heard }()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for r := bufio.NewReader(c); ; {
			request, err := r.ReadString('\r')
			if err != nil {
				return
			}
			heard = append(heard, request)
			if _, err := c.Write([]byte(replies[request])); err != nil {
				return
			}
		}
	}()
	s, err := New(Options{Dial: line.TCP(l.Addr().String()), ID: 1, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"on": s.Power(t.Context(), true), "off": s.Power(t.Context(), false),
		"input": s.Input(t.Context(), "hdmi1"), "volume": s.Volume(t.Context(), 100),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	st, err := s.Status(t.Context())
	if err != nil || st.On == nil || !*st.On || st.Input != "code b0" || st.Volume == nil || *st.Volume != 10 || st.Muted == nil || !*st.Muted {
		t.Errorf("status %+v, %v", st, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if heard := <-done; len(heard) != len(replies) {
		t.Errorf("heard %q", heard)
	}
}
