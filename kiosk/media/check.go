package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Facts are what a file really is.
type Facts struct {
	// Type is one of the Type constants.
	Type string
	// Width and Height are pixels as shown, after a turn that the file asks for; 0 for pages
	// and drawings.
	Width, Height int
	// Unusual is what keeps browsers from showing a picture that is whole.
	Unusual string
	// The rest is of films. Codec, Profile and PixFmt are ffprobe's names; Level is 40 for
	// H.264's 4.0 and 120 for HEVC's 4.0; BitRate is in bits a second, 0 when unknown.
	Codec, Profile, PixFmt string
	Level                  int
	FPS                    float64
	BitRate                int64
	Duration               time.Duration
	Turned, Interlaced     bool
	// Audio are the codecs of its sound tracks; Films counts its film tracks.
	Audio []string
	Films int
}

// Unfit says everything that keeps a file from being shown. It wraps ErrUnfit.
type Unfit struct {
	// Name is the file's name for people.
	Name string
	// Wrong is what is wrong, each with value and limit.
	Wrong []string
	// Convert is the command that makes it fit, as a list of arguments, to be run where the
	// file was made; empty if no program can do that.
	Convert []string
}

// Error says what is wrong and the way out.
func (u *Unfit) Error() string {
	text := fmt.Sprintf("%s: %q: %s", ErrUnfit, u.Name, strings.Join(u.Wrong, "; "))
	if len(u.Convert) > 0 {
		text += "; convert it where it was made: " + u.Command()
	}
	return text
}

// Unwrap returns ErrUnfit.
func (u *Unfit) Unwrap() error { return ErrUnfit }

// Command is Convert for a shell.
func (u *Unfit) Command() string {
	words := make([]string, len(u.Convert))
	for i, w := range u.Convert {
		words[i] = quote(w)
	}
	return strings.Join(words, " ")
}

func quote(w string) string {
	if w != "" && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:=/@%") == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// Checker reads files and compares them with what a board can show.
type Checker struct {
	// Program is ffprobe's name or path; Timeout bounds one run.
	Program string
	Timeout time.Duration
	// MaxPage is the most bytes of a page or a drawing.
	MaxPage int64
}

// NewChecker returns a checker with the built-in settings.
func NewChecker() *Checker {
	return &Checker{Program: "ffprobe", Timeout: 30 * time.Second, MaxPage: 2 << 20}
}

// Check reports whether a board with profile p can show the file at path. Errors are an *Unfit
// (ErrUnfit), or wrap ErrNoProbe, ErrStorage or the context's error.
func Check(ctx context.Context, path string, p Profile) error {
	_, err := NewChecker().Check(ctx, path, p)
	return err
}

// Check is the package's Check, and returns what the file is as far as it could be read.
func (c *Checker) Check(ctx context.Context, path string, p Profile) (Facts, error) {
	return c.check(ctx, path, path, p)
}

// Object returns the Check of Options: the file must be what its item says, and fit the board.
func (c *Checker) Object(p Profile) func(ctx context.Context, path string, it Item) error {
	return func(ctx context.Context, path string, it Item) error {
		facts, err := c.check(ctx, path, it.Name, p)
		if err != nil {
			return err
		}
		if wrong := facts.differ(it); len(wrong) > 0 {
			return &Unfit{Name: it.Name, Wrong: wrong}
		}
		return nil
	}
}

// differ compares a file with its item: the programme reckons with what the item says.
func (f Facts) differ(it Item) []string {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if f.Type != it.Type {
		bad("it is %s, the manifest says %s", f.Type, it.Type)
		return wrong
	}
	if f.Width > 0 && it.Width > 0 && (f.Width != it.Width || f.Height != it.Height) {
		bad("it has %d×%d pixels, the manifest says %d×%d", f.Width, f.Height, it.Width, it.Height)
	}
	if f.Codec != it.Codec {
		bad("its codec is %s, the manifest says %s", f.Codec, it.Codec)
	}
	// Containers round to frames; half a second too little or too much is another film.
	off := f.Duration - time.Duration(it.DurationMS)*time.Millisecond
	if f.Codec != "" && off.Abs() > 500*time.Millisecond {
		bad("it lasts %d ms, the manifest says %d", f.Duration.Milliseconds(), it.DurationMS)
	}
	return wrong
}

func (c *Checker) check(ctx context.Context, path, name string, p Profile) (Facts, error) {
	f, err := os.Open(path)
	if err != nil {
		return Facts{}, fmt.Errorf("%w: check %q: %w", ErrStorage, name, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return Facts{}, errors.Join(fmt.Errorf("%w: check %q: not a file", ErrStorage, name), err)
	}
	head := make([]byte, 1024)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Facts{}, fmt.Errorf("%w: check %q: %w", ErrStorage, name, err)
	}
	facts := Facts{Type: sniff(head[:n])}
	var wrong []string
	switch facts.Type {
	case "":
		return facts, &Unfit{Name: name, Wrong: []string{"it is none of MP4, WebM, PNG, JPEG, SVG, HTML"}, Convert: p.recipe(Facts{Type: TypeMP4}, name)}
	case TypeMP4, TypeWebM:
		wrong, err = c.film(ctx, path, f, info.Size(), &facts)
	case TypePNG:
		wrong, err = readPNG(bufio.NewReader(io.NewSectionReader(f, 0, info.Size())), &facts)
	case TypeJPEG:
		wrong, err = readJPEG(io.NewSectionReader(f, 0, info.Size()), &facts)
	default:
		wrong, err = c.page(f, info.Size(), &facts)
	}
	if err != nil {
		return facts, fmt.Errorf("check %q: %w", name, err)
	}
	if len(wrong) > 0 {
		// What is damaged is not mended by converting it.
		return facts, &Unfit{Name: name, Wrong: wrong}
	}
	if wrong = p.Wrong(facts); len(wrong) == 0 {
		return facts, nil
	}
	return facts, &Unfit{Name: name, Wrong: wrong, Convert: p.recipe(facts, name)}
}

// sniff tells a type by a file's first bytes; names and manifests may lie.
func sniff(head []byte) string {
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return TypeMP4
	case bytes.HasPrefix(head, []byte{0x1A, 0x45, 0xDF, 0xA3}):
		return TypeWebM
	case bytes.HasPrefix(head, []byte(pngMagic)):
		return TypePNG
	case bytes.HasPrefix(head, []byte{0xFF, 0xD8, 0xFF}):
		return TypeJPEG
	}
	text := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(head), "\uFEFF"), " \t\r\n"))
	switch {
	case strings.HasPrefix(text, "<!doctype html"):
		return TypeHTML
	case strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<svg") || strings.HasPrefix(text, "<!--"):
		return TypeSVG
	}
	return ""
}
