package cheader_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firepost/firmware-contracts/cheader"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

var update = flag.Bool("update", false, "write the committed headers")

const include = "../include"

// modbusContracts are the house's own contracts that have registers.
func modbusContracts(t *testing.T) []*contract.Contract {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	var out []*contract.Contract
	for _, c := range set.All() {
		if c.Transport == contract.Modbus {
			out = append(out, c)
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d contracts with registers", len(out))
	}
	return out
}

func generate(t *testing.T, c *contract.Contract) []byte {
	t.Helper()
	text, err := cheader.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCommittedHeaders(t *testing.T) {
	left := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(include, "*.h"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		left[filepath.Base(n)] = true
	}
	for _, c := range modbusContracts(t) {
		name := cheader.FileName(c)
		delete(left, name)
		want := generate(t, c)
		if *update {
			if err := os.WriteFile(filepath.Join(include, name), want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(filepath.Join(include, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s gives (%v): run this test with -update and commit the header", name, c.Ref(), err)
		}
	}
	for n := range left {
		t.Errorf("%s belongs to no contract", n)
	}
}

func TestSameBytesEveryTime(t *testing.T) {
	for _, c := range modbusContracts(t) {
		if !bytes.Equal(generate(t, c), generate(t, c)) {
			t.Errorf("%s: two runs differ", c.Ref())
		}
	}
}

func TestOtherTransportsAreRefused(t *testing.T) {
	for _, tr := range []contract.Transport{contract.Frames, contract.Pins, contract.Analog, contract.Chips} {
		_, err := cheader.Generate(&contract.Contract{Name: "x", Version: 1, Transport: tr})
		if !errors.Is(err, cheader.ErrTransport) || !strings.Contains(err.Error(), "x@1") {
			t.Errorf("transport %d: %v", tr, err)
		}
	}
}

func TestNamesThatMeet(t *testing.T) {
	c := load(t, `
  - name: a
    title: {zh: 一, en: one}
    role: info
    lane: slow
    table: holding
    address: 0x0000
    type: u16
    mask: 0x00FF
    values: [{raw: 1, means: normal, zh: 一, en: address}]
    otherwise: {means: fault, cause: other, zh: 其他, en: other}
  - name: a_value
    title: {zh: 二, en: two}
    role: info
    lane: slow
    table: holding
    address: 0x0001
    type: u16
`)
	if _, err := cheader.Generate(c); !errors.Is(err, cheader.ErrCollision) || !strings.Contains(err.Error(), "X_1_A_VALUE_ADDRESS") {
		t.Errorf("got %v", err)
	}
}

// load reads a contract of class meter around a list of points.
func load(t *testing.T, points string) *contract.Contract {
	t.Helper()
	c, err := contract.Load("x@1.yaml", []byte(`name: x
version: 1
title: {zh: "结束 */ 试", en: "trick */ /* ??/ and back\\slash"}
class: meter
hardware: false
sources: [{title: "*/ int x;", where: "/* ??/", mark: M}]
serial: {baud: 9600, format: 8N1}
address: {default: 1, min: 1, max: 247}
points:`+points))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
