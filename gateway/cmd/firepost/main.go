// Command firepost is the booth's one binary: the daemon and the field tools.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// command is one subcommand.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, std streams) error
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func commands() []command {
	return []command{
		{"run", "the daemon", runDaemon},
		{"check", "check a configuration without touching hardware", runCheck},
		{"bus", "find, adopt, read, watch the devices of a bus; what is read when", runBus},
		{"journal", "journal list|export: what happened", runJournal},
		{"premises", "premises check|convert: the CSV file of shops and homes", runPremises},
		{"account", "account add|remove|list: who may log in at the local page", runAccount},
		{"programme", "programme check|manifest|key|sign|verify|put|report: what the screens play", runProgramme},
		{"screen", "one screen's browser under the compositor, or its mpv", runScreen},
		{"ports", "serial ports that are present, with their place on the USB tree", runPorts},
		{"contract", "contract check|list|header|doc|test|sim: what a model of device says, and whether one keeps to it", runContract},
		{"version", "the version of this binary", runVersion},
	}
}

// errUsage is wrapped by mistakes on the command line.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := dispatch(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// dispatch runs the named subcommand: 0 fine, 1 failed, 2 a mistake on the command line.
func dispatch(ctx context.Context, args []string, std streams) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" || args[0] == "-help" {
		usage(std.out)
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:], std)
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			fmt.Fprintf(std.err, "firepost %s: %v\n", c.name, err)
			return 2
		}
		fmt.Fprintln(std.err, err)
		return 1
	}
	fmt.Fprintf(std.err, "firepost: there is no command %q; firepost help lists them\n", args[0])
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, `Firepost 消防驿站: the edge gateway of a street fire post.

usage: firepost COMMAND [flags]

`)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, `
examples:
  firepost check -config /etc/firepost/firepost.yaml
  firepost bus plan -config /etc/firepost/firepost.yaml
  firepost run -config /etc/firepost/firepost.yaml
  firepost journal list -dir /var/lib/firepost -last 20

Firepost does not replace a certified fire panel. 本产品不替代经认证的火灾报警控制器。
`)
}

// flags makes a flag set that prints its own help with examples.
func flags(name string, std streams, help string) *flag.FlagSet {
	fs := flag.NewFlagSet("firepost "+name, flag.ContinueOnError)
	fs.SetOutput(std.err)
	fs.Usage = func() {
		fmt.Fprintf(std.err, "%s\n\nflags:\n", help)
		fs.PrintDefaults()
	}
	return fs
}

// parse reads flags and refuses what is left over.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%w: %q is one word too many", errUsage, fs.Arg(0))
	}
	return nil
}
