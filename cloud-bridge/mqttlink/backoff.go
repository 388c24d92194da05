package mqttlink

import (
	"math/rand/v2"
	"time"
)

// stable is how long a connection must have lived before the pauses start small again.
const stable = time.Minute

// backoff gives the pauses between connection attempts: decorrelated jitter, so that booths
// that lost one broker together do not come back together.
type backoff struct {
	base, limit time.Duration
	last        time.Duration
	random      func() float64 // in [0,1); nil is math/rand
}

// after returns the pause after an attempt whose connection lived for lived (0 when it never
// came up). After a stable life the pause is only a small jitter.
func (b *backoff) after(lived time.Duration) time.Duration {
	if lived >= stable {
		b.last = 0
		return b.between(0, b.base)
	}
	b.last = min(b.limit, b.between(b.base, max(b.base, 3*b.last)))
	return b.last
}

func (b *backoff) between(lo, hi time.Duration) time.Duration {
	random := b.random
	if random == nil {
		random = rand.Float64
	}
	return lo + time.Duration(random()*float64(hi-lo))
}
