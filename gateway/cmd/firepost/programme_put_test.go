package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/app"
	"firepost/gateway/internal/config"
	"firepost/kiosk/programme"
	"firepost/kiosk/proof"
)

func TestProgrammePut(t *testing.T) {
	s := newStudio(t)
	s.sign()
	s.fails(1, "start it once", "put", "-config", s.config, s.path("winter.signed"), s.shows)
	dir := app.ParcelDir(s.booths)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	out, _ := s.run("put", "-config", s.config, s.path("winter.signed"), s.shows)
	if !strings.Contains(out, "winter v3 laid into") || !strings.Contains(out, "with 2 of 2 media files") {
		t.Errorf("says %s", out)
	}
	laid, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(laid) != 3 {
		t.Fatalf("laid are %v, %v", laid, err)
	}
	for _, path := range laid {
		id, sum, _ := strings.Cut(filepath.Base(path), ".")
		got, _, err := hashOf(path)
		if err != nil || len(id) != 16 || sum != "signed" && sum != got {
			t.Errorf("%s holds %s: %v", path, got, err)
		}
	}
	if hidden, _ := filepath.Glob(filepath.Join(dir, ".*")); len(hidden) != 0 {
		t.Errorf("left over: %v", hidden)
	}
	if err := os.Remove(filepath.Join(s.shows, "posters/lane.svg")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(s.shows, ".hidden")); err != nil {
		t.Fatal(err)
	}
	s.fails(1, `no file is "lane.svg"`, "put", "-config", s.config, s.path("winter.signed"), s.shows)
	if out, _ := s.run("put", "-partial", "-config", s.config, s.path("winter.signed"), s.shows); !strings.Contains(out, "with 1 of 2 media files") {
		t.Errorf("says %s", out)
	}
	cfg, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.write("firepost.yaml", bytes.Replace(cfg, []byte("free_floor: 64MiB"), []byte("free_floor: 7000000GiB"), 1))
	s.fails(1, "must stay free", "put", "-partial", "-config", s.config, s.path("winter.signed"), s.shows)
	s.fails(2, "a signed file and the folder", "put", s.path("winter.signed"))
}

func TestProgrammeReport(t *testing.T) {
	s := newStudio(t)
	s.booth(s.key("li.pem"), s.key("wang.pem"))
	data, err := os.ReadFile(starterFile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := programme.Parse(starterFile, data)
	if err != nil {
		t.Fatal(err)
	}
	o := proof.Defaults()
	o.Dir, o.Screens = filepath.Join(s.booths, "proof"), []string{"tv"}
	book, err := proof.New(o)
	if err != nil {
		t.Fatal(err)
	}
	book.Know(p)
	at := message.Stamp{Boot: "b", Mono: time.Minute, Wall: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), Trusted: true}
	if err := book.Add(proof.Record{Screen: "tv", Zone: "main", Item: "call119", Programme: p.Name(), From: 40 * time.Second, Until: 55 * time.Second, How: proof.Ended, At: at}); err != nil {
		t.Fatal(err)
	}
	if err := book.Flush(); err != nil {
		t.Fatal(err)
	}
	out, _ := s.run("report", "-config", s.config, "-from", "2026-11-23", "-to", "2026-11-24")
	if !strings.Contains(out, "2026-11-24,tv,主画面,call119,starter v1,1,15.0,0,0") || !strings.Contains(out, "2026-11-23,,,,,,,,,,无记录") {
		t.Errorf("says %s", out)
	}
	s.run("report", "-config", s.config, "-from", "2026-11-24", "-to", "2026-11-24", "-form", "html", "-lang", "en", "-o", s.path("plays.html"))
	page, err := os.ReadFile(s.path("plays.html"))
	if err != nil || !strings.Contains(string(page), "Fire post 3 2026-11-24") {
		t.Errorf("%v: %s", err, page)
	}
	s.fails(2, "write YYYY-MM-DD", "report", "-config", s.config, "-from", "24.11.2026")
	s.fails(2, "no day of the calendar", "report", "-config", s.config, "-from", "2026-11-24", "-to", "2026-11-01")
	s.fails(2, "csv or html", "report", "-config", s.config, "-form", "pdf")
}

// The floor that a parcel leaves free is the configuration's.
func TestFloor(t *testing.T) {
	if got := floorOf(&config.Screens{}); got != config.FreeFloor {
		t.Errorf("without a server: %d", got)
	}
	if got := floorOf(&config.Screens{Programme: &config.Programme{FreeFloor: 5 << 20}}); got != 5<<20 {
		t.Errorf("as configured: %d", got)
	}
}
