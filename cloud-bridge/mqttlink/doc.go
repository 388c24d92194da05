// Package mqttlink is the MQTT 3.1.1 uplink of a booth: the journal's lanes, the retained
// states, health and birth go out, acknowledgements and commands come in.
//
// # What it guarantees
//
// Delivery is at least once, in order within a lane, from the booth's own outbox. The client
// library (eclipse/paho.mqtt.golang) only carries packets: clean session, no store, no
// automatic reconnect, because with those it reports success for messages that no broker saw.
// Every connection is a fresh client. An entry is confirmed to the outbox only when the
// broker's PUBACK for it came back (Confirm "broker"), or when the platform named it on …/ack
// (Confirm "platform"). Telemetry has no id and is always confirmed by PUBACK.
//
// # Order and overtaking
//
// One goroutine sends. It looks at the alarm lane before every single message, so an alarm
// waits for at most the bytes that are already on their way: the user-space buffer (32 KiB),
// the kernel's unsent bytes (16 KiB, TCP_NOTSENT_LOWAT) and a window of unacknowledged
// backlog that shrinks while the broker takes longer than 250 ms to acknowledge. The alarm
// lane has a window of its own and is never rate-limited.
//
// On every new connection each lane starts again after its cursor and sends what is not yet
// confirmed, in order. A copy of something that may have been sent before carries
// "resend":true; after a restart of the process that is all of the old backlog.
//
// # A platform that does not answer
//
// With Confirm "platform" an event whose acknowledgement is missing for AckTimeout is sent
// again, from the oldest unconfirmed one on, in order (go-back-N). Each round without any
// progress waits twice as long, up to six times AckTimeout, and sends at most 64 copies; while
// acknowledgements come in the rounds follow at once and grow. New events of the alarm lane go
// out at once in between: their older ones have been handed to the broker before, so on the
// wire no first copy overtakes another first copy of its lane. A receiver that misses an event
// sees the gap by prev, holds what follows un-acknowledged, and gets the gap filled by the next
// round: package uplink/receiver does that. What is kept per lane is positions only.
//
// # Limits
//
// A Mosquitto without "set_tcp_nodelay true" sits on small packets while it waits for the
// other side's TCP acknowledgements: measured, that is 15 ms instead of 1 ms at the 99th
// percentile for a PUBACK during a drain, and 5 ms instead of 1 ms to a subscriber.
//
// With Confirm "broker", what a broker loses after its PUBACK is lost. The will of a
// connection carries the epoch of the moment it was made; a newer epoch stands in the birth
// and in every retained state.
package mqttlink
