package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// broker is a real Mosquitto on a free port.
type broker struct {
	addr string
	cmd  *exec.Cmd
	gone chan struct{}
}

// brokerConfig loses no queued message and holds none back: without set_tcp_nodelay an
// event may wait for the acknowledgement of the one before it.
const brokerConfig = `listener %s 127.0.0.1
allow_anonymous true
max_queued_messages 0
max_inflight_messages 0
set_tcp_nodelay true
`

// startBroker starts one in dir and returns when it serves.
func startBroker(dir string) (*broker, error) {
	bin, err := exec.LookPath("mosquitto")
	if errors.Is(err, exec.ErrNotFound) {
		bin, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		return nil, fmt.Errorf("a real broker is needed: install the Debian package mosquitto: %w", err)
	}
	for range 20 {
		var b *broker
		if b, err = tryBroker(bin, dir); err == nil {
			return b, nil
		}
	}
	return nil, err
}

// tryBroker fails when somebody else takes the port between its being found free and used.
func tryBroker(bin, dir string) (*broker, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &broker{addr: l.Addr().String(), gone: make(chan struct{})}
	_ = l.Close()
	_, port, _ := net.SplitHostPort(b.addr)
	text := fmt.Sprintf(brokerConfig, port)
	if os.Geteuid() == 0 {
		// As root it would become another user, who can't read the folder.
		text += "user root\n"
	}
	conf := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	b.cmd = exec.Command(bin, "-c", conf)
	b.cmd.Dir = dir
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := b.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start mosquitto: %w", err)
	}
	ready := make(chan error, 1)
	go func() {
		defer close(b.gone)
		var said []string
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if len(said) < 20 {
				said = append(said, sc.Text())
			}
			if strings.Contains(sc.Text(), "running") {
				ready <- nil
			}
		}
		_ = b.cmd.Wait()
		select {
		case ready <- fmt.Errorf("mosquitto ended: %s", strings.Join(said, "; ")):
		default:
		}
	}()
	select {
	case err := <-ready:
		return b, err
	case <-time.After(10 * time.Second):
		b.stop()
		return nil, errors.New("mosquitto does not say that it runs")
	}
}

func (b *broker) stop() {
	if b == nil || b.cmd == nil {
		return
	}
	_ = b.cmd.Process.Kill()
	<-b.gone
}
