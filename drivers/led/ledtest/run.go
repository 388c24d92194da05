package ledtest

import (
	"image"
	"testing"
	"time"

	"firepost/drivers/led"
)

// Options is what the suite needs to know of one driver.
type Options struct {
	// Open makes a new healthy simulated card and the sign that is connected to it; what it
	// starts ends with the test. The sign's own time for one reply should be long (10 s):
	// faults are tested with short contexts.
	Open func(t *testing.T) (led.Sign, Card)
	// Size is the board's size in pixels, for cards that take pictures.
	Size image.Point
	// Step is by how many percent a brightness may be off, because the card knows steps only.
	Step int
	// Texts must be shown as they are, and Refused be refused; empty: GBKTexts and
	// GBKRefused. Both only for cards with CanText.
	Texts   []string
	Refused []Refused
	// Noise says that the protocol can find a reply behind line noise.
	Noise bool
	// SharedLine says that a late reply can't be told from the next request's by its bytes
	// and outlives the connection, as on a serial line. Then the driver must keep silent for
	// a time after an unanswered request; the suite lets the late reply come within it.
	SharedLine bool
	// Without are faults that can't happen with this protocol.
	Without []Fault
	// Patience is how long the suite lets a call wait for an answer that does not come; zero:
	// 500 ms. It must be longer than the time for which a SharedLine is kept silent.
	Patience time.Duration
}

// Run asserts everything that the package's documentation lists, each as a subtest.
func Run(t *testing.T, o Options) {
	t.Helper()
	if o.Patience == 0 {
		o.Patience = 500 * time.Millisecond
	}
	if o.Texts == nil {
		o.Texts = GBKTexts()
	}
	if o.Refused == nil {
		o.Refused = GBKRefused()
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, Options)
	}{
		{"abilities", abilities},
		{"unclaimed abilities", unclaimed},
		{"values out of range", outOfRange},
		{"show and clear", showAndClear},
		{"renewal", renewal},
		{"power cycle", powerCycle},
		{"preload", preload},
		{"texts", texts},
		{"refused texts", refusedTexts},
		{"oversize", oversize},
		{"speech", speech},
		{"faults", faults},
		{"harmless faults", harmless},
		{"late reply", lateReply},
		{"a reply sent twice", twice},
		{"ended context", endedContext},
		{"closed", closed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, o) })
	}
}
