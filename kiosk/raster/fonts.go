package raster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Debian's files, in the order in which Debian lists them to OpenFonts: its packages
// fonts-noto-cjk and fonts-noto-core.
const (
	DebianBold      = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
	DebianRegular   = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
	DebianMongolian = "/usr/share/fonts/truetype/noto/NotoSansMongolian-Regular.ttf"
)

// Fonts is a chain of fonts: a character is drawn with the first that has it, those of the
// wanted weight first. It may be used by several goroutines at a time.
type Fonts struct {
	mu     sync.Mutex
	faces  []*face
	glyphs map[glyphKey]*glyph
	buf    sfnt.Buffer
}

// face is one font of one file.
type face struct {
	path, name string
	file       *os.File
	font       *sfnt.Font
	bold       bool
}

// OpenFonts opens font files (OTF, TTF or TTC); of a collection it takes the simplified
// Chinese face (… SC). Where some files can't be used it returns those that can together with
// an error that names the others, and the package to install; nil where none can.
func OpenFonts(files ...string) (*Fonts, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no files given: name %s (package fonts-noto-cjk)", ErrFont, DebianRegular)
	}
	f := &Fonts{glyphs: map[glyphKey]*glyph{}}
	var problems []error
	for _, path := range files {
		face, err := f.open(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%w: %s: %w: %s", ErrFont, path, err, remedy(path)))
			continue
		}
		f.faces = append(f.faces, face)
	}
	if len(f.faces) == 0 {
		return nil, errors.Join(problems...)
	}
	return f, errors.Join(problems...)
}

// remedy says which Debian package has a file.
func remedy(path string) string {
	pkg := "fonts-noto-core"
	if name := strings.ToLower(filepath.Base(path)); strings.Contains(name, "cjk") {
		pkg = "fonts-noto-cjk"
	}
	return "install or reinstall the package " + pkg
}

// open reads one file's tables. A broken file must never end the caller, so a panic of the
// parser is an error too.
func (f *Fonts) open(path string) (opened *face, err error) {
	file, err := os.Open(path) //nolint:gosec // the path is the configuration's
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			opened, err = nil, fmt.Errorf("broken font: %v", p)
		}
		if err != nil {
			_ = file.Close()
		}
	}()
	all, err := sfnt.ParseCollectionReaderAt(file)
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	opened = &face{path: path, file: file}
	for i := range all.NumFonts() {
		font, err := all.Font(i)
		if err != nil {
			return nil, fmt.Errorf("read face %d: %w", i, err)
		}
		name, err := font.Name(&f.buf, sfnt.NameIDFull)
		if err != nil {
			return nil, fmt.Errorf("read the name of face %d: %w", i, err)
		}
		simplified := strings.Contains(name+" ", " SC ") && !strings.Contains(name, "Mono")
		if opened.font == nil || simplified {
			opened.font, opened.name = font, name
			opened.bold = strings.Contains(name, "Bold") || strings.Contains(name, "Black")
		}
		if simplified {
			break
		}
	}
	if opened.font == nil || opened.font.UnitsPerEm() <= 0 {
		return nil, errors.New("holds no usable face")
	}
	return opened, nil
}

// Names lists the faces in use, in the order of the chain.
func (f *Fonts) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := make([]string, len(f.faces))
	for i, face := range f.faces {
		names[i] = face.name
	}
	return names
}

// Close closes the files; nothing can be drawn any more.
func (f *Fonts) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []error
	for _, face := range f.faces {
		all = append(all, face.file.Close())
	}
	f.faces = nil
	clear(f.glyphs)
	return errors.Join(all...)
}

// Covers returns the characters of a text that can't be drawn, each once, in their order.
func (f *Fonts) Covers(text string) (missing []rune) {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := map[rune]bool{}
	for _, r := range text {
		if seen[r] || breaks(r) {
			continue
		}
		seen[r] = true
		if _, _, err := f.find(r, false); err != nil {
			missing = append(missing, r)
		}
	}
	return missing
}

// breaks reports whether a character is a break or a gap rather than a sign.
func breaks(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }

// shaped reports whether a script needs shaping: drawn letter by letter it would read as
// something else, or as nothing.
func shaped(r rune) bool {
	return unicode.In(r, unicode.Mongolian, unicode.Arabic, unicode.Hebrew, unicode.Tibetan,
		unicode.Devanagari, unicode.Thai, unicode.Mn, unicode.Cf)
}

// find is the face that draws a character: of the wanted weight if one has it, else any.
func (f *Fonts) find(r rune, bold bool) (*face, sfnt.GlyphIndex, error) {
	if shaped(r) {
		return nil, 0, fmt.Errorf("%w: %q (U+%04X) belongs to a script that needs shaping: use a text without it", ErrGlyph, r, r)
	}
	for _, other := range []bool{false, true} {
		for _, face := range f.faces {
			if (face.bold != bold) != other {
				continue
			}
			i, err := face.index(&f.buf, r)
			if err != nil {
				return nil, 0, fmt.Errorf("%w: %s: look up %q: %w: %s", ErrFont, face.path, r, err, remedy(face.path))
			}
			if i != 0 {
				return face, i, nil
			}
		}
	}
	return nil, 0, fmt.Errorf("%w: %q (U+%04X) is in none of the %d fonts: use another character or add a font", ErrGlyph, r, r, len(f.faces))
}

func (a *face) index(buf *sfnt.Buffer, r rune) (i sfnt.GlyphIndex, err error) {
	defer func() {
		if p := recover(); p != nil {
			i, err = 0, fmt.Errorf("broken font: %v", p)
		}
	}()
	return a.font.GlyphIndex(buf, r)
}

// ppem asks for outlines in font units.
func (a *face) ppem() fixed.Int26_6 { return fixed.I(int(a.font.UnitsPerEm())) }
