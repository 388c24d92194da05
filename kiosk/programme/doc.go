// Package programme says what a screen plays and when. It is pure: a moment and an alarm
// picture in, what to show and until when out; the same answer for the same inputs.
//
// # The document
//
// A programme is one YAML document (JSON is read too, when it stands on lines of at most 1000
// bytes). Every mistake is reported at once with its line and a way out.
//
//	id: winter                 # required; lower-case letters, digits, dashes
//	version: 3                 # required; counts up with every edition
//	title: {zh: 冬季消防宣传, en: Fire safety in winter}
//
//	# How screens are used. The values shown are the defaults; screens may say otherwise.
//	zones: [main, ticker, clock, qr]   # main always; the others only while they have content
//	brightness: 100                    # percent
//	dimmed: []                         # [{at: "20:00-07:00", brightness: 40}]
//	hours: []                          # ["06:00-22:30"]; none: always lit
//	sound_hours: 06:00-22:00           # may be narrowed, never widened
//	screens:
//	  led: {zones: [main], brightness: 60, hours: ["07:00-21:00"]}
//
//	items:
//	  - id: kitchen-film       # required, unique; "clock" is taken
//	    kind: video            # required: video, image, page, text or code
//	    media: 9f86d0…         # required for video, image, page: the file's sha256
//	    for: 45s               # required, 3s to 1h
//	    weight: 2              # 1 to 10, how often in a round; 1 when missing
//	    sound: speech          # none (when missing), speech, music; only video and page
//	    transition: fade       # cut (when missing) or fade
//	    from: 2026-11-01       # first and last day; either may be missing
//	    until: 2027-03-31
//	    case: true             # a true case: what tells who it was is refused
//	    text: {zh: 人走火灭, en: Leave no fire behind}   # a caption
//	  - {id: poster, kind: image, media: 60303a…, for: 15s}
//	  - {id: lines, kind: text, for: 12s, colour: leaf, text: {zh: 保持消防通道畅通}}
//	  - {id: learn, kind: code, for: 60s, payload: "https://example.org/q/ab12", text: {zh: 扫码学消防}}
//
//	playlists:                 # items in order; weights spread them evenly
//	  day: [kitchen-film, poster]
//	  always: [poster]
//	  ticker: [lines]
//
//	schedule:                  # what is missing does not limit
//	  - name: 消防日
//	    zones: {main: day, ticker: ticker}   # main, ticker (texts only), qr (codes only)
//	    daily: 07:00-22:00     # 22:00-06:00 crosses midnight and belongs to the day it begins on
//	    weekdays: [mon, tue, wed, thu, fri, sat, sun]
//	    days: [11-09, 2026-11-01..2026-11-30, 12-20..01-10]
//	    priority: 10           # 0 when missing; the highest plays, of equals the first
//	    screens: [tv]          # all when missing
//
//	fallback: {main: always, ticker: ticker}   # required; without dates: plays whatever happens
//
// A time within square brackets is written in quotes; elsewhere it needs none. Times are Beijing
// time, which is UTC+8 all year; the host's time zone is never asked.
//
// # How items follow each other
//
// A zone keeps the playlist of the highest entry in force that has anything to show on that day,
// else the fallback. While it keeps it, rounds of the playlist run through; at midnight and
// where another playlist begins, an item may be cut, and the next begins with its beginning. A
// rest of less than MostHeld is given to the item before. Weights hold within a round exactly,
// but no item follows itself while there is another, so that the most a weight can get is every
// second place. Only across a cut may the same item stand on both sides.
//
// An item is heard only when the whole of its slot lies in the hours of sound: nothing is muted
// in the middle of a sentence, and a page that has lost its daemon stays silent at night.
//
// # What can and can't be checked
//
// An item can't declare a siren; texts have four quiet colours and are refused when they use the
// words of a takeover, when they name a door or an identity number, and, in a true case, when
// they hold a telephone number, an address, a mail address, a number plate or a name in one of
// the usual forms (王先生, 户主张…). That is all that letters can show. No rule here finds a
// name without such a mark, a face or a number within a picture or film, a siren within a sound
// track, or a slide drawn like an alarm: for these there are an author and an approver, who sign.
package programme
