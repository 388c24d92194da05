package media

import (
	"net/http"
	"os"
	"time"
)

// ServeFile serves a file of the booth's own package the way objects are served: under the name
// of its content, and kept inside of itself.
func ServeFile(w http.ResponseWriter, r *http.Request, path, hash, kind string) {
	f, err := os.Open(path)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "no such media now", http.StatusNotFound)
		return
	}
	defer func() { _ = f.Close() }()
	describe(w.Header(), hash, kind)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// describe says what an object is, that it never changes, and what it may do: nothing beyond
// itself.
func describe(h http.Header, hash, kind string) {
	h.Set("Content-Type", contentType(kind))
	h.Set("ETag", `"`+hash+`"`)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", policy(kind))
}
