package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/devices"
	"firepost/gateway/internal/app"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/poll"
)

const defaultConfig = "/etc/firepost/firepost.yaml"

func runCheck(_ context.Context, args []string, std streams) error {
	fs := flags("check", std, `usage: firepost check -config FILE

Reports every mistake of a configuration at once, each with its line, the rule and a way
out, and whether every bus can meet its detectors' deadlines. Never touches hardware.`)
	path := fs.String("config", defaultConfig, "configuration `file`")
	if err := parse(fs, args); err != nil {
		return err
	}
	cfg, err := load(*path)
	if err != nil {
		return err
	}
	if err := checkPlans(cfg, std.out); err != nil {
		return err
	}
	printGuarantees(cfg, std.out)
	warn(cfg, std.out)
	fmt.Fprintf(std.out, "%s: fine: station %s, %d buses, %d devices, %d outputs, %d uplinks\n",
		*path, cfg.Station, len(cfg.Buses), len(cfg.Devices), len(cfg.Outputs), len(cfg.Uplinks))
	return nil
}

func load(path string) (*config.Config, error) {
	set, err := devices.Contracts()
	if err != nil {
		return nil, fmt.Errorf("built-in contracts: %w", err)
	}
	return config.Load(path, set)
}

func checkPlans(cfg *config.Config, w io.Writer) error {
	var bad []error
	for i := range cfg.Buses {
		b := &cfg.Buses[i]
		if !b.Polled() {
			continue
		}
		plan, err := poll.MakePlan(app.PollConfig(cfg, b))
		if err != nil {
			bad = append(bad, fmt.Errorf("bus %s: %w", b.Name, err))
			continue
		}
		if plan.Deadline > 0 {
			fmt.Fprintf(w, "bus %s: a sweep takes %v, at most %v with everything else at once; shortest deadline %v\n",
				b.Name, plan.Wire.Round(time.Millisecond), plan.Sweep.Round(time.Millisecond), plan.Deadline)
		}
		for _, n := range plan.Notes {
			fmt.Fprintf(w, "bus %s: note: %s\n", b.Name, n.EN)
		}
	}
	return errors.Join(bad...)
}

func printGuarantees(cfg *config.Config, w io.Writer) {
	seen := map[string]bool{}
	for _, b := range cfg.Buses {
		if b.Port == "" || seen[b.Backend] {
			continue
		}
		seen[b.Backend] = true
		fmt.Fprintf(w, "serial backend %s\n", serialport.Backend(b.Backend).Guarantees())
	}
}

func warn(cfg *config.Config, w io.Writer) {
	for _, u := range cfg.Uplinks {
		if u.Insecure {
			fmt.Fprintf(w, "warning: uplink %s accepts unsigned commands: for demonstrations only\n", u.Name)
		}
		if u.Confirm == "broker" {
			fmt.Fprintf(w, "warning: uplink %s takes the broker's word: what the broker loses afterwards is lost\n", u.Name)
		}
	}
	if cfg.HTTP.Listen != "" && !cfg.HTTP.Local() && !cfg.HTTP.TLS() {
		fmt.Fprintf(w, "warning: the page on %s is not encrypted: passwords can be read on the way; set http.cert_file and http.key_file\n", cfg.HTTP.Listen)
	}
	for _, d := range cfg.Devices {
		if !d.Model.Hardware {
			fmt.Fprintf(w, "note: contract %s has not been confirmed on real hardware yet\n", d.Contract)
		}
	}
	if cfg.Clock.Trust == "always" {
		fmt.Fprintln(w, "warning: the wall clock is believed without a time service: for development only")
	}
}
