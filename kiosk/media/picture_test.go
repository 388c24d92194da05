package media

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onePixel is the smallest PNG, one black pixel, made by hand with Python's zlib.
const onePixel = "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636000000002000148afa4710000000049454e44ae426082"

func checkBytes(t testing.TB, data []byte, p Profile) (Facts, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return NewChecker().Check(t.Context(), path, p)
}

func TestPictures(t *testing.T) {
	dir, board := t.TempDir(), profile(t, "pi3")
	for _, c := range []struct{ name, size, says string }{
		{"a.png", "1920x1080", ""}, {"a.jpg", "1080x1920", ""}, {"b.png", "4000x1000", "4000×1000"}, {"b.jpg", "3000x3000", "3000×3000"}, {"c.jpg", "160x90", ""},
	} {
		ffmpeg(t, dir, "-f", "lavfi", "-i", "testsrc2=size="+c.size, "-frames:v", "1", c.name)
		path := filepath.Join(dir, c.name)
		facts, err := NewChecker().Check(t.Context(), path, board)
		var unfit *Unfit
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (!errors.As(err, &unfit) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v", c.name, err)
		case c.says != "":
			convert(t, dir, board, unfit)
		case fmt.Sprintf("%dx%d", facts.Width, facts.Height) != c.size:
			t.Errorf("%s is %d×%d", c.name, facts.Width, facts.Height)
		}
		// Cut short and damaged anywhere, it is never let through as it is.
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, left := range []int{3, 8, 20, len(data) / 2, len(data) - 2} {
			if _, err := checkBytes(t, data[:left], profile(t, "x86")); !errors.Is(err, ErrUnfit) {
				t.Errorf("%s, %d of %d bytes: %v", c.name, left, len(data), err)
			}
		}
		if strings.HasSuffix(c.name, ".png") {
			data[len(data)/2] ^= 4
			if _, err := checkBytes(t, data, profile(t, "x86")); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("%s, a bit flipped: %v", c.name, err)
			}
		}
	}
}

func TestPicturesByTheByte(t *testing.T) {
	png, err := hex.DecodeString(onePixel)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := checkBytes(t, png, profile(t, "pi3")); err != nil || f.Width != 1 || f.Height != 1 || f.Type != TypePNG {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := checkBytes(t, append(png[:8:8], png[33:]...), profile(t, "pi3")); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "out of place") {
		t.Errorf("no head: %v", err)
	}
	for name, c := range map[string]struct{ data, says string }{
		"a bomb of a PNG":     {"89504e470d0a1a0a0000000d49484452ffffffffffffffff080600000000000000", "damaged"},
		"a JPEG of no size":   {"ffd8ffc0000b080000000101011100ffda0008010100003f00aaffd9", "size can't be read"},
		"12 bits":             {"ffd8ffc1000b0c0001000101011100ffda0008010100003f00aaffd9", "12 bits"},
		"lossless":            {"ffd8ffc3000b080001000101011100ffda0008010100003f00aaffd9", "kind C3"},
		"arithmetic":          {"ffd8ffc9000b080001000101011100ffda0008010100003f00aaffd9", "kind C9"},
		"print colours":       {"ffd8ffc00014080001000104011100021100031100041100ffda0008010100003f00aaffd9", "4 colours"},
		"a segment of 0":      {"ffd8ffe00000", "damaged"},
		"garbage for segment": {"ffd8ff00ff0011", "damaged"},
		"no end":              {"ffd8ffc0000b080001000101011100ffda0008010100003f00aa", "end marker"},
		"unknown":             {"4d5a9000", "none of MP4"},
		"gif":                 {"474946383961", "none of MP4"},
	} {
		data, err := hex.DecodeString(c.data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := checkBytes(t, data, profile(t, "pi3")); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">`

func TestDrawings(t *testing.T) {
	for name, text := range map[string]string{
		"plain":      svgHead + `<rect width="10" height="10" fill="#c00"/></svg>`,
		"declared":   "\uFEFF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- 消防 -->\n" + svgHead + "<title>a &amp; b &#x706b;</title></svg>\n",
		"paint":      svgHead + `<defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs><rect fill="url(#g)" style="stroke: url('#g')"/></svg>`,
		"style":      svgHead + `<style><![CDATA[ .a{fill:url( "#g" )} @keyframes x{to{opacity:0}} ]]></style><style>.b{font-family:"Noto Sans CJK SC"}</style></svg>`,
		"use":        svgHead + `<symbol id="s"><path d="M0 0h1"/></symbol><use href="#s"/><use xlink:href="#s" x="2"/></svg>`,
		"picture":    svgHead + `<image href="data:image/png;base64,iVBORw0KGgo=" width="1" height="1"/></svg>`,
		"movement":   svgHead + `<circle r="1"><animate attributeName="r" values="1;2" dur="1s" repeatCount="indefinite"/><set attributeName="fill" to="red"/></circle></svg>`,
		"mongolian":  svgHead + `<text writing-mode="vertical-lr" xml:lang="mn-Mong">ᠭᠠᠯ</text></svg>`,
		"attributes": svgHead + `<text x = '1' y="2">a &gt; b</text></svg>`,
	} {
		if _, err := checkBytes(t, []byte(text), profile(t, "pi3")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	inner := func(s string) string { return svgHead + s + `</svg>` }
	for name, c := range map[string]struct{ text, says string }{
		"script":             {inner(`<script>alert(1)</script>`), "<script>"},
		"script, prefixed":   {inner(`<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>`), "<x:script>"},
		"foreign":            {inner(`<foreignObject><p/></foreignObject>`), "<foreignObject>"},
		"another language":   {inner(`<g xmlns="http://www.w3.org/1999/xhtml"/>`), "language"},
		"no language":        {`<svg viewBox="0 0 1 1"></svg>`, "needs xmlns"},
		"handler":            {inner(`<rect onload="alert(1)"/>`), "onload"},
		"handler in capital": {inner(`<rect ONLOAD="alert(1)"/>`), "ONLOAD"},
		"link":               {inner(`<a href="#x"><rect/></a>`), "<a>"},
		"picture from afar":  {inner(`<image href="http://example.org/a.png"/>`), "leads out"},
		"picture nearby":     {inner(`<image xlink:href="../a.png"/>`), "leads out"},
		"picture is svg":     {inner(`<image href="data:image/svg+xml;base64,PHN2Zz4="/>`), "leads out"},
		"use from afar":      {inner(`<use href="other.svg#a"/>`), "leads out"},
		"paint from afar":    {inner(`<rect fill="url(http://example.org/#a)"/>`), "leads out"},
		"hidden in numbers":  {inner(`<rect fill="&#117;rl(http://example.org/#a)"/>`), "leads out"},
		"second url":         {inner(`<rect fill="url(#a) URL(b.svg)"/>`), "leads out"},
		"style from afar":    {inner(`<style>@import "a.css";</style>`), "@import"},
		"style in CDATA":     {inner(`<style><![CDATA[rect{fill:url(//example.org)}]]></style>`), `//`},
		"style escaped":      {inner(`<style>rect{fill:\75rl(x)}</style>`), `\\`},
		"style image-set":    {inner(`<rect style="fill:image-set('a.png' 1x)"/>`), "image-set"},
		"font from afar":     {inner(`<style>@font-face{font-family:a;src:local(a)}</style>`), "@font-face"},
		"animated link":      {inner(`<set attributeName="xlink:href" to="http://example.org"/>`), "animation of"},
		"animated to afar":   {inner(`<set attributeName="fill" to="javascript:alert(1)"/>`), "leads out"},
		"base":               {inner(`<g xml:base="http://example.org/"/>`), "xml:base"},
		"document type":      {`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>` + inner(""), "document type"},
		"stylesheet":         {`<?xml version="1.0"?><?xml-stylesheet href="a.css"?>` + inner(""), "processing instruction"},
		"own word":           {inner(`<text>&nbsp;</text>`), "&nbsp;"},
		"bomb":               {inner(`<g id="a"><rect/></g><g id="b"><use href="#a"/><use href="#a"/></g><g id="c"><use href="#b"/></g>`), "draw it out"},
		"bomb, itself":       {inner(`<g id="a"><use href="#a"/></g>`), "draw it out"},
		"attribute twice":    {inner(`<rect x="1" x="2"/>`), "twice"},
		"not closed":         {svgHead + `<g>`, "not closed"},
		"cut in a tag":       {svgHead + `<rect wid`, "damaged"},
		"cut in a value":     {svgHead + `<rect width="1`, "missing"},
		"closed wrong":       {svgHead + `<g></svg></g>`, "closes nothing"},
		"two of them":        {inner("") + inner(""), "second outermost"},
		"text after":         {inner("") + "x", "outside"},
		"html inside xml":    {`<?xml version="1.0"?><html/>`, "<html>"},
		"nothing":            {`<?xml version="1.0"?>`, "no <svg>"},
		"comment only":       {`<!-- -->`, "no <svg>"},
		"no quotes":          {inner(`<rect x=1/>`), "no quotes"},
		"a < in a value":     {inner(`<rect x="<"/>`), "has a <"},
		"deep":               {svgHead + strings.Repeat("<g>", 300) + strings.Repeat("</g>", 300) + "</svg>", "nested deeper"},
		"not utf-8":          {inner("<text>\xff</text>"), "UTF-8"},
		"too long":           {inner(strings.Repeat(" ", 3<<20)), "at most"},
	} {
		_, err := checkBytes(t, []byte(c.text), profile(t, "pi3"))
		var unfit *Unfit
		if !errors.As(err, &unfit) || len(unfit.Convert) > 0 || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestPages(t *testing.T) {
	good := "<!DOCTYPE html>\n<meta charset=utf-8><canvas></canvas><script>document.createElementNS('http://www.w3.org/2000/svg','svg')</script>"
	if f, err := checkBytes(t, []byte(good), profile(t, "pi3")); err != nil || f.Type != TypeHTML {
		t.Errorf("%+v, %v", f, err)
	}
	for _, add := range []string{`<img src="http://a/b">`, `<IFRAME>`, `<link rel=x>`, `<script>fetch("https://a")</script>`, `<meta http-equiv=refresh>`, `<form>`, "<style>@import 'a'</style>", `new WebSocket("ws://a")`} {
		if _, err := checkBytes(t, []byte(good+"\n"+add), profile(t, "pi3")); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%s: %v", add, err)
		}
	}
}

func FuzzDrawing(f *testing.F) {
	f.Add(svgHead + `<rect width="10" fill="url(#a)"/><style>a{}</style></svg>`)
	f.Add(`<?xml version="1.0"?><!-- --><svg xmlns='http://www.w3.org/2000/svg'><text>&#38;</text></svg>`)
	f.Fuzz(func(t *testing.T, text string) {
		if len(checkSVG(text)) > 0 {
			return
		}
		low := strings.ToLower(text)
		for _, x := range []string{"<script", "<foreignobject", "<!doctype", "<iframe", "<a "} {
			// Within a comment or CDATA they are only text.
			if strings.Contains(low, x) && !strings.Contains(low, "<!--") && !strings.Contains(low, "<![cdata[") {
				t.Fatalf("let through with %q: %q", x, text)
			}
		}
	})
}

func FuzzPictures(f *testing.F) {
	png, _ := hex.DecodeString(onePixel)
	f.Add(png)
	f.Add([]byte("\xff\xd8\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xaa\xff\xd9"))
	f.Add([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x00\x08mdat"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var facts Facts
		if wrong, err := readPNG(bytes.NewReader(data), &facts); err != nil {
			t.Fatal(wrong, err)
		}
		if wrong, err := readJPEG(section(data), &facts); err != nil {
			t.Fatal(wrong, err)
		}
		if wrong, err := readBoxes(section(data), int64(len(data))); err != nil {
			t.Fatal(wrong, err)
		}
	})
}

func section(data []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
}
