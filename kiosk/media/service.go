package media

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Service fetches what a store lacks, publishes what is whole, and reads everything again from
// time to time. It is safe for concurrent use.
type Service struct {
	s      *Store
	cfg    Config
	fetch  *fetcher
	kick   chan struct{}
	random func() float64

	mu       sync.Mutex
	started  time.Time
	fetching Item
	at       int64
	waiting  Waiting
	retry    map[string]pause
	publish  pause
	// unfit is the digest of a wanted manifest that can't be published here.
	unfit      string
	lastFetch  time.Time
	lastError  string
	verified   Verified
	verifiedAt time.Time
}

// pause is how long to leave something alone after failures.
type pause struct {
	length time.Duration
	until  time.Time
}

// look is how often the hours and the clock are looked at while waiting for them.
const look = 30 * time.Second

// NewService checks the settings; it starts nothing. Errors wrap ErrConfig.
func NewService(s *Store, cfg Config) (*Service, error) {
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	v := &Service{s: s, cfg: cfg, kick: make(chan struct{}, 1), random: rand.Float64, retry: map[string]pause{}}
	v.fetch = &fetcher{
		s: s, cfg: cfg, base: base, pace: cfg.limiter(), dial: (&net.Dialer{Timeout: cfg.Stall}).DialContext,
		open: func() bool { return v.hours() == WaitNothing },
		progress: func(it Item, at int64) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.fetching, v.at = it, at
		},
	}
	return v, nil
}

// Want is Store.Want, and begins to fetch at once.
func (v *Service) Want(ctx context.Context, m Manifest) error {
	err := v.s.Want(ctx, m)
	v.poke()
	return err
}

func (v *Service) poke() {
	select {
	case v.kick <- struct{}{}:
	default: // it will look anyway
	}
}

// Run works until ctx ends, and returns its error.
func (v *Service) Run(ctx context.Context) error {
	v.mu.Lock()
	v.started = time.Now()
	v.mu.Unlock()
	var walks sync.WaitGroup
	walks.Go(func() { v.walks(ctx) })
	defer walks.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("media: %w", ctx.Err())
		case <-v.kick:
		case <-timer.C:
		}
		timer.Reset(v.once(ctx))
	}
}

// walks reads everything from time to time.
func (v *Service) walks(ctx context.Context) {
	timer := time.NewTimer(v.cfg.VerifyAfter)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		got, err := v.s.Verify(ctx)
		if ctx.Err() != nil {
			return
		}
		v.mu.Lock()
		v.verified, v.verifiedAt = got, time.Now()
		if err != nil {
			v.lastError = err.Error()
		}
		v.mu.Unlock()
		if got.Rotten > 0 {
			v.poke()
		}
		timer.Reset(v.cfg.VerifyEvery)
	}
}

// hours says whether a download may run now.
func (v *Service) hours() Waiting {
	if len(v.cfg.Hours) == 0 {
		return WaitNothing
	}
	at, trusted := v.cfg.Clock()
	if !trusted {
		v.mu.Lock()
		defer v.mu.Unlock()
		if time.Since(v.started) < v.cfg.UntrustedWait {
			return WaitClock
		}
		return WaitNothing
	}
	for _, h := range v.cfg.Hours {
		if h.Open(at) {
			return WaitNothing
		}
	}
	return WaitHours
}

// once does the next thing and returns when to look again; 0 is at once.
func (v *Service) once(ctx context.Context) time.Duration {
	if _, err := v.s.Collect(ctx); err != nil && ctx.Err() == nil {
		v.failed(err)
	}
	m, wanted := v.s.Wanted()
	lacking := v.s.lacking()
	stuck := wanted && v.isUnfit(m)
	if wanted && !stuck && v.s.missing(m.Items) == nil {
		return v.publishNow(ctx, m)
	}
	if stuck {
		lacking = v.s.repairs()
	}
	next, wait, ok := v.pick(lacking)
	switch closed := v.hours(); {
	case !ok && (stuck || len(lacking) > 0):
		return v.wait(WaitManifest, v.cfg.MostPause)
	case !ok:
		return v.wait(WaitNothing, v.cfg.MostPause)
	case v.fetch.base == nil:
		return v.wait(WaitManifest, v.cfg.MostPause)
	case closed != WaitNothing:
		return v.wait(closed, look)
	case wait > 0:
		return v.wait(v.retryReason(), wait)
	}
	return v.fetchNow(ctx, next)
}

func (v *Service) wait(why Waiting, most time.Duration) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waiting = why
	return most
}

// retryReason tells a full disk from everything that may pass by itself.
func (v *Service) retryReason() Waiting {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	if _, full := v.s.faults[faultRoom]; full {
		return WaitRoom
	}
	return WaitRetry
}

// pick chooses the first object whose turn it is, or says how long until the first one.
func (v *Service) pick(lacking []Item) (next Item, wait time.Duration, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	for _, it := range lacking {
		if v.s.tooWrong(it.SHA256) {
			continue
		}
		left := v.retry[it.SHA256].until.Sub(now)
		if left <= 0 {
			return it, 0, true
		}
		if !ok || left < wait {
			next, wait, ok = it, left, true
		}
	}
	return next, wait, ok
}

func (v *Service) isUnfit(m Manifest) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.unfit != "" && v.unfit == m.Digest()
}

// fetchNow fetches one object.
func (v *Service) fetchNow(ctx context.Context, it Item) time.Duration {
	v.mu.Lock()
	v.waiting, v.fetching, v.at = WaitNothing, it, 0
	v.mu.Unlock()
	came, after, err := v.fetch.fetch(ctx, it)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fetching, v.at = Item{}, 0
	if ctx.Err() != nil {
		return v.cfg.MostPause
	}
	if err == nil {
		delete(v.retry, it.SHA256)
		v.lastFetch, v.lastError = time.Now(), ""
		v.s.answered(nil)
		return 0
	}
	v.s.answered(err)
	v.lastError = err.Error()
	if errors.Is(err, errClosed) {
		return 0
	}
	p := v.retry[it.SHA256]
	if came > 0 && errors.Is(err, ErrTemporary) {
		p = pause{}
	}
	v.retry[it.SHA256] = v.longer(p, after, errors.Is(err, ErrNoRoom) || errors.Is(err, ErrRefused) || errors.Is(err, ErrStorage))
	return 0
}

// longer is the pause after a pause: decorrelated jitter, so that booths that lost one server
// together do not come back together. The caller holds mu.
func (v *Service) longer(p pause, after time.Duration, most bool) pause {
	top := max(v.cfg.LeastPause, 3*p.length)
	p.length = min(v.cfg.MostPause, v.cfg.LeastPause+time.Duration(v.random()*float64(top-v.cfg.LeastPause)))
	if most {
		p.length = v.cfg.MostPause
	}
	p.until = time.Now().Add(max(p.length, after))
	return p
}

// publishNow publishes what is whole.
func (v *Service) publishNow(ctx context.Context, m Manifest) time.Duration {
	v.mu.Lock()
	left := time.Until(v.publish.until)
	v.mu.Unlock()
	if left > 0 {
		return v.wait(WaitRetry, left)
	}
	err := v.s.Publish(ctx, m)
	v.mu.Lock()
	defer v.mu.Unlock()
	if ctx.Err() != nil {
		return v.cfg.MostPause
	}
	if err == nil {
		v.publish, v.unfit, v.lastError = pause{}, "", ""
		return 0
	}
	v.lastError = err.Error()
	v.s.note(faultUnfit, err)
	switch {
	case errors.Is(err, ErrMissing):
		return 0
	case errors.Is(err, ErrUnfit), errors.Is(err, ErrManifest), errors.Is(err, ErrOld), errors.Is(err, ErrHeld):
		v.unfit = m.Digest()
		return 0
	default:
		v.publish = v.longer(v.publish, 0, errors.Is(err, ErrNoProbe) || errors.Is(err, ErrStorage))
		return 0
	}
}

func (v *Service) failed(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lastError = err.Error()
}

// Status is what health shows.
func (v *Service) Status() Status {
	st := v.s.Status()
	v.mu.Lock()
	defer v.mu.Unlock()
	st.Fetching, st.FetchingAt, st.FetchingSize = v.fetching.Name, v.at, v.fetching.Size
	st.Waiting, st.LastError, st.Verified = v.waiting, v.lastError, v.verified
	if !v.lastFetch.IsZero() {
		st.SinceFetch = time.Since(v.lastFetch)
	}
	if !v.verifiedAt.IsZero() {
		st.SinceVerified = time.Since(v.verifiedAt)
	}
	return st
}
