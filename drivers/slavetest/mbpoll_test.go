package slavetest

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mbpoll runs Debian's Modbus master once: zero-based addresses, hexadecimal registers.
func mbpoll(t *testing.T, d *device, args ...string) (string, error) {
	t.Helper()
	rest := slices.Index(args, "--")
	all := []string{"-m", "rtu", "-P", "none", "-0", "-1", "-q", "-t", "4:hex"}
	if rest < 0 {
		all = append(append(all, args...), d.path)
	} else {
		all = append(append(append(all, args[:rest]...), d.path), args[rest+1:]...)
	}
	out, err := exec.CommandContext(t.Context(), "mbpoll", all...).CombinedOutput()
	return string(out), err
}

var register = regexp.MustCompile(`\[(\d+)\]:\s+0x([0-9A-F]{4})`)

// registers are the values that mbpoll printed.
func registers(t *testing.T, d *device, args ...string) []string {
	t.Helper()
	out, err := mbpoll(t, d, append([]string{"-o", "10"}, args...)...)
	if err != nil {
		t.Fatalf("mbpoll %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	var values []string
	for _, m := range register.FindAllStringSubmatch(out, -1) {
		values = append(values, m[2])
	}
	return values
}

func TestMbpollReads(t *testing.T) {
	d := start(t, "smoke")
	got := registers(t, d, "-a", "1", "-b", "9600", "-r", "0", "-c", "4")
	if want := []string{"FF00", "8000", "0101", "0000"}; !slices.Equal(got, want) {
		t.Errorf("alarm block %v, want %v", got, want)
	}
	got = registers(t, d, "-a", "1", "-b", "9600", "-r", "16", "-c", "11")
	if want := []string{"4650", "534D", "0001", "0001", "0100", "0000", "0123", "4567", "89AB", "CDEF", "0001"}; !slices.Equal(got, want) {
		t.Errorf("identity %v, want %v", got, want)
	}
	// Function 4 reads the same registers.
	got = registers(t, d, "-t", "3:hex", "-a", "1", "-b", "9600", "-r", "0", "-c", "3")
	if want := []string{"FF00", "8000", "0101"}; !slices.Equal(got, want) {
		t.Errorf("by function 4 %v, want %v", got, want)
	}
}

func TestMbpollAcknowledges(t *testing.T) {
	d := start(t, "smoke")
	d.tell("level 2")
	d.tell("level 0")
	if got := registers(t, d, "-a", "1", "-b", "9600", "-r", "0", "-c", "3"); !slices.Equal(got, []string{"DF20", "8000", "0102"}) {
		t.Errorf("a short alarm: %v", got)
	}
	registers(t, d, "-a", "1", "-b", "9600", "-r", "32", "--", "0x0102")
	if got := registers(t, d, "-a", "1", "-b", "9600", "-r", "0", "-c", "3"); !slices.Equal(got, []string{"FF00", "0000", "0102"}) {
		t.Errorf("acknowledged: %v", got)
	}
}

func TestMbpollIsRefused(t *testing.T) {
	d := start(t, "smoke")
	for _, c := range []struct {
		say  string
		args []string
	}{
		{"Illegal data address", []string{"-o", "10", "-a", "1", "-b", "9600", "-r", "80", "-c", "1"}},
		{"Illegal data value", []string{"-o", "10", "-a", "1", "-b", "9600", "-r", "32", "--", "0x0500"}},
		{"Illegal function", []string{"-o", "10", "-t", "0", "-a", "1", "-b", "9600", "-r", "0", "-c", "1"}},
		{"timed out", []string{"-o", "0.2", "-a", "2", "-b", "9600", "-r", "0", "-c", "1"}},
	} {
		out, err := mbpoll(t, d, c.args...)
		if err == nil || !strings.Contains(out, c.say) {
			t.Errorf("mbpoll %s: %v\n%s", strings.Join(c.args, " "), err, out)
		}
	}
}

func TestMbpollChangesTheAddress(t *testing.T) {
	d := start(t, "gauge")
	registers(t, d, "-a", "1", "-b", "9600", "-r", "48", "--", "0x554E", "0x0123", "0x4567", "0x89AB", "0xCDEF")
	registers(t, d, "-a", "1", "-b", "9600", "-r", "55", "--", "33", "384", "0", "0x4150")
	d.expect("port 33 38400 0")
	registers(t, d, "-a", "33", "-b", "38400", "-r", "58", "--", "0x434F")
	d.expect("stored 33 38400 0")
	if got := registers(t, d, "-a", "33", "-b", "38400", "-r", "18", "-c", "1"); !slices.Equal(got, []string{"0002"}) {
		t.Errorf("model %v", got)
	}
}
