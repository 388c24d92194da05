package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/field"
	"firepost/gateway/internal/httpapi"
)

// TestScanFromThePage: the bus is lent, everybody sees that nobody watches it, the scan finds
// what is there, and polling goes on afterwards. In an alarm nothing is lent.
func TestScanFromThePage(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	h.eventually("the detectors are read", func() bool { return h.gen().Ready() == nil })
	work := fieldWork{h.app}
	buses := work.Buses()
	if len(buses) != 1 || buses[0].Name != "rs485-1" || buses[0].Devices != 3 || buses[0].Watched < 2 || buses[0].Outputs != 2 || buses[0].Speed != "9600 8N1" {
		t.Fatalf("buses %+v", buses)
	}
	down := false
	res, err := work.Scan(t.Context(), "rs485-1", false, func(field.Progress) {
		down = down || h.part("bus-rs485-1").Has(message.Fault)
	})
	if err != nil {
		t.Fatal(err)
	}
	var units []uint8
	for _, f := range res.Found {
		units = append(units, f.Unit)
	}
	if !slices.Equal(units, []uint8{1, 2, 30}) || len(res.Missing) > 0 {
		t.Errorf("found %v, missing %v", units, res.Missing)
	}
	if !down {
		t.Error("nobody was told that the bus is not watched")
	}
	h.eventually("polling goes on", func() bool { return !h.part("bus-rs485-1").Has(message.Fault) })
	if _, err := work.Scan(t.Context(), "rs485-2", false, nil); err == nil {
		t.Error("a bus that is not there was scanned")
	}
	h.smoke("a", true)
	h.eventually("the fire", func() bool { return h.device("a").State.Has(message.Fire) })
	if _, err := work.Scan(t.Context(), "rs485-1", false, nil); err == nil || !strings.Contains(err.Error(), "alarm") {
		t.Errorf("a scan in an alarm: %v", err)
	}
	if _, err := work.Adopt(t.Context(), httpapi.FieldOrder{Bus: "rs485-1"}, nil, nil); err == nil {
		t.Error("an adoption in an alarm")
	}
}

// TestWriteOfANewDevice: it stands in the file, the daemon is asked to read it again, and a
// file that would be refused is left as it was.
func TestWriteOfANewDevice(t *testing.T) {
	h := newHouse(t)
	path := filepath.Join(t.TempDir(), "firepost.yaml")
	if err := os.WriteFile(path, []byte(h.text()), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := 0
	h.prepare = func(a *App) {
		a.opts.ConfigPath, a.opts.Contracts, a.opts.AskReload = path, h.set, func() { asked++ }
	}
	h.start(nil)
	work := fieldWork{h.app}
	e := field.Entry{Name: "new-gauge", Bus: "rs485-1", Unit: 7, Contract: "gauge-mpd-380@1", Premises: "HS-1"}
	if err := work.write(&e); err != nil || asked != 1 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "new-gauge") {
		t.Errorf("%v\n%s", err, data)
	}
	bad := field.Entry{Name: "other", Bus: "rs485-1", Unit: 7, Contract: "gauge-mpd-380@1"}
	if err := work.write(&bad); err == nil || asked != 1 {
		t.Errorf("an address that is taken: %v, asked %d times", err, asked)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(data) {
		t.Errorf("the file has changed: %v", err)
	}
}
