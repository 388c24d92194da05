package serialport

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Resolve finds the device node that spec names at this moment, links followed. It opens
// nothing. The error wraps ErrInvalid, ErrNotFound (with the names that are there as the
// hint) or ErrAmbiguous.
func Resolve(spec Spec) (string, error) {
	n, err := parseName(spec.Name)
	if err != nil {
		return "", &Error{Op: "resolve", Port: quoteEmpty(spec.Name), Err: fmt.Errorf("%w: %w", ErrInvalid, err)}
	}
	r := resolver{spec: spec, sys: spec.sys(), dev: spec.dev()}
	switch n.kind {
	case kindID:
		return r.byID(n.text)
	case kindPath:
		return r.link("by-path", n.text)
	case kindUSB:
		return r.byPlace(n.usb)
	default:
		return r.node(n.text)
	}
}

type resolver struct {
	spec     Spec
	sys, dev string
}

// node follows a path; one below /dev is looked for below Spec.Dev.
func (r resolver) node(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "/dev/"); ok {
		path = filepath.Join(r.dev, rest)
	}
	return r.follow(path)
}

func (r resolver) follow(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", r.notFound()
	}
	if err != nil {
		return "", r.fail(err, "")
	}
	return target, nil
}

func (r resolver) link(kind, text string) (string, error) {
	return r.follow(filepath.Join(r.dev, "serial", kind, text))
}

// byID follows the link, unless a second adapter has the same identity: udev then points
// the one link at whichever came last.
func (r resolver) byID(text string) (string, error) {
	path, err := r.link("by-id", text)
	if err != nil {
		return "", err
	}
	ports, err := scan(r.sys, r.dev)
	if err != nil {
		return path, nil //nolint:nilerr // without sysfs the link is all there is to know
	}
	return path, r.checkUnique(path, ports)
}

func (r resolver) checkUnique(path string, ports []Info) error {
	tty := filepath.Base(path)
	var own Info
	for _, p := range ports {
		if p.tty == tty {
			own = p
		}
	}
	if own.Place == "" {
		return nil
	}
	var same []Info
	for _, p := range ports {
		if p.Place != "" && p.identity() == own.identity() {
			same = append(same, p)
		}
	}
	if len(same) > 1 {
		return r.fail(ErrAmbiguous, "these adapters have the same id; name them by place: "+places(same))
	}
	return nil
}

// byPlace walks the tty class for the port whose device sits at the place.
func (r resolver) byPlace(want usbPlace) (string, error) {
	ports, err := scan(r.sys, r.dev)
	if err != nil {
		return "", r.fail(fmt.Errorf("%w: %w", ErrNotFound, err), "is sysfs mounted?")
	}
	var found []Info
	for _, p := range ports {
		if p.Place != "" && want.fits(p.place) {
			found = append(found, p)
		}
	}
	// An interface with several ports: the plain name means the first, as List prints it.
	if len(found) > 1 && want.iface != "" && want.port == "" {
		want.port = "0"
		return r.byPlace(want)
	}
	switch len(found) {
	case 0:
		return "", r.notFound()
	case 1:
		return r.follow(found[0].Path)
	default:
		return "", r.fail(ErrAmbiguous, "name one of "+places(found))
	}
}

func (r resolver) notFound() error {
	hint := "no USB serial port is present"
	if ports, err := List(r.sys, r.dev); err == nil && len(ports) > 0 {
		hint = "present: " + names(ports)
	}
	return r.fail(ErrNotFound, hint)
}

func (r resolver) fail(err error, hint string) error {
	if errors.Is(err, os.ErrPermission) {
		err, hint = fmt.Errorf("%w: %w", ErrPermission, err), "run as a user who may see the device folder"
	}
	return &Error{Op: "resolve", Port: r.spec.Name, Err: err, Hint: hint}
}

func places(ports []Info) string {
	all := make([]string, len(ports))
	for i, p := range ports {
		all[i] = p.Place
	}
	return strings.Join(all, ", ")
}

func names(ports []Info) string {
	all := make([]string, 0, len(ports))
	for _, p := range ports {
		s := p.Path
		if p.Place != "" {
			s += " = " + p.Place
		}
		if p.ID != "" {
			s += " = " + p.ID
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}
