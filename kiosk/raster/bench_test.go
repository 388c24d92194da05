package raster

import (
	"io"
	"runtime"
	"testing"

	"firepost/kiosk/takeover"
)

func benchmark(b *testing.B, p Panel) {
	f := open(b)
	s := scene(takeover.Real, takeover.Evacuate, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Scene(s, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScene1080p(b *testing.B)   { benchmark(b, Panel{Width: 1920, Height: 1080}) }
func BenchmarkSceneStrip(b *testing.B)   { benchmark(b, Panel{Width: 256, Height: 64}) }
func BenchmarkSceneTinyRed(b *testing.B) { benchmark(b, Panel{Width: 128, Height: 32, Colours: Red}) }

func BenchmarkPNG1080p(b *testing.B) {
	pages, err := open(b).Scene(scene(takeover.Real, takeover.Evacuate, 1), Panel{Width: 1920, Height: 1080})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := PNG(io.Discard, &pages[0]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen is what it costs to open the chain and draw the first scene.
func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f, err := OpenFonts(DebianBold, DebianRegular)
		if err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
	}
}

// heap is what lives after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
