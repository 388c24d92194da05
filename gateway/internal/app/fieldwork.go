package app

import (
	"context"
	"errors"
	"fmt"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/field"
	"firepost/gateway/internal/httpapi"
)

var _ httpapi.Field = fieldWork{}

// fieldWork is what an installer does with a bus from the page. The bus is lent to him: its
// poll loop gives up the port, the bus is down for everybody to see, and whatever happens it
// is given back.
type fieldWork struct{ app *App }

// errAlarm: in an alarm the buses belong to the alarm.
var errAlarm = errors.New("there is an alarm: its buses are not given away; reset it first")

// Buses implements httpapi.Field.
func (f fieldWork) Buses() []httpapi.FieldBus {
	g := f.app.gen.Load()
	var list []httpapi.FieldBus
	for _, b := range g.buses {
		if b.cfg.Port == "" {
			continue
		}
		x := httpapi.FieldBus{Name: b.Name(), Port: b.cfg.Port, Speed: speedOf(b.cfg).String()}
		on := make(map[string]bool)
		for _, d := range g.on(b.cfg) {
			x.Devices++
			on[d.Name] = true
			if hasAlarmPoint(d.Model) {
				x.Watched++
			}
		}
		for i := range g.cfg.Outputs {
			if on[g.cfg.Outputs[i].Device] {
				x.Outputs++
			}
		}
		list = append(list, x)
	}
	return list
}

func speedOf(b *config.Bus) field.Speed { return field.Speed{Baud: b.Baud, Format: b.Format} }

// borrow takes a bus from its poll loop.
func (f fieldWork) borrow(ctx context.Context, name string) (g *generation, b *config.Bus, giveBack func(), err error) {
	g = f.app.gen.Load()
	if d := g.desired(f.app.now()); d.Strobe || d.Takeover {
		return nil, nil, nil, errAlarm
	}
	for _, x := range g.buses {
		if x.Name() == name && x.cfg.Port != "" {
			if giveBack, err = x.Lend(ctx); err != nil {
				return nil, nil, nil, err
			}
			f.app.log.Warn("a bus is in an installer's hands: nobody watches its devices", "bus", name)
			return g, x.cfg, giveBack, nil
		}
	}
	return nil, nil, nil, fmt.Errorf("there is no serial Modbus bus %q", name)
}

// known are the configured devices of a bus.
func (g *generation) known(b *config.Bus) []field.Known {
	var list []field.Known
	for _, d := range g.on(b) {
		list = append(list, field.Known{Name: d.Name, Unit: d.Unit, Contract: d.Model})
	}
	return list
}

// polledContracts are the models that a device on a Modbus bus can be.
func (g *generation) polledContracts() []*contract.Contract {
	var list []*contract.Contract
	for _, c := range g.cfg.Set.All() {
		if c.Transport == contract.Modbus {
			list = append(list, c)
		}
	}
	return list
}

func (g *generation) serial(b *config.Bus) field.Open {
	open := field.Serial(b.Serial())
	return func(s field.Speed) (modbus.Link, error) { return open(s) }
}

// Scan implements httpapi.Field.
func (f fieldWork) Scan(ctx context.Context, bus string, thorough bool, report field.Report) (*field.ScanResult, error) {
	g, b, giveBack, err := f.borrow(ctx, bus)
	if err != nil {
		return nil, err
	}
	defer giveBack()
	models := g.polledContracts()
	speeds := []field.Speed{speedOf(b)}
	if thorough {
		speeds = field.Speeds(speedOf(b), models)
	}
	return field.Scan(ctx, g.serial(b), field.ScanOptions{Speeds: speeds, Contracts: models, Known: g.known(b), Thorough: thorough}, report)
}

// Adopt implements httpapi.Field.
func (f fieldWork) Adopt(ctx context.Context, order httpapi.FieldOrder, ask httpapi.FieldAsk, report field.Report) (*httpapi.FieldAdopted, error) {
	g, b, giveBack, err := f.borrow(ctx, order.Bus)
	if err != nil {
		return nil, err
	}
	defer giveBack()
	adopted, err := field.Adopt(ctx, g.serial(b), field.AdoptOptions{
		Speed: speedOf(b), Known: g.known(b), Contracts: g.polledContracts(),
		Ask: func(ctx context.Context, what contract.Text) error {
			_, err := ask(ctx, httpapi.FieldQuestion{Text: what})
			return err
		},
		Choose: func(ctx context.Context, matches []field.Match) (string, error) {
			q := httpapi.FieldQuestion{Text: contract.Text{ZH: "是哪种设备？看铭牌。", EN: "Which device is it? Look at its label."}}
			for _, m := range matches {
				q.Options = append(q.Options, httpapi.FieldOption{Value: m.Contract, Title: m.Title})
			}
			return ask(ctx, q)
		},
	}, report)
	if err != nil {
		return nil, err
	}
	taken := make([]string, 0, len(g.cfg.Devices))
	for i := range g.cfg.Devices {
		taken = append(taken, g.cfg.Devices[i].Name)
	}
	e := field.Entry{
		Name: field.NameFor(adopted.Contract, order.Premises, adopted.To.Unit, taken), Bus: order.Bus, Unit: adopted.To.Unit,
		Contract: adopted.Ref, Premises: order.Premises, Label: order.Label,
	}
	out := &httpapi.FieldAdopted{Adopted: adopted, Entry: e}
	if err := f.write(&e); err != nil {
		f.app.log.Error("the new device could not be put into the configuration", "device", e.Name, "error", err)
		text, err := field.Insert([]byte("devices:\n"), &e)
		if err != nil {
			return nil, err
		}
		out.Snippet = string(text)
		return out, nil
	}
	out.Written = true
	return out, nil
}

// write puts a device into the configuration file and has it read again.
func (f fieldWork) write(e *field.Entry) error {
	o := &f.app.opts
	if o.ConfigPath == "" || o.AskReload == nil {
		return errors.New("this daemon was not told where its configuration stands")
	}
	err := field.Append(o.ConfigPath, e, func(name string, text []byte) error {
		cfg, err := config.Parse(name, text, o.Contracts)
		if err == nil {
			err = CheckPlans(cfg)
		}
		return err
	})
	if err == nil {
		o.AskReload()
	}
	return err
}
