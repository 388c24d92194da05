package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"firepost/kiosk/proof"

	"github.com/google/renameio/v2"
)

func programmeReport(args []string, std streams) error {
	fs := flags("programme report", std, programmeHelp)
	path := fs.String("config", defaultConfig, "configuration `file` of the booth")
	today := string(proof.DateOf(time.Now()))
	from := fs.String("from", today, "first `day`, such as 2026-11-01")
	to := fs.String("to", today, "last `day`")
	form := fs.String("form", "csv", "csv, or html for the screen and for paper")
	lang := fs.String("lang", "zh", "language: en or zh")
	out := fs.String("o", "", "write to this `file`")
	if err := parse(fs, args); err != nil {
		return err
	}
	if err := language(*lang); err != nil {
		return err
	}
	if *form != "csv" && *form != "html" {
		return fmt.Errorf("%w: -form %q: csv or html", errUsage, *form)
	}
	first, err := proof.ParseDate(*from)
	if err != nil {
		return fmt.Errorf("%w: -from: %w", errUsage, err)
	}
	last, err := proof.ParseDate(*to)
	if err != nil {
		return fmt.Errorf("%w: -to: %w", errUsage, err)
	}
	cfg, err := screensOf(*path)
	if err != nil {
		return err
	}
	o := proof.Defaults()
	o.Dir, o.Screens = filepath.Join(cfg.Screens.Dir, "proof"), cfg.Screens.Names()
	book, err := proof.New(o)
	if err != nil {
		return err
	}
	days, err := book.Report(first, last)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	write := func(w io.Writer) error {
		if *form == "csv" {
			return proof.WriteCSV(w, days, proof.Lang(*lang))
		}
		h := proof.Heading{Station: in(*lang, cfg.Label.ZH, cfg.Label.EN), From: first, To: last}
		return proof.WriteHTML(w, h, days, proof.Lang(*lang))
	}
	if *out == "" {
		return write(std.out)
	}
	f, err := renameio.NewPendingFile(*out, renameio.WithTempDir(filepath.Dir(*out)), renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w", *out, err)
	}
	defer func() { _ = f.Cleanup() }()
	if err := write(f); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", *out, err)
	}
	fmt.Fprintf(std.out, "%s: written\n", *out)
	return nil
}
