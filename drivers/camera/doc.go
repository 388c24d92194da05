// Package camera takes stills of the scene and judges whether the camera still sees.
//
// A still comes from Debian's ffmpeg (5.1 or newer, as in Debian 12) as a child
// process that lives for one picture: V4L2 devices by -f v4l2, IP cameras by RTSP over TCP, and
// a lavfi graph as a stand-in for both. All three go through one command: the same filters, the
// same bounds, the same checks of the result. There is no shell anywhere.
//
// # What bounds a still
//
// Time: the context and Settings.Limit; when either ends, the whole process group is killed.
// Size: the picture is scaled down to Settings.MaxWidth by Settings.MaxHeight and more than
// Settings.MaxBytes kills the child. Memory: ffmpeg's -max_alloc. The child runs at a lower
// priority, is the first to go when memory runs out, and dies with its parent.
//
// # Privacy
//
// Faces are not looked for, nor people, plates or anything else: nothing here knows what a
// picture shows. Privacy masks are filled black inside ffmpeg, on the frame as it was decoded
// and before it is scaled or encoded, so that what lies under a mask never leaves the child. No
// metadata of the source is kept.
//
// An RTSP address with its password is handed to ffmpeg on its standard input (ffmpeg-formats,
// section concat, directives file and option), since arguments can be read by every process of
// the board. Errors name a camera by scheme, host and port only: many cheap cameras carry the
// password in the path or the query.
//
// # Judging the camera
//
// Measure and Check are pure. A camera is covered when the most detailed tenth of the picture
// shows almost no detail, dark when its mean luminance is below what its hour allows, frozen
// when two pictures minutes apart have identical luminance although sensors are noisy, and away
// when no picture came. Dense smoke covers a camera too; the texts say so. What could not be
// judged is unknown, never good.
//
// # Not run on real hardware
//
// No V4L2 device and no real IP camera were at hand: the V4L2 command is tested up to ffmpeg's
// own refusals, RTSP against a server on the spot. The limits of Check come from synthetic
// pictures and want tuning with the first real nights.
package camera
