package sim

import (
	"testing"

	"pgregory.net/rapid"
)

const (
	readSmoke = "01 03 00 10 00 01 85 CF"
	readTwo   = "01 03 00 00 00 02 C4 0B"
	writeMany = "11 10 00 01 00 02 04 00 0A 01 02 C6 F0"
)

func TestParserFindsRequests(t *testing.T) {
	for _, c := range []struct {
		name    string
		chunks  []string
		want    []string
		dropped uint64
		left    int
	}{
		{"whole", []string{readSmoke}, []string{readSmoke}, 0, 0},
		{"byte by byte", []string{"01", "03", "00", "10", "00", "01", "85", "CF"}, []string{readSmoke}, 0, 0},
		{"two in one chunk", []string{readSmoke + readTwo}, []string{readSmoke, readTwo}, 0, 0},
		{"one and a half", []string{readSmoke + "01 03 00"}, []string{readSmoke}, 0, 3},
		{"noise before", []string{"00 FF 7E" + readSmoke}, []string{readSmoke}, 3, 0},
		{"noise like a long write", []string{"01 10 00 00 00 7B F6" + readSmoke}, []string{readSmoke}, 7, 0},
		{"wrong checksum, then right", []string{"01 03 00 10 00 01 85 CE" + readSmoke}, []string{readSmoke}, 8, 0},
		{"write of registers in two", []string{"11 10 00 01 00 02 04 00", "0A 01 02 C6 F0"}, []string{writeMany}, 0, 0},
		{"write of coils", []string{"11 0F 00 13 00 0A 02 CD 01 BF 0B"}, []string{"11 0F 00 13 00 0A 02 CD 01 BF 0B"}, 0, 0},
		{"read and write", []string{"11 17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF 4B 54"}, []string{"11 17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF 4B 54"}, 0, 0},
		{"unknown function", []string{"F8 42 C2 41"}, []string{"F8 42 C2 41"}, 0, 0},
		{"unknown function, then another", []string{"F8 42 C2 41" + readSmoke}, []string{"F8 42 C2 41", readSmoke}, 0, 0},
		{"unfinished", []string{"01 03 00 10 00"}, nil, 0, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p parser
			var got []string
			for _, chunk := range c.chunks {
				p.feed(unhex(t, chunk))
				for {
					f, ok := p.next(nil)
					if !ok {
						break
					}
					got = append(got, spaced(f))
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("found %q, want %q", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("request %d is %s, want %s", i, got[i], c.want[i])
				}
			}
			if p.dropped != c.dropped || len(p.buf) != c.left {
				t.Errorf("dropped %d and left %d characters, want %d and %d", p.dropped, len(p.buf), c.dropped, c.left)
			}
		})
	}
}

func TestParserFlushForgetsUnfinishedRequest(t *testing.T) {
	var p parser
	p.feed(unhex(t, "01 03 00 10"))
	if _, ok := p.next(nil); ok {
		t.Fatal("half a request was taken for a whole one")
	}
	p.flush()
	p.feed(unhex(t, readSmoke))
	f, ok := p.next(nil)
	if !ok || spaced(f) != readSmoke || p.dropped != 4 {
		t.Errorf("after the flush: %v %s, dropped %d", ok, spaced(f), p.dropped)
	}
}

// After any noise a silence and a whole request follow: the request is always heard, and
// memory stays bounded.
func TestParserRecoversFromAnyNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p parser
		for range rapid.IntRange(0, 20).Draw(t, "chunks") {
			p.feed(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "noise"))
			for {
				f, ok := p.next(nil)
				if !ok {
					break
				}
				if !sealed(f) || len(f) > 300 {
					t.Fatalf("took %x for a request", f)
				}
			}
			if len(p.buf) > 4*maxRequest {
				t.Fatalf("%d characters kept", len(p.buf))
			}
		}
		p.flush()
		p.feed([]byte{0x01, 0x03, 0x00, 0x10, 0x00, 0x01, 0x85, 0xCF})
		if f, ok := p.next(nil); !ok || len(f) != 8 {
			t.Fatal("the request after the silence was not heard")
		}
	})
}
