package serialport

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// The prefixes of names that are not paths.
const (
	prefixID   = "id:"
	prefixPath = "path:"
	prefixUSB  = "usb:"
)

type nameKind uint8

const (
	kindNode nameKind = iota
	kindID
	kindPath
	kindUSB
)

// name is a parsed Spec.Name.
type name struct {
	kind nameKind
	text string // the node's path, or the name of the link
	usb  usbPlace
}

// usbPlace is a socket on the USB tree, and the port of the adapter in it.
type usbPlace struct {
	device string // 1-1.4
	iface  string // 1.0, or empty: whichever there is
	port   string // 1, or empty
}

// String is the place as a name for Spec.Name.
func (u usbPlace) String() string {
	s := prefixUSB + u.device
	if u.iface != "" {
		s += ":" + u.iface
	}
	if u.port != "" {
		s += "-port" + u.port
	}
	return s
}

// fits tells whether a port found at place is one that u asks for.
func (u usbPlace) fits(place usbPlace) bool {
	return u.device == place.device && (u.iface == "" || u.iface == place.iface) && (u.port == "" || u.port == place.port)
}

// parseName takes a Spec.Name apart.
func parseName(s string) (name, error) {
	switch {
	case s == "":
		return name{}, errors.New("no port named")
	case strings.HasPrefix(s, prefixID):
		return linkName(kindID, s[len(prefixID):])
	case strings.HasPrefix(s, prefixPath):
		return linkName(kindPath, s[len(prefixPath):])
	case strings.HasPrefix(s, prefixUSB):
		m := usbName().FindStringSubmatch(s[len(prefixUSB):])
		if m == nil {
			return name{}, fmt.Errorf("%q is no place on the USB tree", s)
		}
		return name{kind: kindUSB, usb: usbPlace{device: m[1], iface: m[2], port: m[3]}}, nil
	case !filepath.IsAbs(s):
		return name{}, fmt.Errorf("%q is not an absolute path", s)
	default:
		return name{kind: kindNode, text: filepath.Clean(s)}, nil
	}
}

func linkName(kind nameKind, s string) (name, error) {
	if s == "" || strings.ContainsAny(s, "/\x00") || s == "." || s == ".." {
		return name{}, fmt.Errorf("%q is no name of a device", s)
	}
	return name{kind: kind, text: s}, nil
}

// usbName is the kernel's notation, bus-port.port:configuration.interface
// (Documentation/ABI/testing/sysfs-bus-usb).
func usbName() *regexp.Regexp {
	return regexp.MustCompile(`^(\d+-\d+(?:\.\d+)*)(?::(\d+\.\d+))?(?:-port(\d+))?$`)
}
