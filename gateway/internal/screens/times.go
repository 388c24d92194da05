package screens

import "time"

// beijing is what people and programmes read everywhere in China.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }
