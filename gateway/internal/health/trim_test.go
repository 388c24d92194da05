package health

import (
	"bufio"
	"reflect"
	"strings"
	"testing"
)

const smaps = `00400000-00a00000 r-xp 00000000 08:01 1234   /usr/local/bin/firepost
Rss:                5000 kB
Private_Dirty:         0 kB
Anonymous:             0 kB
Locked:                0 kB
00a00000-01000000 r--p 00600000 08:01 1234   /usr/local/bin/firepost
Private_Dirty:         0 kB
Anonymous:             0 kB
Locked:                0 kB
01000000-01080000 rw-p 00c00000 08:01 1234   /usr/local/bin/firepost
Private_Dirty:         0 kB
Anonymous:             0 kB
Locked:                0 kB
01080000-01090000 r--p 00c80000 08:01 1234   /usr/local/bin/firepost
Private_Dirty:         4 kB
Anonymous:             4 kB
Locked:                0 kB
01090000-010a0000 r--p 00c90000 08:01 1234   /usr/local/bin/firepost
Private_Dirty:         0 kB
Anonymous:             0 kB
Locked:               64 kB
02000000-02010000 r-xp 00000000 08:01 99     /usr/lib/libc.so
Private_Dirty:         0 kB
Anonymous:             0 kB
Locked:                0 kB
03000000-03010000 rw-p 00000000 00:00 0
Anonymous:            64 kB
04000000-04010000 r--p 00000000 08:01 1234   /usr/local/bin/firepost
Anonymous:             0 kB
`

// TestTrimmable: only what is read-only, ours, clean and not locked; what does not say so is
// left alone.
func TestTrimmable(t *testing.T) {
	got := trimmable(bufio.NewScanner(strings.NewReader(smaps)), "/usr/local/bin/firepost")
	want := []mapping{{0x400000, 0xa00000}, {0xa00000, 0x1000000}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// TestTrim: the program goes on, whatever was unmapped.
func TestTrim(t *testing.T) {
	before := strings.Repeat("x", 1000)
	n, err := Trim()
	if err != nil || n == 0 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if strings.Count(before, "x") != 1000 {
		t.Error("memory has changed")
	}
}
