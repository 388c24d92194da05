package serialport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
)

func TestValidate(t *testing.T) {
	const good = "/dev/ttyUSB0"
	for _, c := range []struct {
		spec serialport.Spec
		want string // empty: valid
	}{
		{serialport.Spec{Name: good}, ""},
		{serialport.Spec{Name: good, Backend: serialport.Tarm, Baud: 4800, Format: "8e1"}, ""},
		{serialport.Spec{Name: "id:usb-x", Baud: 12345, Format: "7O2"}, ""},
		{serialport.Spec{Name: "usb:2-1.4.3:1.0-port3"}, ""},
		{serialport.Spec{Name: "path:pci-0000:00:14.0-usb-0:1:1.0"}, ""},
		{serialport.Spec{Name: good, RS485: &serialport.RS485{DelayAfterSend: 100 * time.Millisecond}}, ""},
		{serialport.Spec{}, "no port named"},
		{serialport.Spec{Name: "COM1"}, "not an absolute path"},
		{serialport.Spec{Name: "usb:1-1.4:1"}, "no place on the USB tree"},
		{serialport.Spec{Name: "usb:1.4"}, "no place on the USB tree"},
		{serialport.Spec{Name: "id:"}, "no name of a device"},
		{serialport.Spec{Name: "id:a/b"}, "no name of a device"},
		{serialport.Spec{Name: good, Backend: "moxa"}, `unknown backend "moxa"`},
		{serialport.Spec{Name: good, Baud: -9600}, "baud -9600"},
		{serialport.Spec{Name: good, Baud: 5_000_000}, "baud 5000000"},
		{serialport.Spec{Name: good, Baud: 250_000, Backend: serialport.Tarm}, "no baud 250000"},
		{serialport.Spec{Name: good, Format: "8N"}, `format "8N"`},
		{serialport.Spec{Name: good, Format: "8M1"}, `format "8M1"`},
		{serialport.Spec{Name: good, Format: "6N1"}, `format "6N1"`},
		{serialport.Spec{Name: good, Format: "8N3"}, `format "8N3"`},
		{serialport.Spec{Name: good, RS485: &serialport.RS485{DelayBeforeSend: 1500 * time.Microsecond}}, "delay 1.5ms"},
		{serialport.Spec{Name: good, RS485: &serialport.RS485{DelayAfterSend: time.Second}}, "delay 1s"},
		{serialport.Spec{Name: good, RS485: &serialport.RS485{DelayAfterSend: -time.Millisecond}}, "delay -1ms"},
	} {
		err := c.spec.Validate()
		if c.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.spec, err)
			}
			continue
		}
		if !errors.Is(err, serialport.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
		}
		if _, openErr := serialport.Open(c.spec); !errors.Is(openErr, serialport.ErrInvalid) {
			t.Errorf("%+v: open = %v, want ErrInvalid", c.spec, openErr)
		}
	}
}

func TestValidateSaysEverything(t *testing.T) {
	err := serialport.Spec{Name: "COM1", Backend: "x", Format: "9N1"}.Validate()
	for _, want := range []string{"COM1", `"x"`, `"9N1"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v doesn't mention %s", err, want)
		}
	}
}

func TestGuaranteesInWords(t *testing.T) {
	for b, want := range map[serialport.Backend]string{
		serialport.Bugst: "bugst: time-outs in steps of 1µs (library alone: 1µs), pull detected yes (library alone: yes), " +
			"exclusive yes (library alone: no), close wakes a read yes (library alone: yes), any baud rate yes, parity checked yes",
		serialport.Tarm: "tarm: time-outs in steps of 1µs (library alone: 100ms), pull detected yes (library alone: no, looks like a time-out), " +
			"exclusive yes (library alone: no), close wakes a read yes (library alone: no), any baud rate no, parity checked no",
	} {
		if got := b.Guarantees().String(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", b, got, want)
		}
	}
	if serialport.Backend("").Guarantees() != serialport.Bugst.Guarantees() {
		t.Error("the empty backend isn't the default")
	}
	if (serialport.Backend("x").Guarantees() != serialport.Guarantees{Backend: "x"}) {
		t.Error("an unknown backend promises something")
	}
}
