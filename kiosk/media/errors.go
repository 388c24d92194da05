package media

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong. Every error of this package wraps one of these or a context's error.
var (
	// ErrConfig marks settings that can never work.
	ErrConfig = errors.New("media settings")
	// ErrManifest marks a manifest that is not one: unreadable, out of bounds, contradictory.
	ErrManifest = errors.New("media manifest")
	// ErrOld means that a manifest is no newer than what plays.
	ErrOld = errors.New("manifest is not newer")
	// ErrHeld means that this manifest was rolled back here; a newer one is needed.
	ErrHeld = errors.New("manifest was rolled back")
	// ErrMissing means that objects are not here yet; see Missing.
	ErrMissing = errors.New("media missing")
	// ErrNoRoom means that the disk budget or the floor of free bytes does not allow it.
	ErrNoRoom = errors.New("no room for media")
	// ErrStorage means that the disk did not do what it was asked.
	ErrStorage = errors.New("media storage")
	// ErrContent means that bytes do not have the hash or the size that they should have.
	ErrContent = errors.New("content is not what its hash says")
	// ErrSource means that the server breaks the rules of HTTP or of the blobs; trying again
	// later may help after it was repaired.
	ErrSource = errors.New("media server is wrong")
	// ErrRefused means that the server does not give the object to this booth.
	ErrRefused = errors.New("media server refuses")
	// ErrTemporary is what a later attempt may put right.
	ErrTemporary = errors.New("download interrupted")
	// ErrUnfit means that the screen can't show an object; see Unfit.
	ErrUnfit = errors.New("media unfit for this screen")
	// ErrNoProbe means that films can't be checked, because ffprobe is missing or broken.
	ErrNoProbe = errors.New("films can't be checked")
	// ErrNotHere means that there is no such object, publication or programme to give out.
	ErrNotHere = errors.New("not here")
)

// Missing says which objects a manifest still needs. It wraps ErrMissing.
type Missing struct {
	Items []Item
	// Bytes is the size of all of them together.
	Bytes int64
}

// Error names the first few.
func (m *Missing) Error() string {
	names := make([]string, 0, 3)
	for _, it := range m.Items[:min(3, len(m.Items))] {
		names = append(names, fmt.Sprintf("%q", it.Name))
	}
	more := ""
	if len(m.Items) > 3 {
		more = ", …"
	}
	return fmt.Sprintf("%s: %d objects of %d bytes: %s%s", ErrMissing, len(m.Items), m.Bytes, strings.Join(names, ", "), more)
}

// Unwrap returns ErrMissing.
func (m *Missing) Unwrap() error { return ErrMissing }
