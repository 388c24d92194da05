package sim

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"firepost/firmware-contracts/contract"
)

// Process is a program of its own that serves lines: its main is Serve. It shares nothing
// with its user but the machine's monotonic clock. Methods are safe for concurrent use.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser

	mu  sync.Mutex
	enc *json.Encoder
	out *bufio.Reader
	err error
}

// StartProcess runs the executable with args. It ends when ctx does, or by Close. What it
// writes to standard error goes to this program's.
func StartProcess(ctx context.Context, exe string, args ...string) (*Process, error) {
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start line process: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start line process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start line process %s: %w", exe, err)
	}
	return &Process{cmd: cmd, in: in, enc: json.NewEncoder(in), out: bufio.NewReader(out)}, nil
}

// Pid is the process id, for reading its memory and processor time.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Close ends all lines and waits for the process.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(p.err, errClosed) {
		return nil
	}
	p.err = errClosed
	err := p.in.Close()
	if e := p.cmd.Wait(); e != nil {
		err = errors.Join(err, fmt.Errorf("wait for line process: %w", e))
	}
	return err
}

// do sends one command and reads its answer. After a failure of the pipe the process is
// out of step, and every further call returns that failure.
func (p *Process) do(c *command) (reply, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var r reply
	if p.err != nil {
		return r, p.err
	}
	if err := p.enc.Encode(c); err != nil {
		p.err = fmt.Errorf("ask line process to %s: %w", c.Op, err)
		return r, p.err
	}
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	if err != nil {
		p.err = fmt.Errorf("read line process's answer to %s: %w", c.Op, err)
		return r, p.err
	}
	if r.Error != "" {
		return r, fmt.Errorf("line process: %s: %w", r.Error, errRefused)
	}
	return r, nil
}

// Open makes and runs a line and returns the device node for the master.
func (p *Process) Open(spec OpenSpec) (path string, err error) {
	r, err := p.do(&command{Op: opOpen, Open: &spec})
	return r.Path, err
}

// CloseLine hangs a line up.
func (p *Process) CloseLine(line string) error {
	_, err := p.do(&command{Op: opClose, Line: line})
	return err
}

// Set is Line.SetAt: the change's id and the monotonic ns at which the register changed.
func (p *Process) Set(line string, unit uint8, point string, value float64) (id uint64, at int64, err error) {
	r, err := p.do(&command{Op: opSet, Line: line, Unit: unit, Point: point, Value: value})
	return r.ID, r.At, err
}

// SetMeaning is Line.SetMeaningAt: contract.Fire raises a detector's alarm.
func (p *Process) SetMeaning(line string, unit uint8, point string, means contract.Condition) (id uint64, at int64, err error) {
	r, err := p.do(&command{Op: opSetMeaning, Line: line, Unit: unit, Point: point, Means: means})
	return r.ID, r.At, err
}

// SetRaw is Slave.SetRaw; it returns the monotonic ns just before the change.
func (p *Process) SetRaw(line string, unit uint8, table contract.Table, address uint16, words ...uint16) (at int64, err error) {
	r, err := p.do(&command{Op: opSetRaw, Line: line, Unit: unit, Table: table, Address: address, Words: words})
	return r.At, err
}

// Get is Slave.Get.
func (p *Process) Get(line string, unit uint8, point string) (float64, error) {
	r, err := p.do(&command{Op: opGet, Line: line, Unit: unit, Point: point})
	return r.Value, err
}

// Fault is Slave.SetFaults.
func (p *Process) Fault(line string, unit uint8, f Faults) error {
	return p.Schedule(line, unit, false, Step{Faults: f})
}

// Schedule is Slave.SetSchedule.
func (p *Process) Schedule(line string, unit uint8, loop bool, steps ...Step) error {
	_, err := p.do(&command{Op: opFault, Line: line, Unit: unit, Loop: loop, Steps: steps})
	return err
}

// Stats is Line.Stats.
func (p *Process) Stats(line string) (LineStats, error) {
	r, err := p.do(&command{Op: opStats, Line: line})
	if err != nil {
		return LineStats{}, err
	}
	if r.Stats == nil {
		return LineStats{}, fmt.Errorf("read line statistics: none given: %w", errRefused)
	}
	return *r.Stats, nil
}

// ResetStats is Line.ResetStats.
func (p *Process) ResetStats(line string) error {
	_, err := p.do(&command{Op: opResetStats, Line: line})
	return err
}

// Events is Line.Events.
func (p *Process) Events(line string, after uint64) ([]Event, error) {
	r, err := p.do(&command{Op: opEvents, Line: line, After: after})
	return r.Events, err
}

// Transactions is Line.Transactions.
func (p *Process) Transactions(line string) ([]Transaction, error) {
	r, err := p.do(&command{Op: opTransactions, Line: line})
	return r.Transactions, err
}
