package main

import (
	"context"
	"fmt"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/store"
)

const journalHelp = `usage: firepost journal list   [-dir DIR] [filters]
       firepost journal export [-dir DIR] [-format csv|jsonl|table] [filters]

Reads the journal, also while the daemon runs.

examples:
  firepost journal list -last 20
  firepost journal list -class fire -since 24h
  firepost journal export -format csv -device zhang-noodles-smoke > events.csv`

func runJournal(ctx context.Context, args []string, std streams) error {
	if len(args) == 0 || (args[0] != "list" && args[0] != "export") {
		fmt.Fprintln(std.err, journalHelp)
		return fmt.Errorf("%w: say journal list or journal export", errUsage)
	}
	fs := flags("journal "+args[0], std, journalHelp)
	dir := fs.String("dir", stateDir(), "the journal's `folder` (journal.dir of the configuration)")
	format := fs.String("format", map[string]string{"list": "table", "export": "jsonl"}[args[0]], "table, csv or jsonl")
	last := fs.Int("last", map[string]int{"list": 50}[args[0]], "only the newest `n` events; 0 for all")
	class := fs.String("class", "", "only this class: fire, prealarm, supervisory, fault, operation, lifecycle")
	device := fs.String("device", "", "only this device")
	since := fs.Duration("since", 0, "only events of the last `time`, by their own wall clock: 24h")
	if err := parse(fs, args[1:]); err != nil {
		return err
	}
	f := store.Filter{Class: message.Class(*class), Device: *device, Last: *last}
	if *since > 0 {
		f.Since = time.Now().Add(-*since)
	}
	return store.Export(ctx, *dir, std.out, *format, f)
}
