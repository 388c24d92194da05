package app

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"firepost/drivers/camera"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/scene"
	"firepost/gateway/internal/store"
)

// shots passes stills on and knows since when one is being taken.
type shots struct {
	camera scene.Shooter
	now    func() message.Stamp

	mu    sync.Mutex
	busy  bool
	began time.Duration
}

// Shot implements scene.Shooter.
func (s *shots) Shot(ctx context.Context) (camera.Still, error) {
	s.set(true)
	defer s.set(false)
	return s.camera.Shot(ctx)
}

func (s *shots) set(busy bool) {
	now := s.now().Mono
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy, s.began = busy, now
}

// stuck reports whether a still is in the making for longer than limit: a driver that does
// not come back holds the one who waits for it, and nothing can end that.
func (s *shots) stuck(now, limit time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy && now-s.began > limit
}

// pictureDetail is the detail of a picture event. Boot and MonoMS let a time that was not
// trusted be corrected later.
type pictureDetail struct {
	Event    string       `json:"event"`
	SHA256   string       `json:"sha256"`
	Bytes    int64        `json:"bytes"`
	Kind     scene.Kind   `json:"kind"`
	Shot     int          `json:"shot"`
	At       message.Time `json:"at"`
	Trusted  bool         `json:"clock_trusted"`
	Boot     string       `json:"boot"`
	MonoMS   int64        `json:"mono_ms"`
	Device   string       `json:"device,omitempty"`
	Premises string       `json:"premises,omitempty"`
	// Uploaded: the district's receiver holds the file.
	Uploaded bool `json:"uploaded"`
}

// announce uploads a picture whose event the platform has, and then puts its event into the
// journal, which carries it to the platform.
func (p *pictures) announce(ctx context.Context, pic scene.Picture) error {
	uploaded := p.upload != nil && len(p.g.cfg.Uplinks) > 0
	if uploaded {
		_, album := p.present()
		if album == nil {
			return errNoScene
		}
		data, err := album.Blob(pic.ID)
		if err != nil {
			return fmt.Errorf("read picture %s: %w", pic.ID, err)
		}
		if err := p.upload.Upload(ctx, pic.ID, bytes.NewReader(data), int64(len(data))); err != nil {
			return fmt.Errorf("upload picture %s: %w", pic.ID, err)
		}
	}
	ticket := p.g.engine.Act(message.KindPicture, string(pic.Kind), pictureDetail{
		Event: pic.Event, SHA256: pic.ID, Bytes: pic.Size, Kind: pic.Kind, Shot: pic.Shot,
		At: message.Time{Time: pic.Wall}, Trusted: pic.Trusted, Boot: pic.Boot, MonoMS: pic.Mono.Milliseconds(),
		Device: pic.Device, Premises: pic.Premises, Uploaded: uploaded,
	})
	return recorded(ctx, ticket)
}

// recorded waits until an event is kept. At the end it waits a little longer, since the journal
// ends last: an event that is in it unnoticed would be told twice.
func recorded(ctx context.Context, t store.Ticket) error {
	select {
	case <-t.Done():
		return nil
	case <-ctx.Done():
	}
	grace := time.NewTimer(stopLinesWithin)
	defer grace.Stop()
	select {
	case <-t.Done():
		return nil
	case <-grace.C:
		return ctx.Err()
	}
}

// watch sheds the camera when the battery can't spare it and keeps its fault current, until
// ctx ends.
func (p *pictures) watch(ctx context.Context) error {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		p.look(p.g.app.now())
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (p *pictures) look(now message.Stamp) {
	if shed := p.wantsShed(); p.setShed(shed) {
		p.g.app.log.Info("camera", "shed", shed)
	}
	p.refresh(now)
}

// audit asks the album for its state again and again until ctx ends. It does so by itself:
// an album whose disk hangs holds whoever asks.
func (p *pictures) audit(ctx context.Context) error {
	t := time.NewTicker(sceneAudit)
	defer t.Stop()
	for {
		p.auditOnce(p.g.app.now)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (p *pictures) auditOnce(now func() message.Stamp) {
	p.mu.Lock()
	album := p.album
	p.asked = now().Mono
	p.mu.Unlock()
	behind := ""
	if album != nil {
		behind = album.Stats().Err
	}
	p.mu.Lock()
	p.behind, p.answered = behind, now().Mono
	p.mu.Unlock()
}

// silent reports whether the album does not answer. The caller holds the lock.
func (p *pictures) silent(now message.Stamp) bool {
	return p.asked > p.answered && now.Mono-p.asked > sceneStuck
}

// setShed reports whether that was a change.
func (p *pictures) setShed(shed bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shed == shed {
		return false
	}
	p.shed = shed
	if p.director != nil {
		p.director.SetShed(shed)
	}
	return true
}

// refresh turns what is known of the camera into a fault of the booth. What is not known
// changes nothing: a fault stays until pictures show otherwise.
func (p *pictures) refresh(now message.Stamp) {
	d, _ := p.present()
	p.mu.Lock()
	trouble := p.trouble != "" || p.silent(now)
	p.mu.Unlock()
	cause := ""
	switch {
	case p.stuck(now):
		cause = "camera_stuck"
	case trouble:
		cause = "camera_album"
	case d == nil:
		return
	default:
		h := d.Status().Health
		if list := h.Faults(); len(list) > 0 {
			cause = list[0].Cause
		} else if !h.Good() {
			return
		}
	}
	p.g.internal(cameraPart(), cause, now)
}

func (p *pictures) stuck(now message.Stamp) bool { return p.shots.stuck(now.Mono, p.limit+sceneStuck) }

// sceneItems is what the camera has to say, for the booth's health.
func (g *generation) sceneItems(now message.Stamp, add func(code string, sev message.Severity, text string)) {
	p := g.scene
	if p == nil {
		return
	}
	p.mu.Lock()
	d, trouble, behind, shed := p.director, p.trouble, p.behind, p.shed
	if p.silent(now) {
		trouble = "存放照片的磁盘无响应 / the disk with the pictures does not answer"
	}
	p.mu.Unlock()
	if p.stuck(now) {
		add("camera.stuck", message.SeverityFault, "摄像机驱动无响应，请重启设备 / the camera's driver does not come back; restart the board")
	}
	if trouble != "" {
		add("camera.album", message.SeverityFault, trouble)
	}
	if shed {
		add("camera.shed", message.SeverityWarn, "为节省电池电量，摄像机已断电 / the camera is switched off to save the battery")
	}
	if d == nil {
		return
	}
	s := d.Status()
	for _, f := range s.Health.Faults() {
		add(strings.Replace(f.Cause, "_", ".", 1), message.SeverityFault, f.ZH+" / "+f.EN)
	}
	if !shed && !s.Health.Good() && len(s.Health.Faults()) == 0 {
		add("camera.unknown", message.SeverityWarn, "尚不能判断摄像机是否正常 / it is not known yet whether the camera sees")
	}
	if s.Err != "" {
		add("camera.failed", message.SeverityWarn, joinHints(s.Err, s.HintZH, s.HintEN))
	}
	if s.AnnounceErr != "" {
		add("camera.upload", message.SeverityWarn, s.AnnounceErr)
	}
	if behind != "" {
		add("camera.index", message.SeverityWarn, behind)
	}
}

func joinHints(text, zh, en string) string {
	if zh == "" {
		return text
	}
	return zh + " / " + en + " (" + text + ")"
}
