package main

import (
	"strings"
	"testing"
)

func TestScreenMistakes(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"screen"}, `screen name ""`},
		{[]string{"screen", "-screen", "TV"}, `screen name "TV"`},
		{[]string{"screen", "-screen", "tv", "-daemon", "http://192.0.2.1:8471"}, "another machine"},
		{[]string{"screen", "-screen", "tv", "-memory", "much"}, `-memory "much": auto, low or full`},
		{[]string{"screen", "-screen", "tv", "-browser-flag", "kiosk"}, "they begin with --"},
		{[]string{"screen", "-screen", "tv", "-backend", "vlc"}, `backend "vlc": browser or mpv`},
		{[]string{"screen", "-screen", "tv", "-fonts", "/x.ttc"}, "are for -backend mpv"},
		{[]string{"screen", "-screen", "tv", "-backend", "mpv", "-browser-flag", "--kiosk"}, "-mpv and -mpv-flag are"},
		{[]string{"screen", "-screen", "tv", "-backend", "mpv", "-width", "1920"}, "give width and height"},
		{[]string{"screen", "-screen", "tv", "-backend", "mpv", "-width", "8", "-height", "8"}, "8 by 8 dots"},
		{[]string{"screen", "-screen", "tv", "now"}, `"now" is one word too many`},
	} {
		code, _, errs := call(t, row.args...)
		if code != 2 || !strings.Contains(errs, row.want) {
			t.Errorf("%v exits %d and says %q, want %q", row.args, code, errs, row.want)
		}
	}
}
