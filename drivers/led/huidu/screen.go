package huidu

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the card's own check of a file
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"

	"firepost/drivers/led"
)

// prefix begins the GUIDs and file names that are ours.
const prefix = "firepost-"

// baseID is the programme that Clear returns to.
const baseID = "base"

// maxScenes bounds how many scenes are stored beside the base.
const maxScenes = 16

// hashLen is how much of a picture's MD5 is part of its name.
const hashLen = 12

// never is a day on which no card plays anything: its clock may start in 1970, 1980 or 2000.
const never = "1991-02-03"

// Play times. The maker's tools allow 1 to 999 repetitions; an image stays for tenths of a
// second.
const (
	repeat = "999"
	stay   = "6000"
)

// show is one picture with its name on the card.
type show struct {
	guid string // firepost-<id>-<hash>, also the file's name without ".png"
	md5  string
	png  []byte
}

// pack makes a show of a picture that must have exactly the board's size.
func pack(id string, img image.Image, size image.Point) (show, error) {
	if !validID(id) {
		return show{}, fmt.Errorf("scene %q: %w: a name has 1 to 40 lower-case letters, digits and dashes", id, led.ErrUnshowable)
	}
	if img == nil {
		return show{}, fmt.Errorf("scene %s: %w: this card needs a picture", id, led.ErrUnshowable)
	}
	if got := img.Bounds().Size(); got != size {
		return show{}, fmt.Errorf("scene %s: %w: picture of %v pixels, the board has %v", id, led.ErrUnshowable, got, size)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return show{}, fmt.Errorf("scene %s: %w", id, err)
	}
	sum := md5.Sum(b.Bytes()) //nolint:gosec // the card's own check of a file
	text := hex.EncodeToString(sum[:])
	return show{guid: prefix + id + "-" + text[:hashLen], md5: text, png: b.Bytes()}, nil
}

func validID(id string) bool {
	if id == "" || len(id) > 40 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// idOf is the scene's name in a GUID of ours; ok is false for others'.
func idOf(guid string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(guid, prefix)
	i := len(rest) - hashLen - 1
	if !ok || i < 1 || rest[i] != '-' {
		return "", false
	}
	if _, err := hex.DecodeString(rest[i+1:]); err != nil || !validID(rest[:i]) {
		return "", false
	}
	return rest[:i], true
}

// file is the name of a show's picture.
func file(guid string) string { return guid + ".png" }

// screen is the whole content of the card: the programmes in the order in which the card
// numbers them. Every one but those in free has a date that never comes.
func screen(stamp int64, size image.Point, guids []string, free map[string]bool) *node {
	s := el("screen", "timeStamps", strconv.FormatInt(stamp, 10))
	for i, guid := range guids {
		control := el("playControl", "count", repeat, "disabled", "false")
		if !free[guid] {
			control.with(el("date", "start", never, "end", never))
		}
		s.with(el("program", "type", "normal", "id", strconv.Itoa(i), "guid", guid, "name", guid).with(control,
			el("area", "guid", guid+"-a", "name", "", "alpha", "255").with(
				el("rectangle", "x", "0", "y", "0", "width", strconv.Itoa(size.X), "height", strconv.Itoa(size.Y)),
				el("resources").with(
					el("image", "guid", guid+"-i", "name", "", "fit", "stretch").with(
						el("effect", "in", "0", "inSpeed", "0", "out", "0", "outSpeed", "0", "duration", stay),
						el("file", "name", file(guid))))))) // found by its name alone on every card
	}
	return s
}
