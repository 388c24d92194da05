package modbus

import (
	"errors"
	"sync/atomic"
	"time"
)

// counters are a bus's Stats in the making: written by the goroutine that owns the bus,
// read by any.
type counters struct {
	requests, good                     atomic.Uint64
	exceptions, timeouts, crcErrors    atomic.Uint64
	foreign, short, lateBytes          atomic.Uint64
	disconnects, held, echoes, txBytes atomic.Uint64
	rxBytes                            atomic.Uint64
	busy                               atomic.Int64
}

func add(c *atomic.Uint64, n int) {
	if n > 0 {
		c.Add(uint64(n))
	}
}

func (c *counters) stats() Stats {
	return Stats{
		Requests: c.requests.Load(), Good: c.good.Load(),
		Exceptions: c.exceptions.Load(), Timeouts: c.timeouts.Load(), CRCErrors: c.crcErrors.Load(),
		ForeignFrames: c.foreign.Load(), ShortFrames: c.short.Load(), LateBytes: c.lateBytes.Load(),
		Disconnects: c.disconnects.Load(), Held: c.held.Load(), EchoFrames: c.echoes.Load(),
		TxBytes: c.txBytes.Load(), RxBytes: c.rxBytes.Load(),
		Busy: time.Duration(c.busy.Load()),
	}
}

// outcome counts an exchange that ended with err and says whether it was left unanswered.
func (c *counters) outcome(err error) bool {
	if err == nil {
		c.good.Add(1)
		return false
	}
	if _, ok := errors.AsType[Exception](err); ok {
		c.exceptions.Add(1)
		return false
	}
	return true
}
