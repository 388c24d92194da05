package app

import (
	"context"
	"maps"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/outputs"
)

// unlockedFor is how long the desk's word unlocks the cabinet when it says nothing else,
// longestUnlock the longest that it may.
const (
	unlockedFor   = 5 * time.Minute
	longestUnlock = time.Hour
)

// cabinet is the lock of the extinguishers and blankets: open during a fire nearby, and for
// a while on the desk's word.
type cabinet struct {
	mu    sync.Mutex
	until time.Duration // by the monotonic clock; 0: no word
	by    string
	known map[string]bool // verified state by output
}

// Command implements uplink.Booth.
func (b booth) Command(ctx context.Context, cmd message.Command) message.Result {
	switch cmd.Action { //nolint:exhaustive // the others concern points and are the engine's
	case message.ActionUnlock:
		return b.g.unlock(cmd)
	case message.ActionPicture:
		return b.g.takePicture(ctx, cmd)
	case message.ActionTakeover, message.ActionTakeoverEnd, message.ActionEvacuate, message.ActionNotice:
		return b.g.screenCommand(cmd)
	default:
		if res, done := b.g.trustBoard(cmd); done {
			return res
		}
		return b.g.engine.Command(ctx, cmd)
	}
}

// unlock opens the cabinet on the desk's word.
func (g *generation) unlock(cmd message.Command) message.Result {
	now := g.app.now()
	res := message.Result{ID: cmd.ID, Station: g.cfg.Station, At: message.Time{Time: now.Wall}}
	switch {
	case !g.hasCabinet():
		res.Code, res.Text, res.TextZH = "unknown_output", "this booth has no cabinet with a lock", "本驿站没有带锁的器材柜"
		return res
	case cmd.Author == "":
		res.Code, res.Text, res.TextZH = "needs_author", "unlocking needs the name of who orders it", "开锁须注明下令人姓名"
		return res
	}
	long := unlockedFor
	if cmd.Seconds > 0 {
		long = min(time.Duration(cmd.Seconds)*time.Second, longestUnlock)
	}
	c := &g.cabinet
	c.mu.Lock()
	c.until, c.by = now.Mono+long, cmd.Author
	c.mu.Unlock()
	g.wakeOutputs()
	res.OK, res.Code = true, "ok"
	return res
}

func (g *generation) hasCabinet() bool {
	for i := range g.cfg.Outputs {
		if g.cfg.Outputs[i].Kind == string(outputs.Cabinet) {
			return true
		}
	}
	return false
}

// wish is what the lock should do now: fire says that there is one nearby.
func (c *cabinet) wish(fire bool, now time.Duration) outputs.Wish {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until > 0 && now >= c.until {
		c.until, c.by = 0, ""
	}
	w := outputs.Wish{On: fire || c.until > 0}
	if c.until > 0 {
		w.Next = c.until - now
	}
	return w
}

// takeOver goes on where another generation's lock was: a reload neither takes the desk's word
// back nor forgets that the lock is open.
func (c *cabinet) takeOver(old *cabinet) {
	old.mu.Lock()
	defer old.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until, c.by, c.known = old.until, old.by, maps.Clone(old.known)
}

// cabinetReport writes into the journal that the lock really opened or closed, and for whom.
func (g *generation) cabinetReport(s outputs.Status) {
	if s.Err != "" {
		return
	}
	c := &g.cabinet
	c.mu.Lock()
	was, by := c.known[s.Name], c.by
	if c.known == nil {
		c.known = make(map[string]bool)
	}
	c.known[s.Name] = s.Actual
	c.mu.Unlock()
	if was == s.Actual {
		return
	}
	kind, cause := message.KindLocked, "over"
	switch {
	case s.Actual && by != "":
		kind, cause = message.KindUnlocked, "command"
	case s.Actual:
		kind, cause = message.KindUnlocked, "fire"
	}
	g.engine.Act(kind, cause, struct {
		Output   string `json:"output"`
		Author   string `json:"author,omitempty"`
		Verified bool   `json:"verified"`
	}{s.Name, by, s.Verified})
}
