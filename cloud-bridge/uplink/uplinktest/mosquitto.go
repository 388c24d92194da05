package uplinktest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Mosquitto is a real broker, started by a test on a free port of 127.0.0.1.
type Mosquitto struct {
	// Addr is its host:port; it stays the same over Kill and Start.
	Addr string
	// Dir holds its configuration and its persistence file.
	Dir string

	t    testing.TB
	bin  string
	conf string

	mu   sync.Mutex
	cmd  *exec.Cmd
	gone chan struct{}
}

// StartMosquitto starts a broker whose configuration is a listener on a free port and then
// lines ("allow_anonymous true" unless lines say something else about it). It is killed when
// the test ends.
func StartMosquitto(t testing.TB, lines ...string) *Mosquitto {
	t.Helper()
	bin, err := exec.LookPath("mosquitto")
	if errors.Is(err, exec.ErrNotFound) {
		bin, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		t.Fatalf("this test needs a real broker: install the Debian package mosquitto: %v", err)
	}
	m := &Mosquitto{t: t, bin: bin, Dir: t.TempDir()}
	t.Cleanup(m.Kill)
	for range 20 {
		m.Addr = freeAddr(t)
		_, port, _ := net.SplitHostPort(m.Addr)
		conf := fmt.Sprintf("listener %s 127.0.0.1\n%s\n", port, strings.Join(lines, "\n"))
		if !strings.Contains(conf, "allow_anonymous") {
			conf += "allow_anonymous true\n"
		}
		m.conf = filepath.Join(m.Dir, "mosquitto.conf")
		if err := os.WriteFile(m.conf, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		// Somebody else may have taken the port since it was found free.
		if err = m.start(); err == nil {
			return m
		}
	}
	t.Fatalf("start mosquitto: %v", err)
	return nil
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// Start starts the broker again after Kill.
func (m *Mosquitto) Start() {
	m.t.Helper()
	if err := m.start(); err != nil {
		m.t.Fatalf("start mosquitto again: %v", err)
	}
}

// start returns when the broker says that it runs.
func (m *Mosquitto) start() error {
	cmd := exec.Command(m.bin, "-c", m.conf)
	cmd.Dir = m.Dir
	if os.Geteuid() == 0 {
		// As root it would become another user, who can't read the test's folder.
		if err := appendLine(m.conf, "user root"); err != nil {
			return err
		}
	}
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	ready := make(chan error, 1)
	go func() {
		defer close(gone)
		var said []string
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if len(said) < 50 {
				said = append(said, sc.Text())
			}
			if strings.Contains(sc.Text(), "running") {
				ready <- nil
			}
		}
		_ = cmd.Wait()
		select {
		case ready <- fmt.Errorf("mosquitto ended: %s", strings.Join(said, "; ")):
		default:
		}
	}()
	m.mu.Lock()
	m.cmd, m.gone = cmd, gone
	m.mu.Unlock()
	return <-ready
}

// Kill ends the broker like kill -9 and waits for its end.
func (m *Mosquitto) Kill() {
	m.mu.Lock()
	cmd, gone := m.cmd, m.gone
	m.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Kill()
	<-gone
}

func appendLine(path, line string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if strings.Contains(string(b), line+"\n") {
		return nil
	}
	return os.WriteFile(path, append(b, line+"\n"...), 0o600)
}
