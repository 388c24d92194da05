package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	dto "github.com/prometheus/client_model/go"
)

// read reads metrics as Prometheus itself does.
func readMetrics(t *testing.T, data []byte) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.LegacyValidation)
	got, err := p.TextToMetricFamilies(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("not what Prometheus reads: %v\n%s", err, data)
	}
	return got
}

func TestMetricsAreReadByPrometheus(t *testing.T) {
	odd := "a\\b \"c\"\nd 张记"
	h := serveMetrics(func(send sender) {
		processMetrics(send)
		send(gauge, "firepost_x", "help with \\ and\nlines", 1.5, []string{"name", "kind"}, []string{odd, ""})
		send(gauge, "firepost_x", "help", -2, []string{"name", "kind"}, []string{"y", "z"})
		send(counter, "firepost_n_total", "count", 1e18, nil, nil)
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	got := readMetrics(t, w.Body.Bytes())
	x := got["firepost_x"]
	if x == nil || len(x.GetMetric()) != 2 || x.GetType() != dto.MetricType_GAUGE || x.GetHelp() != "help with \\ and\nlines" {
		t.Fatalf("firepost_x: %v", x)
	}
	if l := x.GetMetric()[0].GetLabel(); len(l) != 2 || l[0].GetValue() != odd || l[1].GetValue() != "" {
		t.Errorf("labels %v", l)
	}
	if v := x.GetMetric()[1].GetGauge().GetValue(); v != -2 {
		t.Errorf("value %v", v)
	}
	if n := got["firepost_n_total"]; n.GetType() != dto.MetricType_COUNTER || n.GetMetric()[0].GetCounter().GetValue() != 1e18 {
		t.Errorf("firepost_n_total: %v", n)
	}
	for _, name := range []string{"process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds", "go_goroutines", "go_memstats_heap_alloc_bytes"} {
		if f := got[name]; f == nil || f.GetMetric()[0].GetGauge().GetValue() <= 0 {
			t.Errorf("%s: %v", name, f)
		}
	}
	for _, name := range []string{"process_cpu_seconds_total", "go_gc_cycles_total"} {
		if f := got[name]; f == nil || f.GetType() != dto.MetricType_COUNTER {
			t.Errorf("%s: %v", name, f)
		}
	}
}

// TestEveryMetricOfABooth: a whole booth's answer is one that Prometheus takes.
func TestEveryMetricOfABooth(t *testing.T) {
	h := newHouse(t)
	h.extra = screensOf(h, "")
	h.start(nil)
	h.smoke("a", true)
	h.eventually("the fire is counted", func() bool {
		w := httptest.NewRecorder()
		h.app.metrics(h.gen()).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		got := readMetrics(t, w.Body.Bytes())
		f := got["firepost_devices_fire"]
		return f != nil && f.GetMetric()[0].GetGauge().GetValue() == 1 && got["firepost_takeover_active"] != nil
	})
}
