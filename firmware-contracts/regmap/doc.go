// Package regmap writes a device contract as a register map for people: one page of Markdown
// with sources and their marks, serial setting and limits, every point with its place, layout,
// scale and range, and what each value and bit means, in Chinese and English. For a device
// without registers it tells where in its frame or at which output a value stands.
//
// The page is made from the contract alone and always comes out the same.
package regmap
