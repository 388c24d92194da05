package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"firepost/drivers/bus/serialport"
)

func runPorts(_ context.Context, args []string, std streams) error {
	fs := flags("ports", std, `usage: firepost ports

Lists the serial ports that are present, without opening them. The place on the USB tree
stays the same when a cheap adapter without a serial number is swapped: write it into the
configuration as port: usb:PLACE.`)
	if err := parse(fs, args); err != nil {
		return err
	}
	list, err := serialport.List("", "")
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(std.out, "no serial ports found")
		return nil
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PATH\tUSB PLACE\tID\tDRIVER\tPRODUCT")
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Path, dash(p.Place), dash(p.ID), dash(p.Driver), dash(p.Product))
	}
	return w.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
