package screen

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const units = "../../configs/systemd"

// settings reads a unit's lines, comments left out.
func settings(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(units, name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestUnitsSayWhatTheyMust: the lines without which a screen does not come back, takes the
// gateway down, or is open to the outside; and those that would break it.
func TestUnitsSayWhatTheyMust(t *testing.T) {
	for name, must := range map[string][]string{
		"firepost-screen@.service": {
			"Restart=always", "StartLimitIntervalSec=0", "Conflicts=getty@tty1.service", "PAMName=firepost-screen",
			"User=firepost-screen", "Environment=WLR_LIBINPUT_NO_DEVICES=1", "MemoryMax=60%", "OOMPolicy=continue",
			"IPAddressDeny=any", "IPAddressAllow=localhost", "NoNewPrivileges=yes",
			"ExecStart=/usr/bin/cage -- /usr/local/bin/firepost screen -screen %i",
		},
		"firepost-screen-mpv.conf": {
			"ExecStart=", "ExecStart=/usr/local/bin/firepost screen -screen %i -backend mpv -mpv-flag=--vo=gpu,drm -mpv-flag=--gpu-context=drm",
		},
		"firepost-reboot.path":    {"PathChanged=/run/firepost/reboot"},
		"firepost-reboot.service": {"ConditionPathExists=!/run/firepost-reboot.done", "ConditionPathExists=/run/firepost/reboot", "Type=oneshot"},
		"firepost-screens.conf":   {"RuntimeDirectory=firepost", "RuntimeDirectoryPreserve=yes"},
		"sysusers-screen.conf":    {"m firepost-screen video", "m firepost-screen render"},
	} {
		have := settings(t, name)
		for _, line := range must {
			if !slices.Contains(have, line) {
				t.Errorf("%s lacks %s", name, line)
			}
		}
		for _, line := range have {
			for _, never := range []string{"RestrictNamespaces=", "MemoryDenyWriteExecute=", "PrivateDevices=", "ProtectClock=", "DevicePolicy=", "PathExists="} {
				if strings.HasPrefix(line, never) {
					t.Errorf("%s has %s", name, line)
				}
			}
		}
	}
	// The mark comes before the reboot: a reboot that hangs is not asked for again.
	have := settings(t, "firepost-reboot.service")
	mark, reboot := slices.Index(have, "ExecStart=/usr/bin/touch /run/firepost-reboot.done"), slices.Index(have, "ExecStart=/usr/bin/systemctl --no-block reboot")
	if mark < 0 || reboot < mark {
		t.Errorf("mark %d, reboot %d", mark, reboot)
	}
}

// TestSystemdTakesTheUnits where systemd is installed; elsewhere the lines above must do.
func TestSystemdTakesTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd is not installed here; the units were only read")
		return
	}
	dir := t.TempDir()
	drop := "firepost-screen@wall.service.d"
	if err := os.Mkdir(filepath.Join(dir, drop), 0o700); err != nil {
		t.Fatal(err)
	}
	for to, name := range map[string]string{
		"firepost-screen@.service": "firepost-screen@.service", "firepost-reboot.path": "firepost-reboot.path",
		"firepost-reboot.service": "firepost-reboot.service", drop + "/mpv.conf": "firepost-screen-mpv.conf",
	} {
		data, err := os.ReadFile(filepath.Join(units, name))
		if err != nil {
			t.Fatal(err)
		}
		// What is not installed here is no mistake of the unit.
		data = bytes.ReplaceAll(data, []byte("=/usr/local/bin/firepost "), []byte("=/bin/true "))
		if err := os.WriteFile(filepath.Join(dir, to), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", "./firepost-screen@tv.service", "./firepost-screen@wall.service", "./firepost-reboot.path", "./firepost-reboot.service")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestYoungBoardsAreNotRebooted runs the very words of the unit's condition.
func TestYoungBoardsAreNotRebooted(t *testing.T) {
	var script string
	for _, line := range settings(t, "firepost-reboot.service") {
		if s, ok := strings.CutPrefix(line, "ExecCondition=/bin/sh -c '"); ok {
			script = strings.TrimSuffix(s, "'")
		}
	}
	for uptime, want := range map[string]bool{"599.99 1\n": false, "600.00 9\n": true, "8000000.1 1\n": true, "": false, "x y\n": false} {
		file := filepath.Join(t.TempDir(), "uptime")
		if err := os.WriteFile(file, []byte(uptime), 0o600); err != nil {
			t.Fatal(err)
		}
		// systemd itself turns $$ into $ and %% into %.
		words := strings.NewReplacer("$$", "$", "%%", "%", "/proc/uptime", file).Replace(script)
		err := exec.CommandContext(t.Context(), "/bin/sh", "-c", words).Run()
		if (err == nil) != want {
			t.Errorf("up for %q: %v, want %v", uptime, err, want)
		}
	}
}
