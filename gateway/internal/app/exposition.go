package app

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// The text format in which Prometheus reads metrics, version 0.0.4 (prometheus.io, Exposition
// formats). It is written here, in a hundred lines, because the client library brings protocol
// buffers along: two megabytes of a binary that has twenty, and memory that a small board has
// not. The tests read what is written with that library.

// metricKind is what a metric's values do.
type metricKind string

const (
	// gauge goes up and down, counter only up.
	gauge   metricKind = "gauge"
	counter metricKind = "counter"
)

// sender takes one value of a metric, whose name it completes.
type sender func(kind metricKind, name, help string, v float64, labels, values []string)

// family is one metric with all its values.
type family struct {
	kind  metricKind
	help  string
	lines []string
}

// exposition are the metrics of one answer.
type exposition map[string]*family

// add takes one value. Values of one name that differ in kind belong to the first one's family.
func (e exposition) add(kind metricKind, name, help string, v float64, labels, values []string) {
	f := e[name]
	if f == nil {
		f = &family{kind: kind, help: help}
		e[name] = f
	}
	var b strings.Builder
	b.WriteString(name)
	for i, l := range labels {
		b.WriteByte(",{"[boolInt(i == 0)])
		b.WriteString(l)
		b.WriteString(`="`)
		b.WriteString(labelEscaper.Replace(values[i]))
		b.WriteByte('"')
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	f.lines = append(f.lines, b.String())
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What must be escaped in a label's value, and in a help text.
var (
	labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`) //nolint:gochecknoglobals // lookup table
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)            //nolint:gochecknoglobals // lookup table
)

// write writes the families in the order of their names.
func (e exposition) write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(e)) {
		f := e[name]
		_, _ = out.WriteString("# HELP " + name + " " + helpEscaper.Replace(f.help) + "\n# TYPE " + name + " " + string(f.kind) + "\n")
		for _, l := range f.lines {
			_, _ = out.WriteString(l + "\n")
		}
	}
	return out.Flush()
}

// metricsAtOnce is how many answers are made at a time: each costs the board something.
const metricsAtOnce = 2

// serveMetrics answers with what collect sends.
func serveMetrics(collect func(send sender)) http.Handler {
	turns := make(chan struct{}, metricsAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
		default:
			http.Error(w, "metrics are being read already; ask again", http.StatusServiceUnavailable)
			return
		}
		e := make(exposition)
		collect(e.add)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodHead {
			_ = e.write(w) // a reader that has gone is no matter
		}
	})
}

// processMetrics are the daemon's own, under the names that everybody uses for them.
func processMetrics(send sender) {
	if p, err := procfs.Self(); err == nil {
		if st, err := p.Stat(); err == nil {
			send(counter, "process_cpu_seconds_total", "Processor time used.", st.CPUTime(), nil, nil)
			send(gauge, "process_resident_memory_bytes", "Resident memory.", float64(st.ResidentMemory()), nil, nil)
			if start, err := st.StartTime(); err == nil {
				send(gauge, "process_start_time_seconds", "Start of the process since the Unix epoch, by the wall clock of then.", start, nil, nil)
			}
		}
		if n, err := p.FileDescriptorsLen(); err == nil {
			send(gauge, "process_open_fds", "Open file descriptors.", float64(n), nil, nil)
		}
	}
	samples := []metrics.Sample{
		{Name: "/sched/goroutines:goroutines"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(samples)
	for i, m := range []struct {
		kind       metricKind
		name, help string
	}{
		{gauge, "go_goroutines", "Goroutines."}, {gauge, "go_memstats_heap_alloc_bytes", "Heap in use."}, {counter, "go_gc_cycles_total", "Collections."},
	} {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			send(m.kind, m.name, m.help, float64(samples[i].Value.Uint64()), nil, nil)
		}
	}
}
