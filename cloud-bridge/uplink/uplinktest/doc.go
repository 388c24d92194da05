// Package uplinktest is what the tests of uplinks share: an outbox and a booth in memory, a
// real Mosquitto on a free port, and the conformance suite that every uplink passes.
package uplinktest
