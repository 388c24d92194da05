// Package field is what an installer does with a bus: find devices and tell what they are,
// give a new one its address and its place in the configuration, read, watch and listen. It
// knows neither terminals nor pages: long work reports its progress to a function, results
// are plain structs, and texts for people come in Chinese and English, so that the command
// line and the booth's own page can offer the same.
//
// # What scanning can't do
//
// A device that answers no address or register that it was not made for stays silent unless
// it is asked for one of its own: ScanOptions.Thorough asks for what the contracts read. Two
// devices at one address that answer the same bits at the same moment look like one.
//
// # Guessing
//
// A device is certainly of a model only when registers made for that purpose say so, or when
// it holds its own address where exactly one model does. Unit and decimal registers are never
// taken for evidence: models with the same registers number their units differently, and the
// wrong one is ten times off. Where several models fit, all are named and people decide.
//
// Scanning, adopting and listening have run on simulated lines only, not on real devices.
package field
