package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary be the helper processes, as the program itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == lineCommand || os.Args[1] == prefillCommand) {
		if err := dispatch(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestShort runs the measurements for a moment, one of each kind: all rows come, every
// figure is there, and nothing was lost. It judges no time.
func TestShort(t *testing.T) {
	out := filepath.Join(t.TempDir(), "report.json")
	var table, log strings.Builder
	args := []string{
		"-short", "-dir", t.TempDir(), "-json", out,
		"-only", "dead3,latency,frame,cpu,start,pins,painted,picture,gap",
	}
	if err := dispatch(t.Context(), args, nil, &table, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, x := range r.Rows {
		rows[x.Bench]++
		if len(x.Runs) == 0 {
			t.Errorf("%s: %s: no runs", x.Bench, x.What)
		}
		if !strings.Contains(table.String(), x.What) {
			t.Errorf("%s: %s: not in the table", x.Bench, x.What)
		}
		if x.Bar == "0" && strings.Contains(x.What, "lost") && x.Value != 0 {
			t.Errorf("%s: %s: %v", x.Bench, x.What, x.Value)
		}
	}
	want := map[string]int{"dead3": 4, "latency": 3, "frame": 6, "cpu": 2, "start": 2, "pins": 4, "painted": 4, "picture": 2, "gap": 1}
	for name, n := range want {
		if rows[name] != n {
			t.Errorf("%s gave %d rows, want %d", name, rows[name], n)
		}
	}
	if r.Machine.CPU == "" || r.Machine.Disk == "" {
		t.Errorf("machine %+v", r.Machine)
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"-only", "pol16"}, {"-runs", "0"}, {"frame"}, {"-nonsense"},
	} {
		if _, err := parse(args, &strings.Builder{}); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	s, err := parse([]string{"-only", "frame,cpu", "-runs", "3"}, &strings.Builder{})
	if err != nil || len(s.only) != 2 || s.runs != 3 {
		t.Errorf("got %+v, %v", s, err)
	}
}
