package mqttlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
)

const (
	// resultMemory is how many commands' results are remembered.
	resultMemory = 256
	// commandTime bounds one command.
	commandTime = 30 * time.Second
	// longestID is the longest command id that is answered.
	longestID = 64
)

// result is one command's answer.
type result struct {
	key     string
	payload []byte
	queued  bool // waits to be sent, or for its PUBACK
	flying  bool
	asked   bool // asked for again while it was flying
}

// resultBook remembers results and queues them for sending. It is safe for concurrent use.
type resultBook struct {
	mu    sync.Mutex
	known map[string]*result
	order []string // keys of known, oldest first
	queue []*result
}

// repeat queues the result of a known command again.
func (b *resultBook) repeat(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.known[key]
	if ok {
		b.push(r)
	}
	return ok
}

// add queues a new result; with a key it is remembered.
func (b *resultBook) add(key string, payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &result{key: key, payload: payload}
	if key != "" {
		if b.known == nil {
			b.known = make(map[string]*result)
		}
		if len(b.order) >= resultMemory {
			delete(b.known, b.order[0])
			b.order = b.order[1:]
		}
		b.known[key] = r
		b.order = append(b.order, key)
	}
	b.push(r)
}

func (b *resultBook) push(r *result) {
	if r.queued {
		// Whoever asks again may have missed the copy that is on its way.
		r.asked = r.asked || r.flying
		return
	}
	if len(b.queue) >= resultMemory {
		b.queue[0].queued = false
		b.queue = b.queue[1:]
	}
	r.queued, r.flying = true, false
	b.queue = append(b.queue, r)
}

// next returns the oldest result that is not on its way, nil when there is none.
func (b *resultBook) next() *result {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.queue {
		if !r.flying {
			r.flying = true
			return r
		}
	}
	return nil
}

// delivered removes a result that the broker has, unless it was asked for again meanwhile.
func (b *resultBook) delivered(r *result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, q := range b.queue {
		if q == r {
			b.queue = append(b.queue[:i:i], b.queue[i+1:]...)
			asked := r.asked
			r.queued, r.flying, r.asked = false, false, false
			if asked {
				b.push(r)
			}
			return
		}
	}
}

// again lets a new connection send everything that is still queued.
func (b *resultBook) again() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.queue {
		r.flying = false
	}
}

// refusal is how a refused command is answered.
type refusal struct {
	err      error
	code     string
	text, zh string
}

// refusals turns errors into the stable codes of message.Result.
var refusals = [...]refusal{ //nolint:gochecknoglobals // lookup table
	{err: message.ErrMalformed, code: "malformed", text: "the command is malformed: send one JSON envelope with the known keys", zh: "命令格式错误：请按规定格式发送"},
	{err: message.ErrUnsigned, code: "unsigned", text: "the command is not signed: sign it with an enrolled key", zh: "命令未签名：请用已登记的密钥签名"},
	{err: message.ErrUnknownKey, code: "unknown_key", text: "the signing key is not known here: enrol it in the booth's configuration", zh: "签名密钥未登记：请先在驿站配置中登记"},
	{err: message.ErrBadSignature, code: "bad_signature", text: "the signature does not fit the command: sign the exact bytes of the body", zh: "签名与命令内容不符：请对原文字节签名"},
	{err: message.ErrIssuer, code: "wrong_issuer", text: "the key belongs to another issuer", zh: "密钥属于其他签发者"},
	{err: message.ErrRole, code: "wrong_role", text: "the key may not act in this role", zh: "该密钥无权以此角色下达命令"},
	{err: message.ErrStation, code: "wrong_station", text: "the command is for another station", zh: "命令不是发给本驿站的"},
	{err: message.ErrExpired, code: "expired", text: "the command has expired: send a new one", zh: "命令已过期：请重新下达"},
	{err: message.ErrLifetime, code: "lifetime", text: "the command is valid for too long: shorten its expiry", zh: "命令有效期过长：请缩短有效期"},
	{err: message.ErrNonce, code: "nonce", text: "the booth's clock is not trusted, or it has restarted: quote the nonce in its health", zh: "驿站时钟不可信或已重启：请引用其健康信息中的随机数"},
	{err: message.ErrReplayed, code: "replayed", text: "the command's counter is not new: raise it", zh: "命令计数未递增：请提高计数后重发"},
}

// refuse builds the answer to a command that err kept out.
func (l *Link) refuse(id string, err error) message.Result {
	r := message.Result{ID: id, Station: l.cfg.Station, At: message.Time{Time: time.Now()}, Code: "refused", Text: err.Error(), TextZH: "命令被拒绝"}
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			r.Code, r.Text, r.TextZH = known.code, known.text, known.zh
			break
		}
	}
	return r
}

// peekID reads the id out of an envelope that nobody has verified; empty when there is none
// that could be answered.
func peekID(envelope []byte) string {
	if len(envelope) > message.MaxEnvelope {
		return ""
	}
	var e message.Envelope
	if json.Unmarshal(envelope, &e) != nil {
		return ""
	}
	var c struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(e.Body, &c) != nil || len(c.ID) > longestID {
		return ""
	}
	return c.ID
}

// answer queues a result; with a key it is remembered under it.
func (l *Link) answer(key string, r message.Result) {
	payload, err := json.Marshal(r)
	if err != nil {
		l.log.Error("encode result", "command", r.ID, "err", err)
		return
	}
	l.results.add(key, payload)
	signal(l.poke)
}

// tooBusy answers a command that found the queue full. It is called by the client library's
// goroutine. The answer is not remembered: the same command may come again.
func (l *Link) tooBusy(envelope []byte) {
	l.busy.Add(1)
	if id := peekID(envelope); id != "" {
		l.answer("", message.Result{
			ID: id, Station: l.cfg.Station, At: message.Time{Time: time.Now()}, Code: "busy",
			Text: "too many commands at once: send it again later", TextZH: "命令过多：请稍后重发",
		})
	}
}

// takeCommands carries out commands one after the other until ctx ends.
func (l *Link) takeCommands(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case envelope := <-l.cmds:
			l.command(ctx, envelope)
		}
	}
}

// command verifies and carries out one command. Only the answer to a verified one is
// remembered: an unsigned copy must not be able to answer for the real one.
func (l *Link) command(ctx context.Context, envelope []byte) {
	cmd, err := message.Open(envelope, l.cfg.Keys, message.OpenRule{Insecure: l.cfg.Insecure})
	if err != nil {
		l.refused.Add(1)
		l.log.Warn("command refused", "err", err)
		if id := peekID(envelope); id != "" {
			l.answer("", l.refuse(id, err))
		}
		return
	}
	key := cmd.Issuer + "\x00" + cmd.ID
	if l.results.repeat(key) {
		signal(l.poke)
		return
	}
	if err := l.admit(cmd); err != nil {
		l.refused.Add(1)
		l.log.Warn("command refused", "command", cmd.ID, "issuer", cmd.Issuer, "err", err)
		l.answer("", l.refuse(cmd.ID, err))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	r := l.booth.Command(ctx, cmd)
	r.ID, r.Station = cmd.ID, l.cfg.Station
	if r.At.IsZero() {
		r.At = message.Time{Time: time.Now()}
	}
	l.answer(key, r)
}

// admit asks Config.Admit, or the guard in memory, whether a command is in time and new.
func (l *Link) admit(cmd message.Command) error {
	if l.cfg.Admit != nil {
		return l.cfg.Admit(cmd)
	}
	h := l.booth.Health()
	now := message.Stamp{Boot: h.Boot, Wall: time.Now(), Trusted: h.ClockTrusted}
	if err := l.guard.Check(cmd, now, h.Nonce); err != nil {
		return fmt.Errorf("admit: %w", err)
	}
	l.guard.Take(cmd)
	return nil
}
