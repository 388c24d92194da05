package field

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// Limits are a configured point's limits.
type Limits struct{ Low, High *float64 }

// ReadOptions name the device to read.
type ReadOptions struct {
	// Name is the configured name, or empty.
	Name     string
	Unit     uint8
	Contract *contract.Contract
	Speed    Speed
	// EchoStrip is that of the bus.
	EchoStrip bool
	// Limits are the configuration's, by point.
	Limits map[string]Limits
}

// Reading is one device, read once.
type Reading struct {
	Name     string        `json:"name,omitempty"`
	Unit     uint8         `json:"unit"`
	Contract string        `json:"contract"`
	Title    contract.Text `json:"title"`
	Points   []Point       `json:"points"`
	// Good says that every point was read, whatever it says.
	Good bool `json:"good"`
}

var stageRead = contract.Text{ZH: "读取", EN: "reading"} //nolint:gochecknoglobals // lookup table

// Read reads every point of one device. A point that can't be read carries the reason; the
// error is ErrNobody when nothing at all answered, or says that the line is gone.
func Read(ctx context.Context, open Open, o ReadOptions, report Report) (r *Reading, err error) {
	if o.Contract == nil || o.Contract.Transport != contract.Modbus || o.Unit == 0 {
		return nil, fmt.Errorf("read: %w: a device needs a unit from 1 and a contract that is polled", ErrOption)
	}
	link, err := open(o.Speed)
	if err != nil {
		return nil, err
	}
	m := modbus.NewRTU("bus", link, modbus.RTUOptions{EchoStrip: o.EchoStrip})
	defer func() { err = errors.Join(err, m.Close()) }()
	r = &Reading{Name: o.Name, Unit: o.Unit, Contract: o.Contract.Ref(), Title: o.Contract.Title, Good: true}
	points := make([]Point, len(o.Contract.Points))
	for i := range points {
		points[i] = describe(o.Contract, i)
	}
	r.Points = points
	blocks, answered, last := blocksOf(o.Contract), false, error(nil)
	for n, b := range blocks {
		report.tell(Progress{Stage: stageRead, Done: n, Total: len(blocks), Speed: o.Speed, Unit: o.Unit})
		b.request.Unit, b.request.Device = o.Unit, o.Name
		data, err := exchange(ctx, m, &b.request)
		if errors.Is(err, modbus.ErrGone) || ctx.Err() != nil {
			return r, errors.Join(err, ctx.Err())
		}
		var refused modbus.Exception
		answered = answered || err == nil || errors.As(err, &refused)
		if err != nil {
			last = err
		}
		for _, i := range b.points {
			if err != nil {
				points[i].Err, r.Good = err.Error(), false
			} else if p, ok := decode(o.Contract, i, data, b.request.Address); ok {
				points[i] = p
			}
		}
	}
	for i := range points {
		l := o.Limits[points[i].Name]
		points[i].Low, points[i].High = l.Low, l.High
	}
	if !answered {
		return r, fmt.Errorf("read address %d at %s: %w: %w", o.Unit, o.Speed, ErrNobody, last)
	}
	return r, nil
}

// exchange waits until the request is unambiguous, sends it, and tries once more.
func exchange(ctx context.Context, m modbus.Master, req *modbus.Request) ([]byte, error) {
	var err error
	for range 2 {
		if at := m.ReadyAt(req); !at.IsZero() {
			select {
			case <-time.After(time.Until(at)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		var data []byte
		if data, err = m.Do(ctx, req, nil); err == nil {
			return data, nil
		}
		var refused modbus.Exception
		if errors.As(err, &refused) || errors.Is(err, modbus.ErrGone) {
			return nil, err
		}
	}
	return nil, err
}
