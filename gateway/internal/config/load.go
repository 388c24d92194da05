package config

import (
	"fmt"
	"os"

	"firepost/firmware-contracts/contract"
	y "firepost/firmware-contracts/strictyaml"
	"firepost/gateway/internal/premises"
)

// Load reads and checks a configuration file against the built-in contracts and those in
// the folders that it names. The error is strictyaml.Problems: all mistakes at once.
func Load(path string, builtin *contract.Set) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, data, builtin)
}

// Parse is Load for a file that is already in memory; name is for messages.
func Parse(name string, data []byte, builtin *contract.Set) (*Config, error) {
	c := Default()
	doc := y.Decode(name, data, &c)
	if len(doc.Problems()) == 0 || c.Station != "" {
		// Relations between fields are checked even beside type errors, so that one run
		// shows everything; only an unreadable file stops here.
		k := &checker{doc: doc, c: &c}
		k.defaults()
		k.contracts(builtin)
		k.catalogue()
		k.all()
	}
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	return &c, nil
}

type checker struct {
	doc *y.Doc
	c   *Config
	// names maps what is already taken to the path that took it.
	names map[string]string
	// salvaging: what is left out would be worse than what does nothing.
	salvaging bool
}

// defaults fills what list entries leave out.
func (k *checker) defaults() {
	for i := range k.c.Buses {
		b, at := &k.c.Buses[i], fmt.Sprintf("buses[%d].", i)
		fill(k.doc, at+"kind", &b.Kind, defaultKind)
		fill(k.doc, at+"baud", &b.Baud, defaultBaud)
		fill(k.doc, at+"format", &b.Format, defaultFormat)
		fill(k.doc, at+"backend", &b.Backend, defaultBackend)
		fill(k.doc, at+"slow_share", &b.SlowShare, defaultSlowShare)
		fill(k.doc, at+"probe_share", &b.ProbeShare, defaultProbeShare)
	}
	for i := range k.c.Devices {
		d, at := &k.c.Devices[i], fmt.Sprintf("devices[%d].", i)
		fill(k.doc, at+"deadline", &d.Deadline, y.Duration(defaultDeadline))
		fill(k.doc, at+"slow_every", &d.SlowEvery, y.Duration(defaultSlowEvery))
		if c := d.Contact; c != nil {
			fill(k.doc, at+"contact.pull", &c.Pull, defaultPull)
			fill(k.doc, at+"contact.debounce", &c.Debounce, y.Duration(defaultDebounce))
		}
		if a := d.Analog; a != nil {
			fill(k.doc, at+"analog.divider", &a.Divider, defaultDivider)
		}
	}
	k.screenDefaults()
	for i := range k.c.Uplinks {
		u, at := &k.c.Uplinks[i], fmt.Sprintf("uplinks[%d].", i)
		fill(k.doc, at+"client_id", &u.ClientID, k.c.Station)
		fill(k.doc, at+"confirm", &u.Confirm, defaultConfirm)
		fill(k.doc, at+"ack_timeout", &u.AckTimeout, y.Duration(defaultAckTimeout))
		fill(k.doc, at+"keep_alive", &u.KeepAlive, y.Duration(defaultKeepAlive))
		fill(k.doc, at+"window", &u.Window, defaultWindow)
		fill(k.doc, at+"drain_per_second", &u.DrainPerSecond, defaultDrain)
	}
}

func fill[T any](doc *y.Doc, path string, v *T, def T) {
	if !doc.Has(path) {
		*v = def
	}
}

// catalogue reads the file of premises, and gives devices without a label the label of theirs.
func (k *checker) catalogue() {
	if k.c.Premises == "" {
		return
	}
	data, err := os.ReadFile(k.c.Premises)
	if err != nil {
		k.doc.Add("premises", fmt.Sprintf("%q can't be read: %v", k.c.Premises, err), "name a CSV file with the columns code,label_zh,label_en, or leave the key out")
		return
	}
	cat, err := premises.Parse(k.c.Premises, data)
	if err != nil {
		k.doc.Add("premises", err.Error(), "firepost premises check "+k.c.Premises+" shows every bad row")
		return
	}
	k.c.Catalogue = cat
	for i := range k.c.Devices {
		d := &k.c.Devices[i]
		if d.Premises == "" {
			continue
		}
		e, ok := cat.Get(d.Premises)
		if !ok {
			k.reference(fmt.Sprintf("devices[%d].premises", i), "premises", d.Premises, cat.Codes())
			continue
		}
		if d.Label == (Text{}) {
			d.Label = Text{ZH: e.LabelZH, EN: e.LabelEN}
		}
		if d.Metres == nil {
			d.Metres = e.Metres
		}
	}
}

// contracts loads the folders that the file names and joins them with the built-in set.
func (k *checker) contracts(builtin *contract.Set) {
	k.c.Set = builtin
	for i, dir := range k.c.Contracts {
		path := fmt.Sprintf("contracts[%d]", i)
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			k.doc.Add(path, fmt.Sprintf("%q is not a folder that can be read", dir), "name a folder with contract files name@version.yaml")
			continue
		}
		more, err := contract.LoadFS(os.DirFS(dir))
		if err != nil {
			k.doc.Add(path, err.Error(), "")
			continue
		}
		joined, err := k.c.Set.With(more)
		if err != nil {
			k.doc.Add(path, err.Error(), "give your contract another name or version")
			continue
		}
		k.c.Set = joined
	}
}
