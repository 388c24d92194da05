package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a manifest.
const (
	// MaxItems is how many objects one manifest may name.
	MaxItems = 2000
	// MaxManifest is the most bytes of a manifest in JSON.
	MaxManifest = 4 << 20
	// MaxDocument is the most bytes of a programme document.
	MaxDocument = 1 << 20
	// MaxObject is the most bytes of one object: 16 GiB.
	MaxObject   = 16 << 30
	maxName     = 120
	maxSide     = 16384
	maxDuration = 24 * 60 * 60 * 1000
	maxVersion  = 1<<53 - 1
)

// The types of media that a screen can show.
const (
	TypeMP4  = "video/mp4"
	TypeWebM = "video/webm"
	TypePNG  = "image/png"
	TypeJPEG = "image/jpeg"
	TypeSVG  = "image/svg+xml"
	TypeHTML = "text/html"
)

// Item is one object that a programme plays.
type Item struct {
	// SHA256 is the object's name, in lower-case hexadecimal; Size its bytes.
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	// Type is one of the Type constants.
	Type string `json:"type"`
	// Name is for people; it is never a path here.
	Name string `json:"name"`
	// DurationMS is a film's length; Width and Height are its pixels, or a picture's. They are
	// 0 where there are none (pages, drawings).
	DurationMS int64 `json:"duration_ms,omitempty"`
	Width      int   `json:"width,omitempty"`
	Height     int   `json:"height,omitempty"`
	// Codec is a film's codec as ffprobe names it: h264, hevc, vp9, …
	Codec string `json:"codec,omitempty"`
}

// Document is the programme that plays the items: bytes that this package does not read.
type Document struct {
	Name string `json:"name"`
	Data []byte `json:"data,omitempty"`
}

// Manifest is one version of everything that a booth's screens play.
type Manifest struct {
	// Version rises with every manifest that is published, from 1.
	Version   uint64   `json:"version"`
	Programme Document `json:"programme"`
	Items     []Item   `json:"items"`
}

// ParseManifest reads a manifest strictly: unknown, doubled or misspelt keys, anything out of
// bounds and anything after the end are refused, with all problems at once. Errors wrap
// ErrManifest.
func ParseManifest(data []byte) (Manifest, error) {
	if len(data) > MaxManifest {
		return Manifest{}, fmt.Errorf("%w: %d bytes, at most %d", ErrManifest, len(data), MaxManifest)
	}
	var m Manifest
	if err := strictJSON(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if err := m.Validate(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// Encode returns the manifest's one form in JSON, which ParseManifest reads.
func (m Manifest) Encode() []byte {
	if m.Items == nil {
		m.Items = []Item{}
	}
	data, err := json.Marshal(m)
	if err != nil {
		// Strings, numbers and bytes only.
		panic(err)
	}
	return data
}

// Digest is the SHA-256 of Encode, in hexadecimal: the name of exactly this manifest.
func (m Manifest) Digest() string { return digest(m.Encode()) }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Validate reports everything that is out of bounds. Errors wrap ErrManifest.
func (m Manifest) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		if len(errs) < 20 {
			errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrManifest}, args...)...))
		}
	}
	if m.Version < 1 || m.Version > maxVersion {
		bad("version %d; it is a whole number from 1", m.Version)
	}
	if why := badName(m.Programme.Name); why != "" {
		bad("programme name %q %s", m.Programme.Name, why)
	}
	if n := len(m.Programme.Data); n < 1 || n > MaxDocument {
		bad("programme has %d bytes, allowed are 1 to %d", n, MaxDocument)
	}
	if len(m.Items) > MaxItems {
		bad("%d items, at most %d", len(m.Items), MaxItems)
		return errors.Join(errs...)
	}
	hashes, names := make(map[string]bool, len(m.Items)), make(map[string]bool, len(m.Items))
	for i, it := range m.Items {
		for _, why := range it.wrong() {
			bad("item %d %q: %s", i+1, it.Name, why)
		}
		if hashes[it.SHA256] {
			bad("item %d %q: sha256 %s is named twice", i+1, it.Name, it.SHA256)
		}
		if names[it.Name] {
			bad("item %d: name %q is used twice", i+1, it.Name)
		}
		hashes[it.SHA256], names[it.Name] = true, true
	}
	return errors.Join(errs...)
}

func (it Item) wrong() []string {
	var all []string
	bad := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if !ValidHash(it.SHA256) {
		bad("sha256 %q is not 64 lower-case hexadecimal digits", it.SHA256)
	}
	if it.Size < 1 || it.Size > MaxObject {
		bad("size %d, allowed are 1 to %d", it.Size, int64(MaxObject))
	}
	if why := badName(it.Name); why != "" {
		bad("name %s", why)
	}
	if it.Width < 0 || it.Width > maxSide || it.Height < 0 || it.Height > maxSide {
		bad("%d×%d pixels, at most %d a side", it.Width, it.Height, maxSide)
	}
	if it.DurationMS < 0 || it.DurationMS > maxDuration {
		bad("duration %d ms, at most %d", it.DurationMS, maxDuration)
	}
	if len(it.Codec) > 16 || strings.Trim(it.Codec, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		bad("codec %q is not a name as ffprobe gives it", it.Codec)
	}
	switch it.Type {
	case TypeMP4, TypeWebM:
		if it.Width == 0 || it.Height == 0 || it.DurationMS == 0 || it.Codec == "" {
			bad("a film needs duration_ms, width, height and codec")
		}
	case TypePNG, TypeJPEG:
		if it.Width == 0 || it.Height == 0 || it.DurationMS != 0 || it.Codec != "" {
			bad("a picture needs width and height, and has no duration_ms or codec")
		}
	case TypeSVG, TypeHTML:
		if it.DurationMS != 0 || it.Codec != "" {
			bad("a drawing or a page has no duration_ms or codec")
		}
	default:
		bad("type %q is none of %s", it.Type, strings.Join([]string{TypeMP4, TypeWebM, TypePNG, TypeJPEG, TypeSVG, TypeHTML}, ", "))
	}
	return all
}

// ValidHash reports whether s is a SHA-256 in lower-case hexadecimal.
func ValidHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// badName says what is wrong with a name, or nothing. Names reach screens, logs and command
// lines: nothing invisible, nothing that turns text around, nothing that looks like a path or an
// option.
func badName(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case n < 1 || n > maxName:
		return fmt.Sprintf("has %d characters, allowed are 1 to %d", n, maxName)
	case strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") || strings.TrimSpace(s) != s:
		return "begins with a dot, a dash or a space, or ends with a space"
	case strings.ContainsAny(s, `/\`):
		return "has a slash in it; names are not paths"
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return fmt.Sprintf("has the invisible character %U in it", r)
		}
	}
	return ""
}

// strictJSON decodes exactly one value. encoding/json alone takes "SIZE" for "size" and lets
// the last of two equal keys win.
func strictJSON(data []byte, dst any) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	if err := checkKeys(json.NewDecoder(bytes.NewReader(data)), 0); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(dst); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if len(bytes.TrimSpace(data[dec.InputOffset():])) > 0 {
		return errors.New("something follows the end")
	}
	return nil
}

// maxDepth is deeper than any of our files.
const maxDepth = 6

func checkKeys(dec *json.Decoder, depth int) error {
	tok, err := dec.Token()
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	open, ok := tok.(json.Delim)
	if !ok {
		return nil
	}
	if depth >= maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return fmt.Errorf("read: %w", err)
			}
			key, _ := tok.(string)
			if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
				return fmt.Errorf("key %q is not lower-case letters", key)
			}
			if seen[key] {
				return fmt.Errorf("key %q is there twice", key)
			}
			seen[key] = true
		}
		if err := checkKeys(dec, depth+1); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}
