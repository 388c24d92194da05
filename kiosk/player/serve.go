package player

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

//go:embed page
var files embed.FS //nolint:gochecknoglobals // compiled-in files

// The policies of what is served.
const (
	// pagePolicy allows the player nothing but its own daemon.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// itemPolicy puts a page item in a sandbox of its own: it may animate what it brought
	// along, and reach nothing.
	itemPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

// kinds are the content types of what the hub serves itself: a bare system knows none.
//
//nolint:gochecknoglobals // lookup table
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".wav": "audio/wav", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg", ".m4a": "audio/mp4",
}

var (
	hashName   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	speechName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

// assets are the page's own files.
func assets() fs.FS {
	sub, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// buildOf is a word for the names and contents of all files.
func buildOf(files fs.FS) string {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		one := sha256.Sum256(data)
		sum.Write([]byte(name + "\n"))
		sum.Write(one[:])
		return nil
	})
	if err != nil {
		panic(err) // the files are compiled in
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

func (h *Hub) routing() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /screen/{name}", h.page)
	mux.HandleFunc("GET /screen/{name}/ws", h.socket)
	mux.HandleFunc("GET /player/{file}", h.asset)
	mux.HandleFunc("GET /media/{hash}", h.media)
	mux.HandleFunc("GET /speech/{name}", h.speech)
	return guard(mux)
}

// guard sets what every answer needs and refuses every host but this machine.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", pagePolicy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			http.Error(w, "the player answers only on this machine itself", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback reports whether a host, with or without a port, is this machine by a name that no
// foreign name server can give.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// ownOrigin lets only a page of this very address open the WebSocket.
func ownOrigin(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Scheme == "http" && u.Host == r.Host && loopback(u.Host)
}

// page serves the player's page of one screen.
func (h *Hub) page(w http.ResponseWriter, r *http.Request) {
	sc := h.known(r.PathValue("name"))
	if sc == nil {
		http.Error(w, "no screen of that name", http.StatusNotFound)
		return
	}
	data, err := fs.ReadFile(assets(), "index.html")
	if err != nil {
		http.Error(w, "page missing", http.StatusInternalServerError)
		return
	}
	words := strings.NewReplacer(
		"{{build}}", h.build, "{{screen}}", html.EscapeString(sc.name),
		"{{station_zh}}", html.EscapeString(h.opts.StationZH), "{{station_en}}", html.EscapeString(h.opts.StationEN))
	w.Header().Set("Content-Type", kinds[".html"])
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(words.Replace(string(data))))
}

// asset serves one of the page's own files.
func (h *Hub) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind := kinds[path.Ext(name)]
	data, err := fs.ReadFile(assets(), name)
	if err != nil || kind == "" || kind == kinds[".html"] {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// media passes on to the media store, in a sandbox.
func (h *Hub) media(w http.ResponseWriter, r *http.Request) {
	if !hashName.MatchString(r.PathValue("hash")) || h.opts.Media == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", itemPolicy)
	h.opts.Media.ServeHTTP(w, r)
}

// speech serves a recording by its name, in whichever format it is there.
func (h *Hub) speech(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if h.opts.Speech == nil || !speechName.MatchString(name) {
		http.NotFound(w, r)
		return
	}
	for _, ext := range []string{"", ".wav", ".ogg", ".opus", ".mp3", ".m4a"} {
		kind := kinds[path.Ext(name+ext)]
		if kind == "" || !strings.HasPrefix(kind, "audio/") {
			continue
		}
		if err := serveSpeech(w, r, h.opts.Speech, name+ext, kind); !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				h.opts.Log.Warn("recording can't be read", "name", name+ext, "error", err)
				http.Error(w, "the recording can't be read", http.StatusInternalServerError)
			}
			return
		}
	}
	http.NotFound(w, r)
}

// serveSpeech serves one file; an error means that nothing was answered yet.
func serveSpeech(w http.ResponseWriter, r *http.Request, files fs.FS, name, kind string) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	content, ok := f.(io.ReadSeeker)
	if !ok || !info.Mode().IsRegular() {
		return errors.New("not a plain file")
	}
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", info.ModTime(), content)
	return nil
}
