package main

import (
	"context"
	"fmt"
	"strings"

	"firepost/gateway/internal/app"
	"firepost/gateway/internal/poll"
)

// busCommand is one subcommand of bus.
type busCommand struct {
	name, summary string
	run           func(ctx context.Context, args []string, std streams) error
}

func busCommands() []busCommand {
	return []busCommand{
		{"plan", "what is read when, and what share of the wire it takes; never touches hardware", runBusPlan},
		{"scan", "find the devices on a bus, and tell what they are", runBusScan},
		{"read", "one device decoded, raw beside meaning", runBusRead},
		{"adopt", "bring one new device onto a bus and into the configuration", runBusAdopt},
		{"replace", "give a dead device's address to its successor", runBusReplace},
		{"set-address", "change a device's address and speed", runBusSetAddress},
		{"watch", "a bus live: values, errors, utilisation", runBusWatch},
		{"listen", "raw frames with their decoding, also on someone else's bus; sends nothing", runBusListen},
	}
}

func busHelp() string {
	var b strings.Builder
	b.WriteString("usage: firepost bus COMMAND [flags]\n\n")
	for _, c := range busCommands() {
		fmt.Fprintf(&b, "  %-12s %s\n", c.name, c.summary)
	}
	b.WriteString(`
The running daemon holds its ports: stop it first (systemctl stop firepost), or watch the bus
on the booth's own page. firepost bus COMMAND -help shows a command's flags and examples.`)
	return b.String()
}

func runBus(ctx context.Context, args []string, std streams) error {
	if len(args) > 0 {
		for _, c := range busCommands() {
			if c.name == args[0] {
				return c.run(ctx, args[1:], std)
			}
		}
	}
	fmt.Fprintln(std.err, busHelp())
	if len(args) > 0 && (args[0] == "help" || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h") {
		return nil
	}
	names := make([]string, 0, len(busCommands()))
	for _, c := range busCommands() {
		names = append(names, c.name)
	}
	return fmt.Errorf("%w: say bus %s", errUsage, strings.Join(names, ", bus "))
}

const busPlanHelp = `usage: firepost bus plan -config FILE [-bus NAME] [-lang en|zh]

Prints what is read on each bus, when, and what share of the wire it takes: alarm lane,
slow lane, probes, commands and confirming reads. Never touches hardware.`

func runBusPlan(_ context.Context, args []string, std streams) error {
	fs := flags("bus plan", std, busPlanHelp)
	path := fs.String("config", defaultConfig, "configuration `file`")
	only := fs.String("bus", "", "only this bus")
	lang := fs.String("lang", "en", "language of the headings: en or zh")
	if err := parse(fs, args); err != nil {
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
