package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestAccounts(t *testing.T) {
	dir := t.TempDir()
	say := func(in string, args ...string) (int, string) {
		var o, e bytes.Buffer
		code := dispatch(t.Context(), append(append([]string{"account"}, args...), "-dir", dir), streams{strings.NewReader(in), &o, &e})
		return code, o.String() + e.String()
	}
	if code, out := say("", "list"); code != 0 || !strings.Contains(out, "nobody") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out := say("short\n", "add", "wang"); code != 1 || !strings.Contains(out, "shorter than 10") {
		t.Errorf("a short password: exit %d: %s", code, out)
	}
	if code, out := say("a lamp over the door\n", "add", "wang"); code != 0 || !strings.Contains(out, "wang may log in as installer") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out := say("", "list"); code != 0 || !strings.Contains(out, "wang") || strings.Contains(out, "argon2") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, _ := say("", "remove", "wang"); code != 0 {
		t.Errorf("remove: exit %d", code)
	}
	if code, out := say("", "remove", "wang"); code != 1 || !strings.Contains(out, "no account") {
		t.Errorf("removed twice: exit %d: %s", code, out)
	}
}
