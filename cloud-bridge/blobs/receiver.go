package blobs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"firepost/firmware-contracts/durable"
)

// Receiver takes blobs in. It is an http.Handler for Path; it trusts nothing that a sender says
// and keeps nothing under a name that its hash does not confirm.
type Receiver struct {
	// Dir holds finished blobs by their hash; Dir/parts what is not finished yet.
	Dir string
	// MaxSize is the largest blob, MaxParts how many may be unfinished, in bytes together
	// MaxPartBytes.
	MaxSize      int64
	MaxParts     int
	MaxPartBytes int64
	// Allow decides who may send: by the client certificate in r.TLS. Nil allows everyone whom
	// the TLS server let in.
	Allow func(r *http.Request) error
	// Stored is called once for each blob that became whole; nil is fine.
	Stored func(hash string, size int64)

	mu   sync.Mutex
	busy map[string]bool
}

// OpenReceiver makes the folders and returns a receiver with bounds of 64 MiB a blob and 100
// unfinished blobs in 256 MiB. Its fields may be changed before it serves.
func OpenReceiver(dir string) (*Receiver, error) {
	r := &Receiver{Dir: dir, MaxSize: 64 << 20, MaxParts: 100, MaxPartBytes: 256 << 20}
	if err := os.MkdirAll(filepath.Join(dir, "parts"), 0o700); err != nil {
		return nil, fmt.Errorf("open blob folder: %w", err)
	}
	return r, nil
}

// ServeHTTP answers HEAD and PATCH as the package's documentation says.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	hash, found := strings.CutPrefix(req.URL.Path, Path)
	switch {
	case !found || !ValidHash(hash):
		http.Error(w, "no such blob", http.StatusNotFound)
		return
	case req.Method != http.MethodHead && req.Method != http.MethodPatch:
		w.Header().Set("Allow", "HEAD, PATCH")
		http.Error(w, "HEAD or PATCH", http.StatusMethodNotAllowed)
		return
	}
	if r.Allow != nil {
		if err := r.Allow(req); err != nil {
			http.Error(w, "not this sender", http.StatusForbidden)
			return
		}
	}
	if !r.enter(hash) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "another upload of this blob is going on", http.StatusLocked)
		return
	}
	defer r.leave(hash)
	at, done, err := r.stand(hash)
	switch {
	case err != nil:
		http.Error(w, "storage", http.StatusInternalServerError)
	case req.Method == http.MethodHead || done:
		reply(w, http.StatusNoContent, at, done)
	default:
		r.patch(w, req, hash, at)
	}
}

func (r *Receiver) enter(hash string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[hash] {
		return false
	}
	if r.busy == nil {
		r.busy = map[string]bool{}
	}
	r.busy[hash] = true
	return true
}

func (r *Receiver) leave(hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, hash)
}

func reply(w http.ResponseWriter, status int, at int64, done bool) {
	w.Header().Set(headOffset, strconv.FormatInt(at, 10))
	w.Header().Set(headComplete, no)
	if done {
		w.Header().Set(headComplete, yes)
	}
	w.WriteHeader(status)
}

func (r *Receiver) whole(hash string) string { return filepath.Join(r.Dir, hash) }
func (r *Receiver) part(hash string) string  { return filepath.Join(r.Dir, "parts", hash) }

// stand is how much of a blob is there.
func (r *Receiver) stand(hash string) (at int64, done bool, err error) {
	for _, path := range []string{r.whole(hash), r.part(hash)} {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return 0, false, fmt.Errorf("look for blob: %w", err)
		default:
			return info.Size(), path == r.whole(hash), nil
		}
	}
	return 0, false, nil
}

func (r *Receiver) patch(w http.ResponseWriter, req *http.Request, hash string, at int64) {
	offset, okOffset := readSize(req.Header, headOffset)
	length, okLength := readSize(req.Header, headLength)
	switch {
	case !okOffset || !okLength || length < 1 || req.ContentLength > length:
		http.Error(w, "Upload-Offset and Upload-Length must be numbers of bytes", http.StatusBadRequest)
		return
	case length > r.MaxSize:
		http.Error(w, fmt.Sprintf("at most %d bytes", r.MaxSize), http.StatusRequestEntityTooLarge)
		return
	case at > length:
		// An earlier sender named another length: what came then can't be this blob.
		r.forget(w, hash, "more bytes than the blob has")
		return
	case offset != at:
		reply(w, http.StatusConflict, at, false)
		return
	}
	if !r.room(hash, length-at) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "no room now", http.StatusInsufficientStorage)
		return
	}
	at, err := r.append(req.Body, hash, at, length)
	switch {
	case errors.Is(err, errTooMuch):
		r.forget(w, hash, "more bytes than the blob has")
	case err != nil:
		http.Error(w, "interrupted", http.StatusInternalServerError)
	case at < length:
		reply(w, http.StatusNoContent, at, false)
	default:
		r.finish(w, hash, length)
	}
}

var errTooMuch = errors.New("more than was announced")

// append adds the body to the part. What arrived before a break is kept and synced.
func (r *Receiver) append(body io.Reader, hash string, at, length int64) (int64, error) {
	f, err := os.OpenFile(r.part(hash), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return at, fmt.Errorf("open part: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(body, length-at))
	if serr := f.Sync(); err == nil {
		err = serr
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	at += n
	if err != nil {
		return at, fmt.Errorf("append to part: %w", err)
	}
	if extra, _ := body.Read(make([]byte, 1)); at == length && extra > 0 {
		return at, errTooMuch
	}
	return at, nil
}

// finish gives a whole part its name, if that is its name.
func (r *Receiver) finish(w http.ResponseWriter, hash string, length int64) {
	sum, err := hashFile(r.part(hash))
	if err != nil {
		http.Error(w, "storage", http.StatusInternalServerError)
		return
	}
	if sum != hash {
		r.forget(w, hash, "content does not have its hash")
		return
	}
	err = os.Rename(r.part(hash), r.whole(hash))
	if err == nil {
		err = errors.Join(durable.SyncFolder(r.Dir), durable.SyncFolder(filepath.Join(r.Dir, "parts")))
	}
	if err != nil {
		http.Error(w, "storage", http.StatusInternalServerError)
		return
	}
	if r.Stored != nil {
		r.Stored(hash, length)
	}
	reply(w, http.StatusNoContent, length, true)
}

func (r *Receiver) forget(w http.ResponseWriter, hash, why string) {
	if err := os.Remove(r.part(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "storage", http.StatusInternalServerError)
		return
	}
	http.Error(w, why, http.StatusUnprocessableEntity)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash part: %w", err)
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", fmt.Errorf("hash part: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
