package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPremises(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	// 编码,店名 / HS-1,张 in GB 18030.
	text := "\xb1\xe0\xc2\xeb,\xb5\xea\xc3\xfb\r\nHS-1,\xd5\xc5\r\n"
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, o, e := call(t, "premises", "convert", in, out); code != 0 || !strings.Contains(o, "1 premises, read as gb18030") {
		t.Fatalf("exit %d: %s%s", code, o, e)
	}
	if data, err := os.ReadFile(out); err != nil || !strings.Contains(string(data), "HS-1,张") {
		t.Errorf("%q, %v", data, err)
	}
	if code, o, _ := call(t, "premises", "check", out); code != 0 || !strings.Contains(o, "read as utf-8") {
		t.Errorf("exit %d: %s", code, o)
	}
	if err := os.WriteFile(in, []byte("code,label_zh\n,a\nHS-2,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, e := call(t, "premises", "check", in)
	if code != 1 || !strings.Contains(e, "in.csv:2:") || !strings.Contains(e, "in.csv:3:") {
		t.Errorf("exit %d: %s", code, e)
	}
	if code, _, e := call(t, "premises", "check", filepath.Join(dir, "none.csv")); code != 1 || !strings.Contains(e, "none.csv") {
		t.Errorf("exit %d: %s", code, e)
	}
}
