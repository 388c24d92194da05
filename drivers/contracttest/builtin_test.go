package contracttest_test

import (
	"sync"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/contracttest"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

// patience is how long a reply may take on a machine that is busy with other things.
const patience = time.Second

// baud makes characters short; a terminal has no speed of its own.
const baud = 115200

// patient is a copy of a contract that gives its device more time.
func patient(c *contract.Contract) *contract.Contract {
	out := *c
	out.Limits.ReplyWithin, out.Limits.LateReply = patience, patience
	return &out
}

func builtin(t *testing.T) *contract.Set {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestEveryBuiltInContract: a simulated device of each model passes its own test on a real
// pseudo-terminal, outputs included. They all run at once: nearly all of it is listening.
func TestEveryBuiltInContract(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	defer wg.Wait()
	tested := 0
	for _, c := range builtin(t).All() {
		if c.Transport != contract.Modbus {
			continue
		}
		tested++
		wg.Go(func() { passes(t, c) })
	}
	if tested < 15 {
		t.Errorf("only %d contracts", tested)
	}
}

func passes(t *testing.T, c *contract.Contract) {
	c = patient(c)
	slave, err := sim.NewSlave(c.Address.Default, c)
	if err != nil {
		t.Errorf("%s: %v", c.Ref(), err)
		return
	}
	line, err := sim.NewLine(sim.LineConfig{Baud: baud, Commissioning: true, Slaves: []*sim.Slave{slave}})
	if err != nil {
		t.Errorf("%s: %v", c.Ref(), err)
		return
	}
	stop := line.Start(t.Context())
	defer func() {
		if err := stop(); err != nil {
			t.Errorf("%s: %v", c.Ref(), err)
		}
	}()
	port, err := serialport.Open(serialport.Spec{Name: line.Path(), Baud: baud})
	if err != nil {
		t.Errorf("%s: %v", c.Ref(), err)
		return
	}
	defer port.Close()
	rep, err := contracttest.Run(t.Context(), port, c, contracttest.Options{Outputs: true, Setup: true})
	if err != nil {
		t.Errorf("%s: %v", c.Ref(), err)
	}
	complain(t, rep)
	if !rep.OK() {
		t.Errorf("%s does not pass", c.Ref())
	}
	for i := range c.Points {
		if x := rep.Find("points." + c.Points[i].Name); x == nil || x.Status == contracttest.NotDone {
			t.Errorf("%s: point %s was not tested: %+v", c.Ref(), c.Points[i].Name, x)
		}
	}
	if x := rep.Find("setup.address"); settable(c) && (x == nil || x.Status != contracttest.Passed) {
		t.Errorf("%s: the address was not changed and changed back: %+v", c.Ref(), x)
	}
	for i := range c.Outputs {
		if x := rep.Find("outputs." + c.Outputs[i].Name); x == nil || x.Status != contracttest.Passed {
			t.Errorf("%s: output %s: %+v", c.Ref(), c.Outputs[i].Name, x)
		}
	}
}

// settable says that the address can be changed without a hand at the supply.
func settable(c *contract.Contract) bool {
	return c.Setup != nil && c.Setup.Address != nil && c.Setup.Takes != contract.TakesPower
}

// complain names every check that failed.
func complain(t *testing.T, rep *contracttest.Report) {
	t.Helper()
	if rep == nil {
		return
	}
	for _, x := range rep.Checks {
		if x.Status == contracttest.Failed {
			t.Errorf("%s: %s: %s\nsent  %s\nheard %s", rep.Contract, x.ID, x.Why.EN, x.Sent, x.Heard)
		}
		if x.Status != contracttest.Passed && x.Why == (contracttest.Text{}) {
			t.Errorf("%s: %s does not say why", rep.Contract, x.ID)
		}
	}
}
