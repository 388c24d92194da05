package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/devices"
	"firepost/gateway/internal/field"
)

// scan is how long it takes to ask all addresses of a line for who is there, 16 devices
// answering, and to tell what they are. Every character has its time on the wire.
func scan(ctx context.Context, s *settings) ([]row, error) {
	set, err := devices.Contracts()
	if err != nil {
		return nil, err
	}
	model, ok := set.Get("smoke-generic@1")
	if !ok {
		return nil, fmt.Errorf("there is no contract smoke-generic@1")
	}
	list, err := runs(ctx, s, "scan", 1, func(ctx context.Context, _ string, i int) (*field.ScanResult, error) {
		var slaves []*sim.Slave
		for n := range 16 {
			slave, err := sim.NewSlave(uint8(3+15*n), model)
			if err != nil {
				return nil, err
			}
			slaves = append(slaves, slave)
		}
		line, err := sim.NewLine(sim.LineConfig{Pace: true, Slaves: slaves, Seed: uint64(i)})
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- line.Run(ctx) }()
		// How the line ended says nothing about the scan.
		defer func() { cancel(); _ = errors.Join(<-done, line.Close()) }()
		speed := field.Speed{Baud: 9600, Format: "8N1"}
		to := pick(s, uint8(247), 20)
		return field.Scan(ctx, field.Serial(serialport.Spec{Name: line.Path(), Baud: 9600}),
			field.ScanOptions{Speeds: []field.Speed{speed}, From: 1, To: to, Contracts: set.All()}, nil)
	})
	if err != nil {
		return nil, err
	}
	found := len(list[0].Found)
	for _, r := range list {
		found = min(found, len(r.Found))
	}
	seconds := func(get func(*field.ScanResult) time.Duration) []float64 {
		return column(list, func(r **field.ScanResult) float64 { return get(*r).Seconds() })
	}
	return []row{
		newRow("scan of the addresses 1–247 at one speed, 9600 baud, 16 devices present", "≤ 30 s", "s", 1,
			seconds(func(r *field.ScanResult) time.Duration { return r.Finding }), atMost(30)).with("%d found in every run", found),
		newRow("— with telling what they are", "–", "s", 1, seconds(func(r *field.ScanResult) time.Duration { return r.Took }), nil),
	}, nil
}
