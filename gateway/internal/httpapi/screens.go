package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"firepost/kiosk/proof"
)

// ScreenDesk gives pictures of the screens, and what was played on them.
type ScreenDesk interface {
	// Picture writes a PNG of a screen through out, page counting from 1 where a screen shows
	// several in turn. Errors wrap ErrNoScreen or ErrNoPicture, or are the trouble on the way.
	Picture(ctx context.Context, name string, page int, out *Picture) error
	// Plays writes the report of the days from and to; begin is called before the first byte.
	// Errors wrap proof.ErrDate where the days are none.
	Plays(w io.Writer, from, to, form string, lang proof.Lang, begin func()) error
}

// Sentinels of ScreenDesk.Picture.
var (
	// ErrNoScreen: there is no screen, or no page, of that name.
	ErrNoScreen = errors.New("no such screen")
	// ErrNoPicture: there is nothing that could be drawn.
	ErrNoPicture = errors.New("no picture of this screen can be had")
)

// Origin says where a picture comes from.
type Origin string

// The origins.
const (
	// Photo is what the screen's browser really shows.
	Photo Origin = "screenshot"
	// Preview is drawn here from what the screen should show; nobody has looked at the screen.
	Preview Origin = "preview"
)

// Picture is where a picture goes, and what is said of it before its first byte.
type Picture struct {
	// Origin must be set before the first Write. Shows is what it shows: takeover, notice,
	// programme, card (what the card holds by itself), dark. Pages is how many there are.
	Origin Origin
	Shows  string
	Pages  int
	// Confirmed: the screen has said that it shows this.
	Confirmed bool

	w     http.ResponseWriter
	begun bool
}

// NewPicture returns a picture that goes to w.
func NewPicture(w http.ResponseWriter) *Picture { return &Picture{w: w} }

// Write implements io.Writer.
func (p *Picture) Write(b []byte) (int, error) {
	if !p.begun {
		p.begun = true
		h := p.w.Header()
		h.Set("Content-Type", "image/png")
		h.Set("Firepost-Picture", string(p.Origin))
		h.Set("Firepost-Shows", p.Shows)
		h.Set("Firepost-Pages", strconv.Itoa(max(1, p.Pages)))
		h.Set("Firepost-Confirmed", strconv.FormatBool(p.Confirmed))
	}
	return p.w.Write(b)
}

// Begun reports whether anything was written: then no other picture may follow.
func (p *Picture) Begun() bool { return p.begun }

const (
	// shotEvery is the least time between two pictures of one screen: each costs the board.
	shotEvery = 2 * time.Second
	// shotWithin is how long one may take; shotPart how long one part of it.
	shotWithin = 20 * time.Second
	// playsWithin is how long a report may take: 400 days are read one by one.
	playsWithin = time.Minute
)

// shots lets one picture be taken at a time, and each screen rest in between.
type shots struct {
	now  func() time.Time
	busy chan struct{}
	mu   sync.Mutex
	last map[string]time.Time
}

func newShots() *shots {
	return &shots{now: time.Now, busy: make(chan struct{}, 1), last: make(map[string]time.Time)}
}

// begin reports whether a picture may be taken now; else how long to wait.
func (s *shots) begin(name string) (end func(), wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := shotEvery - s.now().Sub(s.last[name]); left > 0 && !s.last[name].IsZero() {
		return nil, left
	}
	select {
	case s.busy <- struct{}{}:
	default:
		return nil, shotEvery
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last[name] = s.now()
		<-s.busy
	}, 0
}

// screenRoutes adds what concerns the screens. The gate has decided already who may look.
func (s *Server) screenRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /screens", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, page, "page/screens.html")
	})
	mux.HandleFunc("GET /screens/plays", s.plays)
	mux.HandleFunc("GET /screens/{file}", s.picture)
}

// picture answers with a screen's picture; nothing is taken while another one is.
func (s *Server) picture(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".png")
	number := 1
	if q := r.URL.Query().Get("page"); q != "" && ok {
		n, err := strconv.Atoi(q)
		number, ok = n, err == nil && n > 0
	}
	if !ok {
		noScreen(w)
		return
	}
	if r.Method == http.MethodHead {
		return // a look at the headers alone takes no picture
	}
	end, wait := s.shots.begin(name)
	if end == nil {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		refuse(w, http.StatusTooManyRequests, problem{Code: "too_many", EN: "one picture at a time, and one of each screen every 2 seconds", ZH: "请稍候：每次一张，同一屏幕间隔2秒"})
		return
	}
	defer end()
	ctx, cancel := context.WithTimeout(r.Context(), shotWithin)
	defer cancel()
	// A recorder in a test has no deadline.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(shotWithin + writeWithin))
	p := NewPicture(w)
	err := s.opts.Screens.Picture(ctx, name, number, p)
	switch {
	case err == nil:
	case p.begun:
		// Half a picture must not pass for a whole one.
		s.log.Warn("a picture of a screen broke off", "screen", name, "error", err)
		panic(http.ErrAbortHandler)
	case errors.Is(err, ErrNoScreen):
		noScreen(w)
	case errors.Is(err, ErrNoPicture):
		refuse(w, http.StatusConflict, problem{Code: "no_picture", EN: err.Error(), ZH: "无法取得此屏画面"})
	default:
		s.log.Warn("no picture of a screen", "screen", name, "error", err)
		refuse(w, http.StatusBadGateway, problem{Code: "failed", EN: err.Error(), ZH: "屏幕没有给出画面"})
	}
}

func noScreen(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, problem{Code: "no_screen", EN: "there is no such screen", ZH: "没有这块屏幕"})
}

// plays answers with the proof of play.
func (s *Server) plays(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	form, lang := q.Get("form"), proof.ZH
	if q.Get("lang") == string(proof.EN) {
		lang = proof.EN
	}
	if form == "" {
		form = "html"
	}
	if form != "html" && form != "csv" {
		refuse(w, http.StatusBadRequest, problem{Code: "bad_form", EN: "form is csv or html", ZH: "格式只能是 csv 或 html"})
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(playsWithin))
	begun := false
	err := s.opts.Screens.Plays(w, q.Get("from"), q.Get("to"), form, lang, func() {
		begun = true
		h := w.Header()
		if form == "csv" {
			h.Set("Content-Type", "text/csv; charset=utf-8")
			h.Set("Content-Disposition", `attachment; filename="plays_`+q.Get("from")+"_"+q.Get("to")+`.csv"`)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		// The report is one file with its own look, so that it can be kept and sent.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	})
	switch {
	case err == nil:
	case begun:
		s.log.Warn("a report of plays broke off", "error", err)
		panic(http.ErrAbortHandler)
	case errors.Is(err, proof.ErrDate):
		refuse(w, http.StatusBadRequest, problem{Code: "bad_days", EN: err.Error(), ZH: "日期有误：写作 YYYY-MM-DD，先后有序"})
	default:
		s.log.Error("no report of plays", "error", err)
		refuse(w, http.StatusInternalServerError, problem{Code: "failed", EN: err.Error(), ZH: "驿站内部错误"})
	}
}
