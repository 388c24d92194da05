package player

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const goodBeat = `{"seq":7,"build":"ab12","rev":3,"pong":2,"item":"poster","frames":120,"video":{"at":1.5,"dropped":0,"paused":false},
"takeover":"hs-03-7","takeover_rev":2,"painted":[{"id":"hs-03-7","rev":2,"after_ms":41.5}],
"played":[{"zone":"main","item":"poster","from_ms":1000,"until_ms":2000,"how":"failed","why":"video stopped"}],"heap":1048576,"width":1920,"height":1080,"error":""}`

func TestParseBeat(t *testing.T) {
	b, err := ParseBeat([]byte(goodBeat))
	if err != nil {
		t.Fatal(err)
	}
	if b.Seq != 7 || b.Pong != 2 || b.Video.At != 1.5 || b.Painted[0].AfterMS != 41.5 || b.Played[0].How != Failed || b.Heap != 1<<20 {
		t.Errorf("%+v", b)
	}
	for name, change := range map[string][2]string{
		"no number":         {`"seq":7`, `"seq":0`},
		"unknown field":     {`"rev":3`, `"rev":3,"revv":4`},
		"two values":        {`"error":""}`, `"error":""}{}`},
		"negative frames":   {`"frames":120`, `"frames":-1`},
		"frames beyond":     {`"frames":120`, `"frames":1e300`},
		"part of a frame":   {`"frames":120`, `"frames":1.5`},
		"heap beyond":       {`"heap":1048576`, `"heap":9000000000000`},
		"wide":              {`"width":1920`, `"width":70000`},
		"position before":   {`"at":1.5`, `"at":-1`},
		"ends before":       {`"until_ms":2000`, `"until_ms":900`},
		"before boot":       {`"from_ms":1000`, `"from_ms":-5`},
		"some other ending": {`"how":"failed"`, `"how":"fine"`},
		"long item":         {`"item":"poster","frames"`, `"item":"` + strings.Repeat("x", maxName+1) + `","frames"`},
		"long error":        {`"error":""`, `"error":"` + strings.Repeat("x", maxWords+1) + `"`},
		"long build":        {`"build":"ab12"`, `"build":"` + strings.Repeat("x", 65) + `"`},
		"painted nothing":   {`"id":"hs-03-7"`, `"id":""`},
		"painted before":    {`"after_ms":41.5`, `"after_ms":-1`},
		"many painted":      {`"painted":[`, `"painted":[` + strings.Repeat(`{"id":"a","rev":1,"after_ms":1},`, maxPainted)},
		"many played":       {`"played":[`, `"played":[` + strings.Repeat(`{"zone":"main","item":"a","from_ms":1,"until_ms":2,"how":"ended"},`, maxPlayed)},
		"no text":           {`"item":"poster","frames"`, "\"item\":\"\xff\",\"frames\""},
		"an array":          {`"error":""}`, `"error":""`},
	} {
		bad := strings.Replace(goodBeat, change[0], change[1], 1)
		if bad == goodBeat {
			t.Fatalf("%s: nothing was changed", name)
		}
		if got, err := ParseBeat([]byte(bad)); !errors.Is(err, ErrBeat) {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
	if _, err := ParseBeat([]byte(strings.Repeat(" ", maxBeat) + "{}")); !errors.Is(err, ErrBeat) {
		t.Error(err)
	}
}

func TestFlood(t *testing.T) {
	var f flood
	for range 3 {
		for i := range floodBeats {
			if !f.allows(time.Second) {
				t.Fatalf("beat %d refused", i)
			}
		}
		if f.allows(time.Second) {
			t.Fatal("a flood is allowed")
		}
		f = flood{since: f.since, n: f.n}
		if !f.allows(time.Second + floodSpan) {
			t.Fatal("refused for ever")
		}
		f = flood{}
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{"abc": "abc", "abcd": "abcd", "abcde": "abcd", "ab中文": "ab", "中文": "中"} {
		if got := clip(in, 4); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func FuzzParseBeat(f *testing.F) {
	f.Add([]byte(goodBeat))
	f.Add([]byte(`{"seq":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBeat(data)
		if err != nil {
			if !errors.Is(err, ErrBeat) {
				t.Errorf("not ErrBeat: %v", err)
			}
			return
		}
		if b.Frames < 0 || b.Heap < 0 || len(b.Played) > maxPlayed || len(b.Item) > maxName || b.Seq == 0 {
			t.Errorf("%+v", b)
		}
	})
}
