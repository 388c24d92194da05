// Command demo is one booth, alive, on one machine: simulated devices that speak real
// Modbus RTU on real pseudo-terminals, the real daemon, a broker, a stand-in for the
// district's platform, and a story.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"firepost/gateway/e2e/booth"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// onceWithin bounds the story in the mode once, whatever the machine.
const onceWithin = 3 * time.Minute

func run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("demo", flag.ContinueOnError)
	mode := fs.String("mode", "tell", "tell: slowly, then stay; once: as fast as it can, checking each step")
	binary := fs.String("firepost", "", "the daemon's `binary`; built when empty")
	keep := fs.String("log", "", "`file` for the daemon's log")
	listen := fs.String("listen", "127.0.0.1:0", "address of the local page")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *mode != "tell" && *mode != "once" {
		return fmt.Errorf("-mode %q: tell or once", *mode)
	}
	if *mode == "once" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, onceWithin)
		defer cancel()
	}
	dir, err := os.MkdirTemp("", "firepost-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if *binary == "" {
		fmt.Println("building the daemon…")
		if *binary, err = booth.Build(dir); err != nil {
			return err
		}
	}
	s, err := open(ctx, dir, *binary, *keep, *listen, *mode == "tell")
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.tellAll(ctx); err != nil {
		return fmt.Errorf("%w\n\nthe daemon's log:\n%s", err, tail(s.daemon.Log(), 30))
	}
	if *mode == "once" {
		return nil
	}
	fmt.Printf("\nThe booth goes on. 驿站继续运行。 %s   (Ctrl-C ends)\n", s.page)
	<-ctx.Done()
	return nil
}
