//go:build !unix

package betterauth

import "os"

// exclusive holds nobody off: here, run one package's tests before the others.
func exclusive(*os.File) error { return nil }
