// Package raster draws texts and takeover scenes as pictures at a panel's real pixels, in pure
// Go: for LED cards that take pictures, for television without a browser, and for the preview
// of what each panel shows.
//
// Fonts are files that stay on the disk: outlines are read through io.ReaderAt when they are
// needed, and a bounded number is kept. A character that no font has is an error, or a box
// where the caller asks for one; nothing is left out. A scene that does not fit one picture at
// a legible size becomes several that alternate, and a text is cut into parts only where a
// panel is too small for the whole of it; every Page says what stands on it and where.
//
// Sizes are the heights of the em square, which a Chinese character almost fills. At 1080 dots
// the title has at least 180, places 110, advice 80, and every other panel in proportion; LED
// boards have at least 16, those lower than 48 dots 14, those of a single line 12. At 12 to 14
// dots characters of many strokes (警, 鼻) are known by their outline only: drawn outlines can't
// do better there, only a font made for such sizes can. Below 32 dots, and on boards without shades, strokes are
// drawn in whole dots, each glyph moved by parts of a dot to where it is crispest.
//
// Colour never stands alone. A real fire is solid red with a flame, one that is being verified
// amber with a magnifier, a drill blue with its frame and word on every page, a test grey with
// its word on every page. The mark 首警 is drawn where there is more than one place.
//
// # Mongolian
//
// The vertical Mongolian script needs shaping, which is not done here; such letters in a text
// are refused. The fixed Phrases are drawn from small pictures that Chromium made (see
// TestMongolianPictures) with Noto Sans Mongolian, an OFL font. No native reader has checked
// their wording: they are marked so in the table.
//
// Not seen on a real LED board.
package raster
