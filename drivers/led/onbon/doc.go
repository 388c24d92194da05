// Package onbon drives LED boards with a font card by Onbon (仰邦): BX-5K1, BX-5K2, BX-5MK,
// BX-6K1 to BX-6K3 and their speaking kinds (-YY), over TCP (port 5005) or RS-232 and RS-485.
//
// Sources: the vendor's protocol for users, "BX-5K/6K 通讯协议用户版本" 1.4 (doc.onbonbx.com/zh/k),
// of which only parts were at hand; the vendor's own Java classes (onbonlab/bx.k.java at
// c4c3a84: BxDataPack, BxCmd*, BxAreaDynamic); the manual of its library (onbonlab/BX-K at
// dcb2b10: "附录", "Error Code"); and frames that users of such cards wrote down. All frames at
// hand are in testdata, with where they come from.
//
// # How a scene is shown
//
// Each line of a scene is one dynamic area across the board, in the card's own font; a line too
// wide for the board scrolls, and where there are more lines than rows neighbouring lines share
// one. The frames ask for the card's dynamic mode, in which such areas go before its programme.
// A scene with an end is sent with run mode 2: the card drops it when nothing renewed it for
// that long, so that a text does not outlive a booth that died. Clear deletes all dynamic areas.
//
// Dynamic areas are lost when the card's supply fails, so nothing can be stored on it beforehand
// (no led.CanStore): show the scene again and again. Showing the very same scene again only
// refreshes it; anything else deletes whatever areas there are first.
//
// # Whose reply it is
//
// Every command is sent with "must reply" and counts only once the card's acknowledgement is
// there. That frame carries neither a number nor the command that it answers. So each call has
// a connection of its own, as the vendor's manual advises for TCP: no reply to an earlier call
// can reach it. A serial line has no connections: there Options.LateReply keeps the driver
// silent after an unanswered request, and whatever came meanwhile is dropped. A reply that comes
// later than that is taken for the next request's; nothing in the protocol could tell.
//
// # What is not known
//
//   - The replies to the queries of parameters (A1 02) and firmware (A2 04): not in the sources,
//     so nothing is read back, and Status only asks whether the card is there.
//   - The line break within a text: not in the sources; hence an area for each line.
//   - How many dynamic areas a card takes, and how long a frame: MaxPayload is our own limit.
//   - Whether brightness level 0 is dark: it is never sent.
//   - Two bytes after the reply flag: "reserved" in the documents, the data's length in some
//     users' frames, zero in the vendor's; each command is sent as it was seen.
//   - Whether a card takes the second byte 5C of some GBK characters for its escape mark: such
//     a character directly before a letter or digit is refused.
//   - A card whose font is GB 2312 has no characters that GBK added: see Options.GBK.
//
// No real card has been met: all of this has run against simulated cards only.
package onbon
