package main

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A name composed (NFC), with single spaces.
func composed(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(name), " "))
}
