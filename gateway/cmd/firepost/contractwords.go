package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

var errOnOff = errors.New("say on or off")

func onOff(args []string) (bool, error) {
	if len(args) == 1 && (args[0] == "on" || args[0] == "off") {
		return args[0] == "on", nil
	}
	return false, errOnOff
}

// number is a finite number, whole ones also in hexadecimal.
func number(s string) (float64, error) {
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return float64(n), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return v, nil
}

func oneNumber(args []string, least, most int) (int, error) {
	if len(args) == 1 {
		if n, err := strconv.ParseInt(args[0], 0, 32); err == nil && int(n) >= least && int(n) <= most {
			return int(n), nil
		}
	}
	return 0, fmt.Errorf("takes a number from %d to %d", least, most)
}

func numberOrOff(args []string, least, most int) (int, error) {
	if len(args) == 1 && args[0] == "off" {
		return 0, nil
	}
	return oneNumber(args, least, most)
}

// lateBy is a time of at most a minute, or off.
func lateBy(args []string) (time.Duration, error) {
	if len(args) == 1 && args[0] == "off" {
		return 0, nil
	}
	if len(args) == 1 {
		if d, err := time.ParseDuration(args[0]); err == nil && d > 0 && d <= time.Minute {
			return d, nil
		}
	}
	return 0, errors.New("takes a time such as 500ms, at most 1m, or off")
}

// chance is on, off, or how often.
func chance(args []string) (on bool, probability float64, err error) {
	if on, err := onOff(args); err == nil {
		return on, 0, nil
	}
	if len(args) == 1 {
		if v, err := number(args[0]); err == nil && v > 0 && v <= 1 {
			return true, v, nil
		}
	}
	return false, 0, errors.New("say on, off, or how often, such as 0.1")
}
