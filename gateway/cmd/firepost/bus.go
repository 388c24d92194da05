package main

import (
	"context"
	"fmt"

	"firepost/gateway/internal/app"
	"firepost/gateway/internal/poll"
)

const busHelp = `usage: firepost bus plan -config FILE [-bus NAME] [-lang en|zh]

Prints what is read on each bus, when, and what share of the wire it takes: alarm lane,
slow lane, probes, commands and confirming reads. Never touches hardware.`

func runBus(_ context.Context, args []string, std streams) error {
	if len(args) == 0 || args[0] != "plan" {
		fmt.Fprintln(std.err, busHelp)
		return fmt.Errorf("%w: say bus plan", errUsage)
	}
	fs := flags("bus plan", std, busHelp)
	path := fs.String("config", defaultConfig, "configuration `file`")
	only := fs.String("bus", "", "only this bus")
	lang := fs.String("lang", "en", "language of the headings: en or zh")
	if err := parse(fs, args[1:]); err != nil {
		return err
	}
	if *lang != "en" && *lang != "zh" {
		return fmt.Errorf("%w: -lang %q: en or zh", errUsage, *lang)
	}
	cfg, err := load(*path)
	if err != nil {
		return err
	}
	found := false
	var bad error
	for i := range cfg.Buses {
		b := &cfg.Buses[i]
		if !b.Polled() || *only != "" && b.Name != *only {
			continue
		}
		found = true
		plan, err := poll.MakePlan(app.PollConfig(cfg, b))
		if plan != nil {
			if err := plan.WriteText(std.out, *lang); err != nil {
				return err
			}
		}
		if err != nil {
			bad = fmt.Errorf("bus %s: %w", b.Name, err)
		}
	}
	if !found {
		return fmt.Errorf("%s has no bus %q that is polled", *path, *only)
	}
	return bad
}
