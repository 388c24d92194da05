// Package walktest is the acceptance test of an installation: an installer stands in the shop
// with a phone, blows smoke at each detector, and the booth ticks off what answers. Exactly the
// devices under test are in test mode meanwhile, which ends by itself; everything else stays
// live. At the end there is an acceptance report, JSON to keep and HTML to print.
//
// Session holds the rules: it takes events, views and times in and never looks at a clock, a
// file or a network. Desk holds the sessions of one booth, drives the engine for them and keeps
// them over restarts. Reports is the folder of finished reports.
//
// What a session believes: a detector passes only by its own test-flagged event, never by
// anybody's word; a device that answers in another's place is a question which somebody has to
// settle; and test mode is not ended while a detector still reports, because that would be a
// real fire from then on.
//
// It has run against simulated devices on a real terminal, not yet in a shop.
package walktest
