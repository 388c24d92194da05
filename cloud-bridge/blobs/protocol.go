package blobs

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Path is where blobs live; the SHA-256 follows.
const Path = "/v1/blobs/"

const (
	headOffset   = "Upload-Offset"
	headLength   = "Upload-Length"
	headComplete = "Upload-Complete"
	contentType  = "application/partial-upload"
	yes, no      = "?1", "?0"
)

// What can be wrong with an upload.
var (
	// ErrConfig marks settings that can never work.
	ErrConfig = errors.New("blob settings")
	// ErrContent means that the blob is not what its hash says, here or at the receiver.
	ErrContent = errors.New("blob does not have its hash")
	// ErrRefused means that the receiver will never take this blob: too large, or not allowed.
	ErrRefused = errors.New("blob refused")
	// ErrTemporary is what a later attempt may put right.
	ErrTemporary = errors.New("upload interrupted")
)

// ValidHash reports whether s is a SHA-256 in lower-case hexadecimal.
func ValidHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// readSize reads a header that must be a plain number of bytes.
func readSize(h http.Header, name string) (int64, bool) {
	n, err := strconv.ParseUint(h.Get(name), 10, 63)
	return int64(n), err == nil
}
