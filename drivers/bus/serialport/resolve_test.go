package serialport_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firepost/drivers/bus/serialport"
)

// tree is a fake /sys and /dev, shaped like the kernel's.
type tree struct {
	t        *testing.T
	sys, dev string
}

func newTree(t *testing.T) *tree {
	t.Helper()
	r := &tree{t: t, sys: filepath.Join(t.TempDir(), "sys"), dev: filepath.Join(t.TempDir(), "dev")}
	r.mkdir(filepath.Join(r.sys, "class", "tty"))
	r.mkdir(r.dev)
	return r
}

func (r *tree) mkdir(dir string) {
	r.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
}

func (r *tree) write(path, text string) {
	r.t.Helper()
	r.mkdir(filepath.Dir(path))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *tree) link(target, path string) {
	r.t.Helper()
	r.mkdir(filepath.Dir(path))
	if err := os.Symlink(target, path); err != nil {
		r.t.Fatal(err)
	}
}

// adapter is a USB adapter as sysfs shows it.
type adapter struct {
	tty    string // ttyUSB0
	socket string // 1-1.4
	iface  string // 1.0
	port   string // port_number of usb-serial drivers; empty for cdc-acm
	serial string
	vid    string
}

// usbDir is where the kernel keeps the socket: every hub on the way is a folder.
func (r *tree) usbDir(socket string) string {
	d := filepath.Join(r.sys, "devices", "platform", "soc", "fe9c0000.xhci", "usb1")
	for i, c := range socket {
		if c == '.' {
			d = filepath.Join(d, socket[:i])
		}
	}
	return filepath.Join(d, socket)
}

func (r *tree) plug(a adapter) {
	r.t.Helper()
	usb := r.usbDir(a.socket)
	iface := filepath.Join(usb, a.socket+":"+a.iface)
	vid := a.vid
	if vid == "" {
		vid = "1a86"
	}
	r.write(filepath.Join(usb, "idVendor"), vid+"\n")
	r.write(filepath.Join(usb, "idProduct"), "7523\n")
	r.write(filepath.Join(usb, "product"), "USB Serial\n")
	if a.serial != "" {
		r.write(filepath.Join(usb, "serial"), a.serial+"\n")
	}
	device := iface
	if a.port != "" {
		device = filepath.Join(iface, a.tty)
		r.write(filepath.Join(device, "port_number"), a.port+"\n")
		r.write(filepath.Join(r.sys, "bus", "usb-serial", "devices", a.tty, "latency_timer"), "16\n")
	}
	r.mkdir(filepath.Join(device, "tty", a.tty))
	r.link("/nowhere/drivers/ch341-uart", filepath.Join(device, "driver"))
	r.link(device, filepath.Join(device, "tty", a.tty, "device"))
	r.link(filepath.Join(device, "tty", a.tty), filepath.Join(r.sys, "class", "tty", a.tty))
	r.write(filepath.Join(r.dev, a.tty), "")
}

func (r *tree) unplug(a adapter) {
	r.t.Helper()
	for _, path := range []string{
		r.usbDir(a.socket), filepath.Join(r.sys, "class", "tty", a.tty), filepath.Join(r.dev, a.tty),
	} {
		if err := os.RemoveAll(path); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *tree) spec(name string) serialport.Spec {
	return serialport.Spec{Name: name, Sys: r.sys, Dev: r.dev}
}

// want asserts that name leads to the tty.
func (r *tree) want(name, tty string) {
	r.t.Helper()
	got, err := serialport.Resolve(r.spec(name))
	if err != nil || got != filepath.Join(r.dev, tty) {
		r.t.Errorf("%s = %q, %v, want %s", name, got, err, tty)
	}
}

// refuse asserts that name is refused with kind and that the message holds every word.
func (r *tree) refuse(name string, kind error, words ...string) {
	r.t.Helper()
	got, err := serialport.Resolve(r.spec(name))
	if !errors.Is(err, kind) || got != "" {
		r.t.Errorf("%s = %q, %v, want %v", name, got, err, kind)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			r.t.Errorf("%s: %q doesn't say %q", name, err, w)
		}
	}
}

func TestResolveNode(t *testing.T) {
	r := newTree(t)
	r.plug(adapter{tty: "ttyUSB0", socket: "1-1.4", iface: "1.0", port: "0"})
	r.link("ttyUSB0", filepath.Join(r.dev, "rs485"))
	r.want("/dev/ttyUSB0", "ttyUSB0")
	r.want("/dev/rs485", "ttyUSB0")
	r.want(filepath.Join(r.dev, "ttyUSB0"), "ttyUSB0")
	r.refuse("/dev/ttyUSB7", serialport.ErrNotFound, "/dev/ttyUSB7", "present:", "usb:1-1.4:1.0")
	r.refuse("ttyUSB0", serialport.ErrInvalid, "absolute")
	r.refuse("", serialport.ErrInvalid, `""`)
	r.refuse("id:../../ttyUSB0", serialport.ErrInvalid)
	r.refuse("usb:front", serialport.ErrInvalid)
}

func TestResolvePlaceHoldsForASwappedAdapter(t *testing.T) {
	r := newTree(t)
	first := adapter{tty: "ttyUSB0", socket: "1-1.4", iface: "1.0", port: "0"}
	r.plug(first)
	r.plug(adapter{tty: "ttyUSB1", socket: "1-1.3", iface: "1.0", port: "0"})
	r.want("usb:1-1.4:1.0", "ttyUSB0")
	r.want("usb:1-1.4", "ttyUSB0")
	r.want("usb:1-1.3:1.0", "ttyUSB1")

	r.unplug(first)
	r.refuse("usb:1-1.4:1.0", serialport.ErrNotFound, "usb:1-1.3:1.0")
	r.refuse("usb:1-1", serialport.ErrNotFound)

	// Another make, with another kind of driver, under another number.
	r.plug(adapter{tty: "ttyACM3", socket: "1-1.4", iface: "1.0", serial: "A1", vid: "0403"})
	r.want("usb:1-1.4:1.0", "ttyACM3")
	r.want("usb:1-1.3:1.0", "ttyUSB1")
}

func TestResolvePlaceOfAdapterWithSeveralPorts(t *testing.T) {
	r := newTree(t)
	r.plug(adapter{tty: "ttyUSB0", socket: "1-2", iface: "1.0", port: "0"})
	r.plug(adapter{tty: "ttyUSB1", socket: "1-2", iface: "1.0", port: "1"})
	r.plug(adapter{tty: "ttyUSB2", socket: "1-3", iface: "1.0", port: "0"})
	r.plug(adapter{tty: "ttyUSB3", socket: "1-3", iface: "1.1", port: "0"})
	r.want("usb:1-2:1.0-port1", "ttyUSB1")
	r.want("usb:1-2:1.0-port0", "ttyUSB0")
	r.want("usb:1-2:1.0", "ttyUSB0")
	r.want("usb:1-3:1.1", "ttyUSB3")
	r.refuse("usb:1-3", serialport.ErrAmbiguous, "usb:1-3:1.0", "usb:1-3:1.1")
	r.refuse("usb:1-2:1.0-port2", serialport.ErrNotFound)
}

func TestResolveID(t *testing.T) {
	r := newTree(t)
	const id = "usb-FTDI_FT232R_A600X1-if00-port0"
	a := adapter{tty: "ttyUSB0", socket: "1-1.4", iface: "1.0", port: "0", serial: "A600X1"}
	r.plug(a)
	r.link("../../ttyUSB0", filepath.Join(r.dev, "serial", "by-id", id))
	r.link("../../ttyUSB0", filepath.Join(r.dev, "serial", "by-path", "platform-xhci-usb-0:1.4:1.0-port0"))
	r.want("id:"+id, "ttyUSB0")
	r.want("path:platform-xhci-usb-0:1.4:1.0-port0", "ttyUSB0")
	r.refuse("id:usb-FTDI_FT232R_OTHER", serialport.ErrNotFound, id)

	// The same adapter in another socket, under another number.
	r.unplug(a)
	r.refuse("id:"+id, serialport.ErrNotFound)
	if err := os.Remove(filepath.Join(r.dev, "serial", "by-id", id)); err != nil {
		t.Fatal(err)
	}
	a.tty, a.socket = "ttyUSB5", "1-1.2"
	r.plug(a)
	r.link("../../ttyUSB5", filepath.Join(r.dev, "serial", "by-id", id))
	r.want("id:"+id, "ttyUSB5")
}

func TestResolveIDSharedByTwoAdapters(t *testing.T) {
	r := newTree(t)
	r.plug(adapter{tty: "ttyUSB0", socket: "1-1.3", iface: "1.0", port: "0"})
	r.plug(adapter{tty: "ttyUSB1", socket: "1-1.4", iface: "1.0", port: "0"})
	r.link("../../ttyUSB1", filepath.Join(r.dev, "serial", "by-id", "usb-1a86_USB_Serial-if00-port0"))
	got, err := serialport.Resolve(r.spec("id:usb-1a86_USB_Serial-if00-port0"))
	if !errors.Is(err, serialport.ErrAmbiguous) {
		t.Fatalf("= %q, %v, want ErrAmbiguous: udev's one link leads to whichever came last", got, err)
	}
	for _, place := range []string{"usb:1-1.3:1.0", "usb:1-1.4:1.0"} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("%q doesn't offer %s", err, place)
		}
	}
}

func TestList(t *testing.T) {
	r := newTree(t)
	r.plug(adapter{tty: "ttyUSB0", socket: "1-1.4", iface: "1.0", port: "0", serial: "A1"})
	r.plug(adapter{tty: "ttyACM0", socket: "1-2", iface: "1.1"})
	r.link("../../ttyUSB0", filepath.Join(r.dev, "serial", "by-id", "usb-x"))
	// A UART of the board, one that the board hasn't got, and a console.
	r.write(filepath.Join(r.sys, "class", "tty", "ttyS0", "type"), "4\n")
	r.link(r.sys, filepath.Join(r.sys, "class", "tty", "ttyS0", "device"))
	r.write(filepath.Join(r.sys, "class", "tty", "ttyS1", "type"), "0\n")
	r.link(r.sys, filepath.Join(r.sys, "class", "tty", "ttyS1", "device"))
	r.mkdir(filepath.Join(r.sys, "class", "tty", "tty1"))
	got, err := serialport.List(r.sys, r.dev)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range got {
		paths = append(paths, filepath.Base(p.Path))
	}
	if s := strings.Join(paths, " "); s != "ttyACM0 ttyS0 ttyUSB0" {
		t.Fatalf("listed %s", s)
	}
	if p := got[2]; p.Place != "usb:1-1.4:1.0" || p.ID != "id:usb-x" || p.VID != "1a86" || p.PID != "7523" ||
		p.Serial != "A1" || p.Product != "USB Serial" || p.Driver != "ch341-uart" {
		t.Errorf("ttyUSB0: %+v", p)
	}
	if p := got[0]; p.Place != "usb:1-2:1.1" || p.ID != "" {
		t.Errorf("ttyACM0: %+v", p)
	}
	if p := got[1]; p.Place != "" || p.VID != "" {
		t.Errorf("ttyS0: %+v", p)
	}
	for _, p := range got {
		if p.Place != "" {
			r.want(p.Place, filepath.Base(p.Path))
		}
	}
	if _, err := serialport.List(filepath.Join(r.sys, "none"), r.dev); err == nil {
		t.Error("a missing sysfs lists nothing without saying so")
	}
}

func TestAwait(t *testing.T) {
	for _, name := range []string{"/dev/ttyUSB4", "usb:1-1.4:1.0", "id:usb-x"} {
		r := newTree(t)
		back := make(chan error, 1)
		go func() { back <- serialport.Await(t.Context(), r.spec(name)) }()
		r.plug(adapter{tty: "ttyUSB4", socket: "1-1.4", iface: "1.0", port: "0"})
		r.link("../../ttyUSB4", filepath.Join(r.dev, "serial", "by-id", "usb-x"))
		if err := <-back; err != nil {
			t.Errorf("await %s: %v", name, err)
		}
	}
}

func TestAwaitEnds(t *testing.T) {
	r := newTree(t)
	ctx, cancel := context.WithCancel(t.Context())
	back := make(chan error, 1)
	go func() { back <- serialport.Await(ctx, r.spec("/dev/ttyUSB4")) }()
	cancel()
	if err := <-back; !errors.Is(err, context.Canceled) {
		t.Errorf("await = %v, want the context's error", err)
	}
	if err := serialport.Await(t.Context(), r.spec("ttyUSB4")); !errors.Is(err, serialport.ErrInvalid) {
		t.Errorf("await of a wrong name = %v, want ErrInvalid at once", err)
	}
}
