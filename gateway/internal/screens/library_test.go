package screens

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"firepost/kiosk/media"
)

// TestARefusedProgrammeStaysRefused: that the server has nothing newer than what was refused is
// no reason to be content.
func TestARefusedProgrammeStaysRefused(t *testing.T) {
	answers, env := 0, "not an envelope"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers++
		switch {
		case env == "":
			http.NotFound(w, r)
		case r.Header.Get("If-None-Match") == `"1"`:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			_, _ = w.Write([]byte(env))
		}
	}))
	t.Cleanup(server.Close)
	config := media.Defaults()
	config.Server, config.Insecure = server.URL, true
	profile, err := media.ProfileNamed("x86")
	if err != nil {
		t.Fatal(err)
	}
	l := NewLibrary(LibraryOptions{
		Dir: filepath.Join(t.TempDir(), "media"), Starter: t.TempDir(), MaxBytes: 1 << 20, FreeFloor: 64 << 20, Profile: profile,
		Config: config, Path: "/v1/programmes/hs-03", Every: time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	for n := range 3 {
		l.ask(t.Context())
		if _, refused := l.Trouble(); refused == "" || answers != n+1 {
			t.Fatalf("after %d times: refused %q, %d answers", n+1, refused, answers)
		}
	}
	env = ""
	l.ask(t.Context())
	if _, refused := l.Trouble(); refused != "" {
		t.Errorf("what was withdrawn is still refused: %s", refused)
	}
}
