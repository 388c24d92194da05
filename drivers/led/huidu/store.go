package huidu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"firepost/drivers/led"
)

// Pauses between questions to a card that is busy.
const (
	busyEvery = 200 * time.Millisecond
	lookEvery = 50 * time.Millisecond
	looks     = 6
)

// playing asks for the GUID of what is on the glass.
func (s *Sign) playing() (string, error) {
	out, _, err := s.session.call("GetCurrentPlayProgramGUID")
	if err != nil {
		return "", err
	}
	return out.child("program").get("guid"), nil
}

// programmes asks for the GUIDs of what is stored, in the card's order.
func (s *Sign) programmes() ([]string, error) {
	out, _, err := s.session.call("GetProgram")
	if err != nil {
		return nil, err
	}
	var guids []string
	out.each("program", func(n *node) { guids = append(guids, n.get("guid")) })
	return guids, nil
}

// stored is a file on the card.
type stored struct {
	name, md5 string
	whole     bool
}

// files asks for the files on the card. The order of their attributes differs between cards.
func (s *Sign) files() ([]stored, error) {
	out, _, err := s.session.call("GetFiles")
	if err != nil {
		return nil, err
	}
	var all []stored
	out.child("files").each("file", func(n *node) {
		have, errHave := strconv.ParseInt(n.get("existSize"), 10, 64)
		size, errSize := strconv.ParseInt(n.get("size"), 10, 64)
		all = append(all, stored{
			name: n.get("name"), md5: strings.ToLower(n.get("md5")),
			whole: errHave == nil && errSize == nil && have == size,
		})
	})
	return all, nil
}

// has reports whether the card has all of a show's picture, with the right sum.
func (s *Sign) has(sh show) (bool, error) {
	all, err := s.files()
	if err != nil {
		return false, err
	}
	return slices.Contains(all, stored{file(sh.guid), sh.md5, true}), nil
}

// play brings a scene onto the glass and makes sure of it.
func (s *Sign) play(ctx context.Context, sh show) error {
	now, err := s.playing()
	if err != nil || now == sh.guid {
		return err
	}
	if switched, err := s.turn(ctx, sh.guid); err != nil || switched {
		return err
	}
	held, err := s.programmes()
	if err != nil {
		return err
	}
	if !slices.Contains(held, sh.guid) {
		if err := s.list(ctx, sh, s.base.guid); err != nil {
			return err
		}
		if switched, err := s.turn(ctx, sh.guid); err != nil || switched {
			return err
		}
	}
	// The card does not switch to what has a date: the scene's is lifted. Clear puts it back.
	return s.force(ctx, sh)
}

// rest brings the base programme onto the glass, as the only one that may come up by itself.
func (s *Sign) rest(ctx context.Context) error {
	held, err := s.programmes()
	if err != nil {
		return err
	}
	// A list that begins with a scene was sent while the scene was on, with its date lifted.
	if len(held) > 0 && held[0] == s.base.guid {
		now, err := s.playing()
		if err != nil || now == s.base.guid {
			return err
		}
		if switched, err := s.turn(ctx, s.base.guid); err != nil || switched {
			return err
		}
	}
	return s.force(ctx, s.base)
}

// force sends the whole screen anew with sh in front.
func (s *Sign) force(ctx context.Context, sh show) error {
	if err := s.list(ctx, sh, sh.guid); err != nil {
		return err
	}
	switched, err := s.turn(ctx, sh.guid)
	if err == nil && !switched {
		err = s.unmoved()
	}
	return err
}

// turn switches to a programme and asks whether the card plays it; false means that it does not.
func (s *Sign) turn(ctx context.Context, guid string) (bool, error) {
	_, _, err := s.session.call("SwitchProgram", el("program", "guid", guid))
	if refusedAs(err, "kInvalidXmlIndex", "kNodeNotExist") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for i := range looks {
		if i > 0 {
			if err := pause(ctx, lookEvery); err != nil {
				return false, err
			}
		}
		now, err := s.playing()
		if err != nil || now == guid {
			return err == nil, err
		}
	}
	return false, nil
}

// unmoved says why a card does not switch.
func (s *Sign) unmoved() error {
	out, _, err := s.session.call("GetMulScreenSync")
	if err == nil && out.child("enable").get("value") == "true" {
		return fmt.Errorf("%w: its multi-screen sync is on, and then it does not switch: turn it off in the maker's program", led.ErrRefused)
	}
	return fmt.Errorf("%w: it plays something else although it was switched", led.ErrRefused)
}

// store puts a show onto the card and leaves the glass as it is.
func (s *Sign) store(ctx context.Context, sh show) error {
	held, err := s.programmes()
	if err != nil {
		return err
	}
	if slices.Contains(held, sh.guid) && slices.Contains(held, s.base.guid) {
		have, err := s.has(sh)
		if err != nil || have {
			return err
		}
	}
	now, err := s.playing()
	if err != nil {
		return err
	}
	id, ours := idOf(now)
	newID, _ := idOf(sh.guid)
	switch {
	case !ours, id == baseID:
		now = s.base.guid
	case id == newID: // its older picture can't stay, so the newer one takes its place
		now = sh.guid
	}
	if err := s.list(ctx, sh, now); err != nil {
		return err
	}
	switched, err := s.turn(ctx, now)
	if err == nil && !switched {
		err = s.unmoved()
	}
	return err
}

// list makes the card hold the base, sh and the other scenes of ours, and nothing else. The
// programme glass may play at any time: it is what the card begins with.
func (s *Sign) list(ctx context.Context, sh show, glass string) error {
	held, err := s.programmes()
	if err != nil {
		return err
	}
	for _, u := range []show{s.base, sh} {
		if err := s.ensure(u); err != nil {
			return err
		}
	}
	guids := s.wanted(held, sh)
	if len(guids) > maxScenes+1 {
		return fmt.Errorf("%w: %d scenes are stored already, at most %d", led.ErrRefused, len(guids)-2, maxScenes)
	}
	if glass != s.base.guid {
		guids = append([]string{glass}, slices.DeleteFunc(guids, func(g string) bool { return g == glass })...)
	}
	free := map[string]bool{s.base.guid: glass == s.base.guid, glass: true}
	if err := s.add(ctx, screen(s.nextStamp(), s.o.Size, guids, free)); err != nil {
		return err
	}
	return s.tidy(guids)
}

// wanted is what the card should hold: the base first, then sh, then what it has of other
// scenes of ours.
func (s *Sign) wanted(held []string, sh show) []string {
	guids := []string{s.base.guid}
	ids := map[string]bool{baseID: true}
	for _, guid := range append([]string{sh.guid}, held...) {
		if id, ours := idOf(guid); ours && !ids[id] {
			ids[id] = true
			guids = append(guids, guid)
		}
	}
	return guids
}

// ensure uploads a picture that the card has not got, and makes sure that it arrived whole.
func (s *Sign) ensure(sh show) error {
	have, err := s.has(sh)
	if err != nil || have {
		return err
	}
	if err := s.session.upload(file(sh.guid), sh.md5, sh.png); err != nil {
		return fmt.Errorf("send the picture: %w", err)
	}
	if have, err = s.has(sh); err != nil || have {
		return err
	}
	err = fmt.Errorf("send the picture: %w: the card has another content under its name", led.ErrRefused)
	// Otherwise the card would resume the damaged file for ever.
	return errors.Join(err, s.remove([]string{file(sh.guid)}))
}

// add sends the screen, and waits for a card that still writes files.
func (s *Sign) add(ctx context.Context, screen *node) error {
	for {
		_, _, err := s.session.call("AddProgram", screen)
		if !refusedAs(err, "kDownloadingFile", "kProcessing") {
			return err
		}
		if waited := pause(ctx, busyEvery); waited != nil {
			return errors.Join(err, waited)
		}
	}
}

// tidy deletes what the card holds beside guids, and the pictures that nothing shows any more.
func (s *Sign) tidy(guids []string) error {
	held, err := s.programmes()
	if err != nil {
		return err
	}
	for _, guid := range held {
		if slices.Contains(guids, guid) {
			continue
		}
		if _, _, err := s.session.call("DeleteProgram", el("program", "guid", guid, "type", "normal")); err != nil {
			return err
		}
	}
	if held, err = s.programmes(); err != nil {
		return err
	}
	for _, guid := range guids {
		if !slices.Contains(held, guid) {
			return fmt.Errorf("%w: it does not hold %s after it was sent", led.ErrRefused, guid)
		}
	}
	if len(held) != len(guids) {
		return fmt.Errorf("%w: it holds %d programmes, and only %d are ours", led.ErrRefused, len(held), len(guids))
	}
	all, err := s.files()
	if err != nil {
		return err
	}
	var dead []string
	for _, f := range all {
		guid, png := strings.CutSuffix(f.name, ".png")
		if _, ours := idOf(guid); png && ours && !slices.Contains(guids, guid) {
			dead = append(dead, f.name)
		}
	}
	return s.remove(dead)
}

// remove deletes files.
func (s *Sign) remove(names []string) error {
	if len(names) == 0 {
		return nil
	}
	list := el("files")
	for _, name := range names {
		list.with(el("file", "name", name))
	}
	_, _, err := s.session.call("DeleteFiles", list)
	return err
}

// nextStamp is a number that no screen before has had, as far as the clock is not set back.
func (s *Sign) nextStamp() int64 {
	s.stamp = max(s.stamp+1, s.o.Now().UnixMilli())
	return s.stamp
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
