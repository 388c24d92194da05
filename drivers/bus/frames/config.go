package frames

import (
	"errors"
	"fmt"
	"slices"

	"firepost/firmware-contracts/contract"
)

// ErrConfig is wrapped by what can never work: see Check.
var ErrConfig = errors.New("impossible line of frames")

var errNothing = errors.New("port gave neither bytes nor an error")

// Device is a configured sender.
type Device struct {
	// Name is the configured name; batches carry it.
	Name string
	// ID is how the device names itself in its frames, as FrameID.ParseID takes it; empty
	// when its frames carry no id.
	ID string
	// Model is its contract, with transport frames.
	Model *contract.Contract
}

// sender is what a frame says of where it comes from.
type sender struct {
	model *contract.Contract
	id    string
}

// Check reports everything that keeps the devices from sharing a line: a model without
// frames, an id that such a device can't have, two devices with one name or one id, two
// devices of a model whose frames carry no id. The error joins errors that wrap ErrConfig and
// name the device.
func Check(devices []Device) error {
	_, err := index(devices)
	return err
}

// index finds a device by what its frames say.
func index(devices []Device) (map[sender]int, error) {
	byID := make(map[sender]int, len(devices))
	var errs []error
	bad := func(d *Device, format string, args ...any) {
		errs = append(errs, fmt.Errorf("device %q: %w: %w", d.Name, ErrConfig, fmt.Errorf(format, args...)))
	}
	for i := range devices {
		d := &devices[i]
		if d.Name == "" {
			bad(d, "device %d has no name", i)
		}
		if j := slices.IndexFunc(devices[:i], func(x Device) bool { return x.Name == d.Name }); j >= 0 {
			bad(d, "device %d has the name too", j)
		}
		if d.Model == nil || d.Model.Frame == nil {
			bad(d, "model %s describes no frames: use one with transport frames", refOf(d.Model))
			continue
		}
		id, err := d.Model.Frame.ID.ParseID(d.ID)
		if err != nil {
			bad(d, "%w", err)
			continue
		}
		key := sender{d.Model, id}
		if j, twice := byID[key]; twice && id == "" {
			bad(d, "frames of %s carry no id, and %q is on this line already: give it a line of its own", d.Model.Ref(), devices[j].Name)
			continue
		} else if twice {
			bad(d, "id %s is that of %q already", id, devices[j].Name)
			continue
		}
		byID[key] = i
	}
	return byID, errors.Join(errs...)
}

// modelsOf lists the models of a line, each once.
func modelsOf(devices []Device, more []*contract.Contract) []*contract.Contract {
	var models []*contract.Contract
	add := func(m *contract.Contract) {
		if m != nil && !slices.Contains(models, m) {
			models = append(models, m)
		}
	}
	for i := range devices {
		add(devices[i].Model)
	}
	for _, m := range more {
		add(m)
	}
	return models
}
