"""`contracts export`: scenarios in the formats of other tools."""
