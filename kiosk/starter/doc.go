// Package starter is the programme that a new booth shows in its first minute: drawn posters,
// short animated pages, lines for the ticker and typical cases, all made for this project. They
// are files beside this package, never embedded; the package only lists them.
package starter
