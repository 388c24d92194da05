package i2c_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"firepost/drivers/bus/i2c"
	"firepost/firmware-contracts/contract"
)

func TestSession(t *testing.T) {
	var s i2c.Session
	if err := s.Tx(0x48, nil, nil); err == nil {
		t.Error("the zero session works")
	}
	b := &bus{}
	s.Begin(t.Context(), b, "chip", 0x48)
	n := 0
	var err error
	for err == nil {
		err = s.Tx(0x48, []byte{0}, nil)
		n++
	}
	if !errors.Is(err, i2c.ErrTooMany) || n > 200 {
		t.Errorf("%d transactions, %v", n, err)
	}
	own := errors.New("own words")
	if got := s.Fail("read", own); !errors.Is(got, i2c.ErrTooMany) || errors.Is(got, own) {
		t.Errorf("%v: the cause on the bus comes first", got)
	}
	if got := s.Fail("read", nil); !errors.Is(got, i2c.ErrTooMany) {
		t.Errorf("%v: a swallowed failure stays one", got)
	}
	s.Begin(t.Context(), b, "chip", 0x48)
	if err := s.Fail("read", nil); err != nil {
		t.Error(err)
	}
	if got := s.Fail("read", own); got.Error() != "chip at 0x48: read: own words" {
		t.Errorf("%q", got)
	}
	if s.SetSpeed(1) == nil || !strings.Contains(s.String(), "chip at 0x48") {
		t.Error(s.String())
	}
}

func TestPoints(t *testing.T) {
	c := &contract.Contract{Transport: contract.Chips, Chip: "x", Points: []contract.Point{{Name: "b"}}}
	if got, err := i2c.Points(c, "x", "a", "b"); err != nil || !slices.Equal(got, []int{-1, 0}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := i2c.Points(c, "y", "b"); !errors.Is(err, i2c.ErrInvalid) {
		t.Error(err)
	}
	if _, err := i2c.Points(c, "x", "a"); !errors.Is(err, i2c.ErrInvalid) {
		t.Error(err)
	}
}
