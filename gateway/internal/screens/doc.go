// Package screens drives a booth's televisions, LED boards and speaker: it works out the level
// that they should show, from the fires in memory, the district's orders and the programme, hands
// it to each of them, and judges what comes back. It decides nothing about alarms; what a
// takeover says is kiosk/takeover's, what plays otherwise kiosk/programme's.
//
// The order is that of the alarm path: the screens first, from memory, then the journal and the
// disk. Each screen and board has a loop of its own, so that one that hangs delays no other.
package screens
