package raster

import "errors"

// Errors that callers tell apart.
var (
	// ErrFont: a font file is missing, unreadable or broken.
	ErrFont = errors.New("font can't be used")
	// ErrGlyph: a text has a character that can't be drawn.
	ErrGlyph = errors.New("character can't be drawn")
	// ErrPanel: the panel's size or colours are not ones that can be drawn for.
	ErrPanel = errors.New("panel can't be drawn for")
	// ErrEmpty: there is no text to draw.
	ErrEmpty = errors.New("nothing to draw")
	// errPalette: a look has more colours than a picture can hold.
	errPalette = errors.New("more colours than a picture holds")
)
