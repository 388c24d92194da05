package compat_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"firepost/firmware-contracts/compat"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

var update = flag.Bool("update", false, "publish the present contracts")

func set(t *testing.T, cs ...*contract.Contract) *contract.Set {
	t.Helper()
	s, err := contract.NewSet(cs...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every published contract of the house still keeps what it promised.
func TestPublished(t *testing.T) {
	lock, err := compat.Published()
	if err != nil {
		t.Fatal(err)
	}
	house, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range lock.Check(house) {
		t.Error(b)
	}
	for _, ref := range []string{"firepost-smoke@1", "firepost-gauge@1", "smoke-generic@1"} {
		if !*update && !slices.Contains(lock.Refs(), ref) {
			t.Errorf("%s is not published", ref)
		}
	}
	behind, err := lock.Behind(house)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("not yet published as they are: %v", behind)
	if !*update {
		return
	}
	if err := lock.Publish(house); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("published.lock", lock.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLockHoldsEnough(t *testing.T) {
	house, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	lock, err := compat.ReadLock([]byte(`{"format":1,"contracts":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Publish(house); err != nil {
		t.Fatal(err)
	}
	again, err := compat.ReadLock(lock.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.Refs(), house.Refs()) || !bytes.Equal(again.Bytes(), lock.Bytes()) {
		t.Error("the lock does not come back as it was written")
	}
	if found := again.Check(house); found != nil {
		t.Errorf("a contract differs from its own lock: %v", found)
	}
	if behind, err := again.Behind(house); err != nil || behind != nil {
		t.Errorf("behind: %v %v", behind, err)
	}
}

func TestLockRefuses(t *testing.T) {
	lock, err := compat.ReadLock([]byte(`{"format":1,"contracts":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Publish(set(t, load(t, base))); err != nil {
		t.Fatal(err)
	}
	before := lock.Bytes()
	broken := set(t, edit(t, "scale: 0.1", "scale: 0.01"))
	if err := lock.Publish(broken); !errors.Is(err, compat.ErrBreaking) || !strings.Contains(err.Error(), "temperature: scale") {
		t.Errorf("breaking change: %v", err)
	}
	if !bytes.Equal(lock.Bytes(), before) {
		t.Error("a refused set has changed the lock")
	}
	if got := lock.Check(set(t)); len(got) != 1 || got[0].What != "contract" {
		t.Errorf("a contract that is gone: %+v", got)
	}
	wider := set(t, edit(t, "max: 100}", "max: 247}"))
	if behind, err := lock.Behind(wider); err != nil || !slices.Equal(behind, []string{"x@1"}) {
		t.Errorf("behind: %v %v", behind, err)
	}
	if err := lock.Publish(wider); err != nil {
		t.Fatal(err)
	}
	if got := lock.Check(set(t, load(t, base))); len(got) != 1 || got[0].What != "highest address" {
		t.Errorf("what was widened may not shrink again: %+v", got)
	}
}

func TestDamagedLocks(t *testing.T) {
	lock, err := compat.ReadLock([]byte(`{"format":1,"contracts":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Publish(set(t, load(t, base))); err != nil {
		t.Fatal(err)
	}
	good := string(lock.Bytes())
	line := strings.Split(good, "\n")[1]
	for name, text := range map[string]string{
		"empty":           "",
		"not JSON":        "{",
		"another format":  strings.Replace(good, `"format":1`, `"format":2`, 1),
		"edited by hand":  strings.Replace(good, `"Scale":0.1`, `"Scale":0.2`, 1),
		"wrong name":      strings.Replace(good, `"ref":"x@1"`, `"ref":"y@1"`, 1),
		"twice":           strings.Replace(good, line, line+","+line, 1),
		"unknown key":     strings.Replace(good, `"format"`, `"more":1,"format"`, 1),
		"something after": good + "{}",
	} {
		if text == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := compat.ReadLock([]byte(text)); !errors.Is(err, compat.ErrLock) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDigest(t *testing.T) {
	a, err1 := compat.Digest(load(t, base))
	b, err2 := compat.Digest(load(t, "# a remark\n"+base))
	c, err3 := compat.Digest(edit(t, "scale: 0.1", "scale: 0.2"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if a != b || a == c || len(a) != 64 {
		t.Errorf("digests %s %s %s", a, b, c)
	}
}
