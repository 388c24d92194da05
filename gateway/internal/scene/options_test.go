package scene

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/drivers/camera"
)

func declared(t *testing.T) Options {
	t.Helper()
	sign := filepath.Join(t.TempDir(), "sign.jpg")
	if err := os.WriteFile(sign, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{
		On: true, SignPhoto: sign, Purpose: "火警现场确认", Responsible: "王工", FilingNumber: "蒙公备0001",
		Masks: []camera.Area{{X: 0, Y: 0, W: 200, H: 1000}}, Retain: 30 * 24 * time.Hour,
	}
}

func fields(p []Problem) string {
	var out []string
	for _, f := range p {
		out = append(out, f.Field)
	}
	return strings.Join(out, " ")
}

func TestCameraIsOffByDefault(t *testing.T) {
	if p := (Options{}).Validate(); len(p) != 0 {
		t.Fatalf("off needs nothing: %+v", p)
	}
}

func TestSwitchingOnNamesEverythingMissing(t *testing.T) {
	p := Options{On: true}.Validate()
	if got, want := fields(p), "SignPhoto Purpose Responsible FilingNumber Masks Retain"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	for _, f := range p {
		if f.ZH == "" || f.EN == "" || f.ZH == f.EN {
			t.Errorf("%+v lacks a text", f)
		}
	}
}

func TestDeclarations(t *testing.T) {
	if p := declared(t).Validate(); len(p) != 0 {
		t.Fatalf("%+v", p)
	}
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"sign is gone":       {func(o *Options) { o.SignPhoto += ".png" }, "SignPhoto"},
		"sign is a folder":   {func(o *Options) { o.SignPhoto = filepath.Dir(o.SignPhoto) }, "SignPhoto"},
		"blank purpose":      {func(o *Options) { o.Purpose = " \t " }, "Purpose"},
		"one letter":         {func(o *Options) { o.Responsible = "x" }, "Responsible"},
		"no number":          {func(o *Options) { o.FilingNumber = "-" }, "FilingNumber"},
		"no masks":           {func(o *Options) { o.Masks = nil }, "Masks"},
		"none, with reason":  {func(o *Options) { o.Masks, o.NoMasksReason = nil, "镜头只对驿站内部" }, ""},
		"masks and a reason": {func(o *Options) { o.NoMasksReason = "镜头只对驿站内部" }, "NoMasksReason"},
		"mask outside":       {func(o *Options) { o.Masks[0].X = 900 }, "Masks"},
		"29 days":            {func(o *Options) { o.Retain -= time.Hour }, "Retain"},
		"for ever":           {func(o *Options) { o.Retain = 10000 * time.Hour * 24 }, "Retain"},
	} {
		o := declared(t)
		c.change(&o)
		if got := fields(o.Validate()); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
