package programme

import (
	"fmt"
	"slices"
	"strings"

	"firepost/firmware-contracts/strictyaml"
)

// rawProgramme is a programme as a file holds it.
type rawProgramme struct {
	ID         string               `yaml:"id,required" help:"the programme's name: lower-case letters, digits and dashes"`
	Version    int                  `yaml:"version,required" within:"1 1000000000" help:"count up with every edition"`
	Title      rawText              `yaml:"title,required" help:"{zh: …, en: …}"`
	Zones      []zoneWord           `yaml:"zones"`
	Brightness int                  `yaml:"brightness" within:"1 100" help:"percent"`
	Dimmed     []rawDim             `yaml:"dimmed"`
	Hours      []span               `yaml:"hours"`
	SoundHours span                 `yaml:"sound_hours"`
	Items      []rawItem            `yaml:"items,required" help:"what there is to show, each with id, kind and for"`
	Playlists  map[string][]string  `yaml:"playlists,required" help:"the items' ids in order: {day: [film, poster]}"`
	Schedule   []rawEntry           `yaml:"schedule"`
	Fallback   rawZones             `yaml:"fallback,required" help:"what plays whatever happens: {main: PLAYLIST}"`
	Screens    map[string]rawScreen `yaml:"screens"`
}

type rawText struct {
	ZH string `yaml:"zh,required" help:"the Chinese text"`
	MN string `yaml:"mn"`
	EN string `yaml:"en"`
}

type rawDim struct {
	At         span `yaml:"at,required" help:"HH:MM-HH:MM"`
	Brightness int  `yaml:"brightness,required" within:"1 100" help:"percent"`
}

type rawItem struct {
	ID         string              `yaml:"id,required" help:"lower-case letters, digits and dashes"`
	Kind       kindWord            `yaml:"kind,required"`
	Media      string              `yaml:"media" help:"the file's sha256, 64 hex digits"`
	For        strictyaml.Duration `yaml:"for,required" within:"3s 1h" help:"how long it is shown, such as 15s"`
	Weight     int                 `yaml:"weight" within:"1 10" help:"how often in a round of its playlist"`
	Sound      sound               `yaml:"sound"`
	Transition transitionWord      `yaml:"transition"`
	Colour     colourWord          `yaml:"colour"`
	From       *oneDay             `yaml:"from" help:"the first day, such as 2026-11-01"`
	Until      *oneDay             `yaml:"until" help:"the last day, such as 2026-11-30"`
	Text       *rawText            `yaml:"text"`
	Payload    string              `yaml:"payload" help:"what the code says: https://…"`
	Case       bool                `yaml:"case"`
}

type rawZones struct {
	Main   string `yaml:"main"`
	Ticker string `yaml:"ticker"`
	QR     string `yaml:"qr"`
}

// in lists the zones that a file may give a playlist.
func (z rawZones) in() map[Zone]string {
	return map[Zone]string{Main: z.Main, Ticker: z.Ticker, QR: z.QR}
}

type rawEntry struct {
	Name     string    `yaml:"name,required" help:"what people call it"`
	Zones    rawZones  `yaml:"zones,required" help:"{main: PLAYLIST, ticker: PLAYLIST}"`
	Daily    *span     `yaml:"daily" help:"HH:MM-HH:MM"`
	Weekdays []weekday `yaml:"weekdays"`
	Days     []days    `yaml:"days"`
	Priority int       `yaml:"priority" within:"0 1000" help:"the highest plays; of equals the first in the file"`
	Screens  []string  `yaml:"screens" help:"names of screens; all when missing"`
}

type rawScreen struct {
	Zones      []zoneWord `yaml:"zones"`
	Brightness *int       `yaml:"brightness" within:"1 100" help:"percent"`
	Dimmed     []rawDim   `yaml:"dimmed"`
	Hours      []span     `yaml:"hours"`
	SoundHours *span      `yaml:"sound_hours"`
}

type zoneWord string

// Words implements strictyaml.Words.
func (zoneWord) Words() []string {
	return []string{string(Main), string(Ticker), string(Clock), string(QR)}
}

type kindWord string

// Words implements strictyaml.Words.
func (kindWord) Words() []string {
	return []string{string(Video), string(Image), string(Page), string(Text), string(Code)}
}

type transitionWord string

// Words implements strictyaml.Words.
func (transitionWord) Words() []string { return []string{"cut", "fade"} }

type colourWord string

// Words implements strictyaml.Words.
func (colourWord) Words() []string {
	return []string{string(Paper), string(Slate), string(Leaf), string(Sand)}
}

type weekday uint8

// Words implements strictyaml.Words.
func (weekday) Words() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// sound is what an item lets hear.
type sound string

// UnmarshalText takes none, speech and music, and says why it takes nothing else.
func (s *sound) UnmarshalText(text []byte) error {
	word := string(text)
	if slices.Contains([]string{"none", "speech", "music"}, word) {
		*s = sound(word)
		return nil
	}
	p := strictyaml.Problem{Message: fmt.Sprintf("%q is no sound of a programme", clip(word)), Hint: "one of none, speech, music"}
	for _, loud := range []string{"siren", "alarm", "tone", "horn", "警", "笛"} {
		if strings.Contains(strings.ToLower(word), loud) {
			p.Message = fmt.Sprintf("%q: sirens and alarm tones belong to real alarms alone", clip(word))
		}
	}
	return p
}
