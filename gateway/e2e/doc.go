// Package e2e proves the booth as a whole, under fault: the built daemon on real terminals,
// a real Mosquitto, and a platform that judges by itself what it was told. It holds tests
// only; its folders booth and platform are shared with the demonstration and the measurements.
//
// Tests with Torture in their name run in a short form. FIREPOST_TORTURE=full runs them in
// full; FIREPOST_SEED repeats one run's choices.
package e2e
