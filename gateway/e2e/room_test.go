package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// room is a mount namespace of its own, and with alone a network of its own: what is mounted
// or cut in it is nobody else's business. It needs no root.
type room struct {
	t     *testing.T
	pid   int
	user  bool
	alone bool
}

// newRoom makes a room and runs a shell script in it.
func newRoom(t *testing.T, alone bool, script string) *room {
	t.Helper()
	r := &room{t: t, user: os.Geteuid() != 0, alone: alone}
	args := []string{"-m"}
	if r.user {
		args = []string{"-U", "-r", "-m"}
	}
	if alone {
		args = append(args, "-n")
	}
	args = append(args, "--propagation", "private", "sh", "-ec", script+"\necho ready\nexec cat")
	cmd := exec.Command("unshare", args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		// The signal comes when the starting thread ends: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err := cmd.Start()
		started <- err
		if err == nil {
			<-t.Context().Done()
			_ = in.Close()
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { <-done })
	r.pid = cmd.Process.Pid
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("make a room of its own with unshare %v: %q, %v", args, line, err)
	}
	return r
}

// enter is a command line that runs argv in the room, as the same process.
func (r *room) enter(argv ...string) []string {
	args := []string{"nsenter", "-t", strconv.Itoa(r.pid), "-m"}
	if r.user {
		args = append(args, "-U", "--preserve-credentials")
	}
	if r.alone {
		args = append(args, "-n")
	}
	return append(append(args, "--"), argv...)
}

// sh runs a shell script in the room.
func (r *room) sh(script string) error {
	r.t.Helper()
	argv := r.enter("sh", "-ec", script)
	if out, err := exec.CommandContext(r.t.Context(), argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", script, err, out)
	}
	return nil
}

// startInRoom runs a broker in the room and returns its address there; platforms outside
// reach it by the socket.
func startInRoom(t *testing.T, r *room, dir, socket string) string {
	t.Helper()
	bin, err := exec.LookPath("mosquitto")
	if err != nil {
		bin = "/usr/sbin/mosquitto"
	}
	conf := filepath.Join(dir, "mosquitto.conf")
	// In the room everybody is root, and a broker that is would become somebody else.
	write(t, conf, "listener 1883 127.0.0.1\nlistener 0 "+socket+"\nallow_anonymous true\nmax_queued_messages 0\nuser root\n")
	argv := r.enter(bin, "-c", conf)
	cmd := exec.Command(argv[0], argv[1:]...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		said := false
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if strings.Contains(sc.Text(), "running") && !said {
				said = true
				close(ready)
			}
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
	})
	select {
	case <-ready:
	case <-gone:
		t.Fatal("mosquitto ended in its room")
	}
	return "127.0.0.1:1883"
}
