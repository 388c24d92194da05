package outputs

import (
	"context"
	"encoding/binary"
	"fmt"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// Bus carries out one exchange ahead of all polling: after at most one running transaction.
type Bus interface {
	Do(ctx context.Context, req *modbus.Request) ([]byte, error)
}

// Relay is one channel of a Modbus relay module, as its contract describes it.
type Relay struct {
	bus    Bus
	device string
	unit   uint8
	limits contract.Limits
	out    contract.Output
}

// NewRelay returns the channel out of the module at unit.
func NewRelay(bus Bus, device string, unit uint8, model *contract.Contract, channel string) (*Relay, error) {
	for _, out := range model.Outputs {
		if out.Name != channel {
			continue
		}
		if out.Table != contract.Coil && out.Table != contract.Holding {
			return nil, fmt.Errorf("output %s of %s is in table %s, which can't be written", channel, model.Ref(), out.Table)
		}
		return &Relay{bus: bus, device: device, unit: unit, limits: model.Limits, out: out}, nil
	}
	return nil, fmt.Errorf("contract %s has no output %q", model.Ref(), channel)
}

// Set writes the channel: FC05 for a coil, FC06 for a holding register.
func (r *Relay) Set(ctx context.Context, on bool) error {
	value := r.out.Off
	if on {
		value = r.out.On
	}
	req := r.request(modbus.WriteSingleCoil, r.out.Address)
	if r.out.Table == contract.Holding {
		req.Function = modbus.WriteSingleRegister
	}
	req.Data = binary.BigEndian.AppendUint16(nil, value)
	_, err := r.bus.Do(ctx, &req)
	return err
}

// On reads the channel's true state back.
func (r *Relay) On(ctx context.Context) (bool, error) {
	back := r.out.ReadBack
	req := r.request(modbus.FunctionOf(back.Table), back.Address)
	data, err := r.bus.Do(ctx, &req)
	if err != nil {
		return false, err
	}
	var raw uint16
	switch {
	case (back.Table == contract.Coil || back.Table == contract.Discrete) && len(data) == 1:
		raw = uint16(data[0] & 1)
	case len(data) == 2:
		raw = binary.BigEndian.Uint16(data)
	default:
		return false, fmt.Errorf("read back %s of %s: %d bytes, want one value", r.out.Name, r.device, len(data))
	}
	mask := back.Mask
	if mask == 0 {
		mask = 0xFFFF
	}
	return raw&mask == back.On, nil
}

func (r *Relay) request(fn modbus.Function, address uint16) modbus.Request {
	return modbus.Request{
		Device: r.device, Unit: r.unit, Function: fn, Address: address, Count: 1,
		ReplyWithin: r.limits.ReplyWithin, LateReply: r.limits.LateReply,
	}
}
