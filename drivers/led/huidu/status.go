package huidu

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firepost/drivers/led"
)

// Status asks the player what it is, what it holds and plays, and how bright it is.
func (s *Sign) Status(ctx context.Context) (led.Status, error) {
	var st led.Status
	err := s.do(ctx, "read the status", func(context.Context) error {
		out, _, err := s.session.call("GetDeviceInfo")
		if err != nil {
			return err
		}
		st.Model, st.Firmware = out.child("device").get("model"), out.child("version").get("app")
		if w, h := out.child("screen").get("width"), out.child("screen").get("height"); w != strconv.Itoa(s.o.Size.X) || h != strconv.Itoa(s.o.Size.Y) {
			return fmt.Errorf("%w: it drives a board of %s by %s pixels, not %v: correct the size here or in the maker's program", led.ErrRefused, w, h, s.o.Size)
		}
		if st.Brightness, err = s.brightness(); err != nil {
			return err
		}
		if st.Lit, err = s.lit(); err != nil {
			return err
		}
		st.Holds, err = s.holds()
		return err
	})
	return st, err
}

// brightness reads the fixed brightness; nil while a schedule or the sensor decides.
func (s *Sign) brightness() (*int, error) {
	out, _, err := s.session.call("GetLuminancePloy")
	if err != nil {
		return nil, err
	}
	if out.child("mode").get("value") != "default" {
		return nil, nil
	}
	v, err := strconv.Atoi(out.child("default").get("value"))
	if err != nil || v < 0 || v > 100 {
		return nil, fmt.Errorf("%w: brightness %q", errFrame, out.child("default").get("value"))
	}
	return &v, nil
}

// lit reads whether the board is lit; nil where the player does not say.
func (s *Sign) lit() (*bool, error) {
	out, _, err := s.session.call("GetSwitchTime")
	if errors.Is(err, led.ErrRefused) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	on, err := strconv.ParseBool(out.child("open").get("enable"))
	if err != nil {
		return nil, nil //nolint:nilerr // another firmware's words: unknown
	}
	return &on, nil
}

// holds sums up what is stored and what plays, so that any change makes another word.
func (s *Sign) holds() (string, error) {
	held, err := s.programmes()
	if err != nil {
		return "", err
	}
	all, err := s.files()
	if err != nil {
		return "", err
	}
	now, err := s.playing()
	if err != nil {
		return "", err
	}
	sort := slices.Clone(held)
	slices.Sort(sort)
	var names []string
	for _, f := range all {
		names = append(names, fmt.Sprintf("%s %s %t", f.name, f.md5, f.whole))
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(now + "\n" + strings.Join(sort, "\n") + "\n\n" + strings.Join(names, "\n")))
	return hex.EncodeToString(sum[:16]), nil
}
