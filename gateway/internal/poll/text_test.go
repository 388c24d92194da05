package poll

import (
	"os"
	"strings"
	"testing"
	"time"
)

// shown is a bus with everything that a plan can show.
func shown() Config {
	cfg := fleet(4, detector())
	cfg.Devices[0].Name, cfg.Devices[1].Name, cfg.Devices[2].Name, cfg.Devices[3].Name = "smoke-01", "smoke-02", "gauge-01", "relay-01"
	cfg.Devices[1].Contract = rich()
	cfg.Devices[1].Deadline = 5 * time.Second
	cfg.Devices[2].Contract = lookAlike()
	cfg.Devices[3].Contract = relay()
	return cfg
}

func TestPlanText(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		p, err := MakePlan(shown())
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/plan." + lang + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := p.WriteText(&b, lang); err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", lang, b.String(), want)
		}
	}
}

func TestPlanTextOfABusThatIsTooSlow(t *testing.T) {
	cfg := fleet(200, detector())
	for i := range cfg.Devices {
		cfg.Devices[i].Deadline = 2 * time.Second
	}
	p, err := MakePlan(cfg)
	if err == nil {
		t.Fatal("200 detectors in 2 s")
	}
	var b strings.Builder
	if err := p.WriteText(&b, "en"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "the shortest deadline, 2 s, comes round within 6.01 s: NOT MET\n") {
		t.Errorf("got\n…%s", b.String()[b.Len()-500:])
	}
}

func TestColumnsAlignInChinese(t *testing.T) {
	var b strings.Builder
	writeTable(&b, [][]string{{"设备", "x"}, {"smoke", "y"}})
	if got, want := b.String(), "设备   x\nsmoke  y\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHuman(t *testing.T) {
	for d, want := range map[time.Duration]string{
		26354166: "26.4 ms", time.Second: "1 s", 5270833200: "5.27 s", 10 * time.Second: "10 s", 0: "0 ms",
		124 * time.Second: "124 s", 1750 * time.Microsecond: "1.75 ms",
	} {
		if got := human(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
