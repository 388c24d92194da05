package scene

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"firepost/firmware-contracts/message"
)

// Kind says why a picture was taken.
type Kind string

// The reasons for a picture.
const (
	// KindFire: at a fire.
	KindFire Kind = "fire"
	// KindCommand: a person asked for it, with a reason.
	KindCommand Kind = "command"
)

// Caption is what a picture says about itself, in a comment within the JPEG file. It names
// premises by their code, never a person.
type Caption struct {
	Version int    `json:"v"`
	Station string `json:"station"`
	// Seq orders the pictures of one station's album; the clock does not.
	Seq uint64 `json:"seq"`
	// Event is the id of the event that the picture belongs to.
	Event    string `json:"event"`
	Kind     Kind   `json:"kind"`
	Device   string `json:"device,omitempty"`
	Premises string `json:"premises,omitempty"`
	// Shot counts the pictures of one event from 0.
	Shot int `json:"shot"`
	// First is the first picture kept of a fire, which goes last when room is needed.
	First bool `json:"first,omitempty"`
	// Boot, Mono, Wall and Trusted are the moment of the picture.
	Boot    string        `json:"boot"`
	Mono    time.Duration `json:"mono"`
	Wall    time.Time     `json:"wall"`
	Trusted bool          `json:"clock_trusted"`
}

// Picture is one kept picture.
type Picture struct {
	// ID is the SHA-256 of the file in lower-case hexadecimal, and the file's name.
	ID string `json:"id"`
	Caption
	// Size is in bytes; Width and Height are in pixels.
	Size   int64 `json:"size"`
	Width  int   `json:"width"`
	Height int   `json:"height"`
	// Dated is a trusted moment at or after the picture; zero while there was none.
	Dated time.Time `json:"dated,omitzero"`
	// Announced is true once the platform was told of it.
	Announced bool `json:"announced,omitempty"`
}

// What can be wrong with a picture or an album.
var (
	// ErrOptions marks options that can never work.
	ErrOptions = errors.New("scene options")
	// ErrNotFound means that the album has no such picture, or no longer.
	ErrNotFound = errors.New("no such picture")
	// ErrDamaged means that a picture's file is not what its name says; it is set aside.
	ErrDamaged = errors.New("picture damaged")
	// ErrNoRoom means that everything kept has priority over the new picture.
	ErrNoRoom = errors.New("no room in the album")
	// ErrNoReason means that a view lacks a viewer or a reason.
	ErrNoReason = errors.New("a view needs a viewer and a reason")
	// ErrNotLogged means that a view could not be written down and was therefore refused.
	ErrNotLogged = errors.New("the view could not be logged")
	// ErrClosed means that the album was closed.
	ErrClosed = errors.New("album closed")
)

// commentMark tells our comment from a camera's.
const commentMark = "firepost:"

// caption puts c into the picture as its first segment: marker FFFE, a length that counts
// itself, then the text (ITU-T T.81, B.2.4.5).
func caption(picture []byte, c Caption) ([]byte, error) {
	if !bytes.HasPrefix(picture, []byte{0xff, 0xd8}) {
		return nil, fmt.Errorf("caption picture: %w: no JPEG", ErrDamaged)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("caption picture: %w", err)
	}
	length := 2 + len(commentMark) + len(text)
	if length > 0xffff {
		return nil, fmt.Errorf("caption picture: %w: %d bytes of caption", ErrOptions, len(text))
	}
	out := make([]byte, 0, len(picture)+2+length)
	out = append(out, 0xff, 0xd8, 0xff, 0xfe)
	out = binary.BigEndian.AppendUint16(out, uint16(length))
	out = append(out, commentMark...)
	out = append(out, text...)
	return append(out, picture[2:]...), nil
}

// ReadCaption returns what a picture says about itself; errors wrap ErrDamaged.
func ReadCaption(picture []byte) (Caption, error) {
	if len(picture) < 6 || !bytes.Equal(picture[:4], []byte{0xff, 0xd8, 0xff, 0xfe}) {
		return Caption{}, fmt.Errorf("read caption: %w: none there", ErrDamaged)
	}
	length := int(binary.BigEndian.Uint16(picture[4:]))
	if length < 2 || 4+length > len(picture) {
		return Caption{}, fmt.Errorf("read caption: %w: cut off", ErrDamaged)
	}
	text, ours := bytes.CutPrefix(picture[6:4+length], []byte(commentMark))
	if !ours {
		return Caption{}, fmt.Errorf("read caption: %w: not ours", ErrDamaged)
	}
	var c Caption
	if err := json.Unmarshal(text, &c); err != nil {
		return Caption{}, fmt.Errorf("read caption: %w: %w", ErrDamaged, err)
	}
	if c.Version != 1 || c.Event == "" || c.Shot < 0 {
		return Caption{}, fmt.Errorf("read caption: %w: version %d, event %q", ErrDamaged, c.Version, c.Event)
	}
	return c, nil
}

// Stamp is the moment of the picture.
func (c Caption) Stamp() message.Stamp {
	return message.Stamp{Boot: c.Boot, Mono: c.Mono, Wall: c.Wall, Trusted: c.Trusted}
}

func identity(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
