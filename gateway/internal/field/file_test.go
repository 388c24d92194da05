package field_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/field"
)

func entry() *field.Entry {
	return &field.Entry{
		Name: "hs-0301-0012-smoke", Bus: "rs485-1", Unit: 9, Contract: "smoke-generic@1", Premises: "HS-0301-0012",
		Label: contract.Text{ZH: `张记"面"馆`, EN: "Zhang's"},
	}
}

func TestInsert(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"behind the last, before the next key's comment",
			"station: hs-03\n\ndevices:\n  # the first\n  - name: a   # kept\n    unit: 1\n    # end of a\n\n# Sounders.\noutputs:\n  - name: x\n",
			"station: hs-03\n\ndevices:\n  # the first\n  - name: a   # kept\n    unit: 1\n\n  - name: hs-0301-0012-smoke\n    bus: rs485-1\n    unit: 9\n    contract: smoke-generic@1\n    premises: HS-0301-0012\n    label: {zh: \"张记\\\"面\\\"馆\", en: \"Zhang's\"}\n    # end of a\n\n# Sounders.\noutputs:\n  - name: x\n"},
		{"none yet", "devices: []  # none\noutputs: []\n",
			"devices:   # none\n  - name: hs-0301-0012-smoke\n    bus: rs485-1\n    unit: 9\n    contract: smoke-generic@1\n    premises: HS-0301-0012\n    label: {zh: \"张记\\\"面\\\"馆\", en: \"Zhang's\"}\noutputs: []\n"},
		{"no key, no end of line", "station: hs-03",
			"station: hs-03\n\ndevices:\n  - name: hs-0301-0012-smoke\n    bus: rs485-1\n    unit: 9\n    contract: smoke-generic@1\n    premises: HS-0301-0012\n    label: {zh: \"张记\\\"面\\\"馆\", en: \"Zhang's\"}\n"},
		{"at the margin, with carriage returns", "devices:\r\n- name: a\r\n  unit: 1\r\n",
			"devices:\r\n- name: a\r\n  unit: 1\r\n\r\n- name: hs-0301-0012-smoke\r\n  bus: rs485-1\r\n  unit: 9\r\n  contract: smoke-generic@1\r\n  premises: HS-0301-0012\r\n  label: {zh: \"张记\\\"面\\\"馆\", en: \"Zhang's\"}\r\n"},
	} {
		got, err := field.Insert([]byte(row.text), entry())
		if err != nil || string(got) != row.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", row.name, err, got, row.want)
		}
	}
	if _, err := field.Insert([]byte("devices: [{name: a}]\n"), entry()); !errors.Is(err, field.ErrFile) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("on one line: %v", err)
	}
}

// The shipped example takes a device and loses nothing.
func TestAppendToTheExample(t *testing.T) {
	old, err := os.ReadFile("../../../configs/firepost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "firepost.yaml")
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(name string, text []byte) error {
		_, err := config.Parse(name, text, contracts(t))
		return err
	}
	e := entry()
	if err := field.Append(path, e, check); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(path, got, contracts(t))
	if err != nil {
		t.Fatal(err)
	}
	last := cfg.Devices[len(cfg.Devices)-1]
	if last.Name != e.Name || last.Unit != 9 || last.Label.ZH != e.Label.ZH || last.Label.EN != e.Label.EN || last.Premises != e.Premises {
		t.Errorf("read back as %+v", last)
	}
	rest := string(got)
	for l := range strings.SplitSeq(string(old), "\n") {
		i := strings.Index(rest, l)
		if i < 0 {
			t.Fatalf("the line %q is gone", l)
		}
		rest = rest[i+len(l):]
	}
	if bak, err := os.ReadFile(path + ".bak"); err != nil || string(bak) != string(old) {
		t.Errorf("the old file: %v", err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if err := field.Append(path, e, check); !errors.Is(err, field.ErrFile) {
		t.Errorf("the same name again: %v", err)
	}
}

func TestAppendPutsBackWhatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "firepost.yaml")
	const old = "station: hs-03 # keep\n"
	if err := os.WriteFile(path, []byte(old), 0o640); err != nil {
		t.Fatal(err)
	}
	calls := 0
	bad := errors.New("refused")
	err := field.Append(path, entry(), func(string, []byte) error {
		if calls++; calls > 1 {
			return bad
		}
		return nil
	})
	got, _ := os.ReadFile(path)
	if !errors.Is(err, bad) || string(got) != old {
		t.Errorf("%v, %q", err, got)
	}
	err = field.Append(path, entry(), func(string, []byte) error { return bad })
	if got, _ := os.ReadFile(path); !errors.Is(err, bad) || string(got) != old {
		t.Errorf("%v, %q", err, got)
	}
	if err := field.Append(filepath.Join(t.TempDir(), "none"), entry(), nil); !errors.Is(err, field.ErrFile) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestNames(t *testing.T) {
	c, _ := contracts(t).Get("smoke-generic@1")
	if got := field.NameFor(c, "HS-0301-0012", 9, nil); got != "hs-0301-0012-smoke" {
		t.Error(got)
	}
	if got := field.NameFor(c, "", 9, []string{"smoke-9", "smoke-9-2"}); got != "smoke-9-3" {
		t.Error(got)
	}
	if got := field.NameFor(c, "红山/12号", 9, nil); got != "12-smoke" {
		t.Error(got)
	}
}
