// Package player is the page that a booth's television shows, and the daemon's end of it: the
// page is sent what to show as a level, and beats back what is really painted.
package player
