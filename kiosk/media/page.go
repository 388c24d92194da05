package media

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// page reads a drawing or a page as a whole; both are small.
func (c *Checker) page(f io.ReaderAt, size int64, facts *Facts) (wrong []string, err error) {
	if size > c.MaxPage {
		return []string{fmt.Sprintf("%d bytes; a page or a drawing has at most %d", size, c.MaxPage)}, nil
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); n < len(data) {
		return nil, fmt.Errorf("%w: read: %w", ErrStorage, err)
	}
	if !utf8.Valid(data) || strings.ContainsRune(string(data), 0) {
		return []string{"it is not UTF-8 text"}, nil
	}
	if facts.Type == TypeHTML {
		return checkHTML(string(data)), nil
	}
	return checkSVG(string(data)), nil
}

// checkHTML refuses a page that plainly reaches out of itself. What a script might still try is
// stopped by the policy that the page is served with; this is so that an author learns of it
// before a screen stays empty.
func checkHTML(text string) (wrong []string) {
	low := strings.ReplaceAll(strings.ToLower(text), "http://www.w3.org/", "")
	for _, x := range []string{"http:", "https:", "ws:", "wss:", "<iframe", "<frame", "<object", "<embed", "<base", "<link", "<form", "@import", "http-equiv"} {
		if before, _, found := strings.Cut(low, x); found {
			wrong = append(wrong, fmt.Sprintf("it has %q in line %d; a page brings all that it needs with it", x, 1+strings.Count(before, "\n")))
		}
	}
	return wrong
}
