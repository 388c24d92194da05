package serialport

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Info describes a serial port that is present, from sysfs alone: no port is opened, since
// opening moves DTR and RTS, which resets some devices.
type Info struct {
	// Path is the device node; Driver the kernel's driver.
	Path, Driver string
	// Place is the port's name by its place on the USB tree, as Spec.Name takes it ("usb:…");
	// empty for ports of the board itself.
	Place string
	// ID is its name by its own identity ("id:…"), as far as udev has made one, and ByPath
	// the one by its place ("path:…").
	ID, ByPath string
	// VID and PID are the USB vendor and product, four hexadecimal digits each; Serial is the
	// adapter's serial number, which cheap ones don't have. Manufacturer and Product are what
	// it says of itself.
	VID, PID, Serial, Manufacturer, Product string

	tty   string
	place usbPlace
}

// identity is what udev makes a by-id name of; ports with the same one share that name.
func (i Info) identity() string {
	return strings.Join([]string{i.VID, i.PID, i.Manufacturer, i.Product, i.Serial, i.place.iface, i.place.port}, "\x00")
}

// List returns the serial ports present, sorted by path. sys and dev are the roots of the
// system's trees; empty means /sys and /dev.
func List(sys, dev string) ([]Info, error) {
	s := Spec{Sys: sys, Dev: dev}
	ports, err := scan(s.sys(), s.dev())
	if err != nil {
		return nil, err
	}
	ids, paths := links(s.dev(), "by-id"), links(s.dev(), "by-path")
	for i := range ports {
		p := &ports[i]
		if n := ids[p.tty]; n != "" {
			p.ID = prefixID + n
		}
		if n := paths[p.tty]; n != "" {
			p.ByPath = prefixPath + n
		}
	}
	return ports, nil
}

// scan reads /sys/class/tty.
func scan(sys, dev string) ([]Info, error) {
	class := filepath.Join(sys, "class", "tty")
	entries, err := os.ReadDir(class)
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	var ports []Info
	for _, e := range entries {
		target, err := filepath.EvalSymlinks(filepath.Join(class, e.Name(), "device"))
		if err != nil {
			continue // a console, a pseudo-terminal, or pulled out just now
		}
		// The kernel lists every UART that a board could have had; type 0 is one it hasn't.
		if attr(filepath.Join(class, e.Name()), "type") == "0" {
			continue
		}
		ports = append(ports, describePort(e.Name(), target, dev))
	}
	slices.SortFunc(ports, func(a, b Info) int { return strings.Compare(a.Path, b.Path) })
	return ports, nil
}

// describePort reads what sysfs knows of the tty whose device directory is target.
func describePort(tty, target, dev string) Info {
	p := Info{Path: filepath.Join(dev, tty), tty: tty}
	if d, err := os.Readlink(filepath.Join(target, "driver")); err == nil {
		p.Driver = filepath.Base(d)
	}
	iface := usbInterface(target)
	if iface == "" {
		return p
	}
	device, config, _ := strings.Cut(filepath.Base(iface), ":")
	p.place = usbPlace{device: device, iface: config, port: attr(target, "port_number")}
	shown := p.place
	if shown.port == "0" {
		shown.port = ""
	}
	p.Place = shown.String()
	usb := filepath.Dir(iface)
	p.VID, p.PID, p.Serial = attr(usb, "idVendor"), attr(usb, "idProduct"), attr(usb, "serial")
	p.Manufacturer, p.Product = attr(usb, "manufacturer"), attr(usb, "product")
	return p
}

// usbInterface returns the directory of the USB interface above target, or "".
func usbInterface(target string) string {
	isInterface := regexp.MustCompile(`^\d+-\d+(?:\.\d+)*:\d+\.\d+$`)
	for d := target; d != filepath.Dir(d); d = filepath.Dir(d) {
		if isInterface.MatchString(filepath.Base(d)) {
			return d
		}
	}
	return ""
}

// attr reads one sysfs attribute, "" if it isn't there.
func attr(dir, file string) string {
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// links maps a tty to its name in /dev/serial/by-….
func links(dev, kind string) map[string]string {
	dir := filepath.Join(dev, "serial", kind)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	m := make(map[string]string, len(entries))
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			m[filepath.Base(target)] = e.Name()
		}
	}
	return m
}

// quicken asks a USB adapter to hand bytes over after 1 ms instead of the usual 16, where
// its driver has that setting and lets us.
func quicken(sys, path string) {
	file := filepath.Join(sys, "bus", "usb-serial", "devices", filepath.Base(path), "latency_timer")
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || err != nil {
		return
	}
	_, werr := f.WriteString("1\n")
	_ = errors.Join(werr, f.Close())
}
