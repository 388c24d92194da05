package message

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// Why a well-signed command is refused all the same.
var (
	// ErrStation: the command is for another station.
	ErrStation = errors.New("command is for another station")
	// ErrExpired: its time is over.
	ErrExpired = errors.New("command has expired")
	// ErrLifetime: it would stay good for longer than MaxLifetime.
	ErrLifetime = errors.New("command is valid for too long")
	// ErrNonce: it does not quote this boot's nonce although the clock is not trusted, or
	// it quotes another one.
	ErrNonce = errors.New("command does not quote this boot's nonce")
	// ErrReplayed: its counter is not above the last one of its issuer.
	ErrReplayed = errors.New("command counter is not new")
)

// MaxLifetime is how far ahead a command's expiry may lie. It bounds what a recorded command
// can do to a replaced board, which knows no counters.
const MaxLifetime = 24 * time.Hour

// Guard decides whether a command is for this station, in time and new. It holds no clock
// and keeps nothing by itself: the caller stores Counters durably. It is not safe for
// concurrent use.
type Guard struct {
	// Station is this booth's id.
	Station string
	// Counters is the last counter that was taken of each issuer.
	Counters map[string]uint64
}

// Check refuses a command for another station, a repeat or a step back of its issuer's
// counter, and one whose time is over. While the clock is not trusted, time can't be judged:
// then the command must quote nonce, the one of this boot. A command that quotes any other
// nonce is refused in either case. Check changes nothing; see Take.
func (g *Guard) Check(cmd Command, now Stamp, nonce string) error {
	if cmd.Station != g.Station {
		return fmt.Errorf("check command %s: for %q, this is %q: %w", cmd.ID, cmd.Station, g.Station, ErrStation)
	}
	quoted := nonce != "" && subtle.ConstantTimeCompare([]byte(cmd.Nonce), []byte(nonce)) == 1
	switch {
	case !quoted && (cmd.Nonce != "" || !now.Trusted):
		return fmt.Errorf("check command %s: %w: quote the one in …/health", cmd.ID, ErrNonce)
	case now.Trusted && !now.Wall.Before(cmd.Expires.Time):
		return fmt.Errorf("check command %s: at %s: %w", cmd.ID, cmd.Expires.UTC().Format(TimeLayout), ErrExpired)
	case now.Trusted && cmd.Expires.Sub(now.Wall) > MaxLifetime:
		return fmt.Errorf("check command %s: until %s, at most %s ahead: %w", cmd.ID, cmd.Expires.UTC().Format(TimeLayout), MaxLifetime, ErrLifetime)
	}
	if last := g.Counters[cmd.Issuer]; cmd.Counter <= last {
		return fmt.Errorf("check command %s: counter %d of %s, the last was %d: %w", cmd.ID, cmd.Counter, cmd.Issuer, last, ErrReplayed)
	}
	return nil
}

// Take records the command's counter, so that it and everything before it is refused from
// now on. The caller makes Counters durable before it acts.
func (g *Guard) Take(cmd Command) {
	if g.Counters == nil {
		g.Counters = make(map[string]uint64)
	}
	g.Counters[cmd.Issuer] = max(g.Counters[cmd.Issuer], cmd.Counter)
}
