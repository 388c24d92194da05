// Package line is the byte line to a screen or a television: one TCP connection or one serial
// port, opened when it is needed, used by one request at a time and given up after any doubt.
//
// Most of these protocols number nothing, so that a late reply looks like the reply to the next
// request. Exchange therefore leaves a line on which something went unanswered alone until
// Options.Late has passed, throws away what arrived meanwhile, and works on a new connection
// after every failure.
//
// A television that closes an idle connection is normal: a request whose connection turns out to
// be gone before one byte of a reply was read is sent once more on a new one, unless Options.Once
// says not to. So requests given to Exchange must do no harm when they are carried out twice.
package line
