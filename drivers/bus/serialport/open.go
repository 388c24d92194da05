package serialport

import (
	"errors"
	"fmt"
)

// Open resolves spec's name, takes the device for this process alone and sets the line up.
// It wraps ErrInvalid, ErrNotFound, ErrAmbiguous, ErrBusy, ErrPermission, ErrUnsupported or
// ErrGone. Only a settings error is final; after any other, wait with Await (and a pause
// of your own, since a port may be there and still refuse) and try again.
func Open(spec Spec) (Port, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	path, err := Resolve(spec)
	if err != nil {
		return nil, err
	}
	h, err := openHelper(path)
	if err != nil {
		return nil, err
	}
	p, err := openPort(spec, path, h)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return p, nil
}

// openPort opens the library's port beside the helper and completes the set-up.
func openPort(spec Spec, path string, h *helper) (*port, error) {
	f, err := parseFormat(spec.Format)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	// Not fatal and not worth a fault: without it an adapter is slower, not wrong.
	quicken(spec.sys(), path)
	lib, err := openUninherited(spec.backend(), h, spec.baud(), f)
	if err != nil {
		return nil, openError(path, err)
	}
	p := &port{
		path: path, baud: spec.baud(), charBits: f.charBits(), lib: lib, helper: h,
		errRead: newPortErrors("read", path), errWrite: newPortErrors("write", path),
		errDiscard: newPortErrors("discard", path), errSleep: newPortErrors("pause on", path),
	}
	if err := p.setUp(spec, f); err != nil {
		return nil, joinClose(err, lib)
	}
	return p, nil
}

func (p *port) setUp(spec Spec, f format) error {
	if err := p.helper.checkLine(p.baud, f); err != nil {
		return err
	}
	if spec.RS485 != nil {
		got, err := applyRS485(p.helper.ioctlRS485, *spec.RS485)
		if err != nil {
			return &Error{Op: "set rs485 on", Port: p.path, Err: err, Hint: rs485Hint}
		}
		p.rs485 = &got
	}
	if err := p.helper.seal(); err != nil {
		return err
	}
	w, err := newWaiter(p.helper.fd)
	if err != nil {
		return &Error{Op: "open", Port: p.path, Err: err}
	}
	p.wait = w
	return nil
}
