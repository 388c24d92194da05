package sim

import (
	"fmt"
	"time"

	"firepost/firmware-contracts/contract"
)

// OpenSpec asks a line's process for one line; see LineConfig for the fields.
type OpenSpec struct {
	// Line names the line in later calls; empty is a name like any other.
	Line       string        `json:"line,omitempty"`
	Baud       int           `json:"baud,omitempty"`
	Format     string        `json:"format,omitempty"`
	Pace       bool          `json:"pace,omitempty"`
	Turnaround time.Duration `json:"turnaround_ns,omitempty"`
	Echo       bool          `json:"echo,omitempty"`
	Realtime   bool          `json:"realtime,omitempty"`
	Log        int           `json:"log,omitempty"`
	Seed       uint64        `json:"seed,omitempty"`
	Slaves     []SlaveSpec   `json:"slaves"`
}

// SlaveSpec is one slave of an OpenSpec.
type SlaveSpec struct {
	Unit uint8 `json:"unit"`
	// Contract is "name@version"; empty means a raw slave whose registers hold their addresses.
	Contract string `json:"contract,omitempty"`
	// Faults hold from the start.
	Faults Faults `json:"faults,omitzero"`
}

// The operations of the control protocol: one JSON object a line each way, in turn.
const (
	opOpen         = "open"
	opClose        = "close"
	opSet          = "set"
	opSetMeaning   = "set_meaning"
	opSetRaw       = "set_raw"
	opGet          = "get"
	opFault        = "fault"
	opStats        = "stats"
	opResetStats   = "reset_stats"
	opEvents       = "events"
	opTransactions = "transactions"
	opNow          = "now"
)

// command is one request of the control protocol.
type command struct {
	Op      string             `json:"op"`
	Open    *OpenSpec          `json:"open,omitempty"`
	Line    string             `json:"line,omitempty"`
	Unit    uint8              `json:"unit,omitempty"`
	Point   string             `json:"point,omitempty"`
	Value   float64            `json:"value,omitempty"`
	Means   contract.Condition `json:"means,omitempty"`
	Table   contract.Table     `json:"table,omitempty"`
	Address uint16             `json:"address,omitempty"`
	Words   []uint16           `json:"words,omitempty"`
	Loop    bool               `json:"loop,omitempty"`
	Steps   []Step             `json:"steps,omitempty"`
	After   uint64             `json:"after,omitempty"`
}

// reply is the answer to one command; Error is empty when it was carried out.
type reply struct {
	Error        string        `json:"error,omitempty"`
	Path         string        `json:"path,omitempty"`
	ID           uint64        `json:"id,omitempty"`
	At           int64         `json:"t_ns,omitempty"`
	Value        float64       `json:"value,omitempty"`
	Stats        *LineStats    `json:"stats,omitempty"`
	Events       []Event       `json:"events,omitempty"`
	Transactions []Transaction `json:"transactions,omitempty"`
}

// config turns the specification into a line's configuration.
func (o *OpenSpec) config(contracts *contract.Set) (LineConfig, error) {
	cfg := LineConfig{
		Baud: o.Baud, Format: o.Format, Pace: o.Pace, Turnaround: o.Turnaround,
		Echo: o.Echo, Realtime: o.Realtime, Log: o.Log, Seed: o.Seed,
	}
	for _, spec := range o.Slaves {
		s, err := spec.slave(contracts)
		if err != nil {
			return LineConfig{}, err
		}
		cfg.Slaves = append(cfg.Slaves, s)
	}
	return cfg, nil
}

func (spec *SlaveSpec) slave(contracts *contract.Set) (*Slave, error) {
	s := NewRawSlave(spec.Unit)
	if spec.Contract != "" {
		var c *contract.Contract
		if contracts != nil {
			c, _ = contracts.Get(spec.Contract)
		}
		if c == nil {
			return nil, fmt.Errorf("make slave %d: no contract %q: %w", spec.Unit, spec.Contract, ErrUnknown)
		}
		var err error
		if s, err = NewSlave(spec.Unit, c); err != nil {
			return nil, err
		}
	}
	s.SetFaults(spec.Faults)
	return s, nil
}
