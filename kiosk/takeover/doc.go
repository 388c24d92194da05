// Package takeover decides what the public screens show while something burns: a level, never
// a message. A fire known to the booth itself takes the screens over until it is reset; one
// that the district orders has a lease, so that a lost control room can't leave an old text for
// days. Decide is pure: fires, orders and a time in, one Scene out.
package takeover
