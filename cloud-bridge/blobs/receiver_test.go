package blobs

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patch makes one request as a sender would and returns the answer.
func patch(t *testing.T, r *Receiver, hash, offset, length, body string) *http.Response {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, Path+hash, strings.NewReader(body))
	req.Header.Set(headOffset, offset)
	req.Header.Set(headLength, length)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Result()
}

// helloHash is the SHA-256 of "hello" (FIPS 180-4; by sha256sum).
const helloHash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestReceiverKeepsToTheProtocol(t *testing.T) {
	r := receiver(t)
	for i, c := range []struct {
		offset, length, body string
		status               int
		at, complete         string
	}{
		{"0", "5", "he", 204, "2", no},
		{"0", "5", "he", 409, "2", no},
		{"3", "5", "lo", 409, "2", no},
		{"2", "5", "", 204, "2", no},
		{"2", "5", "llo", 204, "5", yes},
		{"0", "5", "hello", 204, "5", yes},
		{"9", "5", "x", 204, "5", yes},
	} {
		resp := patch(t, r, helloHash, c.offset, c.length, c.body)
		if resp.StatusCode != c.status || resp.Header.Get(headOffset) != c.at || resp.Header.Get(headComplete) != c.complete {
			t.Fatalf("step %d: %s at %s complete %s; want %+v", i, resp.Status, resp.Header.Get(headOffset), resp.Header.Get(headComplete), c)
		}
	}
	if !hasBlob(t, r, helloHash) {
		t.Fatal("not stored")
	}
}

func TestReceiverRefusesWhatItCannotTrust(t *testing.T) {
	for name, c := range map[string]struct {
		offset, length, body string
		status               int
	}{
		"no offset":         {"", "5", "hello", 400},
		"no length":         {"0", "", "hello", 400},
		"negative offset":   {"-1", "5", "hello", 400},
		"length of zero":    {"0", "0", "", 400},
		"body beyond":       {"0", "4", "hello", 400},
		"too large":         {"0", "1001", "hello", 413},
		"beyond all bounds": {"0", "9223372036854775808", "hello", 400},
		"other content":     {"0", "5", "jello", 422},
		"too short a whole": {"0", "4", "hell", 422},
	} {
		r := receiver(t)
		r.MaxSize = 1000
		if resp := patch(t, r, helloHash, c.offset, c.length, c.body); resp.StatusCode != c.status {
			t.Errorf("%s: %s, want %d", name, resp.Status, c.status)
		}
		if hasBlob(t, r, helloHash) {
			t.Errorf("%s: stored", name)
		}
		// What was refused leaves nothing behind that could spoil the next attempt.
		if resp := patch(t, r, helloHash, "0", "5", "hello"); resp.StatusCode != 204 || !hasBlob(t, r, helloHash) {
			t.Errorf("%s: then the right one: %s", name, resp.Status)
		}
	}
}

func TestReceiverStaysInItsFolder(t *testing.T) {
	r := receiver(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodHead, Path + "parts", 404},
		{http.MethodHead, Path + strings.ToUpper(helloHash), 404},
		{http.MethodHead, Path + "../" + helloHash, 404},
		{http.MethodHead, "/v2/blobs/" + helloHash, 404},
		{http.MethodHead, Path, 404},
		{http.MethodGet, Path + helloHash, 405},
		{http.MethodDelete, Path + helloHash, 405},
		{http.MethodHead, Path + helloHash, 204},
	} {
		req := httptest.NewRequestWithContext(t.Context(), c.method, "http://d/", nil)
		req.URL.Path = c.path
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.status)
		}
	}
}

func TestReceiverAsksWhoSends(t *testing.T) {
	r := receiver(t)
	r.Allow = func(*http.Request) error { return errors.New("secret reason") }
	resp := patch(t, r, helloHash, "0", "5", "hello")
	said, err := io.ReadAll(resp.Body)
	if resp.StatusCode != 403 || err != nil || strings.Contains(string(said), "secret") || hasBlob(t, r, helloHash) {
		t.Fatalf("%s: %s, %v", resp.Status, said, err)
	}
}

func TestTwoSendersOfOneBlob(t *testing.T) {
	r := receiver(t)
	body, feed := io.Pipe()
	first := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, Path+helloHash, body)
	first.ContentLength = -1
	first.Header.Set(headOffset, "0")
	first.Header.Set(headLength, "5")
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, first)
		done <- w
	}()
	if _, err := feed.Write([]byte("he")); err != nil {
		t.Fatal(err)
	}
	if resp := patch(t, r, helloHash, "0", "5", "hello"); resp.StatusCode != http.StatusLocked {
		t.Fatalf("%s, want 423", resp.Status)
	}
	if _, err := feed.Write([]byte("llo")); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	if w := <-done; w.Code != 204 || !hasBlob(t, r, helloHash) {
		t.Fatalf("%d", w.Code)
	}
}

func TestBrokenBodyCounts(t *testing.T) {
	r := receiver(t)
	body, feed := io.Pipe()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, Path+helloHash, body)
	req.ContentLength = 5
	req.Header.Set(headOffset, "0")
	req.Header.Set(headLength, "5")
	go func() {
		_, _ = feed.Write([]byte("hel"))
		feed.CloseWithError(errors.New("line is down"))
	}()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	if w.Code != 500 {
		t.Fatalf("%d", w.Code)
	}
	if resp := patch(t, r, helloHash, "3", "5", "lo"); resp.StatusCode != 204 || !hasBlob(t, r, helloHash) {
		t.Fatalf("%s", resp.Status)
	}
}

func TestMoreThanAnnouncedIsThrownAway(t *testing.T) {
	r := receiver(t)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, Path+helloHash, io.NopCloser(strings.NewReader("hello, and more")))
	req.ContentLength = -1
	req.Header.Set(headOffset, "0")
	req.Header.Set(headLength, "5")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	if w.Code != 422 || hasBlob(t, r, helloHash) {
		t.Fatalf("%d", w.Code)
	}
}

func TestUnfinishedBlobsAreBounded(t *testing.T) {
	r := receiver(t)
	r.MaxParts = 3
	old := time.Unix(1e9, 0)
	var hashes []string
	for i := range 4 {
		_, hash := content(100, byte(i))
		hashes = append(hashes, hash)
		if resp := patch(t, r, hash, "0", "100", "begin"); resp.StatusCode != 204 {
			t.Fatal(resp.Status)
		}
		// The second is the one that nobody has gone on with for longest.
		when := old.Add(time.Duration((i+2)%4) * time.Hour)
		if i == 1 {
			when = old.Add(-time.Hour)
		}
		if i < 3 {
			if err := os.Chtimes(r.part(hash), when, when); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, hash := range hashes {
		if at, _, err := r.stand(hash); (at == 5) == (i == 1) || err != nil {
			t.Errorf("part %d stands at %d, %v", i, at, err)
		}
	}
	r.MaxPartBytes = 50
	if resp := patch(t, r, helloHash, "0", "60", "hello"); resp.StatusCode != http.StatusInsufficientStorage {
		t.Errorf("%s, want 507", resp.Status)
	}
	entries, err := os.ReadDir(filepath.Join(r.Dir, "parts"))
	if err != nil || len(entries) > 3 {
		t.Errorf("%d parts, %v", len(entries), err)
	}
}

func TestReceiverWithoutAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReceiver(file); err == nil {
		t.Fatal("a file was opened as a folder")
	}
	r := receiver(t)
	if err := os.RemoveAll(r.Dir); err != nil {
		t.Fatal(err)
	}
	if resp := patch(t, r, helloHash, "0", "5", "hello"); resp.StatusCode < 500 {
		t.Fatalf("%s", resp.Status)
	}
}
