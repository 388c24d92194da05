package screens

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/media"
	"firepost/kiosk/programme"
	"firepost/kiosk/starter"
)

// DocumentKind is the kind of the signed document that carries a manifest.
const DocumentKind = "programme"

// ErrProgramme is wrapped where a programme can't be used; the error says why.
var ErrProgramme = errors.New("programme can't be used")

// LibraryOptions are what a library is made of.
type LibraryOptions struct {
	// Dir holds what was published, Starter what came with the booth.
	Dir, Starter string
	// MaxBytes and FreeFloor bound the room that media take.
	MaxBytes, FreeFloor int64
	// Profile is the weakest board's that shows the media.
	Profile media.Profile
	// Config is where media come from; its Server is empty for a booth that fetches nothing.
	Config media.Config
	// Path is where the server keeps the newest signed manifest of this booth; Every how often
	// it is asked for.
	Path  string
	Every time.Duration
	// Keys are those of authors and approvers.
	Keys message.Keyring
	Log  *slog.Logger
}

// Library is everything that the screens may play: what the district published, or the starter.
type Library struct {
	o       LibraryOptions
	checker *media.Checker
	kick    chan struct{}
	tag     string // the server's word for the last manifest

	mu        sync.Mutex
	store     *media.Store // nil while the folder can't be opened
	service   *media.Service
	programme *programme.Programme
	starters  map[string]starter.File
	followers []chan struct{}
	trouble   string
	refused   string
}

// NewLibrary reads what is there; it starts nothing. A folder that can't be used is reported by
// Trouble, not an error: the starter plays, and a booth without any programme still takes its
// screens over.
func NewLibrary(o LibraryOptions) *Library {
	l := &Library{o: o, checker: media.NewChecker(), kick: make(chan struct{}, 1)}
	if s, err := starter.Load(o.Starter); err != nil {
		l.trouble = err.Error()
		o.Log.Error("the starter programme can't be used", "folder", o.Starter, "error", err)
	} else {
		l.programme = s.Programme
		l.starters = make(map[string]starter.File, len(s.Files))
		for _, f := range s.Files {
			l.starters[f.SHA256] = f
		}
	}
	if err := l.open(); err != nil {
		l.trouble = err.Error()
		o.Log.Error("the folder of media can't be used; the starter programme plays", "folder", o.Dir, "error", err)
	}
	return l
}

func (l *Library) open() error {
	store, err := media.OpenStore(media.Options{
		Dir: l.o.Dir, MaxBytes: l.o.MaxBytes, FreeFloor: l.o.FreeFloor,
		Check: l.checker.Object(l.o.Profile), Profile: l.o.Profile.Name,
		Accept: accept, Changed: l.poke,
	})
	if err != nil {
		return fmt.Errorf("open the media: %w", err)
	}
	service, err := media.NewService(store, l.o.Config)
	if err != nil {
		return fmt.Errorf("open the media: %w", err)
	}
	l.store, l.service = store, service
	l.load()
	return nil
}

// accept refuses a manifest whose programme names media that it does not bring.
func accept(m media.Manifest) error {
	p, err := programme.Parse(m.Programme.Name, m.Programme.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProgramme, err)
	}
	brings := make(map[string]bool, len(m.Items))
	for _, it := range m.Items {
		brings[it.SHA256] = true
	}
	var missing []string
	for _, sum := range p.Media() {
		if !brings[sum] {
			missing = append(missing, sum)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: it plays %d files that the manifest does not bring, the first is %s", ErrProgramme, len(missing), missing[0])
	}
	return nil
}

func (l *Library) poke() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// load takes over what is published now.
func (l *Library) load() {
	doc, err := l.store.Document()
	if errors.Is(err, media.ErrNotHere) {
		return
	}
	var p *programme.Programme
	if err == nil {
		p, err = programme.Parse(doc.Name, doc.Data)
	}
	if err != nil {
		l.o.Log.Error("the published programme can't be read; what played before goes on", "error", err)
		return
	}
	l.mu.Lock()
	l.programme = p
	followers := l.followers
	l.mu.Unlock()
	for _, f := range followers {
		select {
		case f <- struct{}{}:
		default:
		}
	}
}

// Programme is what plays now; nil where there is nothing at all.
func (l *Library) Programme() *programme.Programme {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.programme
}

// Follow returns a channel on which a value comes after every change of the programme.
func (l *Library) Follow() <-chan struct{} {
	ch := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followers = append(l.followers, ch)
	return ch
}

// Trouble says why nothing can be published, empty while all is well; Refused why the newest
// manifest was not taken.
func (l *Library) Trouble() (trouble, refused string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble, l.refused
}

// Media is how the media fare; false without a store.
func (l *Library) Media() (media.Status, bool) {
	if l.service == nil {
		return media.Status{}, false
	}
	return l.service.Status(), true
}

// Run fetches, checks and publishes until ctx ends.
func (l *Library) Run(ctx context.Context) error {
	if l.service == nil {
		<-ctx.Done() // the starter plays
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- l.service.Run(ctx) }()
	ask := time.NewTimer(0)
	defer ask.Stop()
	for {
		select {
		case <-ctx.Done():
			if err := <-done; !errors.Is(err, context.Canceled) {
				l.o.Log.Warn("the media ended otherwise than asked", "error", err)
			}
			return nil
		case err := <-done:
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("media: %w", err)
		case <-l.kick:
			l.load()
		case <-ask.C:
			if l.o.Config.Server != "" {
				l.ask(ctx)
				ask.Reset(l.o.Every)
			}
		}
	}
}

// ask looks for a newer programme.
func (l *Library) ask(ctx context.Context) {
	env, tag, err := l.service.Small(ctx, l.o.Path, l.tag)
	if err == nil && env != nil {
		err = l.Offer(ctx, env)
		if errors.Is(err, media.ErrOld) {
			err = nil // it is what plays
		}
	}
	if err != nil {
		// Asked for again as a whole: that the server has nothing newer makes a refused one no
		// better, and must not pass for that.
		tag = ""
	}
	l.tag = tag
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.refused
	if l.refused = ""; err != nil {
		l.refused = err.Error()
	}
	if l.refused != was && err != nil {
		l.o.Log.Error("no new programme", "error", err)
	}
}

// Offer takes a signed manifest: an author and an approver must have signed it. Its media are
// fetched, and it plays once all of them are here and checked. Errors wrap message.ErrDocument,
// or are media's.
func (l *Library) Offer(ctx context.Context, env []byte) error {
	body, by, err := message.OpenDocument(DocumentKind, env, l.o.Keys)
	if err != nil {
		return err
	}
	m, err := media.ParseManifest(body)
	if err != nil {
		return err
	}
	if err := accept(m); err != nil {
		return err
	}
	if l.service == nil {
		return fmt.Errorf("%w: there is no folder for media: %s", ErrProgramme, l.trouble)
	}
	l.o.Log.Info("a programme was offered", "version", m.Version, "author", by.Author, "approver", by.Approver)
	return l.service.Want(ctx, m)
}

// ServeHTTP answers /media/{sha256} from what is published, or from the starter.
func (l *Library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sum := strings.TrimPrefix(r.URL.Path, "/media/")
	if f, ok := l.starters[sum]; ok {
		media.ServeFile(w, r, filepath.Join(l.o.Starter, filepath.FromSlash(f.Path)), sum, f.Type)
		return
	}
	if l.store == nil {
		http.NotFound(w, r)
		return
	}
	l.store.Handler().ServeHTTP(w, r)
}

// File is the path of a medium on the disk, for players that open files; false where it is not
// to be played.
func (l *Library) File(sum string) (string, bool) {
	if f, ok := l.starters[sum]; ok {
		return filepath.Join(l.o.Starter, filepath.FromSlash(f.Path)), true
	}
	if l.store == nil || !l.store.Playable(sum) {
		return "", false
	}
	return l.store.Path(sum), true
}
