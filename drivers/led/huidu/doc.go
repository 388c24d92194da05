// Package huidu shows pictures on LED boards behind Huidu (灰度) full-colour players of the HD-A,
// C, D and WF series, over their SDK protocol 2.0 on TCP port 10001.
//
// Documents: "Huidu SDK" (SDK二次开发), the maker's descriptions of GetIFVersion, AddProgram,
// SwitchProgram (节目切换), GetCurrentPlayProgramGUID, GetProgram, GetFiles and of the file
// transfer, as they are quoted in public; and what independent implementations agree on
// (repositories KryQ/node-huidu-sdk and alparslanahmed/huidu-led among them).
//
// # How a scene gets onto the glass
//
// A picture is uploaded as a PNG file whose name carries its MD5, because the card resumes an
// upload by name alone and would join two pictures of one name. AddProgram then sends the whole
// screen: what the card held before is replaced, or stays beside it, depending on the card. So
// every AddProgram carries all programmes of ours (the base programme and every stored scene),
// and afterwards the card is asked what it holds; what is not ours is deleted. A card has one
// master: programmes that the maker's software put there do not survive.
//
// The card plays its programmes in turn, for ever. A stored alarm must not come up by itself, so
// every stored scene has a date on which it may play that is long past; only the base
// programme, which Clear returns to, has none. SwitchProgram by GUID shows a stored scene, which
// the maker documents and several programs use; whether every card switches to a programme
// whose date is past is not confirmed. Show therefore asks the card what it plays, and where the
// switch did not take it sends the screen again with that scene's date lifted: slower, but the
// picture itself is on the card already. A card that has its "multi-screen sync" on does not
// switch at all: that is led.ErrRefused, with the way out.
//
// Nothing goes by itself on this card (no led.CanExpire): when the booth dies during an alarm,
// the alarm stays until a person or the booth's next start clears it.
//
// # What is not confirmed
//
// Not run on real hardware. That <open enable=…> of GetSwitchTime tells whether the screen is lit
// after OpenScreen and CloseScreen; that 999 repetitions of ten minutes last; that timeStamps may
// be any number that differs from the last; how the card numbers the image's effect. One
// published fixture of heartbeat bytes (02 00 05 20) contradicts all implementations and was not
// used.
package huidu
