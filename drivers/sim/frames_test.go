package sim

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

func frameModel(t *testing.T, ref string) *contract.Contract {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := set.Get(ref)
	if !ok {
		t.Fatalf("there is no %s", ref)
	}
	return c
}

// Literal frames from documents; bytes that the contract does not describe are 0 in what is
// built, and the check follows from them, so those bytes are compared only where they are 0.
func TestBuildFrameAgainstALiteral(t *testing.T) {
	c := frameModel(t, "smoke-enocean-f6-05-02@1")
	got, err := BuildFrame(c, "00:2e:e1:96", map[string]uint64{"smoke": 0x10, "signal": 0x47}, 0)
	if err != nil {
		t.Fatal(err)
	}
	// Computed by hand: CRC-8 of F6 10 00 2E E1 96 00 00 00 00 00 00 47 00 is the last byte.
	want := "5500070701 7A F6 10 002EE196 00 00 00000000 47 00"
	if text := strings.ToUpper(hex.EncodeToString(got[:20])); text != strings.ReplaceAll(want, " ", "") {
		t.Errorf("built %s", text)
	}
	if samples, id, err := c.DecodeFrame(got, nil); err != nil || id != "002EE196" || samples[0].Means != contract.Fire || samples[1].Value != -71 {
		t.Errorf("%+v from %q: %v", samples, id, err)
	}
}

func TestBuildFrameKeepsSignsAndSharedBytes(t *testing.T) {
	c := frameModel(t, "gauge-mingkong@1")
	raws := map[string]uint64{"battery": 0x14, "external": 0x80, "signal": 0xFFC8, "alarm": 1, "pressure": 0xFFFE}
	for _, length := range []int{0, 39, 40, 1239} {
		b, err := BuildFrame(c, "SHMK19060013", raws, length)
		if err != nil {
			t.Fatal(err)
		}
		samples, id, err := c.DecodeFrame(b, nil)
		if err != nil || id != "SHMK19060013" || len(b) != max(length, 39) {
			t.Fatalf("%d bytes from %q: %v", len(b), id, err)
		}
		for i, s := range samples {
			if s.Raw != raws[c.Points[i].Name] {
				t.Errorf("%s is 0x%X", c.Points[i].Name, s.Raw)
			}
		}
	}
}

func TestBuildFrameRefuses(t *testing.T) {
	c, none := frameModel(t, "gauge-mingkong@1"), frameModel(t, "smoke-generic@1")
	const id = "SHMK19060013"
	for name, f := range map[string]struct {
		c      *contract.Contract
		id     string
		raws   map[string]uint64
		length int
		want   error
	}{
		"no frames":       {none, "", nil, 0, ErrSpec},
		"too short":       {c, id, nil, 38, ErrValue},
		"too long":        {c, id, nil, 1240, ErrValue},
		"id":              {c, "SHMK190600131", nil, 0, ErrValue},
		"no id":           {c, "", nil, 0, ErrValue},
		"unknown point":   {c, id, map[string]uint64{"smoke": 1}, 0, ErrUnknown},
		"cut by the mask": {c, id, map[string]uint64{"battery": 0x20}, 0, ErrValue},
		"too wide":        {c, id, map[string]uint64{"alarm": 0x100}, 0, ErrValue},
		"sign":            {c, id, map[string]uint64{"signal": 0x80}, 0, ErrValue},
		"below the field": {c, id, map[string]uint64{"signal": 0xFF7F}, 0, ErrValue},
	} {
		if b, err := BuildFrame(f.c, f.id, f.raws, f.length); !errors.Is(err, f.want) || b != nil {
			t.Errorf("%s: %X, %v, want %v", name, b, err, f.want)
		}
	}
}

// The checks of documents, and of the catalogue of parametrised CRC algorithms for "123456789".
func TestFrameSums(t *testing.T) {
	nine := []byte("123456789")
	for kind, want := range map[contract.CheckKind]uint16{
		contract.CheckSum8: 0xDD, contract.CheckXor8: 0x31, contract.CheckSum16: 0x01DD, contract.CheckModbus: 0x4B37,
		contract.CheckXmodem: 0x31C3, contract.CheckCCITT: 0x29B1, contract.CheckCRC8: 0xF4, contract.CheckNone: 0,
	} {
		if got := frameSum(kind, nine); got != want {
			t.Errorf("%s is %04X, want %04X", kind, got, want)
		}
	}
}

func TestFrameSender(t *testing.T) {
	s, err := NewFrameSender()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	port, err := os.OpenFile(s.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = port.Close() }()
	literal := []byte{0xA5, 0x5A, 0x00, 0x0A, 0x0D, 0x03}
	if err := s.Send(literal); err != nil {
		t.Fatal(err)
	}
	c := frameModel(t, "smoke-enocean-f6-05-02@1")
	if err := s.Report(c, "01020304", map[string]uint64{"smoke": 0x10}); err != nil {
		t.Fatal(err)
	}
	if err := s.Report(c, "0102", nil); !errors.Is(err, ErrValue) {
		t.Errorf("an id that is too short: %v", err)
	}
	want, err := BuildFrame(c, "01020304", map[string]uint64{"smoke": 0x10}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want = append(literal, want...)
	var got []byte
	for buf := make([]byte, 64); len(got) < len(want); {
		n, err := port.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got % X, want % X", got, want)
	}
	if err := s.HangUp(); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(literal); err == nil {
		t.Error("a sender that was pulled still sends")
	}
}
